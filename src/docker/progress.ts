/**
 * The lines in which an engine tells how a pull, push, load or build goes. It answers 200 first and tells of failure in a
 * line, so an end without one is the only success.
 */
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { lines } from '../core/lines.ts';
import { engineFailure } from './failures.ts';
import { number, record, text } from './fields.ts';

export interface ProgressLine {
  /** The layer it speaks of; empty for the whole. */
  readonly id: string;
  /** `Downloading`, `Pull complete`, `Status: Image is up to date …`. */
  readonly status: string;
  /** Bytes done, and in all when that is known. */
  readonly current?: number;
  readonly total?: number;
  /** Output of a build step, or what `load` says. */
  readonly output?: string;
  /** What the line is about in the engine's own form: `{ID}` of a built image, `{Tag, Digest, Size}` of a pushed one. */
  readonly aux?: Readonly<Record<string, unknown>>;
  /** What BuildKit tells of its steps, see `build/trace.ts`. */
  readonly trace?: Uint8Array;
}

/** Throws Failure when a line tells of one, and when the engine goes away in the middle. */
export async function* progressLines(chunks: AsyncIterable<Uint8Array>, address: string): AsyncGenerator<ProgressLine> {
  try {
    for await (const line of lines(chunks)) {
      const parsed = parse(line);
      if (parsed !== undefined) yield parsed;
    }
  } catch (error) {
    throw engineFailure(error, address);
  }
}

function parse(line: Buffer): ProgressLine | undefined {
  const words = line.toString().trim();
  if (words === '') return undefined;
  let row: Record<string, unknown>;
  try {
    row = record(JSON.parse(words));
  } catch (error) {
    throw new Failure('invalid', t('The engine sent progress that is not valid JSON.'), error);
  }
  if (row['error'] !== undefined || row['errorDetail'] !== undefined) {
    const words = text(record(row['errorDetail'])['message']) || text(row['error']);
    throw new Failure(kindOf(words), t('The engine stopped: {0}', words));
  }
  const { current, total } = record(row['progressDetail']);
  return {
    id: text(row['id']),
    status: text(row['status']),
    ...(typeof current === 'number' ? { current } : {}),
    ...(number(total) > 0 ? { total: number(total) } : {}),
    ...(typeof row['stream'] === 'string' ? { output: row['stream'] } : {}),
    ...auxiliary(row['aux']),
  };
}

function auxiliary(aux: unknown): Pick<ProgressLine, 'aux' | 'trace'> {
  if (typeof aux === 'string') return { trace: Buffer.from(aux, 'base64') };
  return aux === undefined ? {} : { aux: record(aux) };
}

/** Registries answer in words only; these are theirs. */
function kindOf(message: string): Failure['kind'] {
  if (/unauthorized|authentication required|no basic auth|denied/i.test(message)) return 'unauthorised';
  if (/not found|manifest unknown|no such/i.test(message)) return 'notFound';
  if (/connection refused|no such host|i\/o timeout|server gave HTTP response/i.test(message)) return 'unreachable';
  return 'internal';
}

/** Layers done and bytes moved, added up as the lines come. */
export class LayerProgress {
  readonly #layers = new Map<string, { current: number; total: number; done: boolean }>();

  add({ id, status, current, total }: ProgressLine): void {
    if (id === '' || /^(?:Pulling from|Digest)/.test(status)) return;
    const layer = this.#layers.get(id) ?? { current: 0, total: 0, done: false };
    // Unpacking counts from zero again; only what travels is added up.
    if (status === 'Downloading' || status === 'Pushing' || status === 'Loading layer') {
      if (current !== undefined) layer.current = current;
      if (total !== undefined) layer.total = total;
    }
    if (finished.test(status)) {
      layer.done = true;
      layer.current = layer.total;
    }
    this.#layers.set(id, layer);
  }

  get layers(): { readonly done: number; readonly all: number } {
    const all = [...this.#layers.values()];
    return { done: all.filter(({ done }) => done).length, all: all.length };
  }

  get bytes(): { readonly current: number; readonly total: number } {
    const sum = (of: 'current' | 'total'): number => [...this.#layers.values()].reduce((n, layer) => n + layer[of], 0);
    return { current: sum('current'), total: sum('total') };
  }
}

const finished = /^(?:Pull complete|Already exists|Pushed|Layer already exists|Mounted from|Loaded)/;
