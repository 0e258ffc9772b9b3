/** One service on its way into a cluster, again and again: each round does what has changed since the one before. */
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Applied, Reader, Report, Target, Workload } from './ports.ts';
import { type Project, manifestsOf, ownImage } from './project.ts';

/** How a round is told. */
export interface Telling {
  /** A sentence of ours. */
  readonly say: Report;
  /** What a step is at; the next one takes its place. */
  readonly progress: Report;
  /** A line of the build's own output. */
  readonly output: Report;
}

export interface Step {
  readonly name: string;
  readonly milliseconds: number;
}

/** What a round did; no steps when nothing had changed. */
export interface Round {
  readonly steps: readonly Step[];
  readonly applied: Applied | undefined;
}

export interface SessionOptions {
  readonly project: Project;
  readonly reader: Reader;
  readonly target: Target;
  /** The image of the manifests that the folder builds, where it cannot be told. */
  readonly image: string | undefined;
  readonly now: () => number;
  /** Called with a workload before the first round applies it: from then on its pods are of interest. */
  readonly watched: (workload: Workload) => void;
}

/** What of the folder decides what a round does. */
interface State {
  readonly fingerprint: string;
  readonly manifests: string;
}

export class Session {
  readonly #options: SessionOptions;
  /** What the round began from that is going on, or was the last. */
  #begun: State | undefined;
  /** What was seen when it was last looked for changes: the next round begins from it. */
  #seen: State | undefined;
  #built: { readonly fingerprint: string; readonly image: string; readonly name: string } | undefined;
  #done: { readonly manifests: string; readonly name: string } | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Whether the folder is another one than the last round began from. */
  async isOutdated(signal: AbortSignal): Promise<boolean> {
    // What cannot be read now, half a YAML file, is something new as well: the round says what is wrong with it.
    const now = await this.#read(() => {}, signal).catch(() => undefined);
    this.#seen = now;
    return now?.fingerprint !== this.#begun?.fingerprint || now?.manifests !== this.#begun?.manifests;
  }

  /** Builds, loads, applies and waits, as far as that is due. Throws Failure; what was done before stays done. */
  async round(telling: Telling, signal: AbortSignal): Promise<Round> {
    const { project, target, image: wanted, watched } = this.#options;
    const steps: Step[] = [];
    const timed = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
      const began = this.#options.now();
      const result = await work();
      signal.throwIfAborted();
      steps.push({ name, milliseconds: this.#options.now() - began });
      return result;
    };
    this.#begun = undefined;
    const state = this.#seen ?? (await this.#read(telling.progress, signal));
    this.#begun = state;
    const image = await ownImage(project, target.images(state.manifests), wanted);
    if (this.#built?.fingerprint !== state.fingerprint || this.#built.image !== image) {
      telling.say(t('Building {0}.', image));
      const id = await timed(t('build'), () => target.build(project, image, telling.output, signal));
      const name = await timed(t('load'), () => target.load(image, id, telling.progress, signal));
      this.#built = { fingerprint: state.fingerprint, image, name };
    }
    const { name } = this.#built;
    if (this.#done?.manifests === state.manifests && this.#done.name === name) return { steps, applied: undefined };
    this.#done = undefined;
    const applied = await timed(t('apply'), () => target.apply(state.manifests, new Map([[image, name]]), signal));
    for (const line of applied.lines) telling.say(line);
    for (const { workload } of applied.rollouts) watched(workload);
    await timed(t('rollout'), async () => {
      await Promise.all(applied.rollouts.map((rollout) => rollout.done(telling.progress, signal)));
    });
    this.#done = { manifests: state.manifests, name };
    return { steps, applied };
  }

  async #read(report: Report, signal: AbortSignal): Promise<State> {
    const { project, reader } = this.#options;
    const [fingerprint, manifests] = await Promise.all([
      reader.fingerprint(project),
      manifestsOf(project, reader, report, signal),
    ]);
    if (manifests.trim() === '') throw new Failure('invalid', t('{0} holds no object.', project.manifests));
    return { fingerprint, manifests };
  }
}

/** `build 2.1 s · load 0.4 s · apply 0.1 s · rollout 3.0 s: 5.6 s` */
export function timesText(steps: readonly Step[]): string {
  const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
  const each = steps.map(({ name, milliseconds }) => `${name} ${seconds(milliseconds)}`).join(' · ');
  return `${each}: ${seconds(steps.reduce((sum, { milliseconds }) => sum + milliseconds, 0))}`;
}
