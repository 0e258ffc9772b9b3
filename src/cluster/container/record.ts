/** What a folder says about a cluster in a container: where the container is, and how far it got. */
import { readFile } from 'node:fs/promises';

export interface ContainerRecord {
  /** Address of the engine that has the container. */
  readonly engine: string;
  readonly image: string;
  /** Port of 127.0.0.1; 0 while none is chosen. */
  readonly port: number;
  /** Whether it was ready once: then it holds a person's objects. */
  readonly ready: boolean;
  /** Why the last start failed, for the person. */
  readonly failure?: string;
}

/** The record, or undefined when there is none or it is not one of ours. */
export async function readContainerRecord(file: string): Promise<ContainerRecord | undefined> {
  try {
    return parseContainerRecord(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}

export function parseContainerRecord(value: unknown): ContainerRecord | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { engine, image, port, ready, failure } = value as Record<string, unknown>;
  if (typeof engine !== 'string' || typeof image !== 'string') return undefined;
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 0 || port > 65_535) return undefined;
  return { engine, image, port, ready: ready === true, ...(typeof failure === 'string' ? { failure } : {}) };
}
