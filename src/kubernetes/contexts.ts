/** The contexts of all kubeconfigs and the connection of each that was opened. */
import type { Disposable } from '../core/disposable.ts';
import { Emitter } from '../core/emitter.ts';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Log } from '../core/log.ts';
import { Connection, type Requester } from './connection.ts';
import type { CredentialDeps } from './credentials.ts';
import { FileWatch } from './fileWatch.ts';
import {
  type KubeConfigSources,
  type KubeConfigs,
  type KubeContext,
  type LastGood,
  kubeConfigFiles,
  loadKubeConfigs,
} from './kubeconfig.ts';
import type { LocalCluster, LocalClusters } from './localClusters.ts';

export class Contexts implements Disposable {
  readonly #deps: CredentialDeps;
  readonly #local: LocalClusters;
  readonly #connections = new Map<string, Connection>();
  readonly #loaded = new Emitter<readonly string[]>();
  readonly #log: Log;
  readonly #lastGood: LastGood = new Map();
  #watch: FileWatch | undefined;
  #disposed = false;
  #loading: Promise<KubeConfigs> | undefined;
  #only: string | undefined;
  #configs: KubeConfigs = { contexts: [], current: undefined, failures: [] };

  constructor(deps: CredentialDeps, local: LocalClusters, log: Log) {
    this.#deps = deps;
    this.#local = local;
    this.#log = log;
  }

  /** Fires when the files were read again, with the ids of the contexts whose connection was given up. */
  readonly onDidLoad = this.#loaded.event;

  /** The contexts, read when they are asked for first. */
  loaded(): Promise<KubeConfigs> {
    return (this.#loading ??= this.#read());
  }

  /**
   * Reads the files again; with `only`, that file and no other from now on. A context that changed gets a new
   * connection at its next use.
   */
  async load(only?: string): Promise<KubeConfigs> {
    this.#only = only ?? this.#only;
    const replaced = await this.#readAfterOthers();
    this.#loaded.fire(replaced);
    return this.#configs;
  }

  /** Reads the files again whenever one of them changes, from now on. */
  follow(): void {
    if (this.#watch !== undefined || this.#disposed) return;
    this.#watch = new FileWatch(() => void this.#onFiles(), this.#log);
    this.#watch.set(kubeConfigFiles(this.#sources()));
  }

  async #onFiles(): Promise<void> {
    const before = textOf(this.#configs);
    const replaced = await this.#readAfterOthers();
    if (textOf(this.#configs) !== before) this.#loaded.fire(replaced);
  }

  /** One reading at a time, or an older one could end last. */
  async #readAfterOthers(): Promise<readonly string[]> {
    let replaced: readonly string[] = [];
    const read = async (): Promise<KubeConfigs> => {
      const configs = await this.#read();
      replaced = this.#giveUpChanged();
      return configs;
    };
    this.#loading = this.#loading === undefined ? read() : this.#loading.then(read);
    await this.#loading;
    return replaced;
  }

  async #read(): Promise<KubeConfigs> {
    const sources = this.#sources();
    // Before the files are read: what changes while they are read is read again.
    this.#watch?.set(kubeConfigFiles(sources));
    return (this.#configs = await loadKubeConfigs(sources));
  }

  #sources(): KubeConfigSources {
    return {
      env: this.#deps.env,
      extra: this.#local.clusters().flatMap(({ kubeconfig }) => kubeconfig ?? []),
      lastGood: this.#lastGood,
      ...(this.#only === undefined ? {} : { only: this.#only }),
    };
  }

  #giveUpChanged(): string[] {
    const changed: string[] = [];
    for (const [id, connection] of this.#connections) {
      if (JSON.stringify(this.get(id)) === JSON.stringify(connection.context)) continue;
      connection.dispose();
      this.#connections.delete(id);
      changed.push(id);
    }
    return changed;
  }

  /** As last read. */
  configs(): KubeConfigs {
    return this.#configs;
  }

  get(id: string): KubeContext | undefined {
    return this.#configs.contexts.find((context) => context.id === id);
  }

  /** The local cluster whose context this is; undefined for those of the person's own kubeconfigs. */
  local(context: KubeContext): LocalCluster | undefined {
    if (context.id === context.name) return undefined;
    return this.#local.clusters().find(({ kubeconfig }) => kubeconfig === context.file);
  }

  /** The one connection of a context. Throws Failure `notFound`, and `cancelled` once this is disposed. */
  connect = (id: string): Connection => {
    if (this.#disposed) throw new Failure('cancelled', t('Cancelled.'));
    let connection = this.#connections.get(id);
    if (connection === undefined) {
      const context = this.get(id);
      if (context === undefined) throw new Failure('notFound', t('No kubeconfig holds the context {0} any more.', id));
      this.#connections.set(id, (connection = new Connection(context, this.#deps)));
    }
    return connection;
  };

  /** Lets the credential plugins of a context, or of all, be asked once more. */
  reset(id?: string): void {
    for (const [each, connection] of this.#connections) if (id === undefined || each === id) connection.reset();
  }

  dispose(): void {
    this.#disposed = true;
    this.#watch?.dispose();
    for (const connection of this.#connections.values()) connection.dispose();
    this.#connections.clear();
    this.#loaded.dispose();
  }
}

/**
 * The server of a context, by whichever connection it has at each request: a changed kubeconfig brings another one.
 * Throws Failure `notFound`, and so does a request when no kubeconfig holds the context any more.
 */
export function serverOf(connect: Contexts['connect'], id: string): Requester {
  connect(id);
  return {
    request: async (path, options) => connect(id).request(path, options),
    probe: async (signal) => connect(id).probe(signal),
    identity: async () => connect(id).identity(),
  };
}

const textOf = ({ contexts, current, failures }: KubeConfigs): string =>
  JSON.stringify([contexts, current, failures.map(({ message }) => message)]);
