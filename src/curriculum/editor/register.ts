/** The Curriculum view, its commands and the lesson panel. */
import * as vscode from 'vscode';
import { Coalescer } from '../../core/coalesce.ts';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { lazy } from '../../core/lazy.ts';
import type { Log } from '../../core/log.ts';
import { lazyTree } from '../../core/tree.ts';
import { registerCommand, withProgress } from '../../editor/commands.ts';
import { views } from '../../editor/contributions.ts';
import { registerTree } from '../../editor/tree.ts';
import type { Curriculum, ItemStatus } from '../domain.ts';
import type { Verdict } from '../model.ts';
import type { CurriculumNode } from '../nodes.ts';
import type { LessonPanel } from './lessonPanel.ts';

export interface RegisterCurriculumDeps {
  readonly log: Log;
  /** Loads the domain; asked for when the view is first opened or a command is run. */
  readonly domain: () => Promise<Curriculum>;
}

/** Registers everything the editor shows of the curriculum. */
export function registerCurriculum({ log, domain }: RegisterCurriculumDeps): Disposable {
  const store = new DisposableStore();
  const curriculum = lazy(async () => {
    const loaded = await domain();
    store.add(followFiles(loaded));
    return loaded;
  });
  const panel = lazy(async (): Promise<LessonPanel> => {
    const { LessonPanel } = await import('./lessonPanel.ts');
    return store.add(new LessonPanel(await curriculum(), log));
  });
  const tree = store.add(lazyTree<CurriculumNode>(async () => (await curriculum()).tree()));
  const { view } = store.add(registerTree(views.curriculum, tree));

  store.add(
    registerCommand(log, 'gantry.curriculum.open', async (node) => {
      if (node?.kind === 'assertion') return openEvidence(await curriculum(), node.item, node.id);
      const id = itemOf(node) ?? (await pick(await curriculum(), () => true));
      return id === undefined ? undefined : (await panel()).show(id);
    }),
  );
  store.add(
    registerCommand(log, 'gantry.curriculum.start', async (node) => {
      const id = itemOf(node) ?? (await pick(await curriculum(), ({ lesson }) => lesson === 'yes'));
      if (id === undefined) return;
      const file = await (await curriculum()).start(id);
      await (await panel()).show(id);
      await vscode.window.showTextDocument(vscode.Uri.file(file), { viewColumn: vscode.ViewColumn.Beside });
    }),
  );
  store.add(
    registerCommand(log, 'gantry.curriculum.check', async (node) => {
      const id = itemOf(node) ?? (await pick(await curriculum(), ({ started }) => started));
      if (id === undefined) return;
      const verdict = await check(await curriculum(), id);
      await (await panel()).show(id);
      if (view.visible) await view.reveal({ kind: 'item', id }, { expand: verdict === 'failed', focus: false });
    }),
  );
  store.add(
    registerCommand(log, 'gantry.curriculum.reset', async (node) => {
      const id = itemOf(node) ?? (await pick(await curriculum(), ({ started }) => started));
      if (id !== undefined) await reset(await curriculum(), id);
    }),
  );
  return store;
}

const itemOf = (node: CurriculumNode | undefined): string | undefined => {
  if (node?.kind === 'item') return node.id;
  return node?.kind === 'assertion' ? node.item : undefined;
};

async function pick(curriculum: Curriculum, wanted: (status: ItemStatus) => boolean): Promise<string | undefined> {
  const { statuses } = await curriculum.overview();
  const ids = [...statuses].filter(([, status]) => wanted(status)).map(([id]) => id);
  if (ids.length === 0) throw new Failure('notFound', t('No lesson is started yet. Start one in the Curriculum view.'));
  const choices = await Promise.all(
    ids.map(async (id) => ({ label: (await curriculum.item(id)).title[curriculum.language], description: id, id })),
  );
  return (await vscode.window.showQuickPick(choices, { placeHolder: t('Which lesson?'), matchOnDescription: true }))
    ?.id;
}

async function check(curriculum: Curriculum, id: string): Promise<Verdict['state']> {
  await vscode.workspace.saveAll(false); // What is checked is what the person sees.
  const title = t('Checking {0}', (await curriculum.item(id)).title[curriculum.language]);
  const { verdict } = await withProgress(title, (report, signal) => curriculum.check(id, { signal, report }));
  if (verdict.state === 'proven') void vscode.window.showInformationMessage(t('Proven. Every assertion holds.'));
  return verdict.state;
}

async function reset(curriculum: Curriculum, id: string): Promise<void> {
  await vscode.workspace.saveAll(false); // So that the snapshot holds what is still unsaved.
  const snapshot = await curriculum.reset(id);
  const undo = t('Undo Reset');
  const done = t(
    'The lesson is reset. Your files were moved to {0}.',
    vscode.workspace.asRelativePath(snapshot.folder),
  );
  // Not awaited by the command: the message may stay for long.
  void vscode.window.showInformationMessage(done, undo).then(async (answer) => {
    if (answer !== undo) return;
    try {
      await curriculum.undoReset(snapshot);
    } catch (error) {
      void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
    }
  });
}

/** Opens the place an assertion speaks of: `file:line:column` below the learner's folder. */
async function openEvidence(curriculum: Curriculum, item: string, assertion: string): Promise<void> {
  const { statuses } = await curriculum.overview();
  const { where } = statuses.get(item)?.report?.evidence.find(({ id }) => id === assertion) ?? {};
  if (where === undefined) return;
  const [file, line = '1', column = '1'] = where.split(':');
  const at = new vscode.Position(Number(line) - 1, Number(column) - 1);
  const uri = vscode.Uri.joinPath(vscode.Uri.file(curriculum.labFolder(item)), file!);
  await vscode.window.showTextDocument(uri, { selection: new vscode.Range(at, at) });
}

/** The tree follows the learner's files and the proofs, also those that a pull or a terminal changed. */
function followFiles(curriculum: Curriculum): Disposable {
  const store = new DisposableStore();
  const refresh = store.add(new Coalescer<string>(300, () => void curriculum.refresh()));
  for (const pattern of ['gantry-labs/**', '.gantry/proofs/*.json']) {
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    if (folder === undefined) break;
    const watcher = store.add(vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, pattern)));
    for (const event of [watcher.onDidChange, watcher.onDidCreate, watcher.onDidDelete]) {
      store.add(event(({ path }) => refresh.add(path)));
    }
  }
  return store;
}
