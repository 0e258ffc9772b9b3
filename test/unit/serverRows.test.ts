import assert from 'node:assert/strict';
import { rowOfServer } from '../../src/serverRows.ts';

describe('where a gRPC server runs', () => {
  const signal = new AbortController().signal;
  const views = {
    kubernetes: () =>
      Promise.resolve({ contexts: { loaded: async () => ({ contexts: [{ id: '/f#c', name: 'c' }] }) } }),
    docker: () =>
      Promise.resolve({ list: async () => [{ engine: 'unix:///s', container: { id: '4f', name: 'orders' } }] }),
  } as never;
  const rowOf = (target: string): ReturnType<typeof rowOfServer> => rowOfServer(target, views, signal);

  for (const [place, resource, name] of [
    ['k8s://c/shop/Service/orders:50051', 'services', 'orders'],
    ['k8s://c/shop/Deployment/orders:50051', 'deployments', 'orders'],
    ['k8s://c/shop/Pod/orders-1:50051', 'pods', 'orders-1'],
  ] as const) {
    it(`${place} is shown among the ${resource}`, async () => {
      const { id, args } = await rowOf(place);
      const [ref] = args as readonly Record<string, string>[];
      assert.deepEqual(
        [id, ref?.['resource'], ref?.['context'], ref?.['namespace'], ref?.['name']],
        ['gantry.kubernetes.reveal', resource, '/f#c', 'shop', name],
      );
    });
  }

  it('a container is shown by its id', async () => {
    assert.deepEqual(await rowOf('container://orders:50051'), {
      id: 'gantry.docker.reveal',
      args: [{ kind: 'container', engine: 'unix:///s', id: '4f' }],
    });
  });

  it('what is gone, and what has an address only, says so', async () => {
    await assert.rejects(rowOf('container://lost:1'), { kind: 'notFound' });
    await assert.rejects(rowOf('k8s://other/shop/Pod/a:1'), { kind: 'notFound' });
    await assert.rejects(rowOf('localhost:50051'), { kind: 'invalid' });
  });
});
