/** The schemas that a cluster serves: asked for group version by group version, kept on disk by their hash. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { writeWhole } from '../core/storage.ts';
import type { Served } from './target.ts';

/** A context of the person's kubeconfigs. */
export interface ClusterContext {
  readonly id: string;
  readonly name: string;
  /** The one that kubectl would ask. */
  readonly current: boolean;
}

/** The clusters that a person has; filled by the program. */
export interface Clusters {
  contexts(): Promise<readonly ClusterContext[]>;
  /** What the API server of a context (its id) answers to a GET. Throws Failure. */
  read(context: string, path: string, signal: AbortSignal): Promise<string>;
}

export interface ClusterSchemasDeps {
  readonly clusters: Clusters;
  /** Where documents are kept; made when the first one is. */
  readonly folder: string;
}

/** Milliseconds after which a document that nobody used is removed: clusters come and go. */
const longestUnused = 30 * 24 * 60 * 60 * 1000;

/** `/openapi/v3`: where the document of each group version is. The address changes with the document. */
interface Index {
  readonly paths?: Readonly<Record<string, { readonly serverRelativeURL?: string }>>;
}

export class ClusterSchemas {
  readonly #clusters: Clusters;
  readonly #folder: string;
  #swept: Promise<void> | undefined;

  constructor({ clusters, folder }: ClusterSchemasDeps) {
    this.#clusters = clusters;
    this.#folder = folder;
  }

  contexts(): Promise<readonly ClusterContext[]> {
    return this.#clusters.contexts();
  }

  /** The context of an id or a name, or the current one. Throws Failure `invalid`. */
  async context(called: string | undefined): Promise<ClusterContext> {
    const contexts = await this.contexts();
    const found =
      called === undefined
        ? contexts.find(({ current }) => current)
        : (contexts.find(({ id }) => id === called) ?? contexts.find(({ name }) => name === called));
    if (found !== undefined) return found;
    if (called === undefined) throw new Failure('invalid', t('No kubeconfig names a current context: name one.'));
    const known = contexts.map(({ name }) => name).join(', ') || t('none');
    throw new Failure('invalid', t('There is no context {0}. Known: {1}', called, known));
  }

  /** The release that a cluster runs: `1.34.4`. Throws Failure. */
  async release(context: ClusterContext, signal: AbortSignal): Promise<string> {
    const { gitVersion } = await this.#json<{ gitVersion?: string }>(context, '/version', signal);
    const release = /^v?(\d+\.\d+\S*)$/.exec(gitVersion ?? '')?.[1];
    if (release === undefined) throw new Failure('invalid', t('The server does not say which Kubernetes it is.'));
    return release;
  }

  /** What the cluster serves now; of its documents, those of the given group versions. Throws Failure. */
  async served(context: ClusterContext, apiVersions: Iterable<string>, signal: AbortSignal): Promise<Served> {
    const [release, index] = await Promise.all([
      this.release(context, signal),
      this.#json<Index>(context, '/openapi/v3', signal),
    ]);
    const addresses = addressesOf(index);
    const wanted = [...new Set(apiVersions)].filter((each) => addresses.has(each)).sort();
    const files = await Promise.all(
      wanted.map(async (each) => [each, await this.#file(context, addresses.get(each)!, signal)] as const),
    );
    return {
      cluster: context.name,
      release,
      apiVersions: [...addresses.keys()],
      documents: Object.fromEntries(files),
    };
  }

  /** The document's file, whose name tells its content; fetched unless it is there. */
  async #file(context: ClusterContext, address: string, signal: AbortSignal): Promise<string> {
    // Without a hash in its address nobody knows whether it changed.
    if (!/[?&]hash=\w/.test(address)) {
      const text = JSON.stringify(await this.#json(context, address, signal));
      return this.#keep(this.#fileOf(address + text), text);
    }
    const file = this.#fileOf(address);
    if (await isThere(file)) return file;
    return this.#keep(file, JSON.stringify(await this.#json(context, address, signal)));
  }

  #fileOf(content: string): string {
    return join(this.#folder, `${createHash('sha256').update(content).digest('hex')}.json`);
  }

  async #keep(file: string, text: string): Promise<string> {
    await mkdir(this.#folder, { recursive: true });
    await (this.#swept ??= this.#sweep());
    await writeWhole(file, text); // Another window may read it meanwhile.
    return file;
  }

  async #json<T>(context: ClusterContext, path: string, signal: AbortSignal): Promise<T> {
    const text = await this.#clusters.read(context.id, path, signal);
    try {
      const value = JSON.parse(text) as T | null;
      if (typeof value === 'object' && value !== null) return value;
    } catch {
      // Said below.
    }
    throw new Failure('invalid', t('The server answered {0} with something that is no JSON object.', path));
  }

  async #sweep(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      const file = join(this.#folder, name);
      const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Infinity })); // Another window sweeps, too.
      if (Date.now() - mtimeMs > longestUnused) await rm(file, { force: true });
    }
  }
}

/** apiVersion → address of its document. Other paths (`version`, `apis/apps`) have no kinds; other servers are not asked. */
function addressesOf({ paths = {} }: Index): Map<string, string> {
  const addresses = new Map<string, string>();
  for (const [path, { serverRelativeURL: address }] of Object.entries(paths)) {
    const apiVersion = /^(?:api|apis\/[a-z\d.-]+)\/[a-z][a-z\d-]*$/.test(path)
      ? path.replace(/^apis?\//, '')
      : undefined;
    if (apiVersion !== undefined && address?.startsWith('/openapi/v3/')) addresses.set(apiVersion, address);
  }
  return addresses;
}

/** True also marks it as used. */
async function isThere(file: string): Promise<boolean> {
  try {
    const now = new Date();
    await utimes(file, now, now);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}
