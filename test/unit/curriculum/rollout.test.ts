import assert from 'node:assert/strict';
import { systemClock } from '../../../src/core/backoff.ts';
import type { Answer } from '../../../src/curriculum/checks/clusterProxy.ts';
import { type Pod, PodHistory } from '../../../src/curriculum/checks/podHistory.ts';
import { Traffic } from '../../../src/curriculum/checks/traffic.ts';
import { seeded } from '../../../src/curriculum/random.ts';
import { eventually } from '../../support/eventually.ts';

describe('traffic to a Service', () => {
  const trafficTo = (send: (pod: string, path: string) => Answer): Traffic =>
    new Traffic({
      spec: { path: '/stock?ms=${ms}&n=${nonce}', longest: '8s' },
      context: { clock: systemClock, random: seeded(1), signal: new AbortController().signal },
      versions: ['v1', 'v2'],
      late: 1,
      send: async (pod, path) => (await new Promise(setImmediate), send(pod, path)),
    });
  const right = (path: string): Answer => ({ status: 200, body: `v1 ${/n=(\w+)/.exec(path)![1]}\n` });
  const failing = (error: unknown): void => assert.fail(String(error));

  const status = (message: string): Answer => ({ status: 503, body: JSON.stringify({ kind: 'Status', message }) });
  const answers: [string, Answer][] = [
    ['unready', { status: 503, body: 'the stock is not read yet' }],
    ['wrong', { status: 200, body: 'v1 of-another' }],
    ['wrong', { status: 404, body: 'no such page' }],
    ['refused', status('error trying to reach service: dial tcp 10.0.0.7:8080: connect: connection refused')],
    ['refused', status('pods "stock-1" not found')],
    ['cut', status('error trying to reach service: EOF')],
  ];
  for (const [kind, answer] of answers) {
    it(`loses a request as ${kind}: ${answer.body}`, async () => {
      const traffic = trafficTo(() => answer);
      traffic.learn(['stock-1']);
      traffic.start(failing);
      await eventually(() => traffic.lost);
      await traffic.end();
      assert.equal(traffic.count().losses[0]?.kind, kind);
    });
  }

  it('counts who answers, and loses nothing while everybody does', async () => {
    const traffic = trafficTo((_, path) => right(path));
    let asked = 0;
    traffic.learn(['stock-1']);
    traffic.start(failing);
    await eventually(() => (asked += traffic.count().answers.get('v1') ?? 0) > 0);
    await traffic.end();
    assert.equal(traffic.lost, false);
  });

  it('asks a pod that goes the slowest request as its last, and misses it when there is no other', async () => {
    const sent: string[] = [];
    const traffic = trafficTo((pod, path) => {
      sent.push(`${pod} ${/ms=(\d+)/.exec(path)![1]}`);
      return right(path);
    });
    traffic.learn(['stock-1']);
    traffic.start(failing);
    traffic.learn([]);
    await eventually(() => traffic.lost && traffic.settled);
    await traffic.end();
    assert.deepEqual([sent.at(-1), traffic.count().losses[0]?.kind], ['stock-1 8000', 'nobody']);
  });
});

describe('what became of pods', () => {
  const pod = (uid: string, image: string, ready: boolean, more: Partial<Pod['metadata']> = {}): Pod => ({
    metadata: { uid, name: uid, ...more },
    spec: { containers: [{ image }] },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  });

  it('is the fewest that were ready and stayed, of the images that count', () => {
    const history = new PodHistory();
    history.see([pod('a', 'v1', true), pod('b', 'v1', true)]);
    history.countAnew(['v1', 'v2']);
    history.see([pod('a', 'v1', true), pod('b', 'v1', true, { deletionTimestamp: 'now' }), pod('c', 'bad', true)]);
    history.see([pod('a', 'v1', true), pod('d', 'v2', true), pod('c', 'bad', true)]);
    assert.deepEqual([history.fewest, history.ready(['v1', 'v2'])], [1, 2]);
  });

  it('tells a pod that was ready once from one that never was', () => {
    const history = new PodHistory();
    history.see([pod('a', 'bad', true), pod('b', 'worse', false)]);
    history.see([pod('a', 'bad', false), pod('b', 'worse', false)]);
    assert.deepEqual([history.faded('bad'), history.faded('worse')], [true, false]);
  });
});
