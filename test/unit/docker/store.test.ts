import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { silentLog } from '../../../src/core/log.ts';
import { lastValue } from '../../../src/core/loadable.ts';
import { type Container, fromList } from '../../../src/docker/containers.ts';
import type { Ping } from '../../../src/docker/probe.ts';
import { type ContainerSource, ContainerStore, type StoreChange } from '../../../src/docker/store.ts';
import { FakeClock, settle } from '../../support/fakeClock.ts';

const container = (id: string, more: Partial<Container> = {}): Container => ({
  ...fromList({ Id: id, State: 'running' }),
  ...more,
});

/** An engine in memory: what it has, what it was asked, and the faults it can be given. */
class FakeEngine implements ContainerSource {
  readonly address: string;

  constructor(address = 'unix:///fake') {
    this.address = address;
  }

  readonly containers = new Map<string, Container>();
  readonly asked: string[] = [];
  fault: Error | undefined;
  stream = new PassThrough();
  /** Runs while the list is under way. */
  duringList = (): void => {};

  async ping(): Promise<Ping> {
    this.#ask('ping');
    return { apiVersion: '1.41', seconds: 100 };
  }

  async events(since: number | undefined, signal: AbortSignal): Promise<PassThrough> {
    this.#ask(`events since ${since}`);
    const stream = new PassThrough();
    signal.addEventListener('abort', () => stream.destroy());
    return (this.stream = stream);
  }

  async listContainers(): Promise<Container[]> {
    this.#ask('list');
    const rows = [...this.containers.values()];
    this.duringList();
    await settle();
    return rows;
  }

  async container(id: string): Promise<Container | undefined> {
    this.#ask(`inspect ${id}`);
    await settle();
    return this.containers.get(id);
  }

  /** Changes a container and says so, as an engine does. */
  change(id: string, after: Container | undefined, action = 'start'): void {
    if (after === undefined) this.containers.delete(id);
    else this.containers.set(id, after);
    this.event({ Type: 'container', Action: action, Actor: { ID: id } });
  }

  event(value: unknown): void {
    this.stream.write(`${JSON.stringify(value)}\n`);
  }

  #ask(question: string): void {
    this.asked.push(question);
    if (this.fault !== undefined) throw this.fault;
  }
}

describe('the store of containers', () => {
  let engine: FakeEngine;
  let clock: FakeClock;
  let store: ContainerStore;
  let changes: StoreChange[];

  beforeEach(() => {
    engine = new FakeEngine();
    clock = new FakeClock();
    store = new ContainerStore(engine, { log: silentLog, clock });
    changes = [];
    store.onDidChange((change) => changes.push(change));
  });
  afterEach(async () => {
    store.dispose();
    await settle();
    assert.equal(clock.sleeping, 0, 'a timer outlived the store');
  });

  const shown = (): [string, string[]] => [store.state.state, [...(lastValue(store.state)?.keys() ?? [])]];
  const asked = (): string[] => engine.asked.splice(0);
  const open = async (): Promise<void> => {
    store.setVisible(true);
    await clock.advance(0);
    await settle();
    asked();
    changes.length = 0;
  };

  it('asks nothing before it is visible', async () => {
    await clock.advance(3_600_000);
    assert.deepEqual([asked(), store.state.state], [[], 'loading']);
  });

  it('opens the events before it lists, from a second ago', async () => {
    engine.containers.set('a', container('a'));
    store.setVisible(true);
    await store.known();
    assert.deepEqual(asked(), ['ping', 'events since 99', 'list']);
    assert.deepEqual(shown(), ['ready', ['a']]);
  });

  it('misses nothing that happens while the list is under way', async () => {
    engine.duringList = () => engine.change('late', container('late'), 'create');
    store.setVisible(true);
    await store.known();
    for (let i = 0; i < 3; i++) await settle();
    assert.deepEqual(shown(), ['ready', ['late']]);
  });

  it('asks for the one container that an event names', async () => {
    engine.containers.set('a', container('a'));
    await open();
    engine.change('a', container('a', { state: 'exited' }), 'die');
    engine.change('b', container('b'), 'create');
    for (let i = 0; i < 3; i++) await settle();
    assert.deepEqual(asked().sort(), ['inspect a', 'inspect b']);
    assert.deepEqual(changes, [
      { id: 'a', what: 'row' },
      { id: 'b', what: 'set' },
    ]);
    engine.change('a', undefined, 'destroy');
    for (let i = 0; i < 3; i++) await settle();
    assert.deepEqual(shown(), ['ready', ['b']]);
  });

  it('asks no more than twice for a burst about one container', async () => {
    await open();
    for (const action of ['create', 'start', 'die', 'start', 'die']) engine.change('a', container('a'), action);
    engine.change('a', container('a', { state: 'dead' }), 'die');
    for (let i = 0; i < 4; i++) await settle();
    assert.deepEqual(asked(), ['inspect a', 'inspect a'], 'one question under way, one waiting');
    assert.equal(lastValue(store.state)?.get('a')?.state, 'dead');
  });

  it('takes events that are cut anywhere', async () => {
    await open();
    engine.containers.set('é', container('é'));
    const bytes = Buffer.from(`{"Type":"container","Action":"create","Actor":{"ID":"é"}}\n`);
    for (const byte of bytes) {
      engine.stream.write(Buffer.from([byte]));
      await settle();
    }
    for (let i = 0; i < 3; i++) await settle();
    assert.deepEqual(shown(), ['ready', ['é']]);
  });

  const ends: Record<string, () => void> = {
    end: () => engine.stream.end(),
    close: () => engine.stream.destroy(),
    error: () => engine.stream.destroy(Object.assign(new Error('reset'), { code: 'ECONNRESET' })),
    'a line that is not JSON': () => engine.stream.write('<html>\n'),
  };
  for (const [what, happen] of Object.entries(ends)) {
    it(`reconnects and lists again after ${what}, keeping the old rows meanwhile`, async () => {
      engine.containers.set('a', container('a'));
      await open();
      happen();
      await settle();
      await settle();
      assert.deepEqual(shown(), ['failed', ['a']]);
      engine.containers.set('b', container('b'));
      await clock.advance(250);
      await settle();
      assert.deepEqual(asked(), ['ping', 'events since 99', 'list']);
      assert.deepEqual(shown(), ['ready', ['a', 'b']]);
    });
  }

  it('waits a second at most for a socket of this machine', async () => {
    engine.fault = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    store.setVisible(true);
    await clock.advance(60_000);
    asked();
    await clock.advance(1000);
    assert.notDeepEqual(asked(), []);
  });

  it('waits longer after each failure, ten seconds at most, and never gives up', async () => {
    store.dispose();
    engine = new FakeEngine('tcp://far:2375');
    store = new ContainerStore(engine, { log: silentLog, clock });
    store.onDidChange((change) => changes.push(change));
    engine.fault = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    store.setVisible(true);
    const times: number[] = [];
    for (let start = clock.now(); times.length < 12; await clock.advance(1)) {
      await settle();
      if (asked().length > 0) times.push(clock.now() - start);
      if (clock.now() - start > 100_000) break;
    }
    const waits = times.slice(1).map((time, i) => time - times[i]!);
    assert.deepEqual(waits.slice(0, 7), [188, 375, 750, 1500, 3000, 6000, 7500]);
    assert.equal(Math.max(...waits), 7500);
    assert.equal(changes.length, 1, 'the same failure is announced once');
  });

  it('asks a silent engine every half minute whether it is there, and lists every five minutes', async () => {
    await open();
    await clock.advance(299_999);
    assert.deepEqual(asked(), Array(9).fill('ping'));
    await clock.advance(30_001);
    await settle();
    assert.deepEqual(asked(), ['list', 'ping']);
  });

  it('marks a frozen engine and keeps its rows', async () => {
    engine.containers.set('a', container('a'));
    await open();
    engine.fault = new Error('no answer');
    await clock.advance(30_000);
    assert.deepEqual(shown(), ['failed', ['a']]);
    engine.fault = undefined;
    await clock.advance(1000);
    await settle();
    assert.deepEqual(shown(), ['ready', ['a']]);
  });

  it('asks nothing while hidden, and lists again when shown', async () => {
    await open();
    store.setVisible(false);
    await clock.advance(3_600_000);
    assert.deepEqual(asked(), []);
    assert.equal(engine.stream.destroyed, true);
    engine.containers.set('b', container('b'));
    await open();
    assert.deepEqual(shown(), ['ready', ['b']]);
  });
});
