import assert from 'node:assert/strict';
import { silentLog } from '../../../src/core/log.ts';
import { kinds } from '../../../src/kubernetes/kinds.ts';
import { Reflector } from '../../../src/kubernetes/reflector.ts';
import { RowSet } from '../../../src/kubernetes/rowSet.ts';
import { Interner, type PodRow } from '../../../src/kubernetes/rows.ts';
import { ServerTraits } from '../../../src/kubernetes/serverTraits.ts';
import type { WatchState } from '../../../src/kubernetes/watchState.ts';
import { jsonCodec } from '../../../src/kubernetes/wire.ts';
import type { ServerNow } from '../../../src/kubernetes/connection.ts';
import { FakeClock, settle } from '../../support/fakeClock.ts';
import { Feed, ScriptedApi, apiPod, list, refuse, unreachable } from '../../support/scriptedApi.ts';

interface Harness {
  readonly api: ScriptedApi;
  readonly clock: FakeClock;
  readonly rows: RowSet<PodRow>;
  readonly states: WatchState[];
  readonly traits: ServerTraits;
  /** Called when a row changed. */
  onRow: () => void;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly wake: () => void;
  /** Names of the rows, and the newest state. */
  readonly now: () => { rows: string[]; state: string };
}

function harness(watchList = true, watchable = true): Harness {
  const clock = new FakeClock();
  const api = new ScriptedApi(() => clock.now());
  const rows = new RowSet<PodRow>(kinds.pods, new Interner(), () => made.onRow());
  const states: WatchState[] = [];
  const traits = new ServerTraits();
  traits.watchList = watchList;
  const controller = new AbortController();
  let running: Promise<void> | undefined;
  let reflector: Reflector | undefined;
  const made: Harness = {
    api,
    clock,
    rows,
    states,
    traits,
    onRow: () => {},
    start: async () => {
      reflector = new Reflector({
        server: api,
        path: '/api/v1/pods',
        codec: jsonCodec(),
        watchable,
        query: {},
        what: 'pods',
        sink: rows,
        onState: (state) => states.push(state),
        clock,
        log: silentLog,
        traits,
      });
      running = reflector.run(controller.signal);
      await settle();
    },
    stop: async () => {
      controller.abort();
      await running;
    },
    wake: () => reflector?.wake(),
    now: () => ({ rows: [...rows.rows.values()].map(({ name }) => name).sort(), state: states.at(-1)!.state }),
  };
  return made;
}

/** A harness whose watch-list has brought pods a and b and is live at version 10. */
async function live(): Promise<Harness & { readonly feed: Feed }> {
  const h = harness();
  const feed = new Feed();
  h.api.next(feed.answer);
  await h.start();
  feed.event('ADDED', apiPod('a')).event('ADDED', apiPod('b')).bookmark('10', true);
  await settle();
  assert.deepEqual(h.now(), { rows: ['a', 'b'], state: 'live' });
  return { ...h, feed };
}

const queries = (api: ScriptedApi): string[] =>
  api.requests.map(({ query }) =>
    query['sendInitialEvents'] ? 'watch-list' : query['watch'] ? `watch ${query['resourceVersion']}` : 'list',
  );

describe('reflector', () => {
  let h: Harness | undefined;
  const use = <T extends Harness>(value: T): T => {
    h = value;
    return value;
  };

  afterEach(async () => {
    await h?.stop();
    assert.equal(h?.clock.sleeping ?? 0, 0, 'a timer is left');
    h = undefined;
  });

  it('lists by watching where the server can, and shows rows before the list is complete', async () => {
    const { api, start, now } = use(harness());
    const feed = new Feed();
    api.next(feed.answer);
    await start();
    feed.event('ADDED', apiPod('a'));
    await settle();
    assert.deepEqual(now(), { rows: ['a'], state: 'loading' });
    feed.bookmark('10', true);
    await settle();
    assert.equal(now().state, 'live');
    const { sendInitialEvents, resourceVersionMatch, allowWatchBookmarks, watch, timeoutSeconds } =
      api.requests[0]!.query;
    assert.deepEqual(
      { sendInitialEvents, resourceVersionMatch, allowWatchBookmarks, watch, timeoutSeconds },
      {
        sendInitialEvents: 'true',
        resourceVersionMatch: 'NotOlderThan',
        allowWatchBookmarks: 'true',
        watch: 'true',
        timeoutSeconds: '360',
      },
    );
  });

  it('follows additions, changes and deletions', async () => {
    const { feed, now, rows } = use(await live());
    feed
      .event('ADDED', apiPod('c', '11'))
      .event('MODIFIED', apiPod('a', '12', 'Failed'))
      .event('DELETED', apiPod('b', '13'));
    await settle();
    assert.deepEqual(now(), { rows: ['a', 'c'], state: 'live' });
    assert.equal(rows.rows.get('shop/a')?.status, 'Failed');
  });

  it('goes on from the newest version, bookmarks included, when a watch ends as agreed', async () => {
    const { api, feed, clock, now } = use(await live());
    await clock.advance(5_000);
    feed.event('ADDED', apiPod('c', '11')).bookmark('15').end();
    await settle();
    assert.deepEqual(queries(api), ['watch-list', 'watch 15']);
    assert.deepEqual(now().rows, ['a', 'b', 'c']);
  });

  for (const [name, status] of [
    ['a gate that is off', 422],
    ['a server that does not know it', 400],
  ] as const) {
    it(`lists in pages where watch-list is refused: ${name}`, async () => {
      const { api, start, now, traits } = use(harness());
      api.next(
        refuse(status, 'Invalid'),
        list('7', [apiPod('a')], 'token'),
        list('7', [apiPod('b')]),
        new Feed().answer,
      );
      await start();
      assert.deepEqual(queries(api), ['watch-list', 'list', 'list', 'watch 7']);
      assert.deepEqual(
        api.requests.slice(1, 3).map(({ query }) => [query['limit'], query['continue']]),
        [
          ['500', undefined],
          ['500', 'token'],
        ],
      );
      assert.deepEqual(now(), { rows: ['a', 'b'], state: 'live' });
      assert.equal(traits.watchList, false);
    });
  }

  it('lists in pages where the server never says that the initial events ended', async () => {
    const { api, start, clock, now } = use(harness());
    api.next(new Feed().event('ADDED', apiPod('a')).answer, list('7', [apiPod('a')]), new Feed().answer);
    await start();
    await clock.advance(20_000);
    assert.deepEqual(queries(api), ['watch-list', 'list', 'watch 7']);
    assert.deepEqual(now(), { rows: ['a'], state: 'live' });
  });

  it('lists again after 410 with the old rows kept, and drops what is gone only when the list is complete', async () => {
    const { api, feed, now } = use(await live());
    const again = new Feed();
    api.next(again.answer);
    feed.event('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' });
    await settle();
    assert.deepEqual(queries(api), ['watch-list', 'watch-list']);
    again.event('ADDED', apiPod('b', '20'));
    await settle();
    assert.deepEqual(now().rows, ['a', 'b']);
    again.bookmark('30', true);
    await settle();
    assert.deepEqual(now(), { rows: ['b'], state: 'live' });
  });

  it('starts a paged list again when its continue token has expired', async () => {
    const { api, start, clock, now } = use(harness(false));
    api.next(list('7', [apiPod('a')], 'token'), refuse(410, 'Expired'), list('9', [apiPod('b')]), new Feed().answer);
    await start();
    await clock.advance(500);
    assert.deepEqual(queries(api), ['list', 'list', 'list', 'watch 9']);
    assert.deepEqual(now(), { rows: ['b'], state: 'live' });
  });

  it('says what an ERROR event says, and tries again later and later', async () => {
    const { api, feed, clock, states } = use(await live());
    api.next(...Array.from({ length: 3 }, () => refuse(500, 'InternalError')));
    feed.event('ERROR', { kind: 'Status', code: 500, reason: 'InternalError', message: 'etcd is away' });
    await settle();
    const state = states.at(-1)!;
    assert.equal(state.state, 'reconnecting');
    assert.match('failure' in state ? state.failure.message : '', /etcd is away/);
    await clock.advance(10_000);
    const gaps = api.requests.slice(1).map(({ at }, i, all) => at - (all[i - 1]?.at ?? at));
    assert.deepEqual(gaps, [0, 375, 750, 1500]);
  });

  it('keeps the rows through resets and torn events, and takes them up where they broke', async () => {
    const { api, feed, clock, now } = use(await live());
    const torn = new Feed();
    api.next(torn.answer);
    feed.event('ADDED', apiPod('c', '11')).reset();
    await clock.advance(1_000);
    torn.text('{"type":"ADDED","object":{"metadata":{"na').end();
    await clock.advance(1_000);
    assert.deepEqual(queries(api), ['watch-list', 'watch 11', 'watch 11']);
    assert.deepEqual(now().rows, ['a', 'b', 'c']);
  });

  it('reads UTF-8 that is torn between two pieces', async () => {
    const { feed, now } = use(await live());
    const bytes = `${JSON.stringify({ type: 'ADDED', object: apiPod('c', '11') })}\n`;
    for (const piece of bytes) feed.text(piece);
    await settle();
    assert.deepEqual(now().rows, ['a', 'b', 'c']);
  });

  it('says stale when an outage lasts, and live when it ends', async () => {
    const { api, feed, clock, states, now } = use(await live());
    api.next(...Array.from({ length: 60 }, () => unreachable));
    await clock.advance(15_000);
    feed.event('MODIFIED', apiPod('a', '11'));
    await settle();
    const lost = clock.now();
    feed.reset();
    await clock.advance(10_000);
    assert.equal(now().state, 'reconnecting');
    await clock.advance(30_000);
    const stale = states.at(-1)!;
    assert.deepEqual([stale.state, 'since' in stale && stale.since], ['stale', lost]);
    assert.deepEqual(now().rows, ['a', 'b']);
    api.next(new Feed().answer);
    await clock.advance(200_000);
    assert.equal(now().state, 'live');
  });

  it('says failed when a server was never reached', async () => {
    const { api, start, states } = use(harness());
    api.next(unreachable);
    await start();
    const state = states.at(-1)!;
    assert.deepEqual([state.state, 'failure' in state && state.failure.kind], ['failed', 'unreachable']);
  });

  it('notices a half-open connection: silence, then a probe without answer', async () => {
    const { api, feed, clock, now } = use(await live());
    await clock.advance(19_000);
    assert.deepEqual(api.probes.length, 0);
    api.alive = false;
    await clock.advance(2_000);
    assert.equal(api.probes.length, 1);
    assert.equal(feed.aborted, true);
    assert.equal(now().state, 'reconnecting');
  });

  it('gives up a watch that outlives the end it was asked for, though the server answers', async () => {
    const { api, feed, clock } = use(await live());
    await clock.advance(350_000);
    assert.equal(feed.aborted, false);
    await clock.advance(60_000);
    assert.equal(feed.aborted, true);
    assert.equal(queries(api).at(-1), 'watch-list');
  });

  it('does not spin on watches that end at once, and lists again after three', async () => {
    const { api, feed, clock } = use(await live());
    api.next(new Feed().end().answer, new Feed().end().answer, new Feed().end().answer);
    feed.end();
    await clock.advance(10_000);
    assert.deepEqual(queries(api), ['watch-list', 'watch 10', 'watch 10', 'watch 10', 'watch-list']);
    assert.ok(api.requests.at(-1)!.at - api.requests[1]!.at >= 1_000);
  });

  it('waits as long as a busy server asks', async () => {
    const { api, start, clock } = use(harness(false));
    api.next(refuse(429, 'TooManyRequests', '7'), list('7', []), new Feed().answer);
    await start();
    await clock.advance(6_900);
    assert.equal(api.requests.length, 1);
    await clock.advance(200);
    assert.deepEqual(queries(api), ['list', 'list', 'watch 7']);
  });

  it('says unauthorised, keeps the rows, and asks rarely', async () => {
    const { api, feed, clock, now, states } = use(await live());
    api.next(...Array.from({ length: 30 }, () => refuse(401, 'Unauthorized')));
    feed.reset();
    await clock.advance(60 * 60_000);
    const state = states.at(-1)!;
    assert.deepEqual([now().rows, 'failure' in state && state.failure.kind], [['a', 'b'], 'unauthorised']);
    assert.ok(api.requests.length < 30, `${api.requests.length} requests in an hour`);
  });

  it('says which verb is forbidden', async () => {
    const { api, start, states } = use(harness());
    api.next(refuse(403, 'Forbidden'), refuse(403, 'Forbidden'));
    await start();
    const state = states.at(-1)!;
    assert.deepEqual(queries(api), ['watch-list', 'list']);
    assert.match('failure' in state ? state.failure.message : '', /may not list pods/);
  });

  it('reads again from time to time where listing is allowed and watching is not', async () => {
    const { api, start, clock, now } = use(harness());
    api.next(refuse(403, 'Forbidden'), list('7', [apiPod('a')]), list('8', [apiPod('b')]));
    await start();
    assert.deepEqual(now(), { rows: ['a'], state: 'live' });
    assert.deepEqual(h?.states.at(-1), { state: 'live', every: 15 });
    await clock.advance(15_000);
    assert.deepEqual(queries(api), ['watch-list', 'list', 'list']);
    assert.deepEqual(now().rows, ['b']);
  });

  it('watches again where it was forbidden, after five minutes of reading again and again', async () => {
    const { api, start, clock, now } = use(harness());
    api.next(refuse(403, 'Forbidden'), ...Array.from({ length: 21 }, () => list('7', [apiPod('a')])));
    await start();
    await clock.advance(4 * 60_000);
    assert.ok(
      queries(api)
        .slice(1)
        .every((query) => query === 'list'),
    );
    api.next(new Feed().event('ADDED', apiPod('a')).bookmark('9', true).answer);
    await clock.advance(2 * 60_000);
    assert.equal(queries(api).at(-1), 'watch-list');
    assert.deepEqual(now(), { rows: ['a'], state: 'live' });
  });

  it('lists again and again, and is live, where there is no watch', async () => {
    const { api, start, clock, now } = use(harness(true, false));
    api.next(list('7', [apiPod('a')]), list('8', [apiPod('b')]));
    await start();
    assert.deepEqual(now(), { rows: ['a'], state: 'live' });
    await clock.advance(15_000);
    assert.deepEqual(queries(api), ['list', 'list']);
    assert.deepEqual(now(), { rows: ['b'], state: 'live' });
  });

  it('drops the rows of a kind that is gone, and asks for it rarely', async () => {
    const { api, feed, clock, now, states } = use(await live());
    api.next(...Array.from({ length: 30 }, () => refuse(404, 'NotFound')));
    feed.end();
    await clock.advance(5_000);
    const state = states.at(-1)!;
    assert.deepEqual([now().rows, 'failure' in state && state.failure.kind], [[], 'notFound']);
    await clock.advance(10 * 60_000);
    assert.ok(api.requests.length <= 20, `${api.requests.length} requests in ten minutes`);
  });

  it('hardly asks where every watch ends at once', async () => {
    const { api, feed, clock } = use(await live());
    const listed = new Feed().event('ADDED', apiPod('a')).bookmark('20', true);
    for (let i = 0; i < 60; i++) {
      api.next(...Array.from({ length: 3 }, () => new Feed().end().answer), listed.end().answer);
    }
    feed.end();
    await clock.advance(10 * 60_000);
    assert.ok(api.requests.length <= 50, `${api.requests.length} requests in ten minutes`);
  });

  const goesOn = async (now: ServerNow): Promise<string[]> => {
    const { api, feed, clock } = use(await live());
    feed.event('MODIFIED', apiPod('a', '20')).reset();
    api.now = now;
    await clock.advance(1_000);
    return queries(api).slice(1);
  };
  it('goes on after a loss when the same server has come further', async () => {
    assert.deepEqual(await goesOn({ uid: 'cluster', version: '20' }), ['watch 20']);
  });
  it('lists anew when the server is behind what it had sent: it was restored from a backup', async () => {
    assert.deepEqual(await goesOn({ uid: 'cluster', version: '19' }), ['watch-list']);
  });
  it('lists anew when another cluster answers', async () => {
    assert.deepEqual(await goesOn({ uid: 'another', version: '30' }), ['watch-list']);
  });
  it('lists anew when it may not know who answers', async () => {
    assert.deepEqual(await goesOn({ uid: undefined, version: undefined }), ['watch-list']);
  });

  it('asks whether the server is there at once when the machine has slept', async () => {
    const made = use(await live());
    made.wake();
    await settle();
    assert.equal(made.api.probes.length, 1);
    assert.equal(made.feed.aborted, false);
    made.api.alive = false;
    made.wake();
    await settle();
    assert.equal(made.feed.aborted, true);
  });

  it('tries at once when the machine has slept through a wait', async () => {
    const made = use(await live());
    made.api.next(unreachable, new Feed().answer);
    made.feed.reset();
    await settle();
    const before = made.api.requests.length;
    made.wake();
    await settle();
    made.wake();
    await settle();
    assert.ok(made.api.requests.length > before);
    assert.equal(made.now().state, 'live');
  });

  it('takes up nothing more once it is stopped, not even what has already arrived', async () => {
    const made = use(harness());
    const feed = new Feed();
    made.api.next(feed.answer);
    await made.start();
    made.onRow = () => void made.stop();
    const lines = ['a', 'b'].map((name) => `${JSON.stringify({ type: 'ADDED', object: apiPod(name) })}\n`);
    feed.text(lines.join(''));
    await settle();
    assert.deepEqual(made.now().rows, ['a']);
  });

  it('stops at once, in the middle of a wait as of a watch', async () => {
    const first = use(await live());
    await first.stop();
    assert.equal(first.feed.aborted, true);
    const second = use(harness());
    second.api.next(unreachable);
    await second.start();
    await second.stop();
    assert.equal(second.api.requests.length, 1);
  });
});
