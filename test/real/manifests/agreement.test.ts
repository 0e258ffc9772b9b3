/** Our verdict on a manifest is the API server's own: the same texts are sent to one, strictly and without effect. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { createManifests } from '../../../src/manifests/domain.ts';
import { sharedControlPlane, type TestCluster } from '../../support/controlPlane.ts';
import { ManifestOracle, type Verdict } from '../../support/manifestOracle.ts';

const pod = (container: string, spec = ''): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n${spec}  containers:\n    - name: a\n      image: x\n${container.replace(/^/gm, '      ')}\n`;
const service = (ports: string): string =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: ${ports}}\n`;
const deployment = (lines: string): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  ${lines}\n  template: {metadata: {labels: {a: c}}, spec: {containers: [{name: a, image: x}]}}\n`;
const statefulSet = (container: string, lines: string): string =>
  `apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: a}\nspec:\n  selector: {matchLabels: {a: b}}\n  template: {metadata: {labels: {a: b}}, spec: {containers: [${container}]}}\n  ${lines}\n`;
const cronJob = (schedule: string): string =>
  `apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\nspec: {schedule: "${schedule}", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: x}]}}}}}\n`;
const ingress = (path: string): string =>
  `apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: a}\nspec: {rules: [{http: {paths: [${path}]}}]}\n`;
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
  'no name': 'apiVersion: v1\nkind: ConfigMap\ndata: {}\n',
  'name made by the server': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a-}\n',
  'name in capitals': configMap('').replace('{name: a}', '{name: Aa}'),
  'label with a space': configMap('').replace('{name: a}', '{name: a, labels: {a: b c}}'),
  'key of a label with two slashes': configMap('').replace('{name: a}', '{name: a, labels: {a/b/c: d}}'),
  'no spec': 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n',
  'no containers': 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: []}\n',
  'wrong pull policy': pod('imagePullPolicy: Sometimes'),
  'wrong restart policy': pod('tty: false', '  restartPolicy: Never ever\n'),
  'port out of range': pod('ports: [{containerPort: 70000}]'),
  'port name too long': pod('ports: [{containerPort: 80, name: abcdefghijklmnop}]'),
  'two handlers of a probe': pod('livenessProbe: {exec: {command: [a]}, tcpSocket: {port: 80}}'),
  'no handler of a probe': pod('livenessProbe: {periodSeconds: 3}'),
  'liveness after two successes': pod('livenessProbe: {successThreshold: 2, tcpSocket: {port: 80}}'),
  'mount of no volume': pod('volumeMounts: [{name: v, mountPath: /a}]'),
  'volume of two sources': pod('tty: false', '  volumes: [{name: v, emptyDir: {}, hostPath: {path: /a}}]\n'),
  'request above the limit': pod('resources: {limits: {cpu: 1}, requests: {cpu: 2}}'),
  'unknown resource': pod('resources: {limits: {gpu: 1}}'),
  'value and valueFrom': pod('env: [{name: A, value: a, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]'),
  'field that no container sees': pod('env: [{name: A, valueFrom: {fieldRef: {fieldPath: spec.hostname}}}]'),
  'toleration without a key': pod('tty: false', '  tolerations: [{operator: Equal, value: a}]\n'),
  'skew of nothing': pod(
    'tty: false',
    '  topologySpreadConstraints: [{maxSkew: 0, topologyKey: a, whenUnsatisfiable: DoNotSchedule}]\n',
  ),
  'service without ports': service('[]'),
  'ports without names': service('[{port: 80}, {port: 81}]'),
  'node port of a cluster IP': service('[{port: 80, nodePort: 30000}]'),
  'headless without ports': 'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {clusterIP: None}\n',
  'service whose name begins with a digit': service('[{port: 80}]').replace('{name: a}', '{name: 1a}'),
  'selector that does not select': deployment('selector: {matchLabels: {a: b}}'),
  'empty selector': deployment('selector: {}'),
  'selector that selects': deployment('selector: {matchLabels: {a: c}}'),
  'recreate, rolling': deployment(
    'selector: {matchLabels: {a: c}}\n  strategy: {type: Recreate, rollingUpdate: {maxSurge: 1}}',
  ),
  'no progress': deployment(
    'selector: {matchLabels: {a: c}}\n  strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0}}',
  ),
  'job that restarts': `apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\nspec: {template: {spec: {containers: [{name: a, image: x}]}}}\n`,
  'no schedule': cronJob('sometimes'),
  schedule: cronJob('0 3 * * mon-fri'),
  'sixty minutes': cronJob('60 * * * *'),
  'path without a slash': ingress('{path: a, pathType: Prefix, backend: {service: {name: b, port: {number: 80}}}}'),
  'backend with two ports': ingress(
    '{path: /, pathType: Prefix, backend: {service: {name: b, port: {number: 80, name: c}}}}',
  ),
  'role without verbs':
    'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: a}\nrules: [{apiGroups: [""], resources: [pods], verbs: []}]\n',
  'budget of both':
    'apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec: {minAvailable: 1, maxUnavailable: 1}\n',
  'key of a ConfigMap with a slash': configMap('data: {a/b: c}'),
  'TLS secret without a key': 'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ntype: kubernetes.io/tls\ndata: {}\n',
  'claim without a size':
    'apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: a}\nspec: {accessModes: [ReadWriteOnce]}\n',
  'container of a StatefulSet in capitals': statefulSet('{name: A, image: x}', ''),
  'claim of a StatefulSet without a size': statefulSet(
    '{name: a, image: x, volumeMounts: [{name: d, mountPath: /d}]}',
    'volumeClaimTemplates: [{metadata: {name: d}, spec: {}}]',
  ),
};

describe('agreement with a real API server', function () {
  let cluster: TestCluster;
  let namespace: string;
  let oracle: ManifestOracle;
  const ours = createManifests({ schemas: join(root, 'schemas') });

  before(async function () {
    cluster = await sharedControlPlane(this);
    namespace = await cluster.namespace();
    oracle = new ManifestOracle(cluster, namespace);
  });
  after(() => (cluster === undefined ? undefined : cluster.removeNamespace(namespace)));

  async function serverSays(text: string): Promise<Verdict> {
    const verdict = await oracle.says(text);
    assert.ok(verdict !== undefined, 'the server judges it');
    return verdict;
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
