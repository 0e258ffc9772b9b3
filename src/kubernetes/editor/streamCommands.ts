/** Commands on pods that stream: logs, shells, attaching. */
import * as vscode from 'vscode';
import { systemClock } from '../../core/backoff.ts';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import { askText } from '../../editor/askText.ts';
import { registerCommand } from '../../editor/commands.ts';
import { openLogView } from '../../editor/logView.ts';
import { withLateProgress } from '../../editor/lateProgress.ts';
import { type RemoteProgram, openRemoteTerminal } from '../../editor/remoteTerminal.ts';
import { explainRefusal } from '../actions/explainRefusal.ts';
import { usualContainer } from '../actions/pods.ts';
import {
  attach,
  logTail,
  openShell as openShellAction,
  showLogs as showLogsAction,
  takesInput,
} from '../actions/streams.ts';
import { type ObjectRef, known } from '../apiResource.ts';
import type { Kubernetes } from '../domain.ts';
import type { LogQuery } from '../logs/logCall.ts';
import { targetOf } from '../logs/targets.ts';
import type { KubernetesNode } from '../nodes.ts';
import { type RemoteOptions, type RemotePlace, isNoSuchProgram, startRemote } from '../streams/remoteCommand.ts';
import { shellCommand } from '../streams/shell.ts';
import { choosePlace } from './choosePlace.ts';

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

export function registerStreamCommands({ log, kubernetes: domain, selected }: StreamCommandDeps): Disposable {
  const store = new DisposableStore();
  const kubernetes = (): Promise<Kubernetes> => withContexts(domain);
  const showLogs = async (node: KubernetesNode | undefined, query: LogQuery): Promise<void> => {
    const target = targetOf(node ?? selected());
    const { store: rows, contexts } = await kubernetes();
    const ref = { ...known.pods, ...target };
    const { podLogs } = await import('../logs/podLogs.ts');
    const feed = podLogs(
      {
        store: rows,
        connect: contexts.connect,
        clock: systemClock,
        refused: (error) => explainRefusal(error, showLogsAction.needs(ref), ref),
      },
      target,
      query,
    );
    const name = query.previous === true ? t('Previous logs: {0}', target.name) : t('Logs: {0}', target.name);
    openLogView({ name, feed });
  };
  store.add(
    registerCommand(log, 'gantry.kubernetes.showLogs', (node) => showLogs(node, { follow: true, tail: logTail })),
  );
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
  const place = async (node: KubernetesNode | undefined): Promise<Place | undefined> =>
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
      await openAttached(await kubernetes(), where);
    }),
  );
  return store;
}

/** A terminal on a container's main process. */
export async function openAttached(kubernetes: Kubernetes, where: Place, greeting?: string): Promise<void> {
  const { actions } = kubernetes;
  const ref = podOf(where);
  const subject = await withLateProgress(t('Reading {0}…', where.pod), (_, signal) => actions.subject(ref, signal));
  const takes = takesInput(subject.object, where.container ?? usualContainer(subject.object));
  openRemoteTerminal({
    name: t('Attached: {0}', where.pod),
    icon: 'debug-disconnect',
    start: (signal) =>
      actions.explaining(attach, ref, () => start(kubernetes, where, { command: undefined, ...takes }, signal)),
    ended,
    ...(greeting === undefined ? {} : { greeting }),
  });
}

export type Place = RemotePlace & { readonly context: string };

export const podOf = ({ context, namespace, pod }: Place): ObjectRef => ({
  ...known.pods,
  context,
  namespace,
  name: pod,
});

async function openShell(kubernetes: Kubernetes, where: Place, shell: string): Promise<void> {
  const command = shellCommand(shell);
  if (command.length === 0) throw new Failure('invalid', t('Type the program to run, such as /bin/sh.'));
  openRemoteTerminal({
    name: where.container === undefined ? where.pod : `${where.pod}/${where.container}`,
    icon: 'terminal',
    farewell: '\u0003\u0004',
    start: (signal) =>
      kubernetes.actions.explaining(openShellAction, podOf(where), () =>
        start(kubernetes, where, { command, stdin: true, tty: true }, signal),
      ),
    ended,
    explain: (error) =>
      isNoSuchProgram(error)
        ? t('There is no {0} in this container. Choose Debug Container… on the pod to bring one along.', command[0]!)
        : undefined,
  });
  await Promise.resolve();
}

const ended = (code: number | undefined): string => t('Ended with exit code {0}.', code ?? '?');

/** Starts it as a terminal wants it. Throws Failure. */
async function start(
  { contexts }: Kubernetes,
  where: Place,
  options: RemoteOptions,
  signal: AbortSignal,
): Promise<RemoteProgram> {
  const command = await startRemote(contexts.connect(where.context), where, options, signal);
  return {
    tty: options.tty,
    output: command.output,
    write: (data) => command.write(data),
    endInput: () => command.endInput(),
    resize: ({ columns, rows }) => command.resize(columns, rows),
    exit: () => command.exit,
    close: () => command.close(),
  };
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
  return askText({ title: t('Program to run in the container'), placeHolder: '/usr/bin/python3' });
}
