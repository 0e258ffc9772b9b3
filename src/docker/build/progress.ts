/** The steps of a build so far, put together from what the builder sends. */
import { printable } from '../../core/printable.ts';
import type { Dockerfile } from '../dockerfile/parse.ts';
import type { SolveStatus, Vertex, VertexStatus } from './solve.ts';
import { instructionOf, placeOf } from './steps.ts';

export interface BuildStep {
  readonly name: string;
  /** Where its instruction stands, counted from 0; undefined for what no line asks for, as sending the folder. */
  readonly line?: number;
  readonly cached: boolean;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  /** How long it took, once it ended. */
  readonly milliseconds?: number;
  readonly error?: string;
}

/** Something that a person who follows a build reads. */
export type BuildNews =
  | { readonly kind: 'step'; readonly step: BuildStep }
  | { readonly kind: 'output'; readonly step: BuildStep; readonly data: Uint8Array };

/** Bytes of a failed step's output that are kept, from its end. */
const kept = 16_384;

export class BuildProgress {
  readonly #file: Dockerfile;
  readonly #vertices = new Map<string, Vertex>();
  readonly #moved = new Map<string, VertexStatus>();
  readonly #output = new Map<string, Buffer>();

  constructor(file: Dockerfile) {
    this.#file = file;
  }

  /** Takes in what came and tells what of it is news. */
  add({ vertexes, statuses, logs }: SolveStatus): BuildNews[] {
    const news: BuildNews[] = [];
    for (const vertex of vertexes) {
      const before = this.#vertices.get(vertex.digest);
      // A vertex is told again each time anything of it changes, and a second use of it would take its end back.
      const now = before?.completed !== undefined && vertex.completed === undefined ? before : { ...before, ...vertex };
      this.#vertices.set(vertex.digest, now);
      const step = this.#step(now);
      if (before === undefined || this.#step(before).state !== step.state) news.push({ kind: 'step', step });
    }
    for (const status of statuses) this.#moved.set(`${status.vertex} ${status.id}`, status);
    for (const { vertex, data } of logs) {
      const known = this.#vertices.get(vertex);
      if (known === undefined) continue;
      this.#output.set(vertex, Buffer.concat([this.#output.get(vertex) ?? Buffer.alloc(0), data]).subarray(-kept));
      news.push({ kind: 'output', step: this.#step(known), data });
    }
    return news;
  }

  /** In the order they were met. */
  get steps(): readonly BuildStep[] {
    return [...this.#vertices.values()].map((vertex) => this.#step(vertex));
  }

  /** Steps of the Dockerfile that ended, and all that are known. */
  get count(): { readonly done: number; readonly all: number } {
    const own = this.steps.filter(({ name }) => placeOf(name) !== undefined);
    return { done: own.filter(({ state }) => state === 'done').length, all: own.length };
  }

  /** Bytes moved, and in all as far as that is known. */
  get bytes(): { readonly current: number; readonly total: number } {
    const all = [...this.#moved.values()];
    return {
      current: all.reduce((sum, { current }) => sum + current, 0),
      total: all.reduce((sum, { total }) => sum + total, 0),
    };
  }

  /** The step that ended the build, with the end of what it printed. */
  get failed(): { readonly step: BuildStep; readonly output: string } | undefined {
    for (const [digest, vertex] of this.#vertices) {
      // Steps that were cut off because another one failed have an error, too: they were cancelled.
      if (vertex.error === undefined || /context canceled/.test(vertex.error)) continue;
      return { step: this.#step(vertex), output: (this.#output.get(digest) ?? Buffer.alloc(0)).toString() };
    }
    return undefined;
  }

  #step({ name, cached, started, completed, error }: Vertex): BuildStep {
    const line = instructionOf(this.#file, name)?.line;
    const state =
      error !== undefined ? 'failed' : completed !== undefined ? 'done' : started !== undefined ? 'running' : 'waiting';
    return {
      name: printable(name),
      cached,
      state,
      ...(line === undefined ? {} : { line }),
      ...(started !== undefined && completed !== undefined ? { milliseconds: completed - started } : {}),
      ...(error === undefined ? {} : { error }),
    };
  }
}
