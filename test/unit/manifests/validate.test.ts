import assert from 'node:assert/strict';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { createManifests } from '../../../src/manifests/domain.ts';
import type { Finding } from '../../../src/manifests/findings.ts';
import { drawCarets, withoutCarets } from '../../support/carets.ts';

const manifests = createManifests({ schemas: join(root, 'schemas') });

async function findings(text: string, version = '1.34'): Promise<readonly Finding[]> {
  return (await manifests.validate(text, version)).findings;
}

/** The text with what is found drawn under it equals what was written. */
async function assertDrawn(drawn: string, version?: string): Promise<void> {
  const text = withoutCarets(drawn);
  assert.equal(drawCarets(text, await findings(text, version)), drawn);
}

/** A pod with one container that has these lines. */
const pod = (...lines: string[]): string => `apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: web
      image: nginx
${lines.map((line) => `      ${line}\n`).join('')}`;

describe('manifest validation', () => {
  it('marks unknown fields at their keys, in block and flow style', () =>
    assertDrawn(`apiVersion: apps/v1
kind: Deployment
metadata: {name: web, lables: {app: web}}
                      ^^^^^^ unknown-field
spec:
  replicsa: 2
  ^^^^^^^^ unknown-field
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: nginx
          "imagePullPolcy": Always
          ^^^^^^^^^^^^^^^^ unknown-field
`));

  it('takes a volume that is named like what every object has for an unknown field', async () => {
    const found = await findings(`${pod()}  volumes:\n    - {name: data, constructor: {}}\n`);
    assert.deepEqual(
      found.map(({ code, path }) => [code, path]),
      [['unknown-field', 'spec.volumes[0].constructor']],
    );
  });

  it('offers the nearest name', async () => {
    const [finding] = await findings(pod('imagePullPolcy: Always'));
    assert.deepEqual(
      [finding!.message, finding!.fix?.text, finding!.path, finding!.from],
      [
        'Container has no field "imagePullPolcy". Did you mean "imagePullPolicy"?',
        'imagePullPolicy',
        'spec.containers[0].imagePullPolcy',
        { line: 8, column: 6 },
      ],
    );
  });

  it('marks wrong types at their values, as the API server decodes YAML', () =>
    assertDrawn(
      pod(
        'env:',
        '  - {name: A, value: 1}',
        '                     ^ wrong-type',
        '  - {name: B, value: yes}',
        '                     ^^^ wrong-type',
        '  - {name: C, value: "yes"}',
        '  - {name: D, value: 2001-01-01}',
        'ports:',
        '  - containerPort: "80"',
        '                   ^^^^ wrong-type',
        '  - containerPort: 8_081',
        '  - containerPort: 8082.0',
        '  - containerPort: 8083.5',
        '                   ^^^^^^ wrong-type',
        '  - containerPort: 99999999999',
        '                   ^^^^^^^^^^^ wrong-format',
        'command: nginx',
        '         ^^^^^ wrong-type',
        'args: {a: b}',
        '      ^^^^^^ wrong-type',
        'tty: "true"',
        '     ^^^^^^ wrong-type',
        'stdin: on',
      ),
    ));

  it('marks missing fields at the key of their parent, or at the first field of a list item', () =>
    assertDrawn(
      pod(
        'ports:',
        '  - name: http',
        '    ^^^^ missing-field',
        'livenessProbe:',
        '  httpGet:',
        '  ^^^^^^^ missing-field',
        '    path: /',
        'readinessProbe:',
        '  httpGet: {path: /, port: null}',
        '  ^^^^^^^ missing-field',
      ),
    ));

  it('knows quantities and ports that are numbers or names', () =>
    assertDrawn(
      pod(
        'resources:',
        '  limits: {cpu: 1OO, memory: 128Mi, a.b/c: 1e3}',
        '                ^^^ wrong-format',
        '  requests: {cpu: 0.5, memory: 100mb, a.b/x: 5E2, y: true}',
        '                               ^^^^^ wrong-format',
        '                                             ^^^ refused',
        '                                                     ^^^^ wrong-type',
        'livenessProbe: {httpGet: {port: http}}',
        'readinessProbe: {httpGet: {port: 80}}',
        'startupProbe: {httpGet: {port: 1.5}}',
        '                               ^^^ wrong-type',
      ),
    ));

  it('knows base64 and times', () =>
    assertDrawn(`apiVersion: v1
kind: Secret
metadata: {name: s, creationTimestamp: 2024-01-31T10:00:00Z, deletionTimestamp: yesterday}
                                                                                ^^^^^^^^^ wrong-format
data:
  good: aGVsbG8=
  bad: hello world
       ^^^^^^^^^^^ wrong-format
  lines: |
    aGVs
    bG8=
`));

  it('leaves what is free free, and drops nulls as the server does', () =>
    assertDrawn(`apiVersion: v1
kind: ConfigMap
metadata:
  name: c
  creationTimestamp: null
  labels: {any.thing/goes: "1"}
data:
  __proto__: a
  constructor: b
  hasOwnProperty: c
---
apiVersion: v1
kind: Service
metadata: {name: s}
spec: {ports: [{port: 80}], selector: null}
status: {loadBalancer: {}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: p}
spec: {}
status: {}
`));

  it('compares the keys of list items, defaults included; only warns where the server does', async () => {
    await assertDrawn(`apiVersion: v1
kind: Service
metadata: {name: s}
spec:
  ports:
    - {name: a, port: 80}
    - {name: b, protocol: TCP, port: 80}
                          ^^^ duplicate-item
    - {name: c, protocol: UDP, port: 80}
`);
    const severities = (
      await findings(
        pod('env: [{name: A}, {name: A}]', 'volumeMounts: [{name: v, mountPath: /a}, {name: v, mountPath: /a}]') +
          '  volumes: [{name: v, emptyDir: {}}]\n',
      )
    ).map(({ severity, path }) => [severity, path]);
    assert.deepEqual(severities, [
      ['warning', 'spec.containers[0].env[1]'],
      ['error', 'spec.containers[0].volumeMounts[1]'],
    ]);
  });

  it('reports duplicate keys and syntax of Kubernetes documents only', () =>
    assertDrawn(`apiVersion: v1
kind: Service
kind: Service
^^^^ duplicate-key
metadata: {name: s}
spec: {ports: [{port: 80}]}
---
some: other
some: document
`));

  it('says one thing about half-typed text, and nothing about what follows it', () =>
    assertDrawn(`apiVersion: v1
kind: Service
metadata: {nam: s}
           ^^^ unknown-field
spec:
  ports:
    - name: a
  sel
  ^^^ syntax
  prots: []
---
apiVersion: v1
kind: Service
metadata: {name: s}
spec: {prots: []}
       ^^^^^ unknown-field
`));

  it('checks every document and every item of a List', () =>
    assertDrawn(`apiVersion: v1
kind: List
items:
  - apiVersion: v1
    kind: Service
    metadata: {name: s}
    spec: {port: []}
           ^^^^ unknown-field
  - apiVersion: v1
    kind: Pods
          ^^^^ unknown-kind
---
---
apiVersion: v1
kind: ServiceList
items:
  - {metadata: {nam: x}}
                ^^^ unknown-field
`));

  it('finds the kind in its group', async () => {
    await assertDrawn(`apiVersion: v1
            ^^ unknown-api-version
kind: Deployment
---
apiVersion: extensions/v1beta1
            ^^^^^^^^^^^^^^^^^^ unknown-api-version
kind: Ingress
---
apiVersion: apps/v3
            ^^^^^^^ unknown-api-version
kind: Deploy
---
kind: Deployment
^^^^ missing-api-version
metadata: {name: x}
---
apiVersion: apps/v1
^^^^^^^^^^ missing-kind
spec: {}
---
apiVersion: example.com/v1
kind: Deployment
      ^^^^^^^^^^ no-schema
`);
    assert.deepEqual(
      (await findings('apiVersion: v1\nkind: Deployment\n---\napiVersion: apps/v1\nkind: Deploymnet\n')).map(
        ({ message, fix }) => [message, fix?.text],
      ),
      [
        ['Kubernetes 1.34 has no Deployment in v1; it is in apps/v1.', 'apps/v1'],
        ['Kubernetes 1.34 has no kind "Deploymnet" in apps/v1. Did you mean "Deployment"?', 'Deployment'],
      ],
    );
  });

  it('leaves files alone that no API server is sent', () =>
    assertDrawn(`apiVersion: v2
name: chart
---
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resourcs: []
---
apiVersion: builtin
kind: LabelTransformer
metadata: {name: labels}
fieldSpecs: []
---
apiVersion: v1
kind: Config
clusters: []
---
apiVersion: skaffold/v4beta11
kind: Config
---
apiVersion: kind.x-k8s.io/v1alpha4
kind: Cluster
---
openapi: 3.0.0
kind: thing
`));

  it('is quiet on templates and not on text that only contains braces', async () => {
    const helm =
      'apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Values.name }}\nspec:\n{{- if .x }}\n  prts: []\n{{- end }}\n';
    assert.deepEqual(await findings(helm), []);
    await assertDrawn(`apiVersion: v1
# {{ a comment }}
kind: ConfigMap
metadata: {name: rules}
data:
  quoted: "{{ $labels.instance }} is down"
  block: |
    {{ range . }}
wrong: 1
^^^^^ unknown-field
`);
  });

  it('follows anchors and aliases, each problem once where it stands', () =>
    assertDrawn(`apiVersion: v1
kind: Pod
metadata:
  name: p
  labels: &labels {app: 1}
                        ^ wrong-type
  annotations: *labels
spec:
  containers:
    - &base
      name: a
      image: x
      tyy: true
      ^^^ unknown-field
    - <<: *base
      name: b
`));

  it('judges by the version that was asked for', async () => {
    const text =
      'apiVersion: storagemigration.k8s.io/v1\nkind: StorageVersionMigration\nmetadata: {name: x}\nspec: {resource: {group: "", resource: pods}}\n';
    assert.deepEqual(
      (await findings(text, '1.37')).map(({ code }) => code),
      [],
    );
    assert.deepEqual(
      (await findings(text, '1.34')).map(({ code }) => code),
      ['unknown-api-version'],
    );
    assert.equal((await manifests.validate(text, 'v1.36.1')).version, '1.36');
    await assert.rejects(manifests.validate(text, '1.20'), { kind: 'invalid' });
  });

  it('ships four versions', async () => {
    assert.deepEqual(await manifests.versions(), ['1.34', '1.35', '1.36', '1.37']);
  });

  it('judges custom resources of other projects by their own schemas', () =>
    assertDrawn(`apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: a, creationTimestamp: null}
spec:
  hosts: [a]
  htp: []
  ^^^ unknown-field
  http:
    - retries: {attempts: many}
                          ^^^^ wrong-type
      match: [{uri: {exact: /a, prefix: /b}}]
                                ^^^^^^ not-allowed
`));

  it('judges by definitions it has learnt, until they are gone', async () => {
    const own = createManifests({ schemas: join(root, 'schemas') });
    const object = `apiVersion: example.com/v1
kind: Widget
metadata: {name: w}
spec: {siez: 1, free: {any: thing}, owner: {apiVersion: v1, kind: Pod, metadata: {nam: p}}, none: null}
`;
    const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                size: {type: integer}
                none: {type: string}
                free: {type: object, x-kubernetes-preserve-unknown-fields: true}
                owner: {type: object, x-kubernetes-embedded-resource: true}
`;
    const codes = async (): Promise<unknown> =>
      (await own.validate(object, '1.34')).findings.map(({ code, source, path }) => [code, source, path]);
    const unknown = [['no-schema', 'Kubernetes 1.34', 'kind']];
    assert.deepEqual(await codes(), unknown);
    assert.equal(await own.learn('a.yaml', definition), true);
    assert.equal(await own.learn('a.yaml', definition), false);
    assert.deepEqual(await codes(), [
      ['unknown-field', 'a.yaml', 'spec.siez'],
      ['unknown-field', 'a.yaml', 'spec.owner.metadata.nam'],
      ['wrong-type', 'a.yaml', 'spec.none'],
    ]);
    assert.equal(await own.learn('a.yaml', undefined), true);
    assert.deepEqual(await codes(), unknown);
  });
});
