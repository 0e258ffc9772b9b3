import assert from 'node:assert/strict';
import { Failure } from '../../../src/core/failure.ts';
import { run } from '../../../src/core/processes.ts';
import type { ApiPod } from '../../../src/kubernetes/api.ts';
import { kubernetesCommands } from '../../../src/kubernetes/cli.ts';
import type { Kubernetes } from '../../../src/kubernetes/domain.ts';
import { type TestCluster, eventually, sharedControlPlane } from '../../support/controlPlane.ts';
import { cronTab, makeCronTabs, removeCronTabs } from '../../support/cronTabs.ts';
import { kubernetesOn } from '../../support/kubernetes.ts';
import { shapes, toPod } from '../../support/podShapes.ts';

interface Outcome {
  readonly code: number;
  readonly out: string[];
  readonly err: string[];
}

/** Cells, as both programs separate them: by two spaces or more. */
const cellsOf = (lines: readonly string[]): string[][] =>
  lines.filter(Boolean).map((line) => line.trim().split(/\s{2,}/));

describe('gantry get', function () {
  this.timeout(120_000);
  let cluster: TestCluster;
  let namespace: string;
  let kubernetes: Kubernetes;

  before(async function () {
    cluster = await sharedControlPlane(this);
    namespace = await cluster.namespace();
    await Promise.all(shapes.map(([, shape], index) => makePod(`shape-${index}`, toPod(shape))));
    await makeServices();
    kubernetes = kubernetesOn(cluster.kubeconfig);
  });
  after(async () => {
    kubernetes?.dispose();
    if (namespace === undefined) return;
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const { items } = await cluster.api<{ items: ApiPod[] }>('GET', path);
    const patch = { 'content-type': 'application/merge-patch+json' };
    await Promise.all(
      items.map(({ metadata: { name } }) =>
        cluster.send('PATCH', `${path}/${name}`, { metadata: { finalizers: null } }, patch),
      ),
    );
    await cluster.removeNamespace(namespace);
  });

  /** A pod that no scheduler and no kubelet touches, in exactly this state. */
  async function makePod(name: string, { metadata, spec, status }: ApiPod): Promise<void> {
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const withImage = (containers: readonly object[] = []): object[] =>
      containers.map((container) => ({ ...container, image: 'example.invalid/app:1' }));
    await cluster.api('POST', path, {
      metadata: { name, finalizers: ['gantry.test/hold'] },
      spec: {
        schedulerName: 'nobody',
        containers: withImage(spec?.containers),
        initContainers: withImage(spec?.initContainers),
      },
    });
    const statuses = (list: readonly object[] = []): object[] =>
      list.map((each) => ({ image: '', imageID: '', restartCount: 0, ...each }));
    await cluster.api(
      'PATCH',
      `${path}/${name}/status`,
      {
        status: {
          ...status,
          containerStatuses: statuses(status?.containerStatuses),
          initContainerStatuses: statuses(status?.initContainerStatuses),
        },
      },
      { 'content-type': 'application/merge-patch+json' },
    );
    if (metadata.deletionTimestamp !== undefined) await cluster.api('DELETE', `${path}/${name}`);
  }

  async function makeServices(): Promise<void> {
    const ports = [
      { name: 'http', port: 80 },
      { name: 'dns', port: 53, protocol: 'UDP' },
    ];
    const specs = {
      plain: { ports, selector: { app: 'x' } },
      headless: { clusterIP: 'None', ports: ports.slice(0, 1) },
      node: { type: 'NodePort', ports: ports.slice(0, 1), externalIPs: ['192.0.2.1', '192.0.2.2'] },
      balancer: { type: 'LoadBalancer', ports: ports.slice(0, 1) },
      outside: { type: 'ExternalName', externalName: 'db.example.invalid' },
    };
    for (const [name, spec] of Object.entries(specs)) {
      await cluster.api('POST', `/api/v1/namespaces/${namespace}/services`, { metadata: { name }, spec });
    }
    await cluster.api(
      'PATCH',
      `/api/v1/namespaces/${namespace}/services/balancer/status`,
      {
        status: { loadBalancer: { ingress: [{ ip: '192.0.2.20' }, { ip: '192.0.2.10' }] } },
      },
      { 'content-type': 'application/merge-patch+json' },
    );
  }

  async function gantry(...args: readonly string[]): Promise<Outcome> {
    const [out, err]: [string[], string[]] = [[], []];
    const io = {
      out: (line: string) => out.push(line),
      err: (line: string) => err.push(line),
      env: process.env,
      cwd: process.cwd(),
      signal: new AbortController().signal,
    };
    const code = await kubernetesCommands(async () => kubernetes)[0]!.run(args, io);
    return { code, out, err };
  }

  async function kubectl(context: Mocha.Context, ...args: readonly string[]): Promise<string[]> {
    try {
      const { stdout } = await run('kubectl', ['--kubeconfig', cluster.kubeconfig, 'get', ...args]);
      return stdout.split('\n');
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'toolMissing' || process.env['CI'] === 'true') throw error;
      console.error('skipped: kubectl is not on PATH');
      return context.skip();
    }
  }

  /** The same command of both programs prints the same cells; ages may tick between the two, so it may be asked again. */
  async function sameAsKubectl(context: Mocha.Context, ...args: readonly string[]): Promise<void> {
    let [ours, theirs]: [string[][], string[][]] = [[], []];
    await eventually(async () => {
      [ours, theirs] = [cellsOf((await gantry(...args)).out), cellsOf(await kubectl(context, ...args))];
      return JSON.stringify(ours) === JSON.stringify(theirs);
    }, 10_000).catch(() => {});
    assert.deepEqual(ours, theirs);
    assert.ok(theirs.length > 1, 'kubectl printed no rows');
  }

  it('prints pods in every state as kubectl does', async function () {
    await sameAsKubectl(this, 'pods', '-n', namespace);
    assert.equal(cellsOf((await gantry('pods', '-n', namespace)).out).length, shapes.length + 1);
  });

  it('prints the pods of all namespaces as kubectl does', async function () {
    await sameAsKubectl(this, 'pods', '-A');
  });

  it('prints services as kubectl does', async function () {
    await sameAsKubectl(this, 'services', '-n', namespace);
    await sameAsKubectl(this, 'svc', '-A');
  });

  it('prints other kinds as kubectl does, whatever one calls them', async function () {
    await cluster.api('POST', `/api/v1/namespaces/${namespace}/configmaps`, {
      metadata: { name: 'settings', labels: { team: 'x' } },
      data: { a: '1', b: '2' },
    });
    await cluster.api('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, {
      metadata: { name: 'idle' },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'idle' } },
        template: { metadata: { labels: { app: 'idle' } }, spec: { containers: [{ name: 'main', image: 'x' }] } },
      },
    });
    await sameAsKubectl(this, 'configmaps', '-A');
    await sameAsKubectl(this, 'cm', '-n', namespace, '-l', 'team=x');
    await sameAsKubectl(this, 'cm/settings', '-n', namespace);
    await sameAsKubectl(this, 'nodes');
    await sameAsKubectl(this, 'Node', '-A');
    await sameAsKubectl(this, 'ns');
    await sameAsKubectl(this, 'deployments.apps', '-n', namespace);
    await sameAsKubectl(this, 'clusterroles.rbac.authorization.k8s.io');
    await sameAsKubectl(this, 'endpointslices', '-A');
  });

  it('prints custom resources with their printer columns as kubectl does', async function () {
    await makeCronTabs(cluster);
    for (const [name, schedule] of [
      ['nightly', '0 3 * * *'],
      ['hourly', '0 * * * *'],
    ] as const) {
      const path = `/apis/stable.example.com/v1/namespaces/${namespace}/crontabs`;
      await cluster.api('POST', path, cronTab(name, schedule, 2));
    }
    try {
      await kubernetes.discovery.refresh('gantry');
      await sameAsKubectl(this, 'ct', '-A');
      await sameAsKubectl(this, 'crontabs.v1.stable.example.com', 'nightly', '-n', namespace);
    } finally {
      await removeCronTabs(cluster);
    }
  });

  it('follows an object of any kind until it is interrupted', async () => {
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const out: string[] = [];
    const interrupt = new AbortController();
    const io = { out: (line: string) => out.push(line), err: () => {}, env: {}, cwd: '', signal: interrupt.signal };
    const running = kubernetesCommands(async () => kubernetes)[0]!.run(['cm', '-n', namespace, '-l', 'f=1', '-w'], io);
    await cluster.api('POST', path, { metadata: { name: 'followed', labels: { f: '1' } } });
    await eventually(() => cellsOf(out).some(([name, data]) => name === 'followed' && data === '0'));
    await cluster.api('DELETE', `${path}/followed`);
    await eventually(() => cellsOf(out).some(([name]) => name === '-followed'));
    interrupt.abort();
    assert.equal(await running, 0);
    assert.deepEqual(cellsOf(out)[0], ['NAME', 'DATA', 'AGE']);
  });

  it('prints one by its name', async function () {
    await sameAsKubectl(this, 'svc', 'plain', '-n', namespace);
  });

  it('says that a name or anything at all was not found', async () => {
    assert.deepEqual(await gantry('pod', 'nobody', '-n', namespace), {
      code: 1,
      out: [],
      err: [`pods nobody was not found in namespace ${namespace}.`],
    });
    assert.deepEqual(await gantry('pods', '-n', namespace, '-l', 'app=none'), {
      code: 0,
      out: [],
      err: [`No resources found in namespace ${namespace}.`],
    });
  });

  it('prints the columns of any kind as JSON', async () => {
    const { out } = await gantry('sa', 'default', '-n', namespace, '--json');
    const [row] = JSON.parse(out.join('\n')) as { name: string; cells: unknown }[];
    assert.deepEqual([row?.name, row?.cells], ['default', { Name: 'default', Secrets: '0' }]);
  });

  it('prints rows as JSON', async () => {
    const { out } = await gantry('svc', 'plain', '-n', namespace, '--json');
    const [row] = JSON.parse(out.join('\n')) as { name: string; ports: unknown }[];
    assert.deepEqual(row?.ports, [
      { name: 'http', text: '80/TCP' },
      { name: 'dns', text: '53/UDP' },
    ]);
  });

  it('refuses what it cannot do', async () => {
    for (const args of [
      [],
      ['nobodys'],
      ['pods/a', 'b'],
      ['pods', 'a', 'b'],
      ['pods', 'a', '-A'],
      ['pods', '--wrong'],
      ['pods', '--context', 'nobody'],
    ]) {
      await assert.rejects(
        gantry(...args),
        (error) => error instanceof Failure && error.kind === 'invalid',
        args.join(' '),
      );
    }
  });
});
