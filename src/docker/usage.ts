/** What an engine keeps that nobody uses, and how many bytes it takes: the preview of a prune. */
import { t } from '../core/l10n.ts';
import { formatBytes } from '../core/storage.ts';
import { array, number, record, text } from './fields.ts';
import type { Prune } from './operations.ts';

export interface Unused {
  /** Names of what would go. */
  readonly names: readonly string[];
  /** Bytes that would become free, as far as the engine can tell. */
  readonly bytes: number;
}

/** Where the engine tells what a prune would take. It walks its disks for `/system/df`, so this is asked by command only. */
export const usagePath = '/system/df';

/**
 * Reads `GET /system/df`, and for networks their inspections, which tell who is in them.
 * @param apiVersion what the engine is spoken to in: until 1.42 a prune takes named volumes too.
 */
export function unused(prune: Prune, usage: unknown, networks: unknown, apiVersion: string): Unused {
  const root = record(usage);
  const rows = (name: string): Record<string, unknown>[] => array(root[name]).map(record);
  switch (prune) {
    case 'containers':
      return sum(
        rows('Containers').filter(({ State }) => ['created', 'exited', 'dead', 'stopped'].includes(text(State))),
        (row) => text(array(row['Names'])[0]).replace(/^\//, ''),
        (row) => number(row['SizeRw']),
      );
    case 'images':
      return sum(
        rows('Images').filter((row) => number(row['Containers']) < 1 && tagsOf(row).length === 0),
        imageName,
        own,
      );
    case 'allImages': {
      const isUsed = (row: Record<string, unknown>): boolean => number(row['Containers']) > 0;
      const kept = rows('Images').filter(isUsed);
      const { names } = sum(
        rows('Images').filter((row) => !isUsed(row)),
        imageName,
        own,
      );
      // What they share among themselves goes too, so it is counted from what stays.
      return { names, bytes: number(root['LayersSize']) - sum(kept, imageName, own).bytes };
    }
    case 'volumes':
      return sum(
        rows('Volumes').filter((row) => isPrunedVolume(row, Number(apiVersion.split('.')[1]) < 42)),
        (row) => text(row['Name']),
        (row) => number(record(row['UsageData'])['Size']),
      );
    case 'networks':
      return sum(
        array(networks).map(record).filter(isUnusedNetwork),
        (row) => text(row['Name']),
        () => 0,
      );
    case 'cache':
      return sum(
        rows('BuildCache').filter(({ InUse }) => InUse !== true),
        (row) => text(row['Description']) || text(row['ID']),
        (row) => number(row['Size']),
      );
  }
}

/** What would go and how much that is, in lines for a question; a long list is cut. */
export function previewLines({ names, bytes }: Unused): string[] {
  const shown = names.slice(0, 15);
  const more = names.length - shown.length;
  return [
    ...(bytes > 0 ? [t('Up to {0} become free.', formatBytes(bytes)), ''] : []),
    ...shown,
    ...(more > 0 ? [t('… and {0} more', more)] : []),
  ];
}

function sum(
  rows: readonly Record<string, unknown>[],
  name: (row: Record<string, unknown>) => string,
  bytes: (row: Record<string, unknown>) => number,
): Unused {
  return { names: rows.map(name), bytes: rows.reduce((total, row) => total + Math.max(0, bytes(row)), 0) };
}

const tagsOf = (row: Record<string, unknown>): string[] =>
  array(row['RepoTags'])
    .map(text)
    .filter((tag) => tag !== '' && tag !== '<none>:<none>');
const imageName = (row: Record<string, unknown>): string =>
  tagsOf(row).join(', ') || text(row['Id']).replace('sha256:', '').slice(0, 12);
/** Layers that other images share stay. */
const own = (row: Record<string, unknown>): number => number(row['Size']) - Math.max(0, number(row['SharedSize']));

/** Volumes without a name bear a label since engines tell them apart. */
function isPrunedVolume(row: Record<string, unknown>, namedToo: boolean): boolean {
  if (number(record(row['UsageData'])['RefCount']) !== 0) return false;
  return namedToo || 'com.docker.volume.anonymous' in record(row['Labels']) || /^[0-9a-f]{64}$/.test(text(row['Name']));
}

function isUnusedNetwork(row: Record<string, unknown>): boolean {
  const builtIn = ['bridge', 'host', 'none', 'ingress', 'docker_gwbridge', 'podman'].includes(text(row['Name']));
  return !builtIn && Object.keys(record(row['Containers'])).length === 0;
}
