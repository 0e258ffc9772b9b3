/** Counting stand-ins of what the learner's program depends on. */
import type { IncomingHttpHeaders } from 'node:http';
import type { CheckContext } from '../checks/context.ts';
import { FakeGrpc } from './fakeGrpc.ts';
import { FakeHttp } from './fakeHttp.ts';
import { FakeRedis } from './fakeRedis.ts';
import { type Toxic, ToxicProxy } from './toxicProxy.ts';

/**
 * Which of its calls go wrong, and how; of each ten, a random one. `refuses`: nobody listens. `hangs`: nobody answers.
 * `no-data`: calls for data are not answered, others are. `stalls`: a fake-http begins its answer and never ends it.
 */
export type Fails = 'never' | 'one-in-ten' | 'always' | 'refuses' | 'hangs' | 'no-data' | 'stalls';

export interface Behaviour {
  readonly fails: Fails;
  /** Milliseconds until an answer of a fake-http or fake-grpc. */
  readonly delay: number;
  /** Of a toxic double: what happens to connections. */
  readonly toxics?: readonly Toxic[];
  /**
   * How the first calls are answered, whatever `fails` says of the others: of a fake-http those of each path; of a
   * fake-grpc those of all methods together, which fail.
   */
  readonly first?: First;
  /** Of a fake-grpc: the code of a call that fails, `RESOURCE_EXHAUSTED`; UNAVAILABLE when left out. */
  readonly code?: string;
}

export interface First {
  readonly calls: number;
  /** 503 when left out. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | number>>;
  /** The connection is cut instead of an answer. */
  readonly cuts?: boolean;
}

/** A call as it reached a fake-http. */
export interface Arrival {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Milliseconds, before the call was answered: the next one of a caller that waits comes at least so much later. */
  readonly at: number;
}

export interface Double {
  /** What the program is given to reach it. It stays the same while it lives. */
  readonly address: string;
  /** Calls since `begin`. */
  readonly calls: number;
  /** Of a fake-http: the calls themselves, in order. */
  readonly arrivals?: readonly Arrival[];
  /** Calls since `begin` that the caller gave up before they were answered. */
  readonly cancelled: number;
  /** Of a fake-grpc: those of them that had more than half of their own time left, which is endless without a deadline. */
  readonly abandoned?: number;
  /** Behaves like this from now on; counts from zero, and takes back the nonces nobody claimed. */
  begin(behaviour: Behaviour): Promise<void>;
  /** Whether it gave this nonce since `begin`; true once for each. */
  claim(nonce: string): boolean;
  /** Stops listening and cuts what is connected. */
  close(): Promise<void>;
}

/** How an item names a double: a kind, or one that needs to be told more. */
export type DoubleSpec =
  | 'fake-http'
  | 'fake-redis'
  | { readonly kind: 'fake-grpc'; readonly proto: string }
  /** A proxy that disturbs, before another double that was named earlier. */
  | { readonly kind: 'toxic'; readonly of: string };

type Context = Pick<CheckContext, 'random' | 'support' | 'labkit' | 'signal'>;

/** Starts a double on a port of 127.0.0.1 that the kernel chose; it works until it is told otherwise. */
export function startDouble(
  spec: DoubleSpec,
  context: Context,
  earlier: ReadonlyMap<string, Double> = new Map(),
): Promise<Double> {
  if (spec === 'fake-http') return FakeHttp.start(context.random);
  if (spec === 'fake-redis') return FakeRedis.start(context.random);
  if (spec.kind === 'fake-grpc') return FakeGrpc.start(context.random, context.support, spec.proto);
  return ToxicProxy.start(earlier.get(spec.of)!, context);
}

/** Starts an item's doubles, hands them to `use` and ends them. Those that run already are handed over as they are. */
export async function withDoubles(
  context: CheckContext,
  starts: Readonly<Record<string, Fails>>,
  use: (doubles: ReadonlyMap<string, Double>) => Promise<void>,
): Promise<void> {
  const doubles = new Map<string, Double>(context.shared?.doubles);
  try {
    for (const [name, spec] of Object.entries(context.program.doubles ?? {})) {
      if (!doubles.has(name)) doubles.set(name, await startDouble(spec, context, doubles));
      await doubles.get(name)!.begin({ fails: starts[name] ?? 'never', delay: 0 });
    }
    await use(doubles);
  } finally {
    if (context.shared === undefined) await Promise.all([...doubles.values()].map((double) => double.close()));
  }
}

/** What stands for each double in the variables of the program. */
export const addressesOf = (doubles: ReadonlyMap<string, Double>): Record<string, string> =>
  Object.fromEntries([...doubles].map(([name, { address }]) => [name, address]));
