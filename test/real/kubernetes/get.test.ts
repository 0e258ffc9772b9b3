import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../../src/core/failure.ts';
import { run } from '../../../src/core/processes.ts';
import type { ApiPod } from '../../../src/kubernetes/api.ts';
import { kubernetesCommands } from '../../../src/kubernetes/cli.ts';
import type { Kubernetes } from '../../../src/kubernetes/domain.ts';
import { type TestCluster, eventually, sharedControlPlane } from '../../support/controlPlane.ts';
import { cronTab, makeCronTabs, removeCronTabs } from '../../support/cronTabs.ts';
import { kubernetesOn } from '../../support/kubernetes.ts';
import { trusting } from '../../support/kubernetesScene.ts';
import { kubernetesProgram } from '../../support/peers.ts';
import { shapes, toPod } from '../../support/podShapes.ts';

interface Outcome {
  readonly code: number;
  readonly out: string[];
  readonly err: string[];
}

/** Cells, as both programs separate them: by two spaces or more. */
const cellsOf = (lines: readonly string[]): string[][] =>
  lines.filter(Boolean).map((line) => line.trim().split(/\s{2,}/));

const agePattern = /\b(?:\d+[ydhms])+\b/g;
const unitSeconds: Readonly<Record<string, number>> = { y: 31_536_000, d: 86_400, h: 3_600, m: 60, s: 1 };

/** Seconds of the ages in a cell: `90s`, `2 (3m5s ago)`. */
const agesIn = (cell: string): number[] =>
  [...cell.matchAll(agePattern)].map(([age]) =>
    [...age.matchAll(/(\d+)([ydhms])/g)].reduce((sum, [, n, unit]) => sum + Number(n) * unitSeconds[unit!]!, 0),
  );
const withoutAges = (cell: string): string => cell.replace(agePattern, 'AGE');

describe('gantry get', function () {
  this.timeout(120_000);
  let cluster: TestCluster;
  let namespace: string;
  let kubernetes: Kubernetes;

  before(async function () {
    cluster = await sharedControlPlane(this);
    await kubernetesProgram(); // The first build takes minutes.
    await settled();
    namespace = await cluster.namespace();
    await Promise.all(shapes.map(([, shape], index) => makePod(`shape-${index}`, toPod(shape))));
    await makeServices();
    kubernetes = kubernetesOn(cluster.kubeconfig);
  });
  /** Waits for what files before this one took away, so that two programs that ask one after the other see the same. */
  const settled = (): Promise<void> =>
    eventually(async () => {
      const { items } = await cluster.api<{ items: { status: { phase: string } }[] }>('GET', '/api/v1/namespaces');
      return items.every(({ status }) => status.phase === 'Active');
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

  const gantry = (...args: readonly string[]): Promise<Outcome> => gantryOn(kubernetes, ...args);

  async function gantryOn(domain: Kubernetes, ...args: readonly string[]): Promise<Outcome> {
    const [out, err]: [string[], string[]] = [[], []];
    const io = {
      out: (line: string) => out.push(line),
      err: (line: string) => err.push(line),
      env: process.env,
      cwd: process.cwd(),
      signal: new AbortController().signal,
    };
    const code = await kubernetesCommands(async () => domain)[0]!.run(args, io);
    return { code, out, err };
  }

  async function kubectl(...args: readonly string[]): Promise<string[]> {
    const program = await kubernetesProgram();
    const { stdout } = await run(program, ['kubectl', '--kubeconfig', cluster.kubeconfig, 'get', ...args]);
    return stdout.split('\n');
  }

  /**
   * The same command of both programs prints the same cells. Ours runs before and after kubectl, which may take long: the
   * ages that kubectl prints are between.
   */
  async function sameAsKubectl(...args: readonly string[]): Promise<void> {
    const before = cellsOf((await gantry(...args)).out);
    const theirs = cellsOf(await kubectl(...args));
    const after = cellsOf((await gantry(...args)).out);
    const isBetween = (text: string, row: number, column: number): boolean => {
      const [early, late] = [before[row]?.[column] ?? '', after[row]?.[column] ?? ''].map(agesIn);
      return agesIn(text).every((age, i) => age >= (early?.[i] ?? Infinity) && age <= (late?.[i] ?? -1));
    };
    const ours = theirs.map((cells, row) =>
      cells.map((text, column) =>
        isBetween(text, row, column) ? withoutAges(before[row]?.[column] ?? '') : 'another age',
      ),
    );
    assert.deepEqual(
      ours,
      theirs.map((cells) => cells.map(withoutAges)),
    );
    assert.equal(before.length, theirs.length);
    assert.ok(theirs.length > 1, 'kubectl printed no rows');
  }

  it('prints pods in every state as kubectl does', async () => {
    await sameAsKubectl('pods', '-n', namespace);
    assert.equal(cellsOf((await gantry('pods', '-n', namespace)).out).length, shapes.length + 1);
  });

  it('prints the pods of all namespaces as kubectl does', async () => {
    await sameAsKubectl('pods', '-A');
  });

  it('prints services as kubectl does', async () => {
    await sameAsKubectl('services', '-n', namespace);
    await sameAsKubectl('svc', '-A');
  });

  it('prints other kinds as kubectl does, whatever one calls them', async () => {
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
    await sameAsKubectl('configmaps', '-A');
    await sameAsKubectl('cm', '-n', namespace, '-l', 'team=x');
    await sameAsKubectl('cm/settings', '-n', namespace);
    await sameAsKubectl('nodes');
    await sameAsKubectl('Node', '-A');
    await sameAsKubectl('ns');
    await sameAsKubectl('deployments.apps', '-n', namespace);
    await sameAsKubectl('clusterroles.rbac.authorization.k8s.io');
    await sameAsKubectl('endpointslices', '-A');
  });

  it('prints custom resources with their printer columns as kubectl does', async () => {
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
      await sameAsKubectl('ct', '-A');
      await sameAsKubectl('crontabs.v1.stable.example.com', 'nightly', '-n', namespace);
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

  it('prints one by its name', async () => {
    await sameAsKubectl('svc', 'plain', '-n', namespace);
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

  it('runs the credential plugin of a kubeconfig as kubectl does, and none with --no-exec', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gantry-get-'));
    const [file, ran] = [join(folder, 'config'), join(folder, 'ran')];
    const apiVersion = 'client.authentication.k8s.io/v1';
    const status = { clientCertificateData: cluster.adminCert, clientKeyData: cluster.adminKey };
    writeFileSync(join(folder, 'credential'), JSON.stringify({ kind: 'ExecCredential', apiVersion, status }));
    const script = `touch '${ran}'; cat '${folder}/credential'`;
    const exec = { apiVersion, command: 'sh', args: ['-c', script], interactiveMode: 'Never' };
    writeFileSync(
      file,
      JSON.stringify({
        clusters: [{ name: 'c', cluster: { server: cluster.server, ...trusting(cluster) } }],
        users: [{ name: 'u', user: { exec } }],
        contexts: [{ name: 'ctx', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'ctx',
      }),
    );
    const asked = ['svc', 'plain', '-n', namespace, '--kubeconfig', file];
    const ask = async (...args: readonly string[]): Promise<Outcome> => {
      const own = kubernetesOn(file); // As each run of the program has its own.
      try {
        return await gantryOn(own, ...args);
      } finally {
        own.dispose();
      }
    };
    try {
      await assert.rejects(
        ask(...asked, '--no-exec'),
        /gets its credentials by running sh, and --no-exec forbids that/,
      );
      assert.ok(!existsSync(ran));
      assert.equal((await ask(...asked)).out.length, 2);
      assert.ok(existsSync(ran));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
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
