import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { silentLog } from '../../../src/core/log.ts';
import { Store } from '../../../src/kubernetes/store.ts';
import { FakeClock, settle } from '../../support/fakeClock.ts';
import { Feed, ScriptedApi, apiPod } from '../../support/scriptedApi.ts';

describe('store', () => {
  let api: ScriptedApi;
  let clock: FakeClock;
  let store: Store;
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    api = new ScriptedApi();
    clock = new FakeClock();
    store = new Store({ connect: () => api, clock, log: silentLog });
  });
  afterEach(async () => {
    store.dispose();
    await settle();
    assert.equal(clock.sleeping, 0, 'a timer is left');
    mock.timers.reset();
  });

  const query = { context: 'c', kind: 'pods', namespace: 'shop' } as const;

  it('shares one watch among all who look at the same rows', async () => {
    const [a, b] = [store.look(query), store.look({ ...query })];
    const other = store.look({ ...query, namespace: 'other' });
    await settle();
    assert.equal(api.requests.length, 2);
    assert.equal(a.rows, b.rows);
    assert.notEqual(a.rows, other.rows);
  });

  it('ends a watch 30 s after the last one looked away, and not before', async () => {
    const feed = new Feed();
    api.next(feed.answer);
    const [a, b] = [store.look(query), store.look(query)];
    await settle();
    a.dispose();
    a.dispose(); // A second time counts for nothing.
    mock.timers.tick(60_000);
    assert.equal(feed.aborted, false);
    b.dispose();
    mock.timers.tick(29_000);
    store.look(query).dispose();
    mock.timers.tick(29_000);
    assert.equal(feed.aborted, false);
    mock.timers.tick(1_000);
    assert.equal(feed.aborted, true);
    await settle();
    assert.equal(api.requests.length, 1);
  });

  it('asks nothing for those who look once it is disposed', async () => {
    store.dispose();
    const look = store.look(query);
    await look.settled;
    assert.deepEqual([look.rows.size, look.state().state, api.requests], [0, 'loading', []]);
  });

  it('announces changes together, and which rows they are', async () => {
    const feed = new Feed().bookmark('1', true);
    api.next(feed.answer);
    const look = store.look(query);
    await look.settled;
    mock.timers.tick(150);
    const announced: string[][] = [];
    look.onDidChange(({ keys }) => announced.push([...keys]));
    feed
      .event('ADDED', apiPod('a'))
      .event('ADDED', apiPod('b'))
      .event('MODIFIED', apiPod('a', '2', 'Failed'));
    await settle();
    assert.deepEqual(announced, []);
    mock.timers.tick(150);
    assert.deepEqual(announced, [['shop/a', 'shop/b']]);
  });

  it('lets those who wait see a screenful before all have come, and before anything is announced', async () => {
    const feed = new Feed();
    api.next(feed.answer);
    const look = store.look(query);
    let settled = false;
    void look.settled.then(() => (settled = true));
    for (let i = 1; i < 100; i++) feed.event('ADDED', apiPod(`p${i}`));
    while (look.rows.size < 99) await settle();
    assert.equal(settled, false);
    feed.event('ADDED', apiPod('p100'));
    await look.settled;
    assert.deepEqual([look.rows.size, look.state().state], [100, 'loading']);
  });

  it('starts again with the rows kept', async () => {
    const [first, second] = [new Feed(), new Feed()];
    api.next(first.event('ADDED', apiPod('a')).bookmark('1', true).answer, second.answer);
    const look = store.look(query);
    await look.settled;
    store.restart();
    await settle();
    assert.deepEqual([first.aborted, look.rows.size, look.state().state], [true, 1, 'live']);
    second.bookmark('2', true);
    await settle();
    assert.deepEqual([look.rows.size, look.state().state], [0, 'live']);
  });

  it('says that a context is gone', async () => {
    const gone = new Store({
      connect: () => {
        throw new Error('no such context');
      },
      clock,
      log: silentLog,
    });
    const look = gone.look(query);
    await look.settled;
    assert.equal(look.state().state, 'failed');
    gone.dispose();
  });
});
