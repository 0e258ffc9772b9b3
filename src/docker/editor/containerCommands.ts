/** Commands on containers. */
import * as vscode from 'vscode';
import { DisposableStore, type Disposable } from '../../core/disposable.ts';
import { messageOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { askText } from '../../editor/askText.ts';
import { registerCommand, withProgress } from '../../editor/commands.ts';
import type { Container } from '../containers.ts';
import type { Docker } from '../domain.ts';
import type { ContainerNode, ProjectNode } from '../nodes.ts';
import { type Operation, type Simple, commit, kill, removeContainer, rename, simple } from '../operations.ts';
import { parseReference } from '../reference.ts';
import type { CommandDeps } from './register.ts';
import { checkName } from './runForm.ts';
import { type Subject, chosenContainer } from './subjects.ts';

const alive = ({ state }: Container): boolean => state === 'running' || state === 'paused' || state === 'restarting';
const running = ({ state }: Container): boolean => state === 'running';
const any = (): boolean => true;

/** Which containers a picker offers for an action. */
const fits: Readonly<Record<Simple, (container: Container) => boolean>> = {
  start: (container) => !alive(container),
  stop: alive,
  restart: any,
  pause: running,
  unpause: ({ state }) => state === 'paused',
};

const doing: Readonly<Record<Simple, (name: string) => string>> = {
  start: (name) => t('Starting {0}', name),
  stop: (name) => t('Stopping {0}', name),
  restart: (name) => t('Restarting {0}', name),
  pause: (name) => t('Pausing {0}', name),
  unpause: (name) => t('Resuming {0}', name),
};

export function registerContainerCommands({ log, open, documents }: CommandDeps): Disposable {
  const store = new DisposableStore();
  for (const action of Object.keys(simple) as Simple[]) {
    store.add(
      registerCommand(log, `gantry.docker.${action}`, async (node?: ContainerNode) => {
        const docker = await open();
        if (node?.kind === 'project') return performOnProject(docker, node, action);
        const container = await chosenContainer(docker, node, fits[action]);
        if (container === undefined) return undefined;
        return perform(docker, container, doing[action](container.name), simple[action](container));
      }),
    );
  }
  /** Registers a command on one container. */
  const on = (
    id: 'top' | 'changes' | 'copyId',
    which: (container: Container) => boolean,
    run: (container: Subject) => unknown,
  ): void => {
    store.add(
      registerCommand(log, `gantry.docker.${id}`, async (node?: ContainerNode) => {
        const container = await chosenContainer(await open(), node, which);
        if (container !== undefined) await run(container);
      }),
    );
  };
  on('copyId', any, ({ id }) => vscode.env.clipboard.writeText(id));
  on('top', running, (container) => documents.show('top', container));
  on('changes', any, (container) => documents.show('changes', container));
  store.add(
    registerCommand(log, 'gantry.docker.kill', async (node, signal) => {
      const docker = await open();
      const container = await chosenContainer(docker, node, alive);
      const chosen = container === undefined ? undefined : (signal ?? (await askSignal(container.name)));
      if (container === undefined || chosen === undefined) return;
      await perform(docker, container, t('Sending {0} to {1}', chosen, container.name), kill(container, chosen));
    }),
  );
  store.add(
    registerCommand(log, 'gantry.docker.rename', async (node, name) => {
      const docker = await open();
      const container = await chosenContainer(docker, node);
      if (container === undefined) return;
      const prompt = t('New name of {0}', container.name);
      const chosen = name ?? (await ask(prompt, container.name, checkName));
      if (chosen === undefined || chosen === container.name) return;
      await perform(docker, container, t('Renaming {0}', container.name), rename(container, chosen));
    }),
  );
  store.add(
    registerCommand(log, 'gantry.docker.commit', async (node, name) => {
      const docker = await open();
      const container = await chosenContainer(docker, node);
      if (container === undefined) return;
      const prompt = t('Name of the image, as NAME:TAG');
      const chosen = name ?? (await ask(prompt, `${container.name.toLowerCase()}:latest`, parseReference));
      if (chosen !== undefined) await perform(docker, container, t('Making {0}', chosen), commit(container, chosen));
    }),
  );
  store.add(
    registerCommand(log, 'gantry.docker.compare', async (node, other) => {
      const docker = await open();
      const left = await chosenContainer(docker, node);
      if (left === undefined) return;
      const different = ({ id }: Container): boolean => id !== left.id;
      const right = await chosenContainer(docker, other, different, t('Compare {0} with', left.name));
      if (right !== undefined) await documents.compare(left, right);
    }),
  );
  return store;
}

/** Does one thing, with a notification that can cancel it. */
export function perform(docker: Docker, { engine }: Subject, title: string, operation: Operation): Thenable<unknown> {
  return withProgress(title, (_, signal) => docker.perform(engine, operation, signal));
}

/** Does it to every container of a Compose project that it fits; what fails does not keep the others from it. */
async function performOnProject(docker: Docker, { engine, project }: ProjectNode, action: Simple): Promise<void> {
  await withProgress(doing[action](project), async (_, signal) => {
    const listed = await docker.list(signal);
    const own = listed.filter((one) => one.engine === engine && one.container.project === project);
    const fitting = own.map(({ container }) => container).filter(fits[action]);
    const done = await Promise.allSettled(
      fitting.map((container) => docker.perform(engine, simple[action](container), signal)),
    );
    for (const outcome of done) if (outcome.status === 'rejected') throw outcome.reason;
  });
}

/** Asks first, naming the container as it is at this moment; what was not running then is not killed. */
export async function confirmAndRemove(docker: Docker, subject: Subject): Promise<void> {
  const container = await docker.container(subject, new AbortController().signal);
  const force = alive(container);
  const detail = force
    ? t('It is running and will be killed. What it wrote outside its volumes is lost; the volumes stay.')
    : t('What it wrote outside its volumes is lost; the volumes stay.');
  const remove = t('Remove Container');
  const question = t('Remove the container {0}?', container.name);
  if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, remove)) !== remove) return;
  await perform(docker, subject, t('Removing {0}', container.name), removeContainer(subject, force));
}

/** A line of text that `check` does not refuse, or undefined when the person leaves. */
export function ask(prompt: string, value: string, check: (text: string) => unknown): Thenable<string | undefined> {
  const validateInput = (text: string): string | undefined => {
    try {
      check(text);
      return undefined;
    } catch (error) {
      return messageOf(error);
    }
  };
  return askText({ prompt, value, validateInput });
}

async function askSignal(name: string): Promise<string | undefined> {
  const items = [
    { label: 'SIGTERM', description: t('end in order') },
    { label: 'SIGKILL', description: t('end at once; nothing is saved') },
    { label: 'SIGHUP', description: t('read the configuration again, in many programs') },
    { label: 'SIGINT', description: t('as Ctrl-C does') },
    { label: 'SIGQUIT', description: t('a Go program prints its goroutines and ends') },
    { label: 'SIGUSR1', description: t('what the program makes of it') },
    { label: 'SIGUSR2', description: t('what the program makes of it') },
  ];
  return (await vscode.window.showQuickPick(items, { placeHolder: t('Signal for {0}', name) }))?.label;
}
