/** Edited objects against a real server: what is sent, what is not, and two managers of one field. */
import assert from 'node:assert/strict';
import type { KubeObject } from '../../../../src/kubernetes/actions/apiCall.ts';
import type { Conflict } from '../../../../src/kubernetes/actions/apply.ts';
import { at, textAt } from '../../../../src/kubernetes/actions/fields.ts';
import { readManifests, toYaml } from '../../../../src/kubernetes/actions/manifest.ts';
import { masked } from '../../../../src/kubernetes/actions/mask.ts';
import { save } from '../../../../src/kubernetes/actions/save.ts';
import { type ObjectRef, known, workloadResources } from '../../../../src/kubernetes/apiResource.ts';
import type { Kubernetes } from '../../../../src/kubernetes/domain.ts';
import { type TestCluster, sharedControlPlane } from '../../../support/controlPlane.ts';
import { kubernetesOn } from '../../../support/kubernetes.ts';

const signal = new AbortController().signal;

describe('saving an edited object', function () {
  this.timeout(120_000);
  let cluster: TestCluster;
  let kubernetes: Kubernetes;
  let namespace: string;
  let ref: ObjectRef;
  const asked: Conflict[][] = [];
  const reviewed: [string, string][] = [];

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

  const path = (): string => `/apis/apps/v1/namespaces/${namespace}/deployments/${ref.name}`;
  const live = (): Promise<KubeObject> => cluster.api<KubeObject>('GET', path());
  const container = (image: string, more: object = {}): object => ({ name: 'main', image, ...more });

  /** As another program applies it; it owns what it says. */
  const applyAs = (manager: string, spec: object, force = false): Promise<KubeObject> =>
    cluster.api<KubeObject>(
      'PATCH',
      `${path()}?fieldManager=${manager}&force=${String(force)}`,
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: ref.name }, spec },
      { 'content-type': 'application/apply-patch+yaml' },
    );

  async function deployment(name: string): Promise<KubeObject> {
    ref = { ...workloadResources['Deployment']!, context: 'gantry', namespace, name };
    return applyAs('pipeline', {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name }, annotations: { 'example.com/team': 'a', 'example.com/note': 'x' } },
        spec: {
          containers: [
            container('example.invalid/app:1', { env: [{ name: 'LEVEL', value: 'info' }], args: ['serve'] }),
            { name: 'side', image: 'example.invalid/side:1' },
          ],
        },
      },
    });
  }

  /** The text a person sees, changed by replacing. */
  const edited = (base: KubeObject, ...changes: readonly (readonly [string, string])[]): KubeObject => {
    let text = toYaml(base);
    for (const [from, to] of changes) {
      assert.ok(text.includes(from), `the text has ${from}:\n${text}`);
      text = text.replace(from, to);
    }
    return readManifests(text, 'orders.yaml')[0]!;
  };

  const saving = (
    base: KubeObject,
    wanted: KubeObject,
    answer?: 'take' | 'keep',
    agree = true,
    to = ref,
  ): Promise<KubeObject> => {
    asked.length = 0;
    reviewed.length = 0;
    const dialogue = {
      review: async (before: string, after: string) => reviewed.push([before, after]) > 0 && agree,
      resolve: async (conflicts: readonly Conflict[]) => (asked.push([...conflicts]) > 0 ? answer : undefined),
    };
    return save(to, base, wanted, { server: kubernetes.actions.server('gantry'), signal, dialogue });
  };

  const ownersOf = (object: KubeObject, field: string): string[] =>
    (object.metadata.managedFields ?? [])
      .filter((entry) => textAt(entry, 'subresource') === '')
      .filter((entry) => JSON.stringify(at(entry, 'fieldsV1')).includes(`"f:${field}"`))
      .map((entry) => textAt(entry, 'manager'));

  it('an object that was not changed is not written', async () => {
    const base = await deployment('same');
    await saving(base, edited(base));
    assert.equal((await live()).metadata.generation, base.metadata.generation);
    assert.deepEqual(reviewed, []);
  });

  it('what nobody owns is set, and only that becomes ours', async () => {
    const base = await deployment('adds');
    const saved = await saving(base, edited(base, ['replicas: 2', 'replicas: 2\n  minReadySeconds: 7']));
    assert.deepEqual([at(saved, 'spec', 'minReadySeconds'), asked], [7, []]);
    assert.deepEqual(ownersOf(saved, 'minReadySeconds'), ['gantry']);
    assert.deepEqual(ownersOf(saved, 'replicas'), ['pipeline']);
    assert.match(reviewed[0]![1], /minReadySeconds: 7/);
    assert.doesNotMatch(reviewed[0]![0], /minReadySeconds/);
    const again = await saving(saved, edited(saved, ['  minReadySeconds: 7\n', '']));
    assert.equal(at(again, 'spec', 'minReadySeconds'), undefined);
  });

  it("another's field names them and waits for an answer; taking over makes it ours", async () => {
    const base = await deployment('takes');
    const wanted = edited(base, ['replicas: 2', 'replicas: 5'], ['example.invalid/app:1', 'example.invalid/app:9']);
    await assert.rejects(saving(base, wanted), { kind: 'cancelled' });
    assert.equal((await live()).metadata.generation, base.metadata.generation);
    assert.deepEqual(asked, [
      [
        { manager: 'pipeline', field: '.spec.replicas' },
        { manager: 'pipeline', field: '.spec.template.spec.containers[name="main"].image' },
      ],
    ]);
    const saved = await saving(base, wanted, 'take');
    assert.equal(at(saved, 'spec', 'replicas'), 5);
    assert.deepEqual(ownersOf(saved, 'replicas'), ['gantry']);
    assert.deepEqual(ownersOf(saved, 'args'), ['pipeline']);
  });

  it('keeping theirs saves the rest', async () => {
    const base = await deployment('keeps');
    const wanted = edited(base, ['replicas: 2', 'replicas: 5\n  minReadySeconds: 3']);
    const saved = await saving(base, wanted, 'keep');
    assert.deepEqual([at(saved, 'spec', 'replicas'), at(saved, 'spec', 'minReadySeconds')], [2, 3]);
  });

  it('what another changed meanwhile, and the person did not touch, stays', async () => {
    const base = await deployment('meanwhile');
    await cluster.api(
      'PATCH',
      `${path()}?fieldManager=scaler`,
      { spec: { replicas: 7 } },
      {
        'content-type': 'application/merge-patch+json',
      },
    );
    const saved = await saving(base, edited(base, ['replicas: 2', 'replicas: 2\n  minReadySeconds: 3']));
    assert.deepEqual([at(saved, 'spec', 'replicas'), at(saved, 'spec', 'minReadySeconds')], [7, 3]);
  });

  it('what is taken out goes, after its owner was named: fields, annotations, items of lists', async () => {
    const base = await deployment('removes');
    const wanted = edited(
      base,
      ['example.com/note: x', 'example.com/other: why'],
      [/ *- name: LEVEL\n *value: info\n/.exec(toYaml(base))![0], ''],
      ['env:\n', 'env: []\n'],
      ['example.invalid/side:1', 'example.invalid/side:2'],
    );
    const saved = await saving(base, wanted, 'take');
    assert.deepEqual(asked[0]!.map(({ field }) => field).sort(), [
      '.spec.template.metadata.annotations.example.com/note',
      '.spec.template.spec.containers[name="main"].env[name="LEVEL"]',
      '.spec.template.spec.containers[name="side"].image',
    ]);
    const template = at(saved, 'spec', 'template');
    assert.deepEqual(at(template, 'metadata', 'annotations'), { 'example.com/other': 'why', 'example.com/team': 'a' });
    assert.equal(textAt(template, 'spec', 'containers', 1, 'image'), 'example.invalid/side:2');
    assert.deepEqual(at(template, 'spec', 'containers', 0, 'env') ?? [], []);
    assert.equal(textAt(template, 'spec', 'containers', 0, 'image'), 'example.invalid/app:1');
  });

  it('a no in the review changes nothing', async () => {
    const base = await deployment('no');
    const wanted = edited(base, ['replicas: 2', 'replicas: 2\n  minReadySeconds: 7']);
    await assert.rejects(saving(base, wanted, undefined, false), { kind: 'cancelled' });
    assert.equal((await live()).metadata.generation, base.metadata.generation);
  });

  it('a wrong field, another name and a changed status are refused with a sentence', async () => {
    const base = await deployment('wrong');
    const refused: readonly (readonly [string, string, RegExp])[] = [
      ['replicas: 2', 'replicas: 2\n  replica: 3', /replica/],
      ['name: wrong\n', 'name: other\n', /metadata\.name/],
      ['replicas: 2', 'replicas: -2', /replicas/],
      ['example.com/note: x', 'example.com/note: yes', /note: expected string/],
    ];
    for (const [from, to, message] of refused) {
      await assert.rejects(saving(base, edited(base, [from, to]), 'take'), message);
    }
    const withStatus = { ...base, status: { replicas: 1 } };
    await assert.rejects(saving({ ...base, status: {} }, withStatus), /status/);
    assert.equal((await live()).metadata.generation, base.metadata.generation);
  });

  it('no value of a secret is in a text, and a text with masks changes none', async () => {
    const canary = `canary-${namespace}`;
    const data = { password: Buffer.from(canary).toString('base64'), other: Buffer.from('1234').toString('base64') };
    const secretPath = `/api/v1/namespaces/${namespace}/secrets`;
    await cluster.api('POST', secretPath, {
      metadata: {
        name: 'hidden',
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ data }) },
      },
      data,
    });
    const secret: ObjectRef = { ...known.secrets, context: 'gantry', namespace, name: 'hidden' };
    const { object } = await kubernetes.actions.subject(secret, signal);
    const text = toYaml(object);
    for (const trace of [canary, data.password]) assert.ok(!text.includes(trace), 'the text holds the value');
    assert.match(text, new RegExp(`password: \\(${canary.length} bytes, hidden\\)`));
    const wanted = readManifests(text.replace('  name: hidden', '  labels:\n    a: b\n  name: hidden'), 'x')[0]!;
    await saving(masked(object), wanted, undefined, true, secret);
    assert.ok(!JSON.stringify(reviewed).includes(data.password), 'the review shows the value');
    const after = await cluster.api<KubeObject>('GET', `${secretPath}/hidden`);
    assert.deepEqual([at(after, 'data'), at(after, 'metadata', 'labels')], [data, { a: 'b' }]);
  });
});
