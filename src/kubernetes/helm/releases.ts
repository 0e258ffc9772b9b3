/** The Helm releases of a context: found by the labels of their Secrets, read when somebody looks at them. */
import type { Disposable } from '../../core/disposable.ts';
import { Emitter } from '../../core/emitter.ts';
import { Failure, toFailure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { type Loadable, failed, loading, ready } from '../../core/loadable.ts';
import { known, objectPath } from '../apiResource.ts';
import type { Requester } from '../connection.ts';
import { readJson } from '../readJson.ts';
import type { ObjectRow } from '../rows.ts';
import { type Release, decodeRelease } from './release.ts';

/** One revision of a release, as the labels of its Secret tell. */
export interface RevisionRow {
  readonly namespace: string;
  readonly name: string;
  readonly revision: number;
  readonly status: string;
  readonly secret: string;
  readonly uid: string;
}

/** What a release is known by; its newest revision stands for it. */
export interface ReleaseRef {
  readonly context: string;
  readonly namespace: string;
  readonly name: string;
}

/** How Helm labels its Secrets. */
export const helmSelector = 'owner=helm';

/** Undefined for a Secret that only bears the label. */
export function revisionRow({ namespace, name: secret, uid, labels }: ObjectRow): RevisionRow | undefined {
  const { name, version, status = '' } = labels;
  const revision = Number(version);
  if (name === undefined || !Number.isInteger(revision)) return undefined;
  return { namespace, name, revision, status, secret, uid };
}

/** The newest revision of each release, by namespace and name. */
export function newest(rows: Iterable<ObjectRow>): RevisionRow[] {
  const releases = new Map<string, RevisionRow>();
  for (const each of rows) {
    const row = revisionRow(each);
    if (row === undefined) continue;
    const key = `${row.namespace}/${row.name}`;
    if ((releases.get(key)?.revision ?? -1) < row.revision) releases.set(key, row);
  }
  return [...releases.values()].sort(order);
}

const order = (a: RevisionRow, b: RevisionRow): number => compare(a.namespace, b.namespace) || compare(a.name, b.name);
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Secrets that are read at a time. */
const atOnce = 4;
/** Releases remembered; each holds its manifest. */
const mostKept = 200;

export class Releases implements Disposable {
  readonly #connect: (context: string) => Requester;
  readonly #changed = new Emitter<string>();
  readonly #known = new Map<string, Loadable<Release>>();
  readonly #waiting: (() => Promise<void>)[] = [];
  readonly #closing = new AbortController();
  #running = 0;

  /** @param connect throws Failure when there is no such context. */
  constructor(connect: (context: string) => Requester) {
    this.#connect = connect;
  }

  /** Fires with the id of a context of which a release was read. */
  readonly onDidChange = this.#changed.event;

  /** Undefined for what was never asked for. */
  current(context: string, row: RevisionRow): Loadable<Release> | undefined {
    return this.#known.get(keyOf(context, row));
  }

  /** Reads these, a few at a time; those that were read are not read again. */
  want(context: string, rows: readonly RevisionRow[]): void {
    for (const row of rows) {
      const key = keyOf(context, row);
      if (this.#known.has(key)) continue;
      this.#remember(key, loading);
      this.#waiting.push(async () => {
        this.#remember(key, await this.#load(context, row));
        if (!this.#closing.signal.aborted) this.#changed.fire(context);
      });
    }
    this.#drain();
  }

  /** One revision, now. Throws Failure. */
  async read(context: string, { namespace, secret: name }: RevisionRow, signal: AbortSignal): Promise<Release> {
    const path = objectPath({ ...known.secrets, context, namespace, name });
    const what = t('get the Helm release {0}', `${namespace}/${name}`);
    const { data } = await readJson<{ data?: { release?: string } }>(this.#connect(context), path, { signal, what });
    if (data?.release === undefined) throw new Failure('invalid', t('This Secret holds no Helm release.'));
    return decodeRelease(data.release);
  }

  dispose(): void {
    this.#closing.abort();
    this.#waiting.length = 0;
    this.#changed.dispose();
  }

  async #load(context: string, row: RevisionRow): Promise<Loadable<Release>> {
    try {
      return ready(await this.read(context, row, this.#closing.signal));
    } catch (error) {
      return failed(toFailure(error));
    }
  }

  #remember(key: string, value: Loadable<Release>): void {
    this.#known.delete(key);
    this.#known.set(key, value);
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostKept && oldest !== undefined) this.#known.delete(oldest);
  }

  #drain(): void {
    while (this.#running < atOnce) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#running++;
      void next().finally(() => {
        this.#running--;
        this.#drain();
      });
    }
  }
}

/** The uid tells a release from one that was uninstalled and installed again under its name. */
const keyOf = (context: string, { namespace, secret, uid }: RevisionRow): string =>
  JSON.stringify([context, namespace, secret, uid]);
