/** The contexts of all kubeconfigs and the connection of each that was opened. */
import type { Disposable } from '../core/disposable.ts';
import { Emitter } from '../core/emitter.ts';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { Connection } from './connection.ts';
import type { CredentialDeps } from './credentials.ts';
import { type KubeConfigs, type KubeContext, loadKubeConfigs } from './kubeconfig.ts';
import type { LocalClusters } from './localClusters.ts';

export class Contexts implements Disposable {
  readonly #deps: CredentialDeps;
  readonly #local: LocalClusters;
  readonly #connections = new Map<string, Connection>();
  readonly #loaded = new Emitter<void>();
  #loading: Promise<KubeConfigs> | undefined;
  #only: string | undefined;
  #configs: KubeConfigs = { contexts: [], current: undefined, failures: [] };

  constructor(deps: CredentialDeps, local: LocalClusters) {
    this.#deps = deps;
    this.#local = local;
  }

  /** Fires when the files were read again. */
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
    this.#loading = this.#read();
    const configs = await this.#loading;
    this.#loaded.fire();
    return configs;
  }

  async #read(): Promise<KubeConfigs> {
    const kubeconfig = this.#localKubeConfig();
    this.#configs = await loadKubeConfigs({
      env: this.#deps.env,
      extra: kubeconfig === undefined ? [] : [kubeconfig],
      ...(this.#only === undefined ? {} : { only: this.#only }),
    });
    for (const [id, connection] of this.#connections) {
      if (JSON.stringify(this.get(id)) === JSON.stringify(connection.context)) continue;
      connection.dispose();
      this.#connections.delete(id);
    }
    return this.#configs;
  }

  /** As last read. */
  configs(): KubeConfigs {
    return this.#configs;
  }

  get(id: string): KubeContext | undefined {
    return this.#configs.contexts.find((context) => context.id === id);
  }

  /** Whether the context is the embedded cluster's. */
  isLocal(context: KubeContext): boolean {
    return context.id !== context.name && context.file === this.#localKubeConfig();
  }

  /** The one connection of a context. Throws Failure `notFound`. */
  connect = (id: string): Connection => {
    let connection = this.#connections.get(id);
    if (connection === undefined) {
      const context = this.get(id);
      if (context === undefined) throw new Failure('notFound', t('No kubeconfig holds the context {0} any more.', id));
      this.#connections.set(id, (connection = new Connection(context, this.#deps)));
    }
    return connection;
  };

  /** Lets every credential plugin be asked once more. */
  reset(): void {
    for (const connection of this.#connections.values()) connection.reset();
  }

  dispose(): void {
    for (const connection of this.#connections.values()) connection.dispose();
    this.#connections.clear();
    this.#loaded.dispose();
  }

  #localKubeConfig(): string | undefined {
    const { phase, kubeconfig } = this.#local.current();
    return phase === 'running' ? kubeconfig : undefined;
  }
}
