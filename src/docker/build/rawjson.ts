/** `docker buildx build --progress=rawjson`: a JSON object on each line, with lines of plain words between them. */
import { array, number, record, text } from '../fields.ts';
import type { SolveStatus } from './solve.ts';

/** What a line tells, or undefined for one that is only words: a warning of the docker command, an error at the end. */
export function parseRawJson(line: string): SolveStatus | undefined {
  if (!line.startsWith('{')) return undefined;
  let row: Record<string, unknown>;
  try {
    row = record(JSON.parse(line));
  } catch {
    return undefined;
  }
  const rows = (name: string): readonly Record<string, unknown>[] => array(row[name]).map(record);
  return {
    vertexes: rows('vertexes').map((one) => ({
      digest: text(one['digest']),
      name: text(one['name']),
      cached: one['cached'] === true,
      ...time('started', one['started']),
      ...time('completed', one['completed']),
      ...(text(one['error']) === '' ? {} : { error: text(one['error']) }),
    })),
    statuses: rows('statuses').map((one) => ({
      vertex: text(one['vertex']),
      id: text(one['id']),
      current: number(one['current']),
      total: number(one['total']),
    })),
    logs: rows('logs').map((one) => ({
      vertex: text(one['vertex']),
      data: Buffer.from(text(one['data']), 'base64'),
    })),
  };
}

function time<Name extends string>(name: Name, value: unknown): { readonly [_ in Name]?: number } {
  const milliseconds = Date.parse(text(value));
  return (Number.isNaN(milliseconds) ? {} : { [name]: milliseconds }) as { readonly [_ in Name]?: number };
}
