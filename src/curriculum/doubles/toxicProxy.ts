/** Stands before another double and disturbs the connections to it: toxiproxy, inside the helper. */
import type { CheckContext } from '../checks/context.ts';
import type { Labkit } from '../labkit.ts';
import type { Behaviour, Double } from './double.ts';

/** As toxiproxy has them: `latency` with `{latency, jitter}`, `reset_peer`, `bandwidth`, `timeout`, `slicer`, `limit_data`. */
export interface Toxic {
  readonly type: string;
  readonly stream?: 'upstream' | 'downstream';
  /** The share of connections it befalls, 0 to 1; all when left out. */
  readonly toxicity?: number;
  readonly attributes?: Readonly<Record<string, number>>;
}

export class ToxicProxy implements Double {
  readonly address: string;
  readonly #name: string;
  readonly #upstream: Double;
  readonly #labkit: Labkit;
  readonly #signal: AbortSignal;

  private constructor(address: string, name: string, upstream: Double, labkit: Labkit, signal: AbortSignal) {
    this.address = address;
    this.#name = name;
    this.#upstream = upstream;
    this.#labkit = labkit;
    this.#signal = signal;
  }

  static async start(
    upstream: Double,
    { labkit, signal }: Pick<CheckContext, 'labkit' | 'signal'>,
  ): Promise<ToxicProxy> {
    const helper = await labkit();
    const [hostAndPort] = /127\.0\.0\.1:\d+/.exec(upstream.address)!;
    const { name, address } = await helper.ask<{ name: string; address: string }>(
      'toxic.start',
      { upstream: hostAndPort },
      signal,
    );
    return new ToxicProxy(upstream.address.replace(hostAndPort, address), name, upstream, helper, signal);
  }

  get calls(): number {
    return this.#upstream.calls;
  }

  get cancelled(): number {
    return this.#upstream.cancelled;
  }

  async begin({ fails, toxics = [] }: Behaviour): Promise<void> {
    const parameters = { name: this.#name, down: fails === 'refuses', toxics };
    await this.#labkit.ask('toxic.set', parameters, this.#signal);
  }

  claim(nonce: string): boolean {
    return this.#upstream.claim(nonce);
  }

  /** It ends with the helper. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}
