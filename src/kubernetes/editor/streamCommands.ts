/** Commands on pods that stream: logs, shells, attaching. */
import * as vscode from 'vscode';
import { systemClock } from '../../core/backoff.ts';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import { registerCommand } from '../../editor/commands.ts';
import { openLogView } from '../../editor/logView.ts';
import type { Kubernetes } from '../domain.ts';
import type { LogQuery } from '../logs/containerLog.ts';
import { podLogs } from '../logs/podLogs.ts';
import { targetOf } from '../logs/targets.ts';
import type { KubernetesNode } from '../nodes.ts';
import { isNoSuchProgram, type RemotePlace, startRemote } from '../streams/remoteCommand.ts';
import { shellCommand } from '../streams/shell.ts';
import { choosePlace } from './choosePlace.ts';
import { openRemoteTerminal } from './remoteTerminal.ts';

export interface StreamCommandDeps {
  readonly log: Log;
  readonly kubernetes: () => Promise<Kubernetes>;
  /** The row selected in one of the views. */
  readonly selected: () => KubernetesNode | undefined;
}

/** The domain once it knows its contexts: a command may run before any view was opened. */
export async function withContexts(domain: () => Promise<Kubernetes>): Promise<Kubernetes> {
  const loaded = await domain();
  await loaded.contexts.loaded();
  return loaded;
}

/** Lines of the past that a log begins with. */
const tail = 1000;

export function registerStreamCommands({ log, kubernetes: domain, selected }: StreamCommandDeps): Disposable {
  const store = new DisposableStore();
  const kubernetes = (): Promise<Kubernetes> => withContexts(domain);
  const showLogs = async (node: KubernetesNode | undefined, query: LogQuery): Promise<void> => {
    const target = targetOf(node ?? selected());
    const { store: rows, contexts } = await kubernetes();
    const feed = podLogs({ store: rows, connect: contexts.connect, clock: systemClock }, target, query);
    const name = query.previous === true ? t('Previous logs: {0}', target.name) : t('Logs: {0}', target.name);
    openLogView({ name, feed });
  };
  store.add(registerCommand(log, 'gantry.kubernetes.showLogs', (node) => showLogs(node, { follow: true, tail })));
  store.add(
    registerCommand(log, 'gantry.kubernetes.showPreviousLogs', (node) =>
      showLogs(node, { follow: false, previous: true }),
    ),
  );
  store.add(
    registerCommand(log, 'gantry.kubernetes.showLogsSince', async (node, seconds) => {
      const sinceSeconds = seconds ?? (await chooseSince());
      if (sinceSeconds !== undefined) await showLogs(node, { follow: true, sinceSeconds });
    }),
  );
  const place = async (node: KubernetesNode | undefined): Promise<(RemotePlace & { context: string }) | undefined> =>
    choosePlace(await kubernetes(), node ?? selected());
  store.add(
    registerCommand(log, 'gantry.kubernetes.openShell', async (node, shell) => {
      const where = await place(node);
      if (where !== undefined) await openShell(await kubernetes(), where, shell ?? 'auto');
    }),
  );
  store.add(
    registerCommand(log, 'gantry.kubernetes.openOtherShell', async (node, shell) => {
      const where = await place(node);
      const chosen = where && (shell ?? (await chooseShell()));
      if (where !== undefined && chosen !== undefined) await openShell(await kubernetes(), where, chosen);
    }),
  );
  store.add(
    registerCommand(log, 'gantry.kubernetes.attach', async (node) => {
      const where = await place(node);
      if (where === undefined) return;
      const { contexts } = await kubernetes();
      const takes = await takesInput(await kubernetes(), where);
      openRemoteTerminal({
        name: t('Attached: {0}', where.pod),
        icon: 'debug-disconnect',
        start: (signal) =>
          startRemote(contexts.connect(where.context), where, { command: undefined, ...takes }, signal),
      });
    }),
  );
  return store;
}

async function openShell(
  kubernetes: Kubernetes,
  where: RemotePlace & { context: string },
  shell: string,
): Promise<void> {
  const command = shellCommand(shell);
  if (command.length === 0) throw new Failure('invalid', t('Type the program to run, such as /bin/sh.'));
  openRemoteTerminal({
    name: where.container === undefined ? where.pod : `${where.pod}/${where.container}`,
    icon: 'terminal',
    farewell: '\u0003\u0004',
    start: (signal) =>
      startRemote(kubernetes.contexts.connect(where.context), where, { command, stdin: true, tty: true }, signal),
    explain: (error) =>
      isNoSuchProgram(error)
        ? t('There is no {0} in this container. Choose Debug Container… on the pod to bring one along.', command[0]!)
        : undefined,
  });
  await Promise.resolve();
}

/** What the container's main process was given: attaching must ask for the same. */
async function takesInput(
  kubernetes: Kubernetes,
  { context, namespace, pod, container }: RemotePlace & { context: string },
): Promise<{ stdin: boolean; tty: boolean }> {
  const { readPod } = await import('../streams/readPod.ts');
  const signal = AbortSignal.timeout(15_000);
  const read = await readPod(kubernetes.contexts.connect(context), namespace, pod, signal);
  const spec = read.spec.containers.find(({ name }) => name === container) ?? read.spec.containers[0];
  return { stdin: spec?.stdin ?? false, tty: spec?.tty ?? false };
}

async function chooseSince(): Promise<number | undefined> {
  const choices = [
    { label: t('The last 5 minutes'), seconds: 300 },
    { label: t('The last hour'), seconds: 3600 },
    { label: t('The last 24 hours'), seconds: 86_400 },
  ];
  return (await vscode.window.showQuickPick(choices, { placeHolder: t('Show logs since') }))?.seconds;
}

async function chooseShell(): Promise<string | undefined> {
  const other = t('Another program…');
  const choices = ['bash', 'sh', 'ash', other].map((label) => ({ label }));
  const picked = (await vscode.window.showQuickPick(choices, { placeHolder: t('Choose a shell') }))?.label;
  if (picked !== other) return picked;
  return vscode.window.showInputBox({ title: t('Program to run in the container'), placeHolder: '/usr/bin/python3' });
}
