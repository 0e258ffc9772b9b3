/** The curriculum as a whole: outline, lessons, the learner's progress, and what can be done with an item. */
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Disposable, DisposableStore } from '../core/disposable.ts';
import { Emitter, type Event } from '../core/emitter.ts';
import { Failure, toFailure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Log } from '../core/log.ts';
import type { TreeSource } from '../core/tree.ts';
import { checkItem, noPorts } from './check.ts';
import { underContract } from './contract.ts';
import { type Known, isKeepable, isQuick } from './inputs.ts';
import { type Hint, type Item, fittingHints, readItem } from './items.ts';
import { Labs, type Snapshot, compareFolders } from './labs.ts';
import type { Filter, ItemState, Language, Outline, OutlineItem, Report } from './model.ts';
import type { CurriculumNode } from './nodes.ts';
import { readOutline, stepsAndItemsOf } from './outline.ts';
import { machineHas } from './machine.ts';
import type { CheckPorts } from './ports.ts';
import { changesSince, keepProven } from './proven.ts';
import { type Present, type Progress, ProofFiles, afterRun, stateOf } from './progress.ts';
import { drawSeed } from './random.ts';
import { curriculumTree } from './tree.ts';

export interface CurriculumDeps {
  readonly log: Log;
  /** The folder with outline.yaml and the lessons. */
  readonly content: string;
  /** The learner's repository: labs and proofs stand in it. Undefined while no folder is open. */
  readonly workspace: string | undefined;
  /** Whether programs of the workspace may run. */
  readonly trusted: () => boolean;
  readonly language: Language;
  /** Of the other domains, for checks; without them, what needs one is blocked. */
  readonly ports?: CheckPorts;
}

/** How one item stands. */
export interface ItemStatus {
  readonly state: ItemState;
  /** `yes`: the lesson exists. `no`: it is not written yet. A Failure: its folder cannot be read. */
  readonly lesson: 'yes' | 'no' | Failure;
  /** Whether the learner has a folder for it. */
  readonly started: boolean;
  /** The last run since the program started. */
  readonly report?: Report;
  /** What the running check found that does not hold, while everything it started still runs. */
  readonly held?: Report;
  /** Whether what a check started can be looked at in the other views. */
  readonly keepable?: boolean;
  /** The file a learner begins with, below the item's folder. */
  readonly main?: string;
  /** Whether the last reset can be undone. */
  readonly undoable?: boolean;
  /** Hints that fit what was found and were not shown yet. */
  readonly hintsLeft?: number;
  /** Of a checkpoint: the items that it sums up. */
  readonly requires?: readonly string[];
}

/** What is wrong with a file of progress. */
export interface Problem {
  readonly message: string;
  /** Absolute. */
  readonly file: string;
}

/** What is known at a moment; the tree and the commands read it. */
export interface Overview {
  readonly outline: Outline;
  readonly statuses: ReadonlyMap<string, ItemStatus>;
  /** Proofs that could not be understood, and those of items that do not exist. */
  readonly problems: readonly Problem[];
  /** What keeps every item from being started and checked. */
  readonly obstacle?: 'noFolder' | 'noTrust';
  /** Items that the filter takes away. */
  readonly hidden: ReadonlySet<string>;
}

export interface CheckRun {
  /** Drawn when absent. */
  readonly seed?: number;
  readonly signal: AbortSignal;
  readonly report?: (step: string) => void;
  /**
   * After a save: only checks of what changed are run, and a failure is shown but not filed, for whoever saves is at work.
   */
  readonly saved?: boolean;
  /**
   * Where something does not hold, all that was started is kept running, a quarter of an hour at most, until `cancel`:
   * told of what was found.
   */
  readonly keep?: (found: Report) => void;
}

/** A check that was asked for, as it goes on. */
interface Run {
  readonly controller: AbortController;
  readonly saved: boolean;
  step: string;
  held?: Report;
  /** Set once something was kept running: ends that. */
  release?: () => void;
}

/** A check that is running, and what it is at. */
export interface RunningCheck {
  readonly item: string;
  readonly step: string;
}

/** Hints that were shown, and how many more there are. */
export interface ShownHints {
  readonly hints: readonly string[];
  readonly left: number;
}

/** One file, empty where it is missing. */
export interface Compared {
  readonly path: string;
  readonly mine: string;
  readonly theirs: string;
}

export interface Curriculum extends Disposable {
  readonly language: Language;
  /** The state of everything; read from disk once, then after `refresh` and each action. */
  overview(): Promise<Overview>;
  /** The overview is another one now. */
  readonly onDidChange: Event<void>;
  /** Checks that run now. */
  readonly running: readonly RunningCheck[];
  /** A check came to another step. */
  readonly onDidProgress: Event<RunningCheck>;
  /** Which items the overview hides; the last one set. */
  readonly filter: Filter;
  setFilter(filter: Filter): Promise<void>;
  tree(): TreeSource<CurriculumNode>;
  /** Reads proofs and the learner's folders again. */
  refresh(): Promise<void>;
  /** Throws `notFound`. */
  item(id: string): Promise<OutlineItem>;
  /** The lesson's text in Markdown; undefined when it is not written yet. */
  lesson(id: string): Promise<string | undefined>;
  /** Where the learner's files of the item are, or would be. */
  labFolder(id: string): string;
  /** Puts the starter into the learner's folder; returns the file to open. Existing files stay. */
  start(id: string): Promise<string>;
  /** The lessons that must be proven before this one can be: what a checkpoint sums up and is not proven. */
  missing(id: string): Promise<readonly string[]>;
  /** Runs the item's checks against the learner's folder and files the result. */
  check(id: string, run: CheckRun): Promise<Report>;
  /** Ends the item's running check, or what it keeps running: then it ends as if that had not been kept. Nothing when none runs. */
  cancel(id: string): void;
  /**
   * Checks after a save, when the item was checked before in this session and its checks need neither engine nor cluster;
   * a check that such a save started is given up. Undefined when there is nothing to check.
   */
  checkSaved(id: string): Promise<Report | undefined>;
  /** The sources that were proven beside those of now; throws `notFound` where they are not known any more. */
  changes(id: string): Promise<readonly Compared[]>;
  /** Runs the item's checks against any Go service whose folder has a contract file. Nothing is filed. */
  prove(id: string, folder: string, run: CheckRun): Promise<Report>;
  /** Shows one hint more of those that fit what the last check found. Throws `notFound` when nothing failed. */
  nextHint(id: string): Promise<ShownHints>;
  /** Hints that were shown since the last check, without showing another. */
  hints(id: string): Promise<ShownHints>;
  /**
   * The learner's files beside the solution's. Before there is a proof only on explicit wish, which is noted; else throws
   * `forbidden`.
   */
  solution(id: string, insist: boolean): Promise<readonly Compared[]>;
  /** Notes, or takes back, that something which cannot be proven was read. Throws `invalid` for what can be proven. */
  attest(id: string, read: boolean): Promise<void>;
  /** The item after this one that has a lesson and is not proven; undefined when there is none. */
  nextItem(id: string): Promise<string | undefined>;
  /** What checks get of the other domains; for those that try lessons. */
  readonly ports: CheckPorts;
  /** Brings the starter back; the learner's folder becomes a snapshot. */
  reset(id: string): Promise<Snapshot>;
  /** @param what a snapshot, or the item whose last reset it is. */
  undoReset(what: Snapshot | string): Promise<void>;
}

export function createCurriculum(deps: CurriculumDeps): Curriculum {
  return new CurriculumStore(deps);
}

class CurriculumStore implements Curriculum {
  readonly language: Language;
  readonly #deps: CurriculumDeps;
  readonly #store = new DisposableStore();
  readonly #changed: Emitter<void>;
  readonly #items = new Map<string, Promise<Item | Failure | undefined>>();
  readonly #reports = new Map<string, Report>();
  readonly #running = new Map<string, Run>();
  readonly #progressed: Emitter<RunningCheck>;
  /** What was found of checks, by item, for those that are checked again after a save. */
  readonly #known = new Map<string, Known>();
  readonly #resets = new Map<string, Snapshot>();
  #filter: Filter = 'all';
  #overview: Promise<Overview> | undefined;
  #read: Promise<Outline> | undefined;

  constructor(deps: CurriculumDeps) {
    this.#deps = deps;
    this.language = deps.language;
    this.#changed = this.#store.add(
      new Emitter<void>((error) => deps.log.error('a curriculum listener failed', error)),
    );
    this.#progressed = this.#store.add(
      new Emitter<RunningCheck>((error) => deps.log.error('a curriculum listener failed', error)),
    );
  }

  get onDidChange(): Event<void> {
    return this.#changed.event;
  }

  get onDidProgress(): Event<RunningCheck> {
    return this.#progressed.event;
  }

  get running(): readonly RunningCheck[] {
    return [...this.#running].map(([item, { step }]) => ({ item, step }));
  }

  get filter(): Filter {
    return this.#filter;
  }

  async setFilter(filter: Filter): Promise<void> {
    this.#filter = filter;
    await this.refresh();
  }

  tree(): TreeSource<CurriculumNode> {
    return curriculumTree(this);
  }

  overview(): Promise<Overview> {
    return (this.#overview ??= this.#look().catch((error: unknown) => {
      this.#overview = undefined;
      throw error;
    }));
  }

  async refresh(): Promise<void> {
    const before = await this.#overview?.catch(() => undefined);
    this.#overview = undefined;
    // What failed is told to whoever asks for the overview.
    const after = await this.overview().catch(() => undefined);
    // A file watcher asks often; drawing rows anew that did not change would take a click from under the person's hand.
    if (!isDeepStrictEqual(before, after)) this.#changed.fire();
  }

  async item(id: string): Promise<OutlineItem> {
    const { outline } = await this.overview();
    const found = stepsAndItemsOf(outline).find((item) => item.id === id);
    if (found === undefined) throw new Failure('notFound', t('The curriculum has no item {0}.', id));
    return found;
  }

  async lesson(id: string): Promise<string | undefined> {
    const item = await this.#itemIfWritten(id);
    if (item === undefined) return undefined;
    if (item instanceof Failure) throw item;
    return readFile(join(item.folder, this.language === 'zh-cn' ? 'zh-CN.md' : 'en.md'), 'utf8');
  }

  labFolder(id: string): string {
    return this.#labs().folder(id);
  }

  async start(id: string): Promise<string> {
    const item = await this.#written(id);
    this.#mayRun();
    await this.#labs().start(id, join(item.folder, 'starter'));
    await this.refresh();
    return join(this.labFolder(id), item.open);
  }

  async missing(id: string): Promise<readonly string[]> {
    return this.#unproven(await this.#written(id));
  }

  async check(id: string, { seed = drawSeed(), signal, report, saved = false, keep }: CheckRun): Promise<Report> {
    const item = await this.#written(id);
    this.#mayRun();
    const labs = this.#labs();
    const sourceHash = await labs.hash(id);
    if (sourceHash === undefined) {
      throw new Failure('notFound', t('{0} is not started yet: there is no folder {1}.', id, labs.folder(id)));
    }
    // A check that a save began gives way to one that was asked for.
    const other = this.#running.get(id);
    if (other?.saved === true) other.controller.abort();
    else if (other !== undefined) throw new Failure('conflict', t('{0} is being checked already.', id));
    const own: Run = { controller: new AbortController(), saved, step: '' };
    const tell = (step: string): void => {
      own.step = step;
      report?.(step);
      this.#progressed.fire({ item: id, step });
    };
    this.#running.set(id, own);
    const known = (saved ? this.#known.get(id) : undefined) ?? new Map();
    this.#known.set(id, known);
    try {
      await this.refresh();
      const missing = await this.#unproven(item);
      if (missing.length > 0) {
        const reason = t('It sums up other lessons. Prove these first: {0}.', missing.join(', '));
        const blocked: Report = { item: id, seed, duration: 0, verdict: { state: 'blocked', reason }, evidence: [], facts: {} }; // prettier-ignore
        this.#reports.set(id, blocked);
        return blocked;
      }
      const found = await checkItem(item, labs.folder(id), {
        seed,
        language: this.language,
        signal: AbortSignal.any([signal, own.controller.signal]),
        known,
        ...this.#ports,
        report: tell,
        ...(keep === undefined ? {} : { keep: (what, over) => this.#keep(own, { what, keep, tell, over }) }),
      });
      this.#deps.log.info(`checked ${id}: ${found.verdict.state} in ${found.duration} ms, seed ${seed}`);
      this.#reports.set(id, found);
      const { state } = found.verdict;
      if (state === 'proven' || (state === 'failed' && !saved)) await this.#file(item, found, sourceHash);
      return found;
    } finally {
      if (this.#running.get(id) === own) this.#running.delete(id);
      await this.refresh();
    }
  }

  cancel(id: string): void {
    const run = this.#running.get(id);
    if (run?.release === undefined) run?.controller.abort();
    else run.release();
  }

  async checkSaved(id: string): Promise<Report | undefined> {
    const item = await this.#itemIfWritten(id);
    if (item === undefined || item instanceof Failure || !this.#known.has(id) || !this.#deps.trusted())
      return undefined;
    if (this.#running.get(id)?.saved === false || !isQuick(item)) return undefined;
    return this.check(id, { signal: new AbortController().signal, saved: true });
  }

  async changes(id: string): Promise<readonly Compared[]> {
    const { proof } = await new ProofFiles(this.#workspace()).read(id);
    if (proof === undefined) throw new Failure('notFound', t('{0} was not proven yet.', id));
    return changesSince(proof, id, this.#labs(), this.#workspace());
  }

  async prove(id: string, folder: string, { seed = drawSeed(), signal, report }: CheckRun): Promise<Report> {
    const item = await underContract(await this.#written(id), folder);
    this.#mayRun();
    return checkItem(item, folder, {
      seed,
      language: this.language,
      signal,
      inPlace: true,
      ...this.#ports,
      ...(report === undefined ? {} : { report }),
    });
  }

  hints(id: string): Promise<ShownHints> {
    return this.#hints(id, 0);
  }

  async nextHint(id: string): Promise<ShownHints> {
    const shown = await this.#hints(id, 1);
    await this.refresh();
    return shown;
  }

  async solution(id: string, insist: boolean): Promise<readonly Compared[]> {
    const item = await this.#written(id);
    const files = new ProofFiles(this.#workspace());
    const progress = await files.read(id);
    if (progress.proof === undefined && !insist) {
      throw new Failure(
        'forbidden',
        t('{0} is not proven yet. The solution is shown if you insist, and that is noted.', id),
      );
    }
    if (progress.proof === undefined) await files.write({ ...progress, assisted: new Date().toISOString() });
    return compareFolders(this.labFolder(id), join(item.folder, 'solution'));
  }

  async attest(id: string, read: boolean): Promise<void> {
    const { attested } = await this.item(id);
    if (!attested) throw new Failure('invalid', t('{0} can be proven: start it, and check your work.', id));
    const files = new ProofFiles(this.#workspace());
    const { attested: _, ...progress } = await files.read(id);
    await files.write({ ...progress, ...(read ? { attested: new Date().toISOString() } : {}) });
    await this.refresh();
  }

  async nextItem(id: string): Promise<string | undefined> {
    const { outline, statuses } = await this.overview();
    const ids = stepsAndItemsOf(outline).map((item) => item.id);
    const after = [...ids.slice(ids.indexOf(id) + 1), ...ids.slice(0, ids.indexOf(id))];
    return after.find((other) => {
      const status = statuses.get(other);
      return status?.lesson === 'yes' && status.state !== 'proven';
    });
  }

  get ports(): CheckPorts {
    return this.#deps.ports ?? noPorts;
  }

  async reset(id: string): Promise<Snapshot> {
    const item = await this.#written(id);
    this.#mayRun();
    const snapshot = await this.#labs().reset(id, join(item.folder, 'starter'), new Date());
    this.#resets.set(id, snapshot);
    await this.#forget(id);
    return snapshot;
  }

  async undoReset(what: Snapshot | string): Promise<void> {
    const snapshot = typeof what === 'string' ? this.#resets.get(what) : what;
    if (snapshot === undefined) throw new Failure('notFound', t('There is no reset to undo.'));
    await this.#labs().undo(snapshot, new Date());
    this.#resets.delete(snapshot.item);
    await this.#forget(snapshot.item);
  }

  dispose(): void {
    for (const { controller } of this.#running.values()) controller.abort();
    this.#store.dispose();
  }

  /** Shows what was found while all that was started still runs: until the person ends it, or it is over. */
  async #keep(
    run: Run,
    { what, keep, tell, over }: { readonly what: Report; readonly over: AbortSignal; readonly keep: (found: Report) => void; readonly tell: (step: string) => void }, // prettier-ignore
  ): Promise<void> {
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    run.held = what;
    run.release = resolve;
    over.addEventListener('abort', () => resolve(), { once: true });
    tell(t('Everything still runs, until you end it'));
    await this.refresh();
    keep(what);
    await ended;
    delete run.held;
    tell(t('Ending what was started'));
    await this.refresh();
  }

  /** The last report spoke of other files. */
  async #forget(id: string): Promise<void> {
    this.#reports.delete(id);
    this.#known.delete(id);
    await this.refresh();
  }

  /** Read once: it comes with the program. One that could not be read is read again. */
  #outline(content: string): Promise<Outline> {
    return (this.#read ??= readOutline(content).catch((error: unknown) => {
      this.#read = undefined;
      throw error;
    }));
  }

  async #look(): Promise<Overview> {
    const { content, workspace } = this.#deps;
    const files = workspace === undefined ? undefined : new ProofFiles(workspace);
    const [outline, proofs] = await Promise.all([
      this.#outline(content),
      files?.readAll() ?? new Map<string, Progress | Failure>(),
    ]);
    const items = stepsAndItemsOf(outline);
    const alone = new Map(
      await Promise.all(items.map(async ({ id }) => [id, await this.#status(id, proofs.get(id))] as const)),
    );
    const statuses = new Map([...alone].map(([id, status]) => [id, withRequired(status, alone)]));
    const known = new Set(items.map(({ id }) => id));
    const problems = [...proofs].flatMap(([id, progress]): Problem[] => {
      const file = files!.fileOf(id);
      if (progress instanceof Failure) return [{ message: progress.message, file }];
      return known.has(id) ? [] : [{ message: t('There is a proof of {0}, which is no item. It is kept.', id), file }];
    });
    const obstacle = workspace === undefined ? 'noFolder' : this.#deps.trusted() ? undefined : 'noTrust';
    return {
      outline,
      statuses,
      problems,
      hidden: await this.#hidden(items, statuses),
      ...(obstacle === undefined ? {} : { obstacle }),
    };
  }

  async #hidden(
    items: readonly OutlineItem[],
    statuses: ReadonlyMap<string, ItemStatus>,
  ): Promise<ReadonlySet<string>> {
    if (this.#filter === 'all') return new Set();
    const here = await machineHas(this.ports);
    const runs = ({ id, needs }: OutlineItem): boolean =>
      statuses.get(id)?.lesson === 'yes' && needs.every((need) => here.has(need));
    const shown = ({ id }: OutlineItem): boolean => this.#filter === 'runnable' || statuses.get(id)?.state !== 'proven';
    const stays = (item: OutlineItem): boolean => (runs(item) && shown(item)) || (item.steps ?? []).some(stays);
    return new Set(items.filter((item) => !stays(item)).map(({ id }) => id));
  }

  /** Shows so many hints more; which were shown is kept with the progress, so that another window shows the same. */
  async #hints(id: string, more: number): Promise<ShownHints> {
    const item = await this.#written(id);
    const files = new ProofFiles(this.#workspace());
    const progress = await files.read(id);
    const fitting = this.#fitting(item, progress);
    if (fitting === undefined) {
      throw new Failure('notFound', t('There is nothing to give a hint for: check your work first.'));
    }
    const count = Math.min(fitting.length, shownOf(fitting, progress) + more);
    if (more > 0) await files.write({ ...progress, hints: fitting.slice(0, count).map((hint) => hint.id) });
    return { hints: fitting.slice(0, count).map(({ text }) => text[this.language]), left: fitting.length - count };
  }

  async #unproven(item: Item): Promise<readonly string[]> {
    return unproven(item, (await this.overview()).statuses);
  }

  /** The hints for what was found last, by this program or the one that filed it; undefined where nothing failed. */
  #fitting(item: Item, { fitting }: Progress): readonly Hint[] | undefined {
    const report = this.#running.get(item.id)?.held ?? this.#reports.get(item.id);
    if (report === undefined) return fitting && item.hints.filter(({ id }) => fitting.includes(id));
    return report.verdict.state === 'failed' ? fittingHints(item, report.evidence, report.facts) : undefined;
  }

  get #ports(): { readonly ports?: CheckPorts } {
    const { ports } = this.#deps;
    return ports === undefined ? {} : { ports };
  }

  async #status(id: string, progress: Progress | Failure | undefined): Promise<ItemStatus> {
    const item = await this.#itemIfWritten(id);
    if (item === undefined || item instanceof Failure) {
      const read = progress !== undefined && !(progress instanceof Failure) && progress.attested !== undefined;
      return { state: read ? 'attested' : 'todo', lesson: item ?? 'no', started: false };
    }
    const sourceHash = this.#deps.workspace === undefined ? undefined : await this.#labs().hash(id);
    const report = this.#reports.get(id);
    const held = this.#running.get(id)?.held;
    const filed = progress === undefined || progress instanceof Failure ? { item: id } : progress;
    const present = { itemVersion: item.version, checkHash: item.checkHash, sourceHash };
    // Without evidence, as in a window that was just opened, there is no place to show a hint.
    const fitting = (report === undefined && held === undefined ? undefined : this.#fitting(item, filed)) ?? [];
    return {
      state: this.#running.has(id)
        ? 'running'
        : report?.verdict.state === 'blocked'
          ? 'blocked'
          : stateOf(filed, present),
      lesson: 'yes',
      started: sourceHash !== undefined,
      main: item.open,
      ...(report === undefined ? {} : { report }),
      ...(held === undefined ? {} : { held }),
      ...(isKeepable(item) ? { keepable: true } : {}),
      ...(this.#resets.has(id) ? { undoable: true } : {}),
      ...(fitting.length > 0 ? { hintsLeft: Math.max(0, fitting.length - shownOf(fitting, filed)) } : {}),
      ...(item.requires.length > 0 ? { requires: item.requires } : {}),
    };
  }

  async #file(item: Item, report: Report, sourceHash: string): Promise<void> {
    const files = new ProofFiles(this.#workspace());
    const before = await files.read(item.id).catch(async (error: unknown) => {
      if (toFailure(error).kind !== 'invalid') throw error;
      await files.putAside(item.id);
      return { item: item.id };
    });
    const present: Required<Present> = { itemVersion: item.version, checkHash: item.checkHash, sourceHash };
    const fitting = (this.#fitting(item, before) ?? []).map(({ id }) => id);
    const after = afterRun(before, report, present, new Date(), fitting);
    if (report.verdict.state === 'proven') await keepProven(item.id, this.#labs());
    await files.write(after);
  }

  /** Undefined when the item has no folder yet. */
  #itemIfWritten(id: string): Promise<Item | Failure | undefined> {
    let item = this.#items.get(id);
    if (item === undefined) {
      const folder = join(this.#deps.content, id);
      item = access(folder).then(
        () => readItem(folder).catch((error: unknown) => toFailure(error)),
        () => undefined,
      );
      this.#items.set(id, item);
    }
    return item;
  }

  async #written(id: string): Promise<Item> {
    await this.item(id);
    const item = await this.#itemIfWritten(id);
    if (item === undefined) throw new Failure('notFound', t('The lesson {0} is not available yet.', id));
    if (item instanceof Failure) throw item;
    return item;
  }

  #mayRun(): void {
    if (this.#deps.trusted()) return;
    throw new Failure(
      'forbidden',
      t('This workspace is not trusted, so Gantry runs nothing of it. Trust the workspace, then try again.'),
    );
  }

  #workspace(): string {
    if (this.#deps.workspace !== undefined) return this.#deps.workspace;
    throw new Failure('notFound', t('Open a folder first: your work and its proofs are kept in it.'));
  }

  #labs(): Labs {
    return new Labs(this.#workspace());
  }
}

/** How many of the hints that fit were shown; the first is shown with the verdict. */
const shownOf = (fitting: readonly Hint[], { hints = [] }: Pick<Progress, 'hints'>): number =>
  Math.max(1, fitting.filter(({ id }) => hints.includes(id)).length);

/** What a checkpoint sums up and is not proven. */
const unproven = (
  { requires = [] }: Pick<ItemStatus, 'requires'>,
  statuses: ReadonlyMap<string, ItemStatus>,
): readonly string[] => requires.filter((id) => statuses.get(id)?.state !== 'proven');

/** A checkpoint's proof says nothing any more while something that it sums up is not proven. */
const withRequired = (status: ItemStatus, statuses: ReadonlyMap<string, ItemStatus>): ItemStatus =>
  status.state === 'proven' && unproven(status, statuses).length > 0 ? { ...status, state: 'stale' } : status;
