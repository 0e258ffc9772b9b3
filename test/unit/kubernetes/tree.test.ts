import assert from 'node:assert/strict';
import { Emitter } from '../../../src/core/emitter.ts';
import { Failure } from '../../../src/core/failure.ts';
import { silentLog } from '../../../src/core/log.ts';
import type { ForwardState } from '../../../src/kubernetes/forward/forwards.ts';
import type { KubeConfigs, KubeContext } from '../../../src/kubernetes/kubeconfig.ts';
import { parseFilter } from '../../../src/kubernetes/filter.ts';
import type { LocalCluster } from '../../../src/kubernetes/localClusters.ts';
import type { KubernetesNode, MoreNode } from '../../../src/kubernetes/nodes.ts';
import { Preferences, favouriteOf } from '../../../src/kubernetes/preferences.ts';
import { passingMemory } from '../../../src/core/memory.ts';
import { type Loadable, loading } from '../../../src/core/loadable.ts';
import type { Requester } from '../../../src/kubernetes/connection.ts';
import type { DiscoveredResource } from '../../../src/kubernetes/discovery.ts';
import { Store } from '../../../src/kubernetes/store.ts';
import { KubernetesTree } from '../../../src/kubernetes/tree.ts';
import { loanAnnotation, thisProcess } from '../../../src/kubernetes/loans/loan.ts';
import { FakeClock, settle } from '../../support/fakeClock.ts';
import { Feed, ScriptedApi, refuse } from '../../support/scriptedApi.ts';

const context = (name: string, file = '/kubeconfig'): KubeContext => ({
  id: file === '/kubeconfig' ? name : `${file}#${name}`,
  name,
  namespace: 'team',
  cluster: { name, server: `https://${name}.test`, skipTLSVerify: false },
  user: undefined,
  file,
});

interface PodParts {
  readonly owner?: readonly [string, string];
  readonly labels?: Readonly<Record<string, string>>;
  readonly ready?: boolean;
}

const pod = (name: string, { owner, labels = {}, ready = true }: PodParts = {}): object => ({
  metadata: {
    name,
    namespace: 'shop',
    labels,
    ...(owner === undefined ? {} : { ownerReferences: [{ kind: owner[0], name: owner[1], controller: true }] }),
  },
  spec: { containers: [{ name: 'main' }] },
  status: { phase: 'Running', containerStatuses: [{ name: 'main', ready, state: { running: {} } }] },
});

const initial = (...objects: readonly object[]): Feed => {
  const feed = new Feed();
  for (const object of objects) feed.event('ADDED', object);
  return feed.bookmark('10', true);
};
const namespaces = (...names: readonly string[]): Feed => initial(...names.map((name) => ({ metadata: { name } })));

/** Rows that make a folder more complete; a test that says nothing of them gets none. */
const extras = /\/(deployments|statefulsets|daemonsets|jobs|cronjobs|endpointslices|customresourcedefinitions)$/;

class Harness {
  readonly clock = new FakeClock();
  readonly api = new ScriptedApi();
  /** Answers to the requests for `extras`, by the last part of the path. */
  readonly extras = new Map<string, Feed>();
  readonly preferences = new Preferences(passingMemory());
  readonly discovered = new Emitter<string>();
  kinds: Loadable<readonly DiscoveredResource[]> = loading;
  readonly tree: KubernetesTree;
  readonly store: Store;
  readonly loaded = new Emitter<readonly string[]>();
  readonly localChanged = new Emitter<void>();
  readonly forwardsChanged = new Emitter<void>();
  forwards: readonly ForwardState[] = [];
  readonly fired: (readonly string[] | undefined)[] = [];
  configs: KubeConfigs = { contexts: [context('prod')], current: 'prod', failures: [] };
  locals: readonly LocalCluster[] = [];

  constructor(view: 'pods' | 'services') {
    this.store = new Store({ connect: () => this.#server, clock: this.clock, log: silentLog });
    this.tree = new KubernetesTree(view, {
      store: this.store,
      clock: this.clock,
      log: silentLog,
      preferences: this.preferences,
      releases: { current: () => undefined, want: () => {}, onDidChange: new Emitter<string>().event },
      forwards: { states: () => this.forwards, onDidChange: this.forwardsChanged.event },
      discovery: {
        current: () => this.kinds,
        want: async () => {},
        expect: async () => {},
        onDidChange: this.discovered.event,
      },
      local: { clusters: () => this.locals, onDidChange: this.localChanged.event, refresh: async () => {} },
      contexts: {
        loaded: async () => this.configs,
        onDidLoad: this.loaded.event,
        configs: () => this.configs,
        get: (id) => this.configs.contexts.find((each) => each.id === id),
        local: ({ file }) => this.locals.find(({ kubeconfig }) => kubeconfig === file),
      },
    });
    this.tree.onDidChange((nodes) => {
      this.fired.push(nodes?.map(({ id }) => id));
      for (const node of nodes ?? []) this.tree.describe(node); // The view draws what it is told of.
    });
  }

  readonly #server: Requester = {
    request: (path, options) => {
      const kind = extras.exec(path)?.[1];
      if (kind === undefined) return this.api.request(path, options);
      const feed = this.extras.get(kind);
      return feed === undefined ? new Promise(() => {}) : Promise.resolve(feed.answer(options));
    },
    identity: () => this.api.identity(),
    probe: () => this.api.probe(),
  };

  /** The node at the end of a path of labels, opened on the way. */
  async open(...path: readonly string[]): Promise<KubernetesNode | undefined> {
    let node: KubernetesNode | undefined;
    for (const label of path) {
      const found = (await this.tree.children(node)).find((each) => this.tree.describe(each).label === label);
      assert.ok(found, `no row "${label}"`);
      node = found;
    }
    return node;
  }

  /** The rows of a folder as a person sees them. */
  async rows(...path: readonly string[]): Promise<string[]> {
    const node = await this.open(...path);
    return (await this.tree.children(node)).map((each) => {
      const { label, description } = this.tree.describe(each);
      return description ? `${label} (${description})` : label;
    });
  }

  /** What choosing each row of a folder runs, and on what. */
  async commands(...path: readonly string[]): Promise<string[]> {
    const node = await this.open(...path);
    return (await this.tree.children(node)).map((each) => {
      const { id, args } = this.tree.describe(each).command!;
      return `${id} ${args.flatMap((arg) => (arg as { readonly name?: string } | undefined)?.name ?? []).join(' ')}`;
    });
  }

  /** What the view is told next. */
  changed(): Promise<void> {
    return new Promise((resolve) => {
      const listening = this.tree.onDidChange(() => {
        listening.dispose();
        resolve();
      });
    });
  }

  dispose(): void {
    this.tree.dispose();
    this.store.dispose();
  }
}

describe('tree', () => {
  let h: Harness;
  const use = (view: 'pods' | 'services'): Harness => (h = new Harness(view));
  afterEach(() => h.dispose());

  it('asks no server before a context is opened', async () => {
    const { api } = use('pods');
    assert.deepEqual(await h.rows(), ['Create a local cluster', 'prod']);
    assert.deepEqual(api.requests, []);
  });

  it('asks nothing more of a folder that was being opened when the end came', async () => {
    const { api } = use('pods');
    const opening = h.rows('prod');
    await settle();
    assert.equal(api.requests.length, 1);
    h.dispose();
    await opening;
    assert.equal(api.requests.length, 1);
  });

  it('shows contexts, namespaces, workloads, pods, containers', async () => {
    use('pods').api.next(
      namespaces('shop', 'default').answer,
      initial(
        pod('web-1', { owner: ['StatefulSet', 'web'] }),
        pod('web-0', { owner: ['StatefulSet', 'web'], ready: false }),
        pod('alone'),
      ).answer,
    );
    assert.deepEqual(await h.rows('prod'), ['All Resources', 'Helm Releases', 'default', 'shop']);
    assert.deepEqual(await h.rows('prod', 'shop'), ['web (StatefulSet 1/2)', 'alone (1/1 Running)']);
    assert.deepEqual(await h.rows('prod', 'shop', 'web'), ['web-0 (0/1 Running)', 'web-1 (1/1 Running)']);
    assert.deepEqual(await h.rows('prod', 'shop', 'web', 'web-1'), ['main (Running)']);
    assert.deepEqual((await h.rows())[1], 'prod (live)');
    assert.deepEqual(
      h.api.requests.map(({ path }) => path),
      ['/api/v1/namespaces', '/api/v1/namespaces/shop/pods'],
    );
  });

  it('shows the endpoints of a service: pods without its labels, addresses that are no pods', async () => {
    use('services').api.next(
      namespaces('shop').answer,
      initial({ metadata: { name: 'web', namespace: 'shop' }, spec: { clusterIP: '10.0.0.1', ports: [{ port: 80 }] } })
        .answer,
      initial(pod('web-1'), pod('other')).answer,
    );
    h.extras.set(
      'endpointslices',
      initial({
        metadata: { name: 'web-abc', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
        endpoints: [
          { addresses: ['10.0.0.9'], targetRef: { kind: 'Pod', name: 'web-1' } },
          { addresses: ['192.0.2.7'], conditions: { ready: false } },
        ],
      }),
    );
    await h.rows('prod', 'shop', 'web');
    await h.changed();
    assert.deepEqual(await h.rows('prod', 'shop', 'web'), ['80/TCP', 'web-1 (1/1 Running)', '192.0.2.7 (not ready)']);
  });

  it('shows services, their ports and the pods behind them', async () => {
    use('services').api.next(
      namespaces('shop').answer,
      initial(
        {
          metadata: { name: 'web', namespace: 'shop' },
          spec: { clusterIP: '10.0.0.1', selector: { app: 'web' }, ports: [{ name: 'http', port: 80 }] },
        },
        { metadata: { name: 'db', namespace: 'shop' }, spec: { clusterIP: 'None' } },
        { metadata: { name: 'lost', namespace: 'shop' }, spec: { clusterIP: '10.0.0.2', selector: { app: 'none' } } },
      ).answer,
      initial(pod('web-1', { labels: { app: 'web', x: 'y' } }), pod('other', { labels: { app: 'other' } })).answer,
    );
    assert.deepEqual(await h.rows('prod', 'shop'), [
      'db (ClusterIP None)',
      'lost (ClusterIP 10.0.0.2)',
      'web (ClusterIP 10.0.0.1)',
    ]);
    assert.deepEqual(await h.rows('prod', 'shop', 'web'), ['80/TCP (http)', 'web-1 (1/1 Running)']);
    assert.deepEqual(await h.rows('prod', 'shop', 'db'), ['No selector and no endpoints: they are set by hand']);
    assert.deepEqual(await h.commands('prod', 'shop', 'db'), ['gantry.kubernetes.showYaml db']);
    assert.match((await h.rows('prod', 'shop', 'lost'))[0]!, /^No pod has the labels app=none\. Compare/);
    assert.deepEqual(await h.commands('prod', 'shop', 'lost'), ['gantry.kubernetes.explain lost']);
  });

  it('says of a service that is led to a machine where that is', async () => {
    const loan = { session: 'a', use: 'intercept', text: 'localhost:8080', holder: thisProcess() };
    const annotations = { [loanAnnotation]: JSON.stringify(loan) };
    use('services').api.next(
      namespaces('shop').answer,
      initial({ metadata: { name: 'web', namespace: 'shop', annotations }, spec: { clusterIP: '10.0.0.1' } }).answer,
    );
    assert.deepEqual(await h.rows('prod', 'shop'), ['web (intercepted: localhost:8080)']);
  });

  it('has only the rows drawn again that show something else', async () => {
    const feed = initial(pod('a', { owner: ['Job', 'job'] }), pod('b', { owner: ['Job', 'job'] }), pod('c'));
    use('pods').api.next(namespaces('shop').answer, feed.answer);
    await h.rows('prod', 'shop', 'job');
    await h.changed(); // The announcement of the first rows.
    await h.rows();
    await h.rows('prod', 'shop', 'job');
    h.fired.length = 0;
    const ns = 'context|prod|namespace:shop';

    feed.event('MODIFIED', pod('c', { ready: false })).event('MODIFIED', pod('b', { owner: ['Job', 'job'] }));
    await h.changed();
    assert.deepEqual(h.fired.splice(0), [[`${ns}|pod:c`]]);

    feed.event('MODIFIED', pod('b', { owner: ['Job', 'job'], ready: false }));
    await h.changed();
    assert.deepEqual(h.fired.splice(0), [[`${ns}|Job:job`]]);

    feed.event('DELETED', pod('c'));
    await h.changed();
    assert.deepEqual(h.fired.splice(0), [[ns]]);
  });

  it('has what changed at the same time drawn again in one go, whatever collection it belongs to', async () => {
    const podIn = (namespace: string, ready: boolean): object => {
      const made = pod('a', { ready }) as { metadata: object };
      return { ...made, metadata: { ...made.metadata, namespace } };
    };
    const feeds = [initial(podIn('eu', true)), initial(podIn('us', true))] as const;
    use('pods').api.next(namespaces('eu', 'us').answer, feeds[0].answer, feeds[1].answer);
    await h.rows('prod', 'eu');
    await h.rows('prod', 'us');
    await h.rows();
    feeds[0].event('MODIFIED', podIn('eu', false));
    feeds[1].event('MODIFIED', podIn('us', false));
    await h.changed();
    assert.deepEqual(h.fired, [['context|prod|namespace:eu|pod:a', 'context|prod|namespace:us|pod:a']]);
  });

  it('gives the same node for the same thing, so that selection and expansion stay', async () => {
    const feed = initial(pod('a'));
    use('pods').api.next(namespaces('shop').answer, feed.answer);
    const before = await h.open('prod', 'shop', 'a');
    feed.event('ADDED', pod('b'));
    await h.changed();
    assert.equal(await h.open('prod', 'shop', 'a'), before);
    assert.equal(h.tree.parent(before!), await h.open('prod', 'shop'));
  });

  it('shows 500 rows of a long folder, and more when asked', async () => {
    const many = Array.from({ length: 1100 }, (_, i) => pod(`p${String(i).padStart(4, '0')}`));
    use('pods').api.next(namespaces('shop').answer, initial(...many).answer);
    const folder = await h.open('prod', 'shop');
    let first = await h.tree.children(folder);
    // The first rows are shown before all have arrived.
    while (first[500] === undefined || h.tree.describe(first[500]).description !== '600 not shown') {
      await h.changed();
      first = await h.tree.children(folder);
    }
    assert.deepEqual([first.length, h.tree.describe(first[500]).description], [501, '600 not shown']);
    h.tree.showMore(first[500] as MoreNode);
    assert.deepEqual(h.fired.at(-1), [folder!.id]);
    assert.equal((await h.tree.children(folder)).length, 1001);
  });

  it('shows only pods whose name, status and labels match the filter', async () => {
    const feed = initial(
      pod('web-1', { owner: ['StatefulSet', 'web'], labels: { app: 'web' } }),
      pod('web-2', { owner: ['StatefulSet', 'web'], labels: { app: 'web', canary: 'yes' } }),
      pod('alone', { labels: { app: 'web' } }),
    );
    use('pods').api.next(namespaces('shop').answer, feed.answer);
    await h.rows('prod', 'shop', 'web');
    const filtered = async (text: string): Promise<string[]> => {
      h.tree.setFilter(parseFilter(text));
      assert.equal(h.fired.at(-1), undefined);
      return h.rows('prod', 'shop');
    };
    assert.deepEqual(await filtered('ALONE'), ['alone (1/1 Running)']);
    assert.deepEqual(await filtered('app=web run'), ['web (StatefulSet 2/2)', 'alone (1/1 Running)']);
    // The row of a workload tells of all its pods; below it stand those that match.
    assert.deepEqual(await filtered(' canary=yes '), ['web (StatefulSet 2/2)']);
    assert.deepEqual(await h.rows('prod', 'shop', 'web'), ['web-2 (1/1 Running)']);
    assert.deepEqual(await filtered('canary=ye'), ['Nothing here matches the filter canary=ye']);
    const [none] = await h.tree.children(await h.open('prod', 'shop'));
    assert.deepEqual(h.tree.describe(none!).command, { id: 'gantry.kubernetes.clearFilter', args: [] });
    feed.event('ADDED', pod('new', { labels: { canary: 'ye' } }));
    await h.changed();
    assert.deepEqual(await h.rows('prod', 'shop'), ['new (1/1 Running)']);
    assert.equal((await filtered('')).length, 3);
  });

  it('filters services by name, type and label, and none of the pods behind them', async () => {
    const service = (name: string, type: string, labels = {}): object => ({
      metadata: { name, namespace: 'shop', labels },
      spec: { type, clusterIP: '10.0.0.1', selector: { app: 'x' } },
    });
    use('services').api.next(
      namespaces('shop').answer,
      initial(service('web', 'LoadBalancer', { team: 'a' }), service('db', 'ClusterIP', { team: 'b' })).answer,
      initial(pod('x-1', { labels: { app: 'x' } })).answer,
    );
    await h.rows('prod', 'shop');
    h.tree.setFilter(parseFilter('balancer'));
    assert.deepEqual(await h.rows('prod', 'shop'), ['web (LoadBalancer 10.0.0.1)']);
    assert.deepEqual(await h.rows('prod', 'shop', 'web'), ['x-1 (1/1 Running)']);
    h.tree.setFilter(parseFilter('team=b'));
    assert.deepEqual(await h.rows('prod', 'shop'), ['db (ClusterIP 10.0.0.1)']);
    h.tree.setFilter(parseFilter('team=c'));
    assert.deepEqual(await h.rows('prod', 'shop'), ['Nothing here matches the filter team=c']);
  });

  it('says what is wrong where the rows would be', async () => {
    use('pods').api.next(() => {
      throw new Failure('unreachable', 'Nothing listens at https://prod.test.');
    });
    assert.deepEqual(await h.rows('prod'), ['Nothing listens at https://prod.test.']);
    assert.deepEqual((await h.rows())[1], 'prod (unreachable)');
    const [row] = await h.tree.children(await h.open('prod'));
    assert.deepEqual(h.tree.describe(row!).command, { id: 'gantry.kubernetes.refresh', args: [] });
    h.tree.setExpanded((await h.open('prod'))!, false);
    assert.deepEqual((await h.rows())[1], 'prod (unreachable)', 'a dead context is told from others when it is folded');
  });

  it('asks to sign in', async () => {
    use('pods').api.next(refuse(401, 'Unauthorized'));
    await h.rows('prod');
    assert.deepEqual((await h.rows())[1], 'prod (sign in)');
  });

  it("falls back to the context's namespace where namespaces may not be listed", async () => {
    use('pods').api.next(refuse(403, 'Forbidden'), refuse(403, 'Forbidden'), initial(pod('a')).answer);
    assert.deepEqual(await h.rows('prod'), [
      'All Resources',
      'Helm Releases',
      'team',
      'You may not list namespaces. Choose the row to name others.',
    ]);
    assert.deepEqual((await h.rows())[1], 'prod (forbidden: list namespaces)');
    await h.rows('prod', 'team');
    assert.deepEqual((await h.rows())[1], 'prod (live)');
  });

  it('keeps the rows of a lost server and says so at its context', async () => {
    const feed = initial(pod('a'));
    const spaces = namespaces('shop');
    use('pods').api.next(spaces.answer, feed.answer);
    await h.rows('prod', 'shop');
    feed.reset();
    await h.changed();
    assert.equal((await h.rows())[1], 'prod (reconnecting (1 s))');
    assert.deepEqual(await h.rows('prod', 'shop'), ['a (1/1 Running)']);
  });

  it('says what can be done in an empty namespace', async () => {
    use('pods').api.next(namespaces('shop').answer, initial().answer);
    assert.deepEqual(await h.rows('prod', 'shop'), ['No pods: apply a manifest…']);
    assert.deepEqual(await h.commands('prod', 'shop'), ['gantry.kubernetes.applyFile shop']);
  });

  it('says what can be done where no service is', async () => {
    use('services').api.next(namespaces('shop').answer, initial().answer);
    assert.deepEqual(await h.rows('prod', 'shop'), ['No services: apply a manifest…']);
    assert.deepEqual(await h.commands('prod', 'shop'), ['gantry.kubernetes.applyFile shop']);
  });

  it('says what can be done with a workload without pods, and with a CronJob without jobs', async () => {
    const named = (name: string): object => ({ metadata: { name, namespace: 'shop' } });
    use('pods').extras.set('deployments', initial(named('web')));
    h.extras.set('cronjobs', initial(named('nightly')));
    h.api.next(namespaces('shop').answer, initial().answer);
    await h.rows('prod', 'shop');
    assert.deepEqual(await h.commands('prod', 'shop', 'web'), ['gantry.kubernetes.showEvents web']);
    assert.deepEqual(await h.commands('prod', 'shop', 'nightly'), ['gantry.kubernetes.trigger nightly']);
  });

  it('names kubeconfigs that cannot be used', async () => {
    use('pods');
    h.configs = {
      contexts: [],
      current: undefined,
      failures: [new Failure('invalid', '/x is not a kubeconfig: it ends early')],
    };
    assert.deepEqual((await h.rows())[1], '/x is not a kubeconfig: it ends early');
  });

  it('shows local clusters with their kind and progress, and opened once they run', async () => {
    use('pods');
    const gantry = { name: 'gantry', kind: 'embedded' } as const;
    const k3s = { name: 'k3s', kind: 'container' } as const;
    assert.deepEqual((await h.rows())[0], 'Create a local cluster');
    h.locals = [
      { ...gantry, phase: 'building', message: 'Building 3 of 5' },
      { ...k3s, phase: 'stopped' },
    ];
    assert.deepEqual(await h.rows(), [
      'Local cluster (control plane · Building 3 of 5)',
      'Local cluster k3s (container · stopped)',
      'prod',
    ]);
    h.locals = [
      { ...gantry, phase: 'building', message: 'Building 4 of 5' },
      { ...k3s, phase: 'stopped' },
    ];
    h.localChanged.fire();
    assert.deepEqual(h.fired.at(-1), ['localCluster|gantry']);
    h.locals = [
      { ...gantry, phase: 'running', kubeconfig: '/local' },
      { ...k3s, phase: 'running', kubeconfig: '/k3s' },
    ];
    h.configs = { ...h.configs, contexts: [context('prod'), context('gantry', '/local'), context('k3s', '/k3s')] };
    h.loaded.fire([]);
    assert.equal(h.fired.at(-1), undefined);
    const roots = (await h.tree.children(undefined)).map((node) => h.tree.describe(node));
    assert.deepEqual(
      roots.map(({ label, description, children, contextValue }) => [label, description, children, contextValue]),
      [
        ['Local cluster', 'control plane', 'expanded', 'context;local;embedded'],
        ['Local cluster k3s', 'container', 'expanded', 'context;local;container'],
        ['prod', '', 'collapsed', 'context'],
      ],
    );
    h.locals = [{ ...k3s, phase: 'failed', message: 'no memory' }];
    h.configs = { ...h.configs, contexts: [context('prod')] };
    const [failed] = (await h.tree.children(undefined)).map((node) => h.tree.describe(node));
    assert.equal(failed!.description, 'container · failed: no memory Choose it to try again.');
    assert.equal(failed!.contextValue, 'localCluster;failed;container');
    assert.equal(failed!.command?.id, 'gantry.cluster.start');
  });

  it('shows clusters of other programs on this machine as local, before the others', async () => {
    use('pods');
    const near = context('kind-dev');
    h.configs = {
      ...h.configs,
      contexts: [context('prod'), { ...near, cluster: { ...near.cluster, server: 'https://127.0.0.1:6443' } }],
    };
    const roots = (await h.tree.children(undefined)).map((node) => h.tree.describe(node));
    assert.deepEqual(
      roots.map(({ label, description, icon, contextValue }) => [label, description, icon?.name, contextValue]),
      [
        ['Create a local cluster', undefined, 'add', 'message'],
        ['kind-dev', 'kind', 'vm', 'context;kind'],
        ['prod', '', 'server-environment', 'context'],
      ],
    );
  });

  it('lets go of what nobody sees, and takes it up again', async () => {
    const spaces = namespaces('shop');
    const pods = initial(pod('a'));
    use('pods').api.next(spaces.answer, pods.answer);
    const folder = await h.open('prod', 'shop');
    await h.tree.children(folder);
    const root = await h.open('prod');
    const looks = (): number => h.store.looks;
    assert.equal(looks(), 2 + 5); // Namespaces, pods, and five kinds of workloads.
    h.tree.setExpanded(folder!, false);
    assert.equal(looks(), 1);
    h.tree.setExpanded(folder!, true);
    assert.deepEqual([looks(), h.fired.at(-1)], [7, [folder!.id]]);
    assert.equal((await h.rows())[1], 'prod (live)');
    h.tree.setExpanded(root!, false);
    assert.deepEqual([looks(), h.fired.at(-1)], [0, [root!.id]]);
    assert.equal(h.tree.describe(root!).description, ''); // Nothing is watched, so nothing is claimed.
    h.tree.setExpanded(root!, true);
    h.tree.setVisible(false);
    assert.equal(looks(), 0);
    h.tree.setVisible(true);
    assert.deepEqual([looks(), h.fired.at(-1)], [7, undefined]);
    assert.deepEqual(h.api.requests.length, 2);
  });

  it('knows what was unfolded below a row that is folded and unfolded again', async () => {
    use('pods').api.next(namespaces('shop', 'team').answer, initial(pod('a')).answer);
    const shop = await h.open('prod', 'shop');
    await h.tree.children(shop);
    const root = await h.open('prod');
    const folds = async (): Promise<string[]> =>
      (await h.tree.children(root)).slice(2).map((node) => h.tree.describe(node).children);
    assert.deepEqual(await folds(), ['expanded', 'collapsed']);
    h.tree.setExpanded(root!, false);
    assert.equal(h.tree.describe(root!).children, 'collapsed');
    assert.deepEqual(await folds(), ['expanded', 'collapsed']);
    h.tree.setExpanded(shop!, false);
    assert.deepEqual(await folds(), ['collapsed', 'collapsed']);
  });

  const table = (columns: readonly string[], ...rows: readonly (readonly [object, ...unknown[]])[]): Feed => {
    const feed = new Feed();
    const columnDefinitions = columns.map((name) => ({ name, type: 'string', priority: 0, description: '' }));
    for (const [metadata, ...cells] of rows) {
      feed.event('ADDED', { kind: 'Table', metadata: {}, columnDefinitions, rows: [{ cells, object: { metadata } }] });
    }
    const annotations = { 'k8s.io/initial-events-end': 'true' };
    const end = { cells: [], object: { metadata: { resourceVersion: '10', annotations } } };
    return feed.event('BOOKMARK', { kind: 'Table', metadata: {}, columnDefinitions: null, rows: [end] });
  };
  const kind = (group: string, resource: string, name: string, namespaced = true): DiscoveredResource => ({
    group,
    version: 'v1',
    resource,
    kind: name,
    namespaced,
    singular: name.toLowerCase(),
    shortNames: [],
    watchable: true,
  });

  it('shows workloads that have no pods, and jobs below the CronJob that made them', async () => {
    use('pods').api.next(
      namespaces('shop').answer,
      initial(pod('backup-1-x', { owner: ['Job', 'backup-1'] }), pod('once-x', { owner: ['Job', 'once'] })).answer,
    );
    const jobOwner = { ownerReferences: [{ kind: 'CronJob', name: 'backup', controller: true }] };
    h.extras
      .set('deployments', table(['Name', 'Ready'], [{ name: 'web', namespace: 'shop' }, 'web', '0/3']))
      .set('cronjobs', table(['Name', 'Schedule'], [{ name: 'backup', namespace: 'shop' }, 'backup', '0 3 * * *']))
      .set(
        'jobs',
        table(
          ['Name', 'Completions'],
          [{ name: 'backup-1', namespace: 'shop', ...jobOwner }, 'backup-1', '0/1'],
          [{ name: 'once', namespace: 'shop' }, 'once', '1/1'],
        ),
      );
    const folder = await h.open('prod', 'shop');
    await h.tree.children(folder);
    await h.changed();
    assert.deepEqual(await h.rows('prod', 'shop'), [
      'backup (CronJob 0 3 * * *)',
      'once (Job 1/1)',
      'web (Deployment 0/3)',
    ]);
    assert.deepEqual(await h.rows('prod', 'shop', 'backup'), ['backup-1 (Job 0/1)']);
    assert.deepEqual(await h.rows('prod', 'shop', 'backup', 'backup-1'), ['backup-1-x (1/1 Running)']);
    h.tree.setFilter(parseFilter('backup-1'));
    assert.deepEqual(await h.rows('prod', 'shop'), ['backup (CronJob 0 3 * * *)']);
  });

  it('shows every kind of the server by group, and its objects with their columns', async () => {
    use('pods').api.next(
      namespaces('shop').answer,
      table(
        ['Name', 'Spec', 'Replicas'],
        [{ name: 'b', namespace: 'shop', uid: '1' }, 'b', '* * * * 5', 3],
        [{ name: 'a', namespace: 'shop', uid: '2', labels: { team: 'x' } }, 'a', 'never', null],
      ).answer,
    );
    h.kinds = {
      state: 'ready',
      value: [
        kind('apps', 'deployments', 'Deployment'),
        kind('', 'events', 'Event'),
        kind('events.k8s.io', 'events', 'Event'),
        kind('stable.example.com', 'crontabs', 'CronTab'),
        kind('', 'nodes', 'Node', false),
      ],
    };
    assert.deepEqual(await h.rows('prod', 'All Resources'), [
      'Workloads',
      'Cluster',
      'stable.example.com (custom resources)',
    ]);
    assert.deepEqual(await h.rows('prod', 'All Resources', 'Cluster'), ['Event (v1)', 'Node (v1)']);
    const path = ['prod', 'All Resources', 'stable.example.com', 'CronTab'] as const;
    assert.deepEqual(await h.rows(...path), ['a (shop · never)', 'b (shop · * * * * 5 · 3)']);
    const [a] = await h.tree.children(await h.open(...path));
    assert.equal(h.tree.describe(a!).contextValue, 'object;crontabs.stable.example.com');
    assert.equal(h.api.requests.at(-1)!.path, '/apis/stable.example.com/v1/crontabs');
    h.tree.setFilter(parseFilter('team=x'));
    assert.deepEqual(await h.rows(...path), ['a (shop · never)']);
  });

  it('lists the objects of the chosen namespaces, and of those one may see', async () => {
    use('pods').api.next(namespaces('a', 'b', 'c').answer);
    h.kinds = { state: 'ready', value: [kind('', 'configmaps', 'ConfigMap')] };
    h.preferences.setNamespaces('prod', ['c', 'a']);
    assert.deepEqual(await h.rows('prod'), ['All Resources', 'Helm Releases', 'a', 'c', '2 of 3 namespaces']);
    const one = (namespace: string): Feed => table(['Name', 'Data'], [{ name: 'x', namespace }, 'x', 1]);
    h.api.next(one('a').answer, one('c').answer);
    const path = ['prod', 'All Resources', 'Configuration', 'ConfigMap'] as const;
    assert.deepEqual(await h.rows(...path), ['x (a · 1)', 'x (c · 1)']);
    assert.deepEqual(
      h.api.requests.slice(1).map(({ path: asked }) => asked),
      ['/api/v1/namespaces/a/configmaps', '/api/v1/namespaces/c/configmaps'],
    );
    h.api.next(refuse(403, 'Forbidden'), refuse(403, 'Forbidden'), one('team').answer);
    h.preferences.setNamespaces('prod', []);
    assert.deepEqual(h.fired.at(-1), ['context|prod']);
    assert.deepEqual(await h.rows(...path), ['x (team · 1)']);
  });

  it('shows favourites first', async () => {
    use('pods').api.next(
      namespaces('a', 'b', 'shop').answer,
      initial(pod('web-1', { owner: ['StatefulSet', 'web'] })).answer,
    );
    await h.rows('prod');
    h.preferences.setFavourite('prod', { type: 'namespace', name: 'shop' }, true);
    h.preferences.setFavourite('prod', { type: 'kind', api: kind('', 'nodes', 'Node', false) }, true);
    const web = await h.open('prod', 'shop', 'web');
    h.preferences.setFavourite('prod', favouriteOf(web!)!, true);
    assert.deepEqual(await h.rows('prod'), ['Favourites', 'All Resources', 'Helm Releases', 'shop (★)', 'a', 'b']);
    assert.deepEqual(await h.rows('prod', 'Favourites'), ['Node (v1 ★)', 'web (StatefulSet 1/1 ★)']);
    assert.deepEqual(await h.rows('prod', 'Favourites', 'web'), ['web-1 (1/1 Running)']);
    for (const favourite of h.preferences.favourites('prod')) h.preferences.setFavourite('prod', favourite, false);
    assert.deepEqual(await h.rows('prod'), ['All Resources', 'Helm Releases', 'a', 'b', 'shop']);
  });

  it('dims rows that may be old', async () => {
    const feed = initial(pod('a'));
    use('pods').api.next(namespaces('shop').answer, feed.answer, refuse(401, 'Unauthorized'));
    const node = await h.open('prod', 'shop', 'a');
    assert.equal(h.tree.describe(node!).dimmed, undefined);
    h.fired.length = 0;
    feed.end();
    while (h.tree.describe(node!).dimmed !== true) await h.changed();
    assert.ok(h.fired.flat().includes('context|prod')); // Its row and all below it.
    const { dimmed, icon, spoken } = h.tree.describe(node!);
    assert.deepEqual(
      [dimmed, icon, spoken],
      [true, { name: 'pass-filled' }, 'Pod a, running, 1 of 1 containers ready, not live: sign in'],
    );
    const row = (await h.tree.children(undefined))[1]!;
    assert.deepEqual(
      [h.tree.describe(row).description, h.tree.describe(row).contextValue],
      ['sign in', 'context;failed;signIn'],
    );
  });
});
