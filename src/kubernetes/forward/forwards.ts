/** The forwarded ports of a workspace: kept, listed, taken up again when the workspace is opened anew. */
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Emitter } from '../../core/emitter.ts';
import { Failure, toFailure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Memory } from '../../core/memory.ts';
import { Forward, type ForwardDeps } from './forward.ts';
import { type ForwardSpec, readSpec, specKey } from './spec.ts';

/** How a forward stands, for views. */
export interface ForwardState {
  readonly spec: ForwardSpec;
  readonly key: string;
  /** `127.0.0.1:PORT`; undefined where it could not listen. */
  readonly address: string | undefined;
  readonly connections: number;
  readonly problem: Failure | undefined;
}

const memoryKey = 'kubernetes.forwards';

export class Forwards implements Disposable {
  readonly #deps: ForwardDeps;
  readonly #memory: Memory;
  readonly #running = new Map<string, { readonly forward: Forward; failed?: Failure }>();
  readonly #changed = new Emitter<void>();
  readonly #disposables = new DisposableStore();
  #restored: Promise<void> | undefined;

  /** @param memory of the workspace */
  constructor(deps: ForwardDeps, memory: Memory) {
    this.#deps = deps;
    this.#memory = memory;
  }

  readonly onDidChange = this.#changed.event;

  /** Takes up what the workspace had, once. Only listens: no cluster is asked before somebody connects. */
  restore(): Promise<void> {
    return (this.#restored ??= this.#restore());
  }

  async #restore(): Promise<void> {
    const kept = this.#memory.get(memoryKey);
    for (const spec of (Array.isArray(kept) ? kept : []).flatMap((each) => readSpec(each) ?? [])) {
      if (!this.#running.has(specKey(spec))) await this.#listen(spec).catch(() => {}); // Shown in its row.
    }
  }

  /** In the order in which they were made. */
  states(): readonly ForwardState[] {
    return [...this.#running].map(([key, { forward, failed }]) => ({
      spec: forward.spec,
      key,
      address: forward.port === 0 ? undefined : forward.address,
      connections: forward.connections,
      problem: failed ?? forward.problem,
    }));
  }

  /**
   * Forwards a port. Asked for a local port that is taken, it throws Failure `conflict`; a port that is forwarded already
   * is only told again.
   */
  async start(spec: ForwardSpec): Promise<ForwardState> {
    await this.restore();
    const key = specKey(spec);
    const known = this.#running.get(key);
    if (known?.failed !== undefined) this.stop(key);
    if (known === undefined || known.failed !== undefined) {
      try {
        await this.#listen(spec);
      } catch (error) {
        this.stop(key);
        throw error;
      }
      this.#keep();
    }
    const state = this.states().find((each) => each.key === key);
    if (state === undefined) throw new Failure('cancelled', t('Cancelled.'));
    return state;
  }

  /** Ends a forward and its connections, and forgets it. */
  stop(key: string): void {
    this.#running.get(key)?.forward.dispose();
    if (!this.#running.delete(key)) return;
    this.#keep();
    this.#changed.fire();
  }

  dispose(): void {
    this.#changed.dispose();
    this.#disposables.dispose();
  }

  async #listen(spec: ForwardSpec): Promise<void> {
    const forward = this.#disposables.add(new Forward(spec, this.#deps));
    const entry: { readonly forward: Forward; failed?: Failure } = { forward };
    this.#running.set(specKey(spec), entry);
    this.#disposables.add(forward.onDidChange(() => this.#changed.fire()));
    try {
      await forward.listen();
    } catch (error) {
      entry.failed = toFailure(error);
      throw entry.failed;
    } finally {
      this.#changed.fire();
    }
  }

  #keep(): void {
    // The port that was given, not 0: a bookmark of yesterday works today.
    const specs = [...this.#running.values()].map(({ forward: { spec, port } }) => ({
      ...spec,
      localPort: port === 0 ? spec.localPort : port,
    }));
    this.#memory.set(memoryKey, specs);
  }
}
