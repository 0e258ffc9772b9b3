/** The loop: a round, then another one after each save, until it is ended. */
import { relative } from 'node:path';
import { Failure, isAbort, messageOf, toFailure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { type Applied, type DevPorts, type Place, StepFailure, type Target } from './ports.ts';
import { findProject, shown } from './project.ts';
import { Session, type Telling, timesText } from './session.ts';
import { SavedFiles } from './watch.ts';

export interface DevRequest {
  readonly folder: string;
  /** The folder of the manifests, where it is none of the usual ones. */
  readonly manifests?: string | undefined;
  /** The image of the manifests that is built here, where that cannot be told. */
  readonly image?: string | undefined;
  readonly place: Place;
  /** Ends after the first round. */
  readonly once: boolean;
  /** Deletes at the end the objects that were not there before. */
  readonly delete: boolean;
}

export interface DevTelling extends Telling {
  /** Lines of the service's log. */
  readonly log: (lines: readonly string[]) => void;
}

/**
 * Runs until the signal aborts, or for one round. Returns whether the last round went well. Throws Failure for what no
 * save would mend: no Dockerfile, no local cluster, no engine.
 */
export async function devLoop(
  request: DevRequest,
  ports: DevPorts,
  telling: DevTelling,
  signal: AbortSignal,
): Promise<boolean> {
  const project = await findProject(request.folder, request.manifests);
  const target = await ports.target(request.place, signal);
  telling.say(t('{0} goes to {1} by {2}.', project.folder, target.name, shown(project.folder, project.manifests)));
  const ending = new AbortController();
  const followed = new Followed(target, telling, AbortSignal.any([signal, ending.signal]));
  const session = new Session({
    project,
    reader: ports,
    target,
    image: request.image,
    now: () => performance.now(),
    watched: (workload) => followed.follow(workload),
  });
  const outside = relative(project.folder, project.manifests).startsWith('..') ? [project.manifests] : [];
  let files: SavedFiles | undefined;
  try {
    files = request.once ? undefined : new SavedFiles([project.folder, ...outside]);
    for (;;) {
      const went = await oneRound(session, files, followed, telling, signal);
      if (files === undefined) signal.throwIfAborted();
      if (files === undefined || signal.aborted) return went !== 'failed';
      if (went !== 'outdated') {
        telling.say(t('Waiting for changes. Ctrl+C ends it.'));
        if (!(await changed(session, files, signal, signal))) return went === 'done';
      }
      telling.say(t('Something was saved.'));
    }
  } finally {
    files?.dispose();
    ending.abort();
    await followed.ended();
    try {
      if (request.delete) {
        telling.say(t('Deleting what was made.'));
        await target.remove(new AbortController().signal);
      }
    } finally {
      target.dispose();
    }
  }
}

/** A round that ends early when its folder changes under it. */
async function oneRound(
  session: Session,
  files: SavedFiles | undefined,
  followed: Followed,
  telling: DevTelling,
  signal: AbortSignal,
): Promise<'done' | 'failed' | 'outdated'> {
  const [ending, watching] = [new AbortController(), new AbortController()];
  const outdated = watchFor(session, files, AbortSignal.any([signal, watching.signal]), signal).then((isOutdated) => {
    if (isOutdated) ending.abort();
    return isOutdated;
  });
  let went: 'done' | 'failed' = 'done';
  try {
    const { steps, applied } = await session.round(telling, AbortSignal.any([signal, ending.signal]));
    if (steps.length > 0) telling.say(timesText(steps));
    if (applied !== undefined && files !== undefined) await followed.open(applied);
  } catch (error) {
    if (!isAbort(error)) {
      if (!ending.signal.aborted) tell(toFailure(error), telling);
      went = 'failed';
    } else if (!ending.signal.aborted && !signal.aborted) throw error;
  } finally {
    watching.abort();
  }
  return (await outdated) ? 'outdated' : went;
}

/** A watch that fails is told when the next save is waited for. */
const watchFor = (
  session: Session,
  files: SavedFiles | undefined,
  until: AbortSignal,
  signal: AbortSignal,
): Promise<boolean> =>
  files === undefined ? Promise.resolve(false) : changed(session, files, until, signal).catch(() => false);

function tell(failure: Failure, { say }: DevTelling): void {
  say(failure.message);
  if (failure instanceof StepFailure) for (const line of failure.details) say(`  ${line}`);
}

/** Resolves with true once something was saved that the loop has to do with, with false when that is not of interest any more. */
async function changed(session: Session, files: SavedFiles, until: AbortSignal, signal: AbortSignal): Promise<boolean> {
  const aborted = Promise.withResolvers<false>();
  const onAbort = (): void => aborted.resolve(false);
  if (until.aborted) return false;
  until.addEventListener('abort', onAbort, { once: true });
  try {
    for (;;) {
      const saved = files.saved().then(() => true);
      if (!(await Promise.race([saved, aborted.promise]))) return false;
      if (await session.isOutdated(signal)) return true;
    }
  } finally {
    until.removeEventListener('abort', onAbort);
  }
}

/** The logs of what was applied, each followed once, and the ports that lead to it. */
class Followed {
  readonly #target: Target;
  readonly #telling: DevTelling;
  readonly #signal: AbortSignal;
  readonly #logs = new Map<string, Promise<void>>();
  /** By what they lead to. */
  readonly #addresses = new Map<string, string>();

  constructor(target: Target, telling: DevTelling, signal: AbortSignal) {
    this.#target = target;
    this.#telling = telling;
    this.#signal = signal;
  }

  follow(workload: Parameters<Target['logs']>[0]): void {
    const { kind, name, namespace } = workload;
    const key = [kind, namespace, name].join('/');
    if (!this.#logs.has(key)) this.#logs.set(key, this.#read(workload));
  }

  /** Leads to the pods of the last round, at the ports of the one before. */
  async open({ reachable }: Applied): Promise<void> {
    for (const each of reachable) {
      try {
        const address = await this.#target.forward(each);
        const { kind, name, port } = each;
        if (this.#addresses.get(JSON.stringify(each)) === address) continue;
        this.#addresses.set(JSON.stringify(each), address);
        this.#telling.say(t('http://{0} leads to {1} {2}, port {3}.', address, kind, name, port));
      } catch (error) {
        this.#telling.say(messageOf(error));
      }
    }
  }

  /** Resolves when no log is read any more. */
  async ended(): Promise<void> {
    await Promise.all(this.#logs.values());
  }

  async #read(workload: Parameters<Target['logs']>[0]): Promise<void> {
    try {
      for await (const lines of this.#target.logs(workload, this.#signal)) this.#telling.log(lines);
    } catch (error) {
      if (!isAbort(error) && !this.#signal.aborted) this.#telling.say(messageOf(error));
    }
  }
}
