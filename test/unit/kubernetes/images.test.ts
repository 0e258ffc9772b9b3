import assert from 'node:assert/strict';
import { silentLog } from '../../../src/core/log.ts';
import { imageOf, podsOfImage } from '../../../src/kubernetes/images.ts';
import type { Kubernetes } from '../../../src/kubernetes/domain.ts';
import type { KubernetesNode } from '../../../src/kubernetes/nodes.ts';
import { Store } from '../../../src/kubernetes/store.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { Feed, ScriptedApi } from '../../support/scriptedApi.ts';

const pod = (name: string, image: string): object => ({
  metadata: { name, namespace: 'shop' },
  spec: { containers: [{ name: 'main', image }] },
  status: { phase: 'Running' },
});
const listed = (...objects: readonly object[]): Feed => {
  const feed = new Feed();
  for (const object of objects) feed.event('ADDED', object);
  return feed.bookmark('10', true);
};

describe('images in clusters', () => {
  const signal = new AbortController().signal;
  const closed = new ScriptedApi();
  const open = new ScriptedApi();
  let store: Store;
  let kubernetes: Pick<Kubernetes, 'store' | 'contexts'>;
  beforeEach(() => {
    store = new Store({ connect: (id) => (id === 'open' ? open : closed), clock: new FakeClock(), log: silentLog });
    kubernetes = { store, contexts: { get: () => ({ name: 'the open one' }) } } as never;
  });
  afterEach(() => store.dispose());

  it('finds the pods of clusters that were opened, and asks no other', async () => {
    open.next(listed().answer, listed(pod('b', 'orders:1'), pod('other', 'web:1'), pod('a', 'orders:1')).answer);
    await store.look({ context: 'open', kind: 'namespaces' }).settled;
    const found = await podsOfImage(kubernetes, (image) => image === 'orders:1', signal);
    assert.deepEqual(
      found.map(({ ref, context, status }) => [ref.resource, ref.context, ref.namespace, ref.name, context, status]),
      [
        ['pods', 'open', 'shop', 'a', 'the open one', 'Running'],
        ['pods', 'open', 'shop', 'b', 'the open one', 'Running'],
      ],
    );
    assert.deepEqual(closed.requests, []);
  });

  it('knows the image of a container’s row, and says when that is gone', async () => {
    const row = (name: string): KubernetesNode => ({
      kind: 'container',
      id: name,
      context: 'open',
      namespace: 'shop',
      pod: 'a',
      name,
    });
    open.next(listed(pod('a', 'orders:1')).answer);
    assert.equal(await imageOf(kubernetes, row('main'), signal), 'orders:1');
    await assert.rejects(imageOf(kubernetes, row('gone'), signal), { kind: 'notFound' });
    await assert.rejects(imageOf(kubernetes, { kind: 'forwards', id: 'forwards' }, signal), { kind: 'invalid' });
  });
});
