/** Counting stand-ins of what the learner's program depends on. */
import type { Random } from '../random.ts';
import { FakeHttp } from './fakeHttp.ts';
import { FakeRedis } from './fakeRedis.ts';

/**
 * Which of its calls go wrong, and how; of each ten, a random one. `refuses`: nobody listens. `hangs`: nobody answers.
 * `no-data`: calls for data are not answered, others are.
 */
export type Fails = 'never' | 'one-in-ten' | 'always' | 'refuses' | 'hangs' | 'no-data';

export interface Behaviour {
  readonly fails: Fails;
  /** Milliseconds until an answer of a fake-http. */
  readonly delay: number;
}

export interface Double {
  /** What the program is given to reach it. It stays the same while it lives. */
  readonly address: string;
  /** Calls since `begin`. */
  readonly calls: number;
  /** Behaves like this from now on; counts from zero, and takes back the nonces nobody claimed. */
  begin(behaviour: Behaviour): Promise<void>;
  /** Whether it gave this nonce since `begin`; true once for each. */
  claim(nonce: string): boolean;
  /** Stops listening and cuts what is connected. */
  close(): Promise<void>;
}

const kinds = { 'fake-http': FakeHttp, 'fake-redis': FakeRedis };

export type DoubleKind = keyof typeof kinds;

/** Starts a double on a port of 127.0.0.1 that the kernel chose; it works until it is told otherwise. */
export const startDouble = (kind: DoubleKind, random: Random): Promise<Double> => kinds[kind].start(random);
