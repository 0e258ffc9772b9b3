/** What an engine keeps beside containers: images, volumes, networks, build cache, as it lists them, parsed once. */
import { printable } from '../core/printable.ts';
import { array, number, record, text } from './fields.ts';

export interface Image {
  /** Tells rows apart: an image has one for each of its tags. */
  readonly key: string;
  readonly id: string;
  /** `repository:tag`; none for a dangling image, which only its id names. */
  readonly name?: string;
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly created: number;
}

export interface Volume {
  /** Its name. */
  readonly key: string;
  readonly driver: string;
}

export interface Network {
  /** Its full id: names need not be unique. */
  readonly key: string;
  readonly name: string;
  readonly driver: string;
  /** `local`, `swarm`, `global`. */
  readonly scope: string;
}

/** What a step of a build left behind for the next one. */
export interface CacheRecord {
  /** Its id. */
  readonly key: string;
  /** What it comes from, in the builder's words: `mount / from exec /bin/sh -c go build`. */
  readonly description: string;
  /** `regular`, `source.local`, `exec.cachemount`. */
  readonly type: string;
  readonly bytes: number;
  readonly inUse: boolean;
  /** Milliseconds since the epoch; 0 when it was never used. */
  readonly used: number;
}

/** The folders of an engine, each with the kind of its rows. */
export interface Resources {
  readonly images: Image;
  readonly volumes: Volume;
  readonly networks: Network;
  readonly cache: CacheRecord;
}

export type Folder = keyof Resources;

export const folders: readonly Folder[] = ['images', 'volumes', 'networks', 'cache'];

/** Folders whose rows can be named, looked at and removed one by one. */
export type ThingFolder = Exclude<Folder, 'cache'>;

/** Parses the answer of `GET /images/json`. Named images come by name, dangling ones last. */
export function imagesFrom(answer: unknown): Image[] {
  return array(answer)
    .flatMap(rowsOfImage)
    .sort((a, b) => (a.name ?? '\uffff').localeCompare(b.name ?? '\uffff') || a.key.localeCompare(b.key));
}

/** Older engines name a dangling image `<none>:<none>`, newer ones not at all. */
function rowsOfImage(item: unknown): Image[] {
  const row = record(item);
  const id = text(row['Id']);
  const image = { id, bytes: number(row['Size']), created: number(row['Created']) * 1000 };
  const names = array(row['RepoTags']).map((name) => printable(text(name)));
  const tags = names.filter((name) => name !== '' && name !== '<none>:<none>');
  return tags.length === 0 ? [{ ...image, key: id }] : tags.map((name) => ({ ...image, key: `${id} ${name}`, name }));
}

/** Parses the answer of `GET /volumes`, by name. */
export function volumesFrom(answer: unknown): Volume[] {
  return array(record(answer)['Volumes'])
    .map(record)
    .map((row) => ({ key: text(row['Name']), driver: text(row['Driver']) }))
    .sort((a, b) => a.key.localeCompare(b.key));
}

/** Parses the answer of `GET /networks`, by name. */
export function networksFrom(answer: unknown): Network[] {
  return array(answer)
    .map(record)
    .map((row) => ({
      key: text(row['Id']),
      name: printable(text(row['Name'])),
      driver: text(row['Driver']),
      scope: text(row['Scope']),
    }))
    .sort((a, b) => a.name.localeCompare(b.name) || a.key.localeCompare(b.key));
}

/** Parses the part of `GET /system/df` about builds, the largest first. */
export function cacheFrom(answer: unknown): CacheRecord[] {
  return array(record(answer)['BuildCache'])
    .map(record)
    .map((row) => ({
      key: text(row['ID']),
      description: printable(text(row['Description'])),
      type: text(row['Type']),
      bytes: number(row['Size']),
      inUse: row['InUse'] === true,
      used: Date.parse(text(row['LastUsedAt'])) || 0,
    }))
    .sort((a, b) => b.bytes - a.bytes || a.key.localeCompare(b.key));
}
