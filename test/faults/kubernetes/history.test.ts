/** K20: random histories of a cluster, told with faults by a server in memory, always end with the same rows as there. */
import assert from 'node:assert/strict';
import { Failure } from '../../../src/core/failure.ts';
import { silentLog } from '../../../src/core/log.ts';
import { refusal } from '../../../src/kubernetes/apiFailure.ts';
import type { Answer, RequestOptions, Requester, ServerNow } from '../../../src/kubernetes/connection.ts';
import { kinds } from '../../../src/kubernetes/kinds.ts';
import { Reflector } from '../../../src/kubernetes/reflector.ts';
import { RowSet } from '../../../src/kubernetes/rowSet.ts';
import { Interner, type PodRow } from '../../../src/kubernetes/rows.ts';
import { ServerTraits } from '../../../src/kubernetes/serverTraits.ts';
import { jsonCodec } from '../../../src/kubernetes/wire.ts';
import { FakeClock, settle } from '../../support/fakeClock.ts';
import { randomOf, seed } from '../../support/random.ts';
import { Feed, apiPod } from '../../support/scriptedApi.ts';

const runs = 1_000;
const steps = 30;
const names = 'abcdefgh'.split('');
const phases = ['Pending', 'Running', 'Failed'];

interface Told {
  readonly version: number;
  readonly type: string;
  readonly object: object;
}

/** A server with one collection, its whole history, and a random generator that breaks it. */
class FaultyServer implements Requester {
  readonly pods = new Map<string, { version: number; phase: string }>();
  readonly #random: (below: number) => number;
  readonly #watches = new Set<{ feed: Feed; abort: () => void }>();
  #history: Told[] = [];
  #version = 100;
  /** The oldest version a watch may start from. */
  #oldest = 100;
  #uid = 'first';
  healed = false;
  faults = 0;

  readonly #now: () => number;
  /** Until then nobody answers. */
  #downUntil = 0;

  constructor(random: (below: number) => number, now: () => number) {
    this.#random = random;
    this.#now = now;
  }

  change(): void {
    const name = names[this.#random(names.length)]!;
    const before = this.pods.get(name);
    const version = ++this.#version;
    if (before !== undefined && this.#random(3) === 0) {
      this.pods.delete(name);
      this.#tell({ version, type: 'DELETED', object: apiPod(name, String(version), before.phase) });
      return;
    }
    const phase = phases[this.#random(phases.length)]!;
    this.pods.set(name, { version, phase });
    this.#tell({
      version,
      type: before === undefined ? 'ADDED' : 'MODIFIED',
      object: apiPod(name, String(version), phase),
    });
  }

  /** Something goes wrong with what is open, or with what the server remembers. */
  breakSomething(): void {
    this.faults++;
    switch (this.#random(6)) {
      case 0:
        return this.#each((feed) => feed.reset());
      case 1:
        return this.#each((feed) => feed.end());
      case 2:
        return this.#each((feed) => feed.text('{"type":"ADDED","object":{"meta').end());
      case 3:
        this.#oldest = this.#version; // Compacted.
        return this.#each((feed) => feed.event('ERROR', { code: 410, reason: 'Expired' }).end());
      case 4:
        return this.#restore();
      default:
        return this.#each((feed) => feed.event('ERROR', { code: 500, reason: 'InternalError' }).end());
    }
  }

  request = async (_: string, options: RequestOptions): Promise<Answer> => {
    this.#mustBeUp();
    if (!this.healed && this.#random(4) === 0) throw this.#refusal(options.what);
    const { watch, sendInitialEvents, resourceVersion, limit, continue: next } = options.query ?? {};
    if (watch === undefined) return this.#list(Number(limit), next);
    const feed = new Feed();
    const answer = await feed.answer(options);
    if (sendInitialEvents !== undefined) {
      if (this.#uid.length % 2 === 0) throw refusal(options.what, 'c', 422, {}); // Some servers cannot.
      for (const [name, { version, phase }] of this.pods) feed.event('ADDED', apiPod(name, String(version), phase));
      feed.bookmark(String(this.#version), true);
    } else {
      const from = Number(resourceVersion);
      if (from < this.#oldest) throw refusal(options.what, 'c', 410, { reason: 'Expired' });
      // From a version that is not reached yet, a server says nothing until it is.
      for (const { version, type, object } of this.#history) if (version > from) feed.event(type, object);
    }
    const open = { feed, abort: () => this.#watches.delete(open), from: Number(resourceVersion ?? 0) };
    this.#watches.add(open);
    options.signal.addEventListener('abort', open.abort, { once: true });
    return answer;
  };

  probe = async (): Promise<void> => {};

  identity = async (): Promise<ServerNow> => {
    this.#mustBeUp();
    if (!this.healed && this.#random(4) === 0) throw new Failure('unreachable', 'lost');
    return { uid: this.#uid, version: String(this.#version) };
  };

  #tell(told: Told): void {
    this.#history.push(told);
    for (const { feed } of this.#watches) {
      feed.event(told.type, told.object);
      if (this.#random(5) === 0) feed.bookmark(String(told.version));
    }
  }

  #each(act: (feed: Feed) => unknown): void {
    const open = [...this.#watches];
    this.#watches.clear();
    for (const { feed } of open) act(feed);
  }

  #mustBeUp(): void {
    if (this.#now() < this.#downUntil) throw new Failure('unreachable', 'down');
  }

  /** A backup of some time ago: pods of then, and a version that goes back. Takes a while. */
  #restore(): void {
    this.#each((feed) => feed.reset());
    this.#downUntil = this.#now() + 11_000;
    for (const name of names) if (this.#random(2) === 0) this.pods.delete(name);
    this.#version = Math.max(1, this.#version - this.#random(20));
    this.#oldest = this.#version;
    this.#history = [];
    if (this.#random(2) === 0) this.#uid += 'x';
    for (const [name, pod] of this.pods) this.pods.set(name, { ...pod, version: Math.min(pod.version, this.#version) });
  }

  #refusal(what: string): Failure {
    this.faults++;
    const status = [0, 500, 503, 429][this.#random(4)]!;
    return status === 0 ? new Failure('unreachable', 'lost') : refusal(what, 'c', status, {});
  }

  #list(limit: number, next: string | undefined): Answer {
    if (next !== undefined && !this.healed && this.#random(5) === 0) throw refusal('list', 'c', 410, {});
    const all = [...this.pods].sort(([a], [b]) => (a < b ? -1 : 1));
    const from = Number(next ?? 0);
    const pageSize = Math.min(limit, 3);
    const items = all
      .slice(from, from + pageSize)
      .map(([name, { version, phase }]) => apiPod(name, String(version), phase));
    const metadata = {
      resourceVersion: String(this.#version),
      ...(from + pageSize < all.length ? { continue: String(from + pageSize) } : {}),
    };
    return { status: 200, body: once(JSON.stringify({ metadata, items })) };
  }
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** Runs one history; resolves with the number of faults. */
async function oneRun(random: (below: number) => number): Promise<number> {
  const clock = new FakeClock();
  const server = new FaultyServer(random, () => clock.now());
  const rows = new RowSet<PodRow>(kinds.pods, new Interner(), () => {});
  const stop = new AbortController();
  const traits = new ServerTraits();
  traits.watchList = random(2) === 0;
  const options = { server, path: '/api/v1/pods', codec: jsonCodec(), query: {}, what: 'pods', sink: rows };
  let state = '';
  const reflector = new Reflector({
    ...options,
    onState: (now) => (state = now.state),
    clock,
    log: silentLog,
    traits,
    // Its pauses are of the machine's time, which the clock here knows nothing of.
    pacer: { pause: () => undefined },
  });
  const running = reflector.run(stop.signal);
  for (let step = 0; step < steps; step++) {
    if (random(5) === 0) server.breakSomething();
    else server.change();
    if (random(3) === 0) await clock.advance(random(5_000));
    else await settle();
  }
  server.healed = true;
  // No watch may have missed anything: no later change, and no fault, wakes it.
  await clock.advance(400_000);
  const ours = [...rows.rows.values()].map(({ name, status }) => `${name} ${status}`).sort();
  const theirs = [...server.pods].map(([name, { phase }]) => `${name} ${phase}`).sort();
  assert.deepEqual({ state, ours }, { state: 'live', ours: theirs });
  stop.abort();
  await running;
  assert.equal(clock.sleeping, 0, 'a timer is left');
  return server.faults;
}

describe(`K20 random histories (GANTRY_SEED=${seed})`, function () {
  this.timeout(180_000);
  it(`end with the server's rows, ${runs} times`, async () => {
    let faults = 0;
    for (let run = 0; run < runs; run++) {
      try {
        faults += await oneRun(randomOf(seed + run));
      } catch (error) {
        console.error(`run ${run}: GANTRY_SEED=${seed + run} repeats it as the first`);
        throw error;
      }
    }
    assert.ok(faults > runs, `${faults} faults in all`);
  });
});
