/** What a cluster's folder says about its processes, written whole or not at all. */
import { readFile } from 'node:fs/promises';
import { type ProcessIdentity, parseIdentity } from '../core/identity.ts';
import type { Ports, Programs } from './layout.ts';
import { type PartName, partNames } from './parts.ts';

export interface ClusterRecord {
  readonly ports: Ports;
  /** What runs; another build of Gantry starts it anew. */
  readonly programs: Programs;
  readonly processes: Readonly<Partial<Record<PartName, ProcessIdentity>>>;
}

/** The record, or undefined when there is none or it is not one of ours. */
export async function readRecord(file: string): Promise<ClusterRecord | undefined> {
  try {
    return parseRecord(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined; // None yet, or cut short by a full disk: processes are then found by nothing, and none is left.
  }
}

export function parseRecord(value: unknown): ClusterRecord | undefined {
  const { ports, programs, processes } = asObject(value);
  const { api, etcd, etcdPeer } = asObject(ports);
  const { controlPlane, kwok } = asObject(programs);
  if (!isPort(api) || !isPort(etcd) || !isPort(etcdPeer)) return undefined;
  if (typeof controlPlane !== 'string' || typeof kwok !== 'string') return undefined;
  const known: Partial<Record<PartName, ProcessIdentity>> = {};
  for (const name of partNames) {
    const identity = parseIdentity(asObject(processes)[name]);
    if (identity !== undefined) known[name] = identity;
  }
  return { ports: { api, etcd, etcdPeer }, programs: { controlPlane, kwok }, processes: known };
}

const asObject = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const isPort = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) > 0 && (value as number) < 65536;
