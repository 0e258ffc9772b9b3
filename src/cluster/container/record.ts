/** What a folder says about a cluster in a container: where the container is, and how far it got. */
import { readFile } from 'node:fs/promises';
import type { ContainerSettings } from './request.ts';

export interface ContainerRecord {
  /** Address of the engine that has the container. */
  readonly engine: string;
  /** What it was made with. */
  readonly settings: ContainerSettings;
  /** Port of 127.0.0.1; 0 while none is chosen. */
  readonly port: number;
  /** The same of its registry; 0 without one. */
  readonly registryPort: number;
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
  const { engine, port, registryPort = 0, ready, failure, ...rest } = asObject(value);
  const settings = parseSettings(rest['settings']);
  if (typeof engine !== 'string' || settings === undefined) return undefined;
  if (!isPort(port) || !isPort(registryPort)) return undefined;
  return {
    engine,
    settings,
    port,
    registryPort,
    ready: ready === true,
    ...(typeof failure === 'string' ? { failure } : {}),
  };
}

/** Undefined where a part is not of its type. */
export function parseSettings(value: unknown): ContainerSettings | undefined {
  // Clusters of before there were registries have none.
  const { image, registry = '', mirrors, proxy, arguments: words, memory, cpus } = asObject(value);
  if (
    typeof image !== 'string' ||
    typeof registry !== 'string' ||
    typeof proxy !== 'string' ||
    typeof memory !== 'string'
  )
    return undefined;
  if (typeof cpus !== 'number' || !areTexts(words)) return undefined;
  const entries = Object.entries(asObject(mirrors)).filter((entry): entry is [string, string[]] => areTexts(entry[1]));
  return { image, registry, mirrors: Object.fromEntries(entries), proxy, arguments: words, memory, cpus };
}

const asObject = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const areTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

const isPort = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65_535;
