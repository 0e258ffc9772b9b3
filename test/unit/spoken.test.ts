/** Each kind of row says in words, to who cannot see it, what others see by its icon, its colour and its signs. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/lib/project.ts';
import { mergeTranslations } from '../../scripts/lib/translations.ts';
import { Failure } from '../../src/core/failure.ts';
import { installLanguage } from '../../src/core/l10n.ts';
import { loading, ready } from '../../src/core/loadable.ts';
import type { NodeDescription } from '../../src/core/node.ts';
import type { ItemStatus } from '../../src/curriculum/domain.ts';
import type { ItemState, OutlineItem } from '../../src/curriculum/model.ts';
import { describeAssertion, describeGroup, describeItem } from '../../src/curriculum/tree.ts';
import type { Container, ContainerState } from '../../src/docker/containers.ts';
import * as docker from '../../src/docker/describe.ts';
import * as resources from '../../src/docker/describeResources.ts';
import { describeServer, describe as describeGrpc } from '../../src/grpc/describe.ts';
import type { MethodNode, ServiceNode } from '../../src/grpc/nodes.ts';
import * as kubernetes from '../../src/kubernetes/describe.ts';
import { describeContext, describeLocalCluster } from '../../src/kubernetes/describeContext.ts';
import * as objects from '../../src/kubernetes/describeObjects.ts';
import type { ObjectRow, PodRow, ServiceRow } from '../../src/kubernetes/rows.ts';
import { describeForward } from '../../src/kubernetes/tree/forwardTypes.ts';
import type { WatchState } from '../../src/kubernetes/watchState.ts';
import { codiconNames } from '../support/codicons.ts';

/** Kinds of rows, each in every look that it can have. A kind that is missing is found below. */
type Looks = Readonly<Record<string, () => readonly NodeDescription[]>>;

const failure = new Failure('unreachable', 'It does not answer.');
const at = { id: 'n', context: 'c', namespace: 'shop', name: 'web' };
const both = [false, true];

const pod = (status: string, ready = 1, restarts = 0): NodeDescription => {
  const row = { name: 'web', namespace: 'shop', status, ready, containerCount: 1, restarts };
  return kubernetes.describePod({ kind: 'pod', ...at }, row as PodRow, 0);
};

const kubernetesRows: Looks = {
  context: () => {
    const states: (WatchState | undefined)[] = [
      undefined,
      { state: 'loading' },
      { state: 'live' },
      { state: 'live', every: 30 },
      { state: 'reconnecting', seconds: 3, failure },
      { state: 'stale', since: 0, failure },
      { state: 'failed', failure },
      { state: 'failed', failure: new Failure('unauthorised', 'Who?') },
      { state: 'failed', failure: new Failure('forbidden', 'No.') },
    ];
    const locals = [undefined, { id: 'kind', title: 'kind' }, { name: 'gantry', kind: 'embedded', phase: 'running' }];
    return states.flatMap((state) =>
      locals.map((local) => describeContext({ kind: 'context', ...at }, undefined, state, local as undefined)),
    );
  },
  namespace: () =>
    [undefined, 'missing', { phase: 'Terminating' }].flatMap((row) =>
      both.map((favourite) => kubernetes.describeNamespace({ kind: 'namespace', ...at }, row as undefined, favourite)),
    ),
  workload: () => {
    const node = { kind: 'workload', workload: 'Deployment', ...at } as const;
    const pods = (...statuses: string[]): PodRow[] =>
      statuses.map((status) => ({ status, ready: 0, containerCount: 1 }) as PodRow);
    return [pods(), pods('Pending'), pods('CrashLoopBackOff'), pods('Completed')].flatMap((each) =>
      both.map((favourite) => kubernetes.describeWorkload(node, { pods: each, row: undefined, desired: 1, favourite })),
    );
  },
  pod: () => [
    kubernetes.describePod({ kind: 'pod', ...at }, undefined, 0),
    ...['Running', 'Completed', 'Pending', 'ContainerCreating', 'Terminating', 'Init:0/2', 'Init:CrashLoopBackOff'].map((status) => pod(status)), // prettier-ignore
    ...['ImagePullBackOff', 'InvalidImageName', 'CrashLoopBackOff', 'OOMKilled', 'Error', 'Evicted', 'CreateContainerConfigError', 'RunContainerError', 'ExitCode:3', 'Signal:9', 'Unknown'].map((status) => pod(status, 0)), // prettier-ignore
    pod('Running', 0),
    pod('Running', 1, 1),
    pod('Running', 1, 7),
  ],
  container: () => {
    const node = { kind: 'container', ...at, pod: 'web' } as const;
    const row = { name: 'web', state: 'Running', ready: true, restarts: 0, init: false, image: 'web:1' } as const;
    return [
      undefined,
      row,
      { ...row, init: true },
      { ...row, ephemeral: true as const },
      { ...row, state: 'Completed' },
      { ...row, state: 'CrashLoopBackOff', restarts: 3 },
    ].map((each) => kubernetes.describeContainer(node, each));
  },
  service: () => {
    const node = { kind: 'service', ...at } as const;
    const row = {
      name: 'web',
      type: 'ClusterIP',
      clusterIp: '10.0.0.1',
      externalIp: '',
      namespace: 'shop',
      created: 0,
      intercepted: '',
      ports: [],
    };
    return [undefined, row, { ...row, type: 'LoadBalancer' }, { ...row, intercepted: 'localhost:8080' }].flatMap(
      (each) => both.map((favourite) => kubernetes.describeService(node, each as unknown as ServiceRow, 0, favourite)),
    );
  },
  port: () => [kubernetes.describePort({ kind: 'port', ...at, service: 'web', port: '80/TCP', name: 'http' })],
  folder: () =>
    (['favourites', 'resources', 'releases'] as const).map((folder) =>
      objects.describeFolder({ kind: 'folder', ...at, folder }),
    ),
  group: () => ['network', 'custom.io'].map((group) => objects.describeGroup({ kind: 'group', ...at, group })),
  kind: () => both.map((favourite) => objects.describeKind({ kind: 'kind', ...at, api: secrets }, favourite)),
  object: () => {
    const row = (status: string): ObjectRow =>
      ({ columns: [{ name: 'Status', priority: 0, age: false }], cells: [status], created: 0 }) as unknown as ObjectRow;
    return [undefined, row('Bound'), row('Pending'), row('Failed')].flatMap((each) =>
      both.map((favourite) =>
        objects.describeObject({ kind: 'object', ...at, api: claims }, each, {
          now: 0,
          favourite,
          showNamespace: true,
        }),
      ),
    );
  },
  release: () =>
    [undefined, 'deployed', 'failed', 'superseded', 'pending-install'].map((status) => {
      const row = status === undefined ? undefined : { ...at, status, revision: 1, secret: '', uid: '' };
      return objects.describeRelease({ kind: 'release', ...at }, row, undefined);
    }),
  forwards: () => [],
  forward: () => {
    const spec = { kind: 'Service', context: 'c', namespace: 'shop', name: 'web', localPort: 1, remotePort: 80 };
    const state = { spec, key: 'k', address: '127.0.0.1:1', connections: 0, problem: undefined };
    return [undefined, state, { ...state, problem: failure }].map((each) => describeForward('f', each as never, 'c'));
  },
  localCluster: () =>
    (['building', 'starting', 'stopping', 'stopped', 'failed'] as const).map((phase) =>
      describeLocalCluster(
        { kind: 'localCluster', id: 'l', name: 'gantry' },
        { name: 'gantry', kind: 'embedded', phase },
      ),
    ),
  message: () => [kubernetes.describeMessage({ kind: 'message', id: 'm', text: 'No pods.', icon: { name: 'info' } })],
  more: () => [kubernetes.describeMore({ kind: 'more', id: 'm', folder: { kind: 'context', ...at }, hidden: 7 })],
};

const api = { group: '', version: 'v1', namespaced: true };
const secrets = { ...api, plural: 'secrets', kind: 'Secret' } as never;
const claims = { ...api, plural: 'persistentvolumeclaims', kind: 'PersistentVolumeClaim' } as never;

const container = (changes: Partial<Container>): Container => ({
  id: 'abc',
  name: 'web',
  image: 'web:1',
  state: 'running',
  ports: [],
  ...changes,
});

const dockerRows: Looks = {
  engine: () =>
    [ready([]), { state: 'failed', failure } as const, { state: 'failed', failure, last: [] } as const].map(
      (state) =>
      docker.describeEngine({ address: 'unix:///s', name: 'docker', runtime: 'docker', version: '28', store: { state } } as never), // prettier-ignore
    ),
  project: () =>
    [[container({})], [container({ state: 'exited' })]].map((all) => docker.describeProject('e', 'shop', all)),
  group: () => [docker.describeGroup({ kind: 'group', engine: 'e', label: 'team', value: 'a' }, [container({})])],
  container: () => {
    const states: ContainerState[] = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead', 'unknown']; // prettier-ignore
    const all: Container[] = [
      ...states.map((state) => container({ state })),
      container({ state: 'exited', exitCode: 0 }),
      container({ state: 'exited', exitCode: 137 }),
      container({ node: { product: 'kind', cluster: 'dev' } }),
      ...(['healthy', 'unhealthy', 'starting'] as const).map((health) => container({ health })),
    ];
    return all.flatMap((each) => both.map((stale) => docker.describeContainer('e', each, stale)));
  },
  folder: () => (['images', 'volumes', 'networks', 'cache'] as const).map((folder) => resources.describeFolder('e', folder)), // prettier-ignore
  resource: () => {
    const image = { key: 'k', id: 'sha256:abc', name: 'web:1', bytes: 1, created: 0 };
    const { name: _, ...dangling } = image;
    const cache = { key: 'c', description: 'step', type: 'regular', bytes: 1, inUse: false, used: 0 };
    return [
      resources.describeImage('e', image, 0),
      resources.describeImage('e', dangling, 0),
      resources.describeImage('e', image, 0, { image: 'sha256:abc', programs: [] }),
      resources.describeVolume('e', { key: 'data', driver: 'local' }, []),
      resources.describeVolume('e', { key: 'data', driver: 'local' }, ['db']),
      resources.describeNetwork('e', { key: 'n', name: 'shop', driver: 'bridge', scope: 'local' }),
      resources.describeCache('e', cache, 0),
      resources.describeCache('e', { ...cache, inUse: true }, 0),
      docker.describeGone('x', 'web'),
    ];
  },
  message: () => [docker.describeNoEngine([])],
  // Made by classes that ask an engine; what they say stands in the tests of those.
  layer: () => [],
  vulnerability: () => [],
  imageMessage: () => [],
  usage: () => [],
  file: () => [],
  fileMessage: () => [],
};

const grpcRows: Looks = {
  server: () =>
    [loading, { state: 'failed', failure } as const, ready({ services: 2, broken: 1, source: '' })].map((state) =>
      describeServer({ kind: 'server', target: 'localhost:1', removable: true } as never, state as never),
    ),
  service: () => grpcMarks({ kind: 'service', target: 't', service: 'shop.v1.Cart', methods: 1 } as never),
  method: () =>
    (['unary', 'server_streaming', 'client_streaming', 'bidi_streaming'] as const).flatMap(
      (methodKind) =>
      grpcMarks({ kind: 'method', target: 't', service: 's', method: 'Get', methodKind, input: 'I', output: 'O' } as never), // prettier-ignore
    ),
  message: () => [
    describeGrpc({ kind: 'message', id: 'm', label: 'No server.', icon: { name: 'info' } } as never, () => loading),
  ],
};

const grpcMarks = (node: ServiceNode | MethodNode): NodeDescription[] =>
  [{}, { deprecated: true }, { change: 'new' }, { change: 'changed' }].map((marks) =>
    describeGrpc({ ...node, ...marks } as ServiceNode, () => loading),
  );

const words = { en: 'Shutdown', 'zh-cn': '优雅关闭' };
const item: OutlineItem = { id: 'B6', title: words, goal: words, difficulty: 2, needs: [], attested: false };
const status = (changes: Partial<ItemStatus>): Map<string, ItemStatus> =>
  new Map([['B6', { state: 'todo', lesson: 'yes', started: false, ...changes }]]);

const curriculumRows: Looks = {
  group: () => {
    const group = { id: 'path', title: words, goal: words, items: [item], groups: [] };
    return [status({}), status({ state: 'proven' })].map((statuses) => describeGroup(group, statuses, 'en'));
  },
  item: () => {
    const states: ItemState[] = ['todo', 'running', 'failed', 'blocked', 'proven', 'stale', 'regressed', 'attested'];
    return [
      ...states.map((state) => describeItem(item, status({ state }), 'en')),
      describeItem(item, status({ lesson: failure }), 'en'),
      describeItem(item, status({ lesson: 'no' }), 'en'),
      describeItem({ ...item, attested: true }, status({ lesson: 'no' }), 'en'),
    ];
  },
  assertion: () => {
    const evidence = { id: 'a', what: 'It answers', want: '1', got: '2' };
    return both.map((ok) => describeAssertion('B6', { ...evidence, ok }, false));
  },
  problem: () => [],
};

const domains = { kubernetes: kubernetesRows, docker: dockerRows, grpc: grpcRows, curriculum: curriculumRows };

/** Drawn, and read aloud as a name for it or not at all. */
const sign = /[↻★→←↔·✓✗▁-█]|\d\/\d/u;
const look = ({ icon, dimmed }: NodeDescription): string => JSON.stringify([icon?.name, icon?.color, dimmed]);

describe('what is said of rows', () => {
  const known = codiconNames();

  for (const [domain, rows] of Object.entries(domains)) {
    it(`${domain}: every kind of row is judged here`, () => {
      const source = readFileSync(join(root, 'src', domain, 'nodes.ts'), 'utf8');
      const kinds = [...source.matchAll(/readonly kind: '(\w+)'/g)].map(([, kind]) => kind!);
      assert.deepEqual(Object.keys(rows).sort(), kinds.sort());
    });

    for (const language of ['en', 'zh-cn'] as const) {
      it(`${domain}, ${language}: rows that look different sound different, without signs`, async () => {
        installLanguage(language === 'en' ? {} : await mergeTranslations());
        try {
          for (const [kind, describeAll] of Object.entries(rows)) {
            const looks = new Map<string, string>();
            for (const row of describeAll()) {
              assert.ok(row.spoken.length > 0, kind);
              const icon = row.icon?.name.replace('~spin', '');
              assert.ok(icon === undefined || known.has(icon), `${kind}: there is no icon ${icon}`);
              assert.doesNotMatch(row.spoken.replace('80/TCP', ''), sign, kind);
              const seen = looks.get(row.spoken);
              assert.ok(seen === undefined || seen === look(row), `${kind}: "${row.spoken}" is said of two looks`);
              looks.set(row.spoken, look(row));
            }
          }
        } finally {
          installLanguage({});
        }
      });
    }
  }

  it('a pod that fails says why', () => {
    assert.equal(pod('ImagePullBackOff', 0, 2).spoken, 'Pod web, failing: image cannot be pulled, 0 of 1 containers ready, restarted 2 times'); // prettier-ignore
  });
});
