/** Commands that bring something into a container or out of it: a debug container beside it, a file. */
import { posix } from 'node:path';
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { printableLine } from '../../core/printable.ts';
import { formatBytes } from '../../core/storage.ts';
import { askText } from '../../editor/askText.ts';
import { registerCommand, withProgress } from '../../editor/commands.ts';
import { askModal, withLateProgress } from '../../editor/lateProgress.ts';
import { readSetting } from '../../editor/settings.ts';
import type { Subject } from '../actions/action.ts';
import { copyFrom, copyTo } from '../actions/copy.ts';
import { type Debugger, debug, debuggerName, isDebuggerReady, isPodSecurity } from '../actions/debug.ts';
import { usualContainer } from '../actions/pods.ts';
import type { Kubernetes } from '../domain.ts';
import type { KubernetesNode } from '../nodes.ts';
import { choosePlace } from './choosePlace.ts';
import { confirmed } from './confirm.ts';
import { type Place, type StreamCommandDeps, openAttached, podOf, withContexts } from './streamCommands.ts';

export function registerContainerCommands({ log, kubernetes: domain, selected }: StreamCommandDeps): Disposable {
  const store = new DisposableStore();
  const open = async (node: KubernetesNode | undefined): Promise<[Kubernetes, Place] | undefined> => {
    const kubernetes = await withContexts(domain);
    const place = await choosePlace(kubernetes, node ?? selected());
    return place && [kubernetes, place];
  };
  store.add(
    registerCommand(log, 'gantry.kubernetes.debug', async (node, image) => {
      const opened = await open(node);
      if (opened !== undefined) await addDebugger(...opened, image);
    }),
  );
  store.add(
    registerCommand(log, 'gantry.kubernetes.copyFrom', async (node, path, folder) => {
      const opened = await open(node);
      if (opened !== undefined) await fetchFile(...opened, path, folder?.fsPath);
    }),
  );
  store.add(
    registerCommand(log, 'gantry.kubernetes.copyTo', async (node, file, path) => {
      const opened = await open(node);
      if (opened !== undefined) await sendFile(...opened, file?.fsPath, path);
    }),
  );
  return store;
}

/** Adds the container, waits until it runs, and shows its terminal. */
async function addDebugger(kubernetes: Kubernetes, place: Place, given: string | undefined): Promise<void> {
  const { actions } = kubernetes;
  const ref = podOf(place);
  const image = given ?? (await askForImage(place));
  if (image === undefined || !(await confirmed(kubernetes, debug, [ref]))) return;
  const subject = await withLateProgress(t('Reading {0}…', ref.name), (_, signal) => actions.subject(ref, signal));
  const name = debuggerName(subject.object);
  const added = { image, name, target: place.container ?? usualContainer(subject.object) };
  const going = await withProgress(t('Debug container in {0}', ref.name), async (report, signal) => {
    if (!(await add(kubernetes, { ...subject, signal }, added))) return false;
    report(t('waiting until it runs…'));
    await actions.awaitObject(ref, (pod) => isDebuggerReady(pod, name), signal);
    return true;
  });
  if (going) await openAttached(kubernetes, { ...place, container: name }, t('Press Enter for a prompt.'));
}

/** False when the person wants none with fewer rights. Throws Failure. */
async function add({ actions }: Kubernetes, subject: Subject, added: Omit<Debugger, 'profile'>): Promise<boolean> {
  const run = (profile: Debugger['profile']): Promise<unknown> => actions.run(debug, subject, { ...added, profile });
  try {
    await run('general');
  } catch (error) {
    if (!isPodSecurity(error)) throw error;
    const question = t('The namespace {0} admits only containers with few rights.', subject.ref.namespace);
    const detail = t(
      'With few rights the debug container is no root and sees no memory of others; its image must allow that.',
    );
    const go = t('Add with Few Rights');
    if ((await askModal(question, detail, go)) !== go) return false;
    await run('restricted');
  }
  return true;
}

const askForImage = ({ pod, container }: Place): Thenable<string | undefined> =>
  askText({
    title: t('Debug container beside {0}', [pod, container].filter(Boolean).join('/')),
    prompt: t('Image with the tools to look around. The container stays in the pod until the pod is gone.'),
    value: readSetting('gantry.kubernetes.debugImage'),
    validateInput: (text) => (/^\S+$/.test(text) ? undefined : t('Type the name of an image, such as busybox:stable.')),
  });

const askForPath = (title: string, value: string): Thenable<string | undefined> =>
  askText({
    title,
    prompt: t('The whole path in the container'),
    value,
    validateInput: async (text) => {
      const { checkRemotePath } = await import('../streams/copy.ts');
      try {
        checkRemotePath(text);
        return undefined;
      } catch (error) {
        return (error as Failure).message;
      }
    },
  });

async function fetchFile(
  { actions, contexts }: Kubernetes,
  place: Place,
  givenPath: string | undefined,
  givenFolder: string | undefined,
): Promise<void> {
  const path = givenPath ?? (await askForPath(t('Copy from {0}', place.pod), '/'));
  if (path === undefined) return;
  const dialog = { canSelectFiles: false, canSelectFolders: true, openLabel: t('Copy Here') };
  const target = givenFolder ?? (await vscode.window.showOpenDialog(dialog))?.[0]?.fsPath;
  if (target === undefined) return;
  const { copyFromContainer } = await import('../streams/copy.ts');
  const { files, bytes, skipped } = await withProgress(t('Copying {0}', path), (report, signal) =>
    actions.explaining(copyFrom, podOf(place), () =>
      copyFromContainer(place, path, target, { server: contexts.connect(place.context), signal, report }),
    ),
  );
  const done = t('{0} files, {1}, copied to {2}.', files, formatBytes(bytes), target);
  const names = skipped.slice(0, 10).map(printableLine).join(', ');
  const left = skipped.length === 0 ? '' : t('Left out, since they are links or devices: {0}', names);
  void vscode.window.showInformationMessage([done, left].filter(Boolean).join(' '));
}

async function sendFile(
  kubernetes: Kubernetes,
  place: Place,
  givenFile: string | undefined,
  givenPath: string | undefined,
): Promise<void> {
  const { actions, contexts } = kubernetes;
  const ref = podOf(place);
  const file = givenFile ?? (await vscode.window.showOpenDialog({ openLabel: t('Copy to Container') }))?.[0]?.fsPath;
  if (file === undefined) return;
  const name = posix.basename(vscode.Uri.file(file).path);
  const typed = givenPath ?? (await askForPath(t('Copy {0} to {1}', name, place.pod), `/tmp/${name}`));
  if (typed === undefined) return;
  const { copyToContainer, remoteKind } = await import('../streams/copy.ts');
  const server = contexts.connect(place.context);
  const explaining = <T>(work: (signal: AbortSignal) => Promise<T>, title: string): Promise<T> =>
    withLateProgress(title, (_, signal) => actions.explaining(copyTo, ref, () => work(signal)));
  const kind = await explaining((signal) => remoteKind(place, typed, { server, signal }), t('Looking at {0}…', typed));
  const path = kind === 'folder' ? posix.join(typed, name) : typed;
  const taken =
    kind === 'folder'
      ? await explaining((signal) => remoteKind(place, path, { server, signal }), t('Looking at {0}…', path))
      : kind;
  if (taken === 'folder') throw new Failure('conflict', t('{0} is a folder of the container.', path));
  if (taken === 'file') {
    const replace = t('Replace');
    const question = t('{0} is in the container {1} already.', path, place.container ?? place.pod);
    if ((await askModal(question, t('Its content is lost when it is replaced.'), replace)) !== replace) return;
  }
  if (!(await confirmed(kubernetes, copyTo, [ref], path))) return;
  const { bytes } = await explaining(
    (signal) => copyToContainer(place, file, path, { server, signal }),
    t('Copying {0}', name),
  );
  void vscode.window.showInformationMessage(t('{0}, {1}, copied to {2}.', name, formatBytes(bytes), path));
}
