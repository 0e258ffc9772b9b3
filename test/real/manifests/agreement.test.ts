/** Our verdict on a manifest is the API server's own: the same texts are sent to one, strictly and without effect. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { parseYaml } from '../../../src/core/yaml/parse.ts';
import { stringAt } from '../../../src/core/yaml/tree.ts';
import { createManifests } from '../../../src/manifests/domain.ts';
import { sharedControlPlane, type TestCluster } from '../../support/controlPlane.ts';

const pod = (container: string, spec = ''): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n${spec}  containers:\n    - name: a\n      image: x\n${container.replace(/^/gm, '      ')}\n`;
const service = (ports: string): string =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: ${ports}}\n`;
const configMap = (lines: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n${lines}\n`;

/** What the server says is not written here: it is asked. */
const manifests: Readonly<Record<string, string>> = {
  'unknown field': pod('imagePullPolcy: Always'),
  'unknown field of the root': configMap('dta: {}'),
  'unknown field in metadata': configMap('').replace('{name: a}', '{name: a, lables: {}}'),
  'field in another case': pod('imagepullpolicy: Always'),
  'number for a string': pod('env: [{name: A, value: 1}]'),
  'yes for a string': pod('env: [{name: A, value: yes}]'),
  'on for a string in a map': configMap('data: {a: on}'),
  'y for a string': configMap('data: {a: y}'),
  'octal for a string': configMap('data: {a: 0777}'),
  'date for a string': configMap('data: {a: 2001-01-01}'),
  'base 60 for a string': configMap('data: {a: 12:30:45}'),
  'version number for a string': configMap('data: {a: 1.10}'),
  'version with two dots for a string': configMap('data: {a: 1.10.1}'),
  'tagged string': configMap('data: {a: !!str 1}'),
  'string for a number': pod('ports: [{containerPort: "80"}]'),
  'fraction for an integer': pod('ports: [{containerPort: 80.5}]'),
  'whole float for an integer': pod('ports: [{containerPort: 80.0}]'),
  'exponent for an integer': pod('ports: [{containerPort: 8e1}]'),
  'underscores in an integer': pod('ports: [{containerPort: 8_080}]'),
  'hexadecimal integer': pod('ports: [{containerPort: 0x50}]'),
  'integer beyond 32 bits': pod('ports: [{containerPort: 99999999999}]'),
  'string for a boolean': pod('tty: "true"'),
  'on for a boolean': pod('tty: on'),
  'number for a boolean': pod('tty: 1'),
  'scalar for a list': pod('command: nginx'),
  'map for a list': pod('args: {a: b}'),
  'list for a map': configMap('data: [a]'),
  'list for a string': pod('workingDir: [a]'),
  'missing required field': pod('ports: [{name: http}]'),
  'null for a required field': pod('readinessProbe: {httpGet: {path: /, port: null}}'),
  'null for a field': pod('command: null'),
  'null in a map of strings': configMap('data: {a: }'),
  'null time': configMap('').replace('{name: a}', '{name: a, creationTimestamp: null}'),
  'wrong time': configMap('').replace('{name: a}', '{name: a, creationTimestamp: yesterday}'),
  'name as port': pod('ports: [{containerPort: 80, name: http}]\nreadinessProbe: {httpGet: {port: http}}'),
  'fraction as port': pod('readinessProbe: {httpGet: {port: 80.5}}'),
  'good quantities': pod('resources: {limits: {cpu: 1.5, memory: 128Mi}, requests: {cpu: 500m, memory: 1e7}}'),
  'wrong suffix of a quantity': pod('resources: {limits: {memory: 100mb}}'),
  'letter in a quantity': pod('resources: {limits: {cpu: 1OO}}'),
  'boolean quantity': pod('resources: {limits: {cpu: true}}'),
  'empty quantity': pod('resources: {limits: {cpu: ""}}'),
  'wrong base64': 'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: hello world}\n',
  'duplicate key': configMap('data: {a: b}\ndata: {a: c}'),
  'duplicate key, quoted otherwise': configMap('data: {a: b, "a": c}'),
  'alias and merge key': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: &l {a: b}, annotations: {<<: *l, c: d}}\ndata: *l\n`,
  'duplicate port of a service': service('[{name: a, port: 80}, {name: b, port: 80, protocol: TCP}]'),
  'same port, other protocol': service('[{name: a, port: 80}, {name: b, port: 80, protocol: UDP}]'),
  'duplicate volume': pod('tty: false', '  volumes: [{name: v, emptyDir: {}}, {name: v, emptyDir: {}}]\n'),
  'duplicate container': pod('tty: false', '  initContainers: [{name: b, image: x}, {name: b, image: x}]\n'),
  'duplicate mount path': pod(
    'volumeMounts: [{name: v, mountPath: /a}, {name: v, mountPath: /a}]',
    '  volumes: [{name: v, emptyDir: {}}]\n',
  ),
  'duplicate variable': pod('env: [{name: A, value: a}, {name: A, value: b}]'),
  'duplicate container port': pod('ports: [{containerPort: 80}, {containerPort: 80}]'),
  'duplicate host alias': pod('tty: false', '  hostAliases: [{ip: 1.2.3.4}, {ip: 1.2.3.4}]\n'),
  'duplicate pull secret': pod('tty: false', '  imagePullSecrets: [{name: a}, {name: a}]\n'),
  'incomplete status': service('[{port: 80}]').replace(/$/, 'status: {conditions: [{type: a}]}\n'),
  'unknown field in status': service('[{port: 80}]').replace(/$/, 'status: {conditon: []}\n'),
  'unterminated list': configMap('data: {a: [}'),
  'tab as indentation': configMap('data:\n\ta: b'),
};

describe('agreement with a real API server', function () {
  let cluster: TestCluster;
  let namespace: string;
  const ours = createManifests({ schemas: join(root, 'schemas') });

  before(async function () {
    cluster = await sharedControlPlane(this);
    namespace = await cluster.namespace();
  });
  after(() => (cluster === undefined ? undefined : cluster.removeNamespace(namespace)));

  /** The server's answer to creating the object, strictly and without effect. */
  async function serverSays(text: string): Promise<{ accepted: boolean; text: string }> {
    const [document] = parseYaml(text, 'yaml1.1').documents;
    const [apiVersion, kind] = [stringAt(document?.root, 'apiVersion')!, stringAt(document?.root, 'kind')!];
    const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const { resources } = await cluster.api<{ resources: { name: string; kind: string }[] }>('GET', group);
    const resource = resources.find((each) => each.kind === kind && !each.name.includes('/'))!.name;
    const path = `${group}/namespaces/${namespace}/${resource}?dryRun=All&fieldValidation=Strict`;
    const answer = await cluster.send('POST', path, text, { 'content-type': 'application/yaml' });
    assert.ok([201, 400, 422].includes(answer.status), `${answer.status} ${answer.text}`);
    return { accepted: answer.status === 201, text: answer.text };
  }

  async function weSay(text: string): Promise<{ accepted: boolean; text: string }> {
    const { findings, version } = await ours.validate(text, '1.34');
    assert.equal(version, '1.34');
    const errors = findings.filter(({ severity }) => severity === 'error');
    return { accepted: errors.length === 0, text: errors.map(({ path, message }) => `${path}: ${message}`).join('\n') };
  }

  const verdicts = { accepted: 0, refused: 0 };
  for (const [name, text] of Object.entries(manifests)) {
    it(name, async () => {
      const [server, we] = [await serverSays(text), await weSay(text)];
      verdicts[server.accepted ? 'accepted' : 'refused']++;
      assert.equal(we.accepted, server.accepted, `server: ${server.text}\nwe: ${we.text}`);
    });
  }

  it('every object of the shop is accepted by both', async () => {
    const shop = readFileSync(join(root, 'test/fixtures/manifests/shop.yaml'), 'utf8');
    for (const text of shop.split(/^---\n/m)) {
      const [server, we] = [await serverSays(text), await weSay(text)];
      assert.deepEqual([server.accepted, we.accepted], [true, true], `${text}\nserver: ${server.text}\nwe: ${we.text}`);
    }
  });

  it('asked about right and wrong ones', () => {
    assert.ok(verdicts.accepted >= 10 && verdicts.refused >= 20, JSON.stringify(verdicts));
  });
});
