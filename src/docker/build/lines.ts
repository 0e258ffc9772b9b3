/** A build as lines that a person follows. */
import { cleanLine } from '../../core/log/clean.ts';
import { t } from '../../core/l10n.ts';
import { formatBytes } from '../../core/storage.ts';
import type { BuildOutcome } from './build.ts';
import type { BuildNews, BuildStep } from './progress.ts';
import { placeOf } from './steps.ts';

export interface BuildLine {
  readonly text: string;
  /** What a step printed, not what is said of it. */
  readonly output: boolean;
}

/** Makes lines of news; a step's output may be cut anywhere. */
export class BuildLines {
  readonly #rest = new Map<string, Buffer>();

  of(news: readonly BuildNews[]): BuildLine[] {
    return news.flatMap((one) => (one.kind === 'step' ? this.#ofStep(one.step) : this.#ofOutput(one.step, one.data)));
  }

  #ofStep(step: BuildStep): BuildLine[] {
    const rest = step.state === 'done' || step.state === 'failed' ? this.#flush(step) : [];
    const said = stepLine(step);
    return said === undefined ? rest : [...rest, { text: said, output: false }];
  }

  #ofOutput({ name }: BuildStep, data: Uint8Array): BuildLine[] {
    const bytes = Buffer.concat([this.#rest.get(name) ?? Buffer.alloc(0), data]);
    const end = bytes.lastIndexOf(10) + 1;
    this.#rest.set(name, bytes.subarray(end));
    return end === 0 ? [] : outputLines(bytes.subarray(0, end - 1));
  }

  #flush({ name }: BuildStep): BuildLine[] {
    const rest = this.#rest.get(name);
    this.#rest.delete(name);
    return rest === undefined || rest.length === 0 ? [] : outputLines(rest);
  }
}

const outputLines = (bytes: Buffer): BuildLine[] =>
  bytes
    .toString()
    .split('\n')
    .map((line) => ({ text: `    ${cleanLine(line.replace(/\r$/, '').replace(/^.*\r/, ''))}`, output: true }));

function stepLine(step: BuildStep): string | undefined {
  const name = nameOf(step);
  if (step.state === 'running') return step.cached ? undefined : name;
  if (step.state === 'failed') return t('{0}: failed', name);
  if (step.state === 'done' && step.cached) return t('{0}: from the cache', name);
  // What the builder does for itself is over in no time, mostly.
  const own = placeOf(step.name) !== undefined || (step.milliseconds ?? 0) > 500;
  return step.state === 'done' && own ? t('{0}: done in {1}', name, seconds(step.milliseconds ?? 0)) : undefined;
}

/** With the line in front: `12  [build 4/6] RUN go build`. */
const nameOf = ({ line, name }: BuildStep): string =>
  (line === undefined ? '' : String(line + 1)).padStart(4) + `  ${name.length > 160 ? `${name.slice(0, 160)}…` : name}`;

/** `0.4 s`, `75 s`. */
export const seconds = (milliseconds: number): string =>
  `${milliseconds < 10_000 ? (milliseconds / 1000).toFixed(1) : Math.round(milliseconds / 1000)} s`;

/** What is known of a line after a build: how long, how large, and why it ran. */
export function lineNotes({
  steps,
  misses,
  sizes,
}: Pick<BuildOutcome, 'steps' | 'misses'> & Partial<Pick<BuildOutcome, 'sizes'>>): ReadonlyMap<number, string> {
  const notes = new Map<number, string[]>();
  const note = (line: number, text: string): void => void notes.set(line, [...(notes.get(line) ?? []), text]);
  for (const { line, cached, state, milliseconds } of steps) {
    if (line === undefined || notes.has(line)) continue;
    if (state === 'failed') note(line, t('failed'));
    else if (cached) note(line, t('from the cache'));
    else if (state === 'done') note(line, seconds(milliseconds ?? 0));
  }
  for (const [line, bytes] of sizes ?? []) if (bytes > 0) note(line, formatBytes(bytes));
  for (const [line, reason] of misses) note(line, t('ran because {0}', reason));
  return new Map([...notes].map(([line, texts]) => [line, texts.join(' · ')]));
}

/** One line for each line of the Dockerfile that has something to say. */
export function summaryLines(outcome: BuildOutcome): string[] {
  return [...lineNotes(outcome)]
    .sort(([a], [b]) => a - b)
    .map(([line, text]) => `${String(line + 1).padStart(4)}  ${text}`);
}
