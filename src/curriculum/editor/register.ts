/** The Curriculum view, its commands and the lesson panel. */
import * as vscode from 'vscode';
import { Coalescer } from '../../core/coalesce.ts';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { lazy } from '../../core/lazy.ts';
import type { Log } from '../../core/log.ts';
import { lazyTree } from '../../core/tree.ts';
import { executeCommand, registerCommand } from '../../editor/commands.ts';
import { type CommandId, views } from '../../editor/contributions.ts';
import { reach } from '../../editor/milestones.ts';
import { registerTree } from '../../editor/tree.ts';
import type { Compared, Curriculum, ItemStatus } from '../domain.ts';
import { placeOf } from '../evidence.ts';
import { type Filter, type Report, type Subject, filters } from '../model.ts';
import type { CurriculumNode } from '../nodes.ts';
import { lineFor } from '../subjects.ts';
import { foundOf } from '../found.ts';
import { Comparison } from './comparison.ts';
import { labOf, registerLabFiles } from './labFiles.ts';
import { LabTests } from './labTests.ts';
import type { LessonPanel } from './lessonPanel.ts';
import { showRunningCheck } from './runningCheck.ts';

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
    store.add(showRunningCheck(loaded));
    store.add(vscode.workspace.onDidGrantWorkspaceTrust(() => void loaded.refresh()));
    store.add(loaded.onDidChange(() => void noteProven(loaded)));
    void noteProven(loaded);
    return loaded;
  });
  const panel = lazy(async (): Promise<LessonPanel> => {
    const { LessonPanel } = await import('./lessonPanel.ts');
    return store.add(new LessonPanel(await curriculum(), log));
  });
  const tree = store.add(lazyTree<CurriculumNode>(async () => (await curriculum()).tree()));
  const { view } = store.add(registerTree(views.curriculum, tree));

  const comparison = store.add(new Comparison());
  store.add(new LabTests(curriculum));
  store.add(registerLabFiles({ log, curriculum }));

  const show = async (id: string): Promise<void> => (await panel()).show(id);
  /** A command on one item: the row's, else one that is picked among those that fit. */
  const onItem = (
    command: ItemCommand,
    fits: (status: ItemStatus) => boolean,
    run: (curriculum: Curriculum, id: string) => Promise<unknown>,
  ): void => {
    store.add(
      registerCommand(log, command, async (...[node]) => {
        const loaded = await curriculum();
        const id = itemOf(node) ?? (await choose(loaded, command, fits));
        if (id !== undefined) await run(loaded, id);
      }),
    );
  };

  store.add(
    registerCommand(log, 'gantry.curriculum.open', async (node) => {
      if (node?.kind === 'assertion') {
        return openEvidence(await curriculum(), node.item, node.id, (await panel()).beside);
      }
      const id = itemOf(node) ?? (await choose(await curriculum(), 'gantry.curriculum.open', () => true));
      return id === undefined ? undefined : show(id);
    }),
  );
  onItem(
    'gantry.curriculum.start',
    ({ lesson }) => lesson === 'yes',
    async (loaded, id) => {
      const file = await loaded.start(id);
      await show(id);
      await vscode.window.showTextDocument(vscode.Uri.file(file), { viewColumn: (await panel()).beside });
    },
  );
  const check = async (loaded: Curriculum, id: string, keeps: boolean): Promise<void> => {
    await vscode.workspace.saveAll(false); // What is checked is what the person sees.
    await show(id);
    const reveal = async ({ verdict }: Report): Promise<void> => {
      if (view.visible) await view.reveal({ kind: 'item', id }, { expand: verdict.state === 'failed', focus: false });
    };
    const keep = { keep: (found: Report): void => void reveal(found) };
    await reveal(await loaded.check(id, { signal: new AbortController().signal, ...(keeps ? keep : {}) }));
  };
  onItem(
    'gantry.curriculum.check',
    ({ started }) => started,
    (loaded, id) => check(loaded, id, false),
  );
  onItem(
    'gantry.curriculum.checkAndKeep',
    ({ started, keepable }) => started && keepable === true,
    (loaded, id) => check(loaded, id, true),
  );
  store.add(
    registerCommand(log, 'gantry.curriculum.openSubject', async (node) => {
      if (node?.kind === 'assertion') await openSubject(await curriculum(), node.item, node.id);
    }),
  );
  onItem(
    'gantry.curriculum.cancel',
    ({ state }) => state === 'running',
    async (loaded, id) => loaded.cancel(id),
  );
  onItem(
    'gantry.curriculum.hint',
    ({ hintsLeft = 0 }) => hintsLeft > 0,
    async (loaded, id) => {
      await loaded.nextHint(id);
      await show(id);
    },
  );
  onItem(
    'gantry.curriculum.solution',
    ({ lesson, started }) => lesson === 'yes' && started,
    async (loaded, id) => {
      const compared = await solution(loaded, id);
      if (compared === undefined) return;
      const title = t('{0}: mine ↔ the solution', id);
      await comparison.show(title, compared, loaded.labFolder(id), `${id}/solution`, 'left');
    },
  );
  onItem(
    'gantry.curriculum.changes',
    ({ state }) => state === 'stale' || state === 'regressed',
    async (loaded, id) => {
      const title = t('{0}: proven ↔ now', id);
      await comparison.show(title, await loaded.changes(id), loaded.labFolder(id), `${id}/proven`, 'right');
    },
  );
  onItem(
    'gantry.curriculum.attest',
    ({ lesson }) => lesson === 'no',
    async (loaded, id) => {
      const { state } = (await loaded.overview()).statuses.get(id)!;
      await loaded.attest(id, state !== 'attested');
    },
  );
  onItem('gantry.curriculum.reset', ({ started }) => started, reset);
  onItem(
    'gantry.curriculum.undoReset',
    ({ undoable }) => undoable === true,
    (loaded, id) => loaded.undoReset(id),
  );
  store.add(
    registerCommand(log, 'gantry.curriculum.filter', async (wanted) => {
      const loaded = await curriculum();
      // A button in a view's title hands over the selected row.
      const given = filters.find((one) => one === wanted);
      const filter = given ?? (await pickFilter(loaded.filter));
      if (filter === undefined) return;
      await loaded.setFilter(filter);
      view.message = filter === 'all' ? '' : t('Filter: {0}', filterText(filter));
    }),
  );
  return store;
}

async function noteProven(curriculum: Curriculum): Promise<void> {
  const overview = await curriculum.overview().catch(() => undefined); // The view says what failed.
  if (overview !== undefined && [...overview.statuses.values()].some(({ state }) => state === 'proven'))
    reach('lesson');
}

/** Those that get a row and act on its item. */
type ItemCommand = Extract<
  CommandId,
  `gantry.curriculum.${'start' | 'check' | 'checkAndKeep' | 'cancel' | 'hint' | 'solution' | 'changes' | 'attest' | 'reset' | 'undoReset'}`
>;

const itemOf = (node: CurriculumNode | undefined): string | undefined => {
  if (node?.kind === 'item') return node.id;
  return node?.kind === 'assertion' ? node.item : undefined;
};

/** Commands that go to another lesson, so they ask for it wherever the person is. */
const leading: readonly CommandId[] = ['gantry.curriculum.start', 'gantry.curriculum.open'];

/** The lesson whose file is in front, when the command fits it; else one that the person picks. */
async function choose(
  curriculum: Curriculum,
  command: CommandId,
  fits: (status: ItemStatus) => boolean,
): Promise<string | undefined> {
  const { statuses } = await curriculum.overview();
  const fitting = [...statuses].filter(([, status]) => fits(status));
  if (fitting.length === 0) return missing(statuses);
  const front = vscode.window.activeTextEditor && labOf(vscode.window.activeTextEditor.document.uri)?.item;
  if (front !== undefined && !leading.includes(command) && fitting.some(([id]) => id === front)) return front;
  const { itemFacts } = await import('../tree.ts');
  const choices = await Promise.all(
    fitting.map(async ([id, status]) => {
      const item = await curriculum.item(id);
      return { label: item.title[curriculum.language], description: itemFacts(item, status), id };
    }),
  );
  return (await vscode.window.showQuickPick(choices, { placeHolder: t('Which lesson?'), matchOnDescription: true }))
    ?.id;
}

/** Says why there is no lesson to choose, and what makes one. */
function missing(statuses: ReadonlyMap<string, ItemStatus>): undefined {
  if ([...statuses.values()].some(({ started }) => started))
    throw new Failure('notFound', t('None of the lessons that you started is at a point where this can be done.'));
  const start = t('Start Lesson…');
  void vscode.window
    .showInformationMessage(t('No lesson is started yet.'), start)
    .then((answer) => (answer === start ? executeCommand('gantry.curriculum.start') : undefined));
}

/** Before there is a proof only after a yes, which is noted; undefined for a no. */
async function solution(curriculum: Curriculum, id: string): Promise<readonly Compared[] | undefined> {
  try {
    return await curriculum.solution(id, false);
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'forbidden') throw error;
    const yes = t('Show It');
    const answer = await vscode.window.showWarningMessage(error.message, { modal: true }, yes);
    return answer === yes ? curriculum.solution(id, true) : undefined;
  }
}

function filterText(filter: Filter): string {
  switch (filter) {
    case 'all':
      return t('everything');
    case 'runnable':
      return t('what this machine can run');
    case 'open':
      return t('what this machine can run and is not proven');
  }
}

async function pickFilter(now: Filter): Promise<Filter | undefined> {
  const choices = filters.map((filter) => ({ label: filterText(filter), filter, picked: filter === now }));
  return (await vscode.window.showQuickPick(choices, { placeHolder: t('Which items?') }))?.filter;
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
async function openEvidence(
  curriculum: Curriculum,
  item: string,
  assertion: string,
  viewColumn: vscode.ViewColumn,
): Promise<void> {
  const { statuses } = await curriculum.overview();
  const { where } = foundOf(statuses.get(item))?.evidence.find(({ id }) => id === assertion) ?? {};
  if (where === undefined) return;
  const { file, line, column } = placeOf(where);
  const at = new vscode.Position(line, column);
  const uri = vscode.Uri.joinPath(vscode.Uri.file(curriculum.labFolder(item)), file);
  await vscode.window.showTextDocument(uri, { selection: new vscode.Range(at, at), viewColumn });
}

/** Opens what an assertion is about in the view that shows such things. Throws `notFound` once its check has ended. */
async function openSubject(curriculum: Curriculum, item: string, assertion: string): Promise<void> {
  const { statuses } = await curriculum.overview();
  const { subject } = statuses.get(item)?.held?.evidence.find(({ id }) => id === assertion) ?? {};
  if (subject === undefined) {
    throw new Failure(
      'notFound',
      t('It is gone: what a check starts ends with it. Check and keep running, then open it.'),
    );
  }
  await showSubject(subject);
}

function showSubject(subject: Subject): Thenable<unknown> {
  switch (subject.kind) {
    case 'grpc':
      return executeCommand('gantry.grpc.pasteGrpcurl', lineFor(subject), true);
    case 'container':
      return executeCommand('gantry.docker.reveal', { kind: 'container', engine: subject.engine, id: subject.id });
    case 'namespace':
      return executeCommand('gantry.kubernetes.revealNamespace', subject.context, subject.namespace);
  }
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
  // No watcher sees everything: of every few saves right after a check, VS Code's own missed one. What is saved here is
  // known without it, and who comes back to the window sees how it stands.
  store.add(vscode.workspace.onDidSaveTextDocument(({ uri }) => labOf(uri) !== undefined && refresh.add(uri.path)));
  store.add(vscode.window.onDidChangeWindowState(({ focused }) => focused && refresh.add('')));
  return store;
}
