/**
 * How a build goes, as BuildKit tells it: vertices that start and end, what they move and what they print. Three engines'
 * three ways of telling it (`rawjson.ts`, `trace.ts`, `classic.ts`) are brought into this one form.
 */

export interface Vertex {
  readonly digest: string;
  /** `[build 4/6] RUN go build …`. */
  readonly name: string;
  readonly cached: boolean;
  /** Milliseconds since the epoch. */
  readonly started?: number;
  readonly completed?: number;
  readonly error?: string;
}

/** Output of a step, as it was cut by whoever sent it. */
export interface VertexLog {
  readonly vertex: string;
  readonly data: Uint8Array;
}

/** Bytes moved: a layer that is pulled, a context that is sent. */
export interface VertexStatus {
  readonly vertex: string;
  readonly id: string;
  readonly current: number;
  readonly total: number;
}

export interface SolveStatus {
  readonly vertexes: readonly Vertex[];
  readonly statuses: readonly VertexStatus[];
  readonly logs: readonly VertexLog[];
}
