import assert from 'node:assert/strict';
import { Failure } from '../../../src/core/failure.ts';
import type { Requester } from '../../../src/kubernetes/connection.ts';
import { Discovery, discover } from '../../../src/kubernetes/discovery.ts';
import { groupOf, shownKinds } from '../../../src/kubernetes/kindGroups.ts';
import { FakeClock } from '../../support/fakeClock.ts';

const signal = new AbortController().signal;

/** A server that answers these paths and no others. */
const serverOf = (answers: Readonly<Record<string, unknown>>): Requester => ({
  request: async (path) => {
    if (!(path in answers)) throw new Failure('unreachable', `nothing at ${path}`);
    return { status: 200, body: once(JSON.stringify(answers[path])) };
  },
  probe: async () => {},
  identity: async () => ({ uid: undefined, version: undefined }),
});

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

const resource = (name: string, kind: string, verbs: readonly string[], scope = 'Namespaced'): object => ({
  resource: name,
  responseKind: { kind },
  scope,
  singularResource: kind.toLowerCase(),
  shortNames: [name.slice(0, 2)],
  verbs,
});

const aggregated = {
  '/api': {
    items: [{ metadata: {}, versions: [{ version: 'v1', resources: [resource('pods', 'Pod', ['list', 'watch'])] }] }],
  },
  '/apis': {
    items: [
      {
        metadata: { name: 'example.com' },
        versions: [
          { version: 'v2', resources: [resource('things', 'Thing', ['list', 'watch'], 'Cluster')] },
          {
            version: 'v1',
            resources: [resource('things', 'Thing', ['list', 'watch']), resource('olds', 'Old', ['list'])],
          },
        ],
      },
      {
        metadata: { name: 'authz.k8s.io' },
        versions: [{ version: 'v1', resources: [resource('x', 'X', ['create'])] }],
      },
    ],
  },
};

describe('discovery', () => {
  it('names each kind that can be listed once, in the preferred version', async () => {
    const found = await discover(serverOf(aggregated), signal);
    assert.deepEqual(
      found.map(({ group, version, resource: name, kind, namespaced, watchable }) =>
        [group, version, name, kind, namespaced, watchable].join(' '),
      ),
      [' v1 pods Pod true true', 'example.com v2 things Thing false true', 'example.com v1 olds Old true false'],
    );
  });

  it('asks servers without aggregated discovery group by group, and does without a group that is away', async () => {
    const plain = {
      '/api': { versions: ['v1'] },
      '/apis': {
        groups: [
          {
            name: 'apps',
            versions: [{ version: 'v1beta1' }, { version: 'v1' }],
            preferredVersion: { version: 'v1' },
          },
          { name: 'metrics.k8s.io', versions: [{ version: 'v1beta1' }] },
        ],
      },
      '/api/v1': {
        resources: [
          { name: 'nodes', kind: 'Node', namespaced: false, verbs: ['list', 'watch'] },
          { name: 'nodes/status', kind: 'Node', namespaced: false, verbs: ['get'] },
        ],
      },
      '/apis/apps/v1': {
        resources: [{ name: 'deployments', kind: 'Deployment', namespaced: true, verbs: ['list', 'watch'] }],
      },
      '/apis/apps/v1beta1': {
        resources: [{ name: 'deployments', kind: 'Deployment', namespaced: true, verbs: ['list', 'watch'] }],
      },
    };
    const found = await discover(serverOf(plain), signal);
    assert.deepEqual(
      found.map(({ group, version, resource: name }) => `${group}/${version}/${name}`),
      ['/v1/nodes', 'apps/v1/deployments'],
    );
  });

  it('keeps what it knew when a server is lost, and says why', async () => {
    let answers: Readonly<Record<string, unknown>> = aggregated;
    const discovery = new Discovery({
      connect: () => ({ ...serverOf({}), request: (path, options) => serverOf(answers).request(path, options) }),
      clock: new FakeClock(),
    });
    const fired: string[] = [];
    discovery.onDidChange((context) => fired.push(context));
    await discovery.want('prod');
    await discovery.refresh('prod'); // Nothing new: nothing is told.
    answers = {};
    await discovery.refresh('prod');
    const current = discovery.current('prod');
    assert.ok(current?.state === 'failed');
    assert.deepEqual([current.failure.kind, current.last?.length, fired], ['unreachable', 3, ['prod', 'prod']]);
    discovery.dispose();
  });
});

describe('kind groups', () => {
  it('put every kind somewhere sensible', () => {
    const places = [
      ['apps', 'deployments', 'workloads'],
      ['', 'services', 'network'],
      ['', 'secrets', 'config'],
      ['storage.k8s.io', 'storageclasses', 'storage'],
      ['rbac.authorization.k8s.io', 'roles', 'access'],
      ['', 'nodes', 'cluster'],
      ['apiextensions.k8s.io', 'customresourcedefinitions', 'cluster'],
      ['gateway.networking.k8s.io', 'gateways', 'network'],
      ['stable.example.com', 'crontabs', 'stable.example.com'],
    ] as const;
    const api = (group: string, name: string) => ({
      group,
      resource: name,
      version: 'v1',
      kind: 'K',
      namespaced: true,
    });
    assert.deepEqual(
      places.map(([group, name]) => groupOf(api(group, name))),
      places.map(([, , place]) => place),
    );
    assert.deepEqual(shownKinds([api('', 'events'), api('events.k8s.io', 'events')]), [api('', 'events')]);
  });
});
