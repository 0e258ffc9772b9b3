/**
 * BuildKit's status as the engine's own API sends it: `moby.buildkit.v1.StatusResponse`, of which only the fields of a step
 * are read. https://github.com/moby/buildkit/blob/master/api/services/control/control.proto
 */
import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { SolveStatus, Vertex, VertexLog, VertexStatus } from './solve.ts';

/** @throws RangeError and others for bytes that are no message. */
export function decodeTrace(bytes: Uint8Array): SolveStatus {
  const vertexes: Vertex[] = [];
  const statuses: VertexStatus[] = [];
  const logs: VertexLog[] = [];
  fields(bytes, {
    1: (reader) => vertexes.push(vertex(reader.bytes())),
    2: (reader) => statuses.push(status(reader.bytes())),
    3: (reader) => logs.push(log(reader.bytes())),
  });
  return { vertexes, statuses, logs };
}

function vertex(bytes: Uint8Array): Vertex {
  let found: Vertex = { digest: '', name: '', cached: false };
  const set = (more: Partial<Vertex>): void => void (found = { ...found, ...more });
  fields(bytes, {
    1: (reader) => set({ digest: reader.string() }),
    3: (reader) => set({ name: reader.string() }),
    4: (reader) => set({ cached: reader.bool() }),
    5: (reader) => set({ started: timestamp(reader.bytes()) }),
    6: (reader) => set({ completed: timestamp(reader.bytes()) }),
    7: (reader) => set({ error: reader.string() }),
  });
  const { error, ...rest } = found;
  return error === undefined || error === '' ? rest : found;
}

function status(bytes: Uint8Array): VertexStatus {
  const found = { vertex: '', id: '', current: 0, total: 0 };
  fields(bytes, {
    1: (reader) => void (found.id = reader.string()),
    2: (reader) => void (found.vertex = reader.string()),
    4: (reader) => void (found.current = Number(reader.int64())),
    5: (reader) => void (found.total = Number(reader.int64())),
  });
  return found;
}

function log(bytes: Uint8Array): VertexLog {
  const found = { vertex: '', data: new Uint8Array() };
  fields(bytes, {
    1: (reader) => void (found.vertex = reader.string()),
    4: (reader) => void (found.data = new Uint8Array(reader.bytes())),
  });
  return found;
}

/** Seconds and nanoseconds as milliseconds. */
function timestamp(bytes: Uint8Array): number {
  let [seconds, nanoseconds] = [0, 0];
  fields(bytes, {
    1: (reader) => void (seconds = Number(reader.int64())),
    2: (reader) => void (nanoseconds = reader.int32()),
  });
  return seconds * 1000 + nanoseconds / 1e6;
}

/** Reads the fields that are asked for and passes over the others. */
function fields(bytes: Uint8Array, readers: Readonly<Record<number, (reader: BinaryReader) => unknown>>): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    const read = readers[field];
    if (read === undefined) reader.skip(type, field);
    else read(reader);
  }
}
