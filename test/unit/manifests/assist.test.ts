/** What is offered at the cursor (`|`), and what is told of a field. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { createManifests } from '../../../src/manifests/domain.ts';
import type { Place } from '../../../src/manifests/references.ts';
import { skeletons } from '../../../src/manifests/skeletons.ts';
import type { ManifestSymbol } from '../../../src/manifests/symbols.ts';

const manifests = createManifests({ schemas: join(root, 'schemas') });
const shop = readFileSync(join(root, 'test/fixtures/manifests/shop.yaml'), 'utf8');

/** Each offer as it would be written, those that are needed marked. */
async function offers(drawn: string): Promise<string[]> {
  const offset = drawn.indexOf('|');
  const found = await manifests.complete(drawn.replace('|', ''), offset, '1.34');
  return found.map(({ text, required }) => (required ? `!${text}` : text));
}

const pod = 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec:\n  containers:\n';

describe('completion of manifests', function () {
  this.timeout(60_000);

  it('offers the fields that are not there, each with what follows it', async () => {
    assert.deepEqual(await offers('apiVersion: v1\nkind: Service\nspec:\n  ports:\n    - name: a\n      |\n'), [
      'appProtocol: ',
      'nodePort: ',
      '!port: ',
      'protocol: ',
      'targetPort: ',
    ]);
    assert.deepEqual(await offers('apiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: 1\n  sel|\n'), [
      'minReadySeconds: ',
      'paused: ',
      'progressDeadlineSeconds: ',
      'revisionHistoryLimit: ',
      '!selector:\n  ',
      'strategy:\n  ',
      '!template:\n  ',
    ]);
  });

  it('indents what follows the first field of an item below that field', async () => {
    assert.ok((await offers(`${pod}    - |\n`)).includes('env:\n    - '));
    assert.ok((await offers(`${pod}    - name: a\n      |\n`)).includes('env:\n  - '));
  });

  it('stays on the line inside braces, and writes no second colon', async () => {
    assert.ok((await offers('apiVersion: v1\nkind: Pod\nspec: {restart|}\n')).includes('restartPolicy: '));
    assert.ok((await offers('apiVersion: v1\nkind: Pod\nspec:\n  rest|art: Never\n')).includes('restartPolicy'));
  });

  it('offers the values that are allowed', async () => {
    assert.deepEqual(await offers(`${pod}    - name: a\n      imagePullPolicy: |\n`), [
      'Always',
      'IfNotPresent',
      'Never',
    ]);
    assert.deepEqual(await offers(`${pod}    - name: a\n      tty: t|\n`), ['true', 'false']);
  });

  it('begins an object: its kind, and the version that has the kind', async () => {
    assert.deepEqual((await offers('api|')).slice(0, 2), ['!apiVersion: ', '!kind: ']);
    assert.deepEqual(await offers('api|\nkind: Pod\n'), ['!apiVersion: ']);
    assert.deepEqual(await offers('kind: Deployment\napiVersion: |\n'), ['apps/v1']);
    assert.deepEqual(await offers('apiVersion: batch/v1\nkind: |\n'), ['CronJob', 'Job']);
    assert.ok((await offers('apiVersion: gateway.networking.k8s.io/v1\nkind: |\n')).includes('HTTPRoute'));
  });

  it('begins an object as a whole, after another one, too', async () => {
    const offered = await offers('kind: Pod\napiVersion: v1\n---\nDep|');
    assert.ok(offered.includes(skeletons['Deployment']!));
  });

  it('offers the names, keys, ports and images of the objects of the text and the workspace', async () => {
    const own = createManifests({ schemas: join(root, 'schemas') });
    await own.learn('shop.yaml', shop);
    const named = async (drawn: string): Promise<string[]> => {
      const found = await own.complete(drawn.replace('|', ''), drawn.indexOf('|'), '1.34');
      return found.map(({ label }) => label);
    };
    const inContainer = (line: string): string => `${pod}    - name: a\n      ${line}\n`;
    const from = 'env: [{name: A, valueFrom: {configMapKeyRef: ';
    const service = (spec: string): string => `apiVersion: v1\nkind: Service\nmetadata: {name: b}\nspec: ${spec}\n`;
    assert.deepEqual(
      {
        configMap: await named(inContainer(`${from}{name: |}}}]`)),
        key: await named(inContainer(`${from}{name: settings, key: |}}}]`)),
        ownPort: await named(
          inContainer('ports: [{name: x, containerPort: 1}]\n      livenessProbe: {httpGet: {port: |}}'),
        ),
        podPort: await named(service('{selector: {app: shop}, ports: [{port: 80, targetPort: |}]}')),
        account: await named('apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  serviceAccountName: |\n'),
        image: await named(inContainer('image: |')),
        here: await named(`${service('{}')}---\napiVersion: apps/v1\nkind: StatefulSet\nspec:\n  serviceName: |\n`),
      },
      {
        configMap: ['settings'],
        key: ['LOG_LEVEL', 'rules.yaml'],
        ownPort: ['x'],
        podPort: ['grpc', 'http'],
        account: ['shop'],
        image: ['report:1', 'shop:1.2.3', 'store:1'].map((image) => `registry.example.com/${image}`),
        here: ['b', 'shop'],
      },
    );
  });

  it('offers nothing where nothing is known: comments, quotes, free maps, other files', async () => {
    for (const drawn of [
      `${pod}    - name: a # |\n`,
      `${pod}    - name: "|"\n`,
      'apiVersion: v1\nkind: ConfigMap\ndata:\n  |\n',
      'services:\n  |\n',
    ])
      assert.deepEqual(await offers(drawn), [], drawn);
  });
});

describe('skeletons', () => {
  for (const [kind, text] of Object.entries(skeletons))
    it(`${kind}: nothing is wrong with it`, async () => {
      const { findings, checked } = await manifests.validate(text, '1.34', { rules: {} });
      assert.deepEqual([checked, findings.filter(({ severity }) => severity !== 'hint')], [1, []]);
    });
});

describe('references in manifests', () => {
  const own = createManifests({ schemas: join(root, 'schemas') });
  before(() => own.learn('shop.yaml', shop));
  const web = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: web
          envFrom: [{configMapRef: {name: settings}}]
          env: [{name: A, valueFrom: {configMapKeyRef: {name: settings, key: LOG_LEVEL}}}]
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {scaleTargetRef: {kind: Deployment, name: web}}
`;
  /** Each place as its file and what stands there. */
  const shown = (places: readonly Place[]): string[] =>
    places.map(({ path, range }) => `${path ?? ''}:${(path === undefined ? web : shop).slice(range.start, range.end)}`);
  const at = (words: string): number => web.indexOf(words) + words.length - 1;

  it('lead to the object, and to the key in it', async () => {
    assert.deepEqual(
      {
        name: shown(await own.definitions(web, at('configMapRef: {name: set'))),
        key: shown(await own.definitions(web, at('key: LOG'))),
        here: shown(await own.definitions(web, at('Deployment, name: we'))),
        none: await own.definitions(web, at('kind: Dep')),
      },
      { name: ['shop.yaml:settings'], key: ['shop.yaml:LOG_LEVEL'], here: [':web'], none: [] },
    );
  });

  it('are found from the object and from each other', async () => {
    const places = await own.references(web, at('configMapRef: {name: set'));
    assert.deepEqual(
      shown(places),
      ['shop.yaml', '', '', 'shop.yaml', 'shop.yaml'].map((path) => `${path}:settings`),
    );
    assert.deepEqual(shown(await own.references(web, at('metadata: {name: we'))), [':web', ':web']);
  });

  it('make an outline', async () => {
    const outline = (symbols: readonly ManifestSymbol[]): unknown[] =>
      symbols.map(({ name, children }) => (children.length === 0 ? name : [name, outline(children)]));
    assert.deepEqual(outline(await own.symbols(web)), [['Deployment web', ['web']], 'HorizontalPodAutoscaler web']);
    const [config] = await own.symbols(shop);
    assert.deepEqual(outline([config!]), [['ConfigMap settings', ['LOG_LEVEL', 'rules.yaml']]]);
  });
});

describe('hover in manifests', function () {
  this.timeout(60_000);

  async function told(drawn: string): Promise<string | undefined> {
    const offset = drawn.indexOf('|');
    return (await manifests.hover(drawn.replace('|', ''), offset, '1.34'))?.text;
  }

  it('tells type, default, allowed values and whose schema it is', async () => {
    const text = await told('apiVersion: v1\nkind: Service\nspec:\n  ports:\n    - port: 80\n      pro|tocol: TCP\n');
    assert.match(text!, /^\*\*protocol\*\* `string`\n\nThe IP protocol for this port/);
    assert.match(text!, /Default: `TCP`\n\nAllowed: `SCTP`, `TCP`, `UDP`\n\n_Schema: Kubernetes 1\.34_$/);
    assert.match(
      (await told('apiVersion: v1\nkind: Service\nspec:\n  ports:\n    - po|rt: 80\n'))!,
      /`integer, required`/,
    );
  });

  it('tells until when a version is served', async () => {
    const text = await told('apiVersion: resource.k8s.io/v1beta1\nki|nd: DeviceClass\nmetadata: {name: a}\n');
    assert.match(text!, /Since Kubernetes 1\.32\n\nUntil Kubernetes 1\.38/);
    assert.equal(await told('some: other\nfi|le: yes\n'), undefined);
  });
});
