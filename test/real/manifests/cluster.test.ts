/** The schemas that a real API server serves judge as the shipped ones of the same release do, and know its custom resources. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import type { CliIo } from '../../../src/core/cli.ts';
import type { Kubernetes } from '../../../src/kubernetes/domain.ts';
import { manifestClusters } from '../../../src/manifestClusters.ts';
import { manifestsCommands } from '../../../src/manifests/cli.ts';
import { ClusterSchemas } from '../../../src/manifests/clusterSchemas.ts';
import { createManifests } from '../../../src/manifests/domain.ts';
import { apiVersionsIn, minorVersion, type Served, type Target } from '../../../src/manifests/target.ts';
import { sharedControlPlane, type TestCluster } from '../../support/controlPlane.ts';
import { makeCronTabs, removeCronTabs } from '../../support/cronTabs.ts';
import { eventually } from '../../support/eventually.ts';
import { kubernetesOn } from '../../support/kubernetes.ts';
import { corpus } from '../../support/manifestCorpus.ts';

const cronTab =
  'apiVersion: stable.example.com/v1\nkind: CronTab\nmetadata: {name: a}\nspec: {cronSpce: "* * * * *"}\n';

describe('manifests judged by the schemas of a real API server', function () {
  const { signal } = new AbortController();
  const manifests = createManifests({ schemas: join(root, 'schemas') });
  let cluster: TestCluster;
  let kubernetes: Kubernetes;
  let folder: string;
  let schemas: ClusterSchemas;

  before(async function () {
    cluster = await sharedControlPlane(this);
    kubernetes = kubernetesOn(cluster.kubeconfig);
    folder = mkdtempSync(join(tmpdir(), 'gantry-openapi-'));
    schemas = new ClusterSchemas({ folder, clusters: manifestClusters(async () => kubernetes) });
  });
  after(() => {
    kubernetes?.dispose();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  async function served(texts: readonly string[]): Promise<Served> {
    const [context] = await schemas.contexts();
    return schemas.served(context!, texts.flatMap(apiVersionsIn), signal);
  }
  const found = async (text: string, target: Target): Promise<string[]> =>
    (await manifests.validate(text, target)).findings.map(
      ({ code, severity, path, message, range }) => `${severity} ${code} ${path} ${range.start} ${message}`,
    );

  it('agree with the shipped ones of the same version on what others wrote', async function () {
    this.timeout(120_000);
    const texts = (await corpus()).map(({ text }) => text);
    const target = await served(texts);
    const shipped = minorVersion(target.release);
    assert.ok((await manifests.versions()).includes(shipped), target.release);
    let [compared, wrong] = [0, 0];
    const differing: unknown[] = [];
    for (const text of texts) {
      const names = apiVersionsIn(text);
      // Kinds that the server does not serve are judged by nobody there.
      if (!names.every((each) => Object.hasOwn(target.documents, each))) continue;
      if (/^kind: Scale$/m.test(text)) continue; // What several groups share: no server lists it in autoscaling/v1.
      const [theirs, ours] = [await found(text, target), await found(text, shipped)];
      // Where else there is such a kind depends on the groups that a server serves, not on its version.
      const kindOnly = [theirs, ours].every(([first]) => /^error unknown-(?:kind|api-version) /.test(first ?? ''));
      if (!kindOnly && theirs.join('\n') !== ours.join('\n')) differing.push({ text, theirs, ours });
      compared++;
      if (ours.some((one) => one.startsWith('error'))) wrong++;
    }
    assert.deepEqual(differing, []);
    assert.ok(compared >= 300 && wrong >= 50, `${compared} compared, ${wrong} of them wrong`);
  });

  it('know a custom resource as soon as it is installed, and fetch only what is new', async () => {
    const before = await served([cronTab]);
    assert.deepEqual(before.documents, {});
    assert.deepEqual(await found(cronTab, before), await found(cronTab, '1.34'));
    await makeCronTabs(cluster);
    try {
      let target = before;
      // The server publishes a moment after it serves.
      await eventually(async () => {
        target = await served([cronTab]);
        return target.apiVersions.includes('stable.example.com/v1');
      });
      assert.deepEqual(await found(cronTab, target), [
        'error unknown-field spec.cronSpce 75 Unknown field "cronSpce". Did you mean "cronSpec"?',
      ]);
      const files = readdirSync(folder);
      assert.deepEqual(await served([cronTab]), target);
      assert.deepEqual(readdirSync(folder), files);
    } finally {
      await removeCronTabs(cluster);
    }
  });

  it('are what gantry validate --schemas-of judges by; --kubernetes-version cluster takes the version', async () => {
    const text = 'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {prots: [{port: 80}]}\n';
    const [command] = manifestsCommands(async () => manifests, {
      kubernetesVersion: '1.37',
      askCluster: () => assert.fail('no verdict was asked for'),
      clusterSchemas: async () => schemas,
      renderChart: () => assert.fail('no chart was to be rendered'),
      stdin: async () => text,
    });
    const run = async (...args: string[]): Promise<unknown> => {
      const lines: string[] = [];
      const io: CliIo = { out: (line) => lines.push(line), err: () => {}, env: {}, cwd: folder, signal };
      const status = await command!.run(['-', '--format', 'json', '--rule', 'all=off', ...args], io);
      const [report] = JSON.parse(lines.join('\n')) as { findings: { schema: string; code: string }[] }[];
      return [status, report!.findings.map(({ schema, code }) => `${schema}: ${code}`)];
    };
    assert.deepEqual(await run('--schemas-of', 'gantry'), [1, ['Kubernetes 1.34.4 of cluster gantry: unknown-field']]);
    assert.deepEqual(await run('--kubernetes-version', 'cluster'), [1, ['Kubernetes 1.34: unknown-field']]);
  });
});
