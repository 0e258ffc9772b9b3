/** What a real server says of a manifest, at the fields that it is about; nothing is made or changed. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../../../scripts/lib/project.ts';
import { askCluster } from '../../../../src/kubernetes/actions/cli.ts';
import { missingFrom } from '../../../../src/kubernetes/actions/missing.ts';
import { type Remark, remarksOn } from '../../../../src/kubernetes/actions/remarks.ts';
import type { Kubernetes } from '../../../../src/kubernetes/domain.ts';
import { manifestsCommands } from '../../../../src/manifests/cli.ts';
import { createManifests } from '../../../../src/manifests/domain.ts';
import { type TestCluster, sharedControlPlane } from '../../../support/controlPlane.ts';
import { kubernetesOn } from '../../../support/kubernetes.ts';

const signal = new AbortController().signal;

describe('a manifest validated against a cluster', function () {
  this.timeout(120_000);
  let cluster: TestCluster;
  let kubernetes: Kubernetes;
  let namespace: string;

  before(async function () {
    cluster = await sharedControlPlane(this);
    kubernetes = kubernetesOn(cluster.kubeconfig);
    await kubernetes.contexts.loaded();
    namespace = await cluster.namespace();
  });
  after(async () => {
    kubernetes?.dispose();
    if (namespace !== undefined) await cluster.removeNamespace(namespace);
  });

  const ask = (text: string): Promise<Remark[]> =>
    remarksOn(text, 'orders.yaml', kubernetes.actions.applyTarget('gantry', signal, namespace));
  /** What is marked, and what it says. */
  const said = async (text: string): Promise<(readonly [string, string])[]> =>
    (await ask(text)).map(({ message, severity, range: { start, end } }) => [
      text.slice(start, end),
      `${severity}: ${message}`,
    ]);
  const exists = async (path: string): Promise<boolean> => (await cluster.send('GET', path)).status === 200;

  const deployment = (change: (text: string) => string = (text) => text): string =>
    change(`apiVersion: apps/v1
kind: Deployment
metadata: {name: orders}
spec:
  replicas: 2
  selector: {matchLabels: {app: orders}}
  template:
    metadata: {labels: {app: orders}}
    spec:
      containers:
        - name: main
          image: example.invalid/orders:1
          ports:
            - {containerPort: 8080, name: http}
`);

  it('says that an object is not there yet, and makes none', async () => {
    assert.deepEqual(await said(deployment()), [['orders', 'hint: Not in the cluster yet.']]);
    assert.equal(await exists(`/apis/apps/v1/namespaces/${namespace}/deployments/orders`), false);
  });

  it('puts each refusal at its field', async () => {
    const port = await said(deployment((text) => text.replace('8080', '80800')));
    assert.equal(port.length, 1);
    assert.equal(port[0]![0], '80800');
    assert.match(port[0]![1], /^error: .*must be between 1 and 65535/);
    const label = await said(deployment((text) => text.replace('labels: {app: orders}', 'labels: {app: other}')));
    assert.deepEqual(
      label.map(([at]) => at),
      ['{app: other}'],
    );
    assert.match(label[0]![1], /^error: .*`selector` does not match template `labels`/);
  });

  it('puts a field that there is not, and one of a wrong type, at their places', async () => {
    const unknown = await said(deployment((text) => text.replace('image:', 'imagee:')));
    assert.deepEqual(unknown.at(0)?.[0], 'example.invalid/orders:1');
    assert.match(unknown.at(0)?.[1] ?? '', /^error: field not declared in schema/);
    const wrong = await said(deployment((text) => text.replace('replicas: 2', 'replicas: two')));
    assert.deepEqual([wrong.length, wrong[0]?.[0]], [1, 'two']);
  });

  it('says what would change, what others look after, and nothing of what is as it is', async () => {
    const path = `/api/v1/namespaces/${namespace}/configmaps/settings`;
    const settings = (level: string): string =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata:\n  LEVEL: ${level}\n  a.b.c: same\n`;
    const apply = { 'content-type': 'application/apply-patch+yaml' };
    await cluster.api('PATCH', `${path}?fieldManager=gantry`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { LEVEL: 'info', 'a.b.c': 'same' } }, apply); // prettier-ignore
    assert.deepEqual(await said(settings('info')), []);
    assert.deepEqual(await said(settings('debug')), [['debug', 'hint: Would change: the cluster has "info".']]);
    await cluster.api('PATCH', `${path}?fieldManager=pipeline&force=true`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { 'a.b.c': 'theirs' } }, apply); // prettier-ignore
    assert.deepEqual(await said(settings('info')), [
      ['same', 'warning: pipeline looks after this field: applying takes it over.'],
    ]);
  });

  it('shows no value of a secret', async () => {
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    await cluster.api('POST', path, { metadata: { name: 'login' }, data: { password: base64('open-sesame') } });
    const text = `apiVersion: v1\nkind: Secret\nmetadata: {name: login}\ndata: {password: ${base64('closed')}}\n`;
    for (const [, message] of await said(text)) {
      assert.doesNotMatch(message, new RegExp(`open-sesame|${base64('open-sesame')}|closed|${base64('closed')}`));
    }
  });

  it('judges every object of a file, also of a kind that there is not, and in a namespace that there is not', async () => {
    const text = [
      deployment(),
      'apiVersion: example.org/v1\nkind: Nothing\nmetadata: {name: x}\n',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: lost, namespace: nowhere}\n',
    ].join('---\n');
    const found = await said(text);
    assert.deepEqual(
      found.map(([at, message]) => [at, message.split(':')[0]]),
      [
        ['orders', 'hint'],
        ['Nothing', 'error'],
        ['lost', 'error'],
      ],
    );
  });

  it('names what the manifest needs and nobody has; nothing that is optional, in the file, or may not be read', async () => {
    await cluster.api('POST', `/api/v1/namespaces/${namespace}/configmaps`, { metadata: { name: 'there' } });
    const text = `apiVersion: v1
kind: Pod
metadata: {name: reader}
spec:
  serviceAccountName: gone-account
  volumes:
    - {name: a, secret: {secretName: gone-secret}}
    - {name: b, secret: {secretName: maybe, optional: true}}
    - {name: c, configMap: {name: there}}
    - {name: d, configMap: {name: beside}}
  containers: [{name: main, image: "example.invalid/a:1"}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: beside}
`;
    const manifests = createManifests({ schemas: join(root, 'schemas') });
    const target = kubernetes.actions.applyTarget('gantry', signal, namespace);
    const found = await missingFrom(await manifests.named(text), text, 'reader.yaml', target);
    assert.deepEqual(
      found.map(({ message, range: { start, end } }) => [text.slice(start, end), message]),
      [
        ['gone-account', `Namespace ${namespace} has no ServiceAccount gone-account.`],
        ['gone-secret', `Namespace ${namespace} has no Secret gone-secret.`],
      ],
    );
  });

  it('says why a text cannot be read, and at which line', async () => {
    await assert.rejects(ask('kind: [\n'), { name: 'Failure', kind: 'invalid' });
  });

  it('is asked by gantry validate --context, and says what no schema knows', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gantry-asked-'));
    const manifests = createManifests({ schemas: join(root, 'schemas') });
    const [command] = manifestsCommands(async () => manifests, {
      kubernetesVersion: '1.34',
      askCluster: askCluster(async () => kubernetes),
      clusterSchemas: () => assert.fail('nobody asked for schemas'),
      renderChart: () => assert.fail('no chart was to be rendered'),
    });
    const lines: string[] = [];
    const io = { out: (line: string) => lines.push(line), err: () => {}, env: {}, cwd: folder, signal };
    try {
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'nowhere' } };
      writeFileSync(join(folder, 'a.yaml'), JSON.stringify(object));
      assert.equal(await command!.run(['a.yaml'], io), 0, lines.join('\n'));
      assert.equal(await command!.run(['a.yaml', '--context', 'gantry'], io), 1);
      assert.match(lines[0]!, /^a\.yaml:1:\d+: error: .*"nowhere" not found.* \[cluster\]$/);
      await assert.rejects(command!.run(['a.yaml', '--context', 'other'], io), /There is no context other/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
