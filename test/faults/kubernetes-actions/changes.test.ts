/** Changes of a cluster that go wrong: what the person is told, and that nothing is lost or done twice. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { freePorts } from '../../../src/core/ports.ts';
import { run } from '../../../src/core/processes.ts';
import { type KubeObject, callText } from '../../../src/kubernetes/actions/apiCall.ts';
import type { Conflict } from '../../../src/kubernetes/actions/apply.ts';
import { isChanged, outcomeText, sides, tryFile } from '../../../src/kubernetes/actions/applyFile.ts';
import { question } from '../../../src/kubernetes/actions/confirmation.ts';
import { explain, explanationText } from '../../../src/kubernetes/actions/explain/explain.ts';
import { at, textAt } from '../../../src/kubernetes/actions/fields.ts';
import { describeObject, eventsText } from '../../../src/kubernetes/actions/lookTexts.ts';
import { readManifests, toYaml } from '../../../src/kubernetes/actions/manifest.ts';
import { masked } from '../../../src/kubernetes/actions/mask.ts';
import { actions, actionsOn } from '../../../src/kubernetes/actions/registry.ts';
import { save } from '../../../src/kubernetes/actions/save.ts';
import { type ObjectRef, known, workloadResources } from '../../../src/kubernetes/apiResource.ts';
import type { Kubernetes } from '../../../src/kubernetes/domain.ts';
import { type TestCluster, eventually, pod, sharedControlPlane } from '../../support/controlPlane.ts';
import { kubeconfigAt, kubernetesOn } from '../../support/kubernetes.ts';
import { withKubectl } from '../../support/peers.ts';
import { type RecordingApi, recordingApi } from '../../support/recordingApi.ts';

const signal = new AbortController().signal;
const image = 'example.invalid/app:1';
const nodes = { group: '', version: 'v1', resource: 'nodes', kind: 'Node', namespaced: false };

describe('changes of a cluster', function () {
  this.timeout(180_000);
  let cluster: TestCluster;
  let api: RecordingApi;
  let kubernetes: Kubernetes;
  let namespace: string;

  before(async function () {
    cluster = await sharedControlPlane(this);
    api = await recordingApi(cluster);
    kubernetes = kubernetesOn(api.kubeconfig);
    await kubernetes.contexts.loaded();
    namespace = await cluster.namespace();
    await cluster.api('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, deployment('orders'));
    await cluster.api('POST', '/api/v1/nodes', { metadata: { name: node() } });
    await cluster.api('POST', `/apis/batch/v1/namespaces/${namespace}/cronjobs`, {
      metadata: { name: 'nightly' },
      spec: {
        schedule: '0 0 1 1 *',
        jobTemplate: {
          spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image }] } } },
        },
      },
    });
  });
  after(async () => {
    kubernetes?.dispose();
    await api?.close();
    if (namespace === undefined) return;
    await cluster.send('DELETE', `/api/v1/nodes/${node()}`);
    await cluster.removeNamespace(namespace);
  });
  afterEach(() => {
    if (api !== undefined) api.intercept = undefined;
  });

  const deployment = (name: string, replicas = 1): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image }] } },
    },
  });
  const ref = (kind: ObjectRef | (typeof known)['pods'], name: string): ObjectRef => ({
    ...kind,
    context: 'gantry',
    namespace,
    name,
  });
  const orders = (): ObjectRef => ref(workloadResources['Deployment']!, 'orders');

  /** An object that the action is about, in a state in which there is something to do. */
  async function objectFor(id: string): Promise<ObjectRef> {
    switch (id) {
      case 'debug':
        await cluster.api('POST', `/api/v1/namespaces/${namespace}/pods`, pod('seen-into'));
        return ref(known.pods, 'seen-into');
      case 'editSecret':
        await cluster.api('POST', `/api/v1/namespaces/${namespace}/secrets`, {
          metadata: { name: 'login' },
          data: { key: 'eA==' },
        });
        return ref(known.secrets, 'login');
      case 'trigger':
      case 'suspend':
      case 'resume':
        return ref(workloadResources['CronJob']!, 'nightly');
      case 'cordon':
      case 'uncordon':
      case 'drain':
        return { ...nodes, context: 'gantry', namespace: '', name: node() };
      case 'undo': {
        const path = `/apis/apps/v1/namespaces/${namespace}/deployments/orders`;
        const revision = async (): Promise<string> =>
          textAt(
            await cluster.api<KubeObject>('GET', path),
            'metadata',
            'annotations',
            'deployment.kubernetes.io/revision',
          );
        await eventually(async () => (await revision()) === '1');
        const patch = { 'content-type': 'application/merge-patch+json' };
        await cluster.api(
          'PATCH',
          path,
          { spec: { template: { metadata: { annotations: { second: 'yes' } } } } },
          patch,
        );
        await eventually(async () => (await revision()) === '2');
        return orders();
      }
      default:
        return orders();
    }
  }
  const node = (): string => `node-${namespace}`;

  for (const action of actions.filter(({ effect, id }) => effect !== 'none' && id !== 'copyTo')) {
    it(`the server dies in the middle of ${action.id}: said with its doubt, and sent once`, async () => {
      const subject = await kubernetes.actions.subject(await objectFor(action.id), signal);
      let cut = 0;
      api.intercept = ({ method }, hangUp) => {
        if (method === 'GET') return false;
        cut++;
        hangUp();
        return true;
      };
      await assert.rejects(kubernetes.actions.run(action, subject, action.example(subject)), (error: Error) => {
        assert.match(error.message, /It is not known whether the change was made/);
        return true;
      });
      assert.equal(cut, 1, 'the fault took effect, and nothing was sent again');
    });
  }

  it('the server dies in the middle of a drain: what went is gone, and draining again does the rest', async () => {
    const names = ['drained-1', 'drained-2', 'drained-3'];
    for (const name of names) {
      const spec = { ...(pod(name) as { spec: object }).spec, nodeName: node() };
      await cluster.api('POST', `/api/v1/namespaces/${namespace}/pods`, { metadata: { name }, spec });
    }
    const subject = await kubernetes.actions.subject(await objectFor('drain'), signal);
    const drain = actions.find(({ id }) => id === 'drain')!;
    let evictions = 0;
    api.intercept = ({ url }, hangUp) => {
      if (!url.endsWith('/eviction') || ++evictions !== 2) return false;
      hangUp();
      return true;
    };
    const drained = (): Promise<unknown> => kubernetes.actions.run(drain, subject, undefined);
    await assert.rejects(drained(), /It is not known whether the change was made/);
    assert.equal(evictions, 2);
    await drained();
    for (const name of names) {
      const { status, text } = await cluster.send('GET', `/api/v1/namespaces/${namespace}/pods/${name}`);
      assert.ok(status === 404 || text.includes('deletionTimestamp'), name);
    }
  });

  it('the server dies while something is looked at: said, and nothing of a change', async () => {
    let cut = 0;
    api.intercept = (_, hangUp) => {
      cut++;
      hangUp();
      return true;
    };
    const looks = [describeObject, eventsText].map(
      (look) => () => look(kubernetes.actions, orders(), signal, Date.now()),
    );
    for (const look of [...looks, () => explain(orders(), kubernetes.actions.server('gantry'), signal)]) {
      const before = cut;
      await assert.rejects(
        look(),
        (error: Error) => !/not known whether/.test(error.message) && error.name === 'Failure',
      );
      assert.ok(cut > before, 'the fault took effect');
    }
  });

  it('the server is away before a change: said without a doubt', async () => {
    const [port] = (await freePorts(1)) as [number];
    const subject = await kubernetes.actions.subject(orders(), signal);
    const [file, remove] = kubeconfigAt(cluster.kubeconfig, port);
    const away = kubernetesOn(file);
    try {
      await away.contexts.loaded();
      const scale = actions.find(({ id }) => id === 'scale')!;
      await assert.rejects(
        away.actions.run(scale, { ...subject, server: away.actions.server('gantry') }, 3),
        (error: Error) => error.message.includes(`${port}`) && !error.message.includes('not known whether'),
      );
    } finally {
      away.dispose();
      remove();
    }
  });

  it('the server dies while a save is reviewed: nothing is changed, and the text can be saved again', async () => {
    const { object } = await kubernetes.actions.subject(orders(), signal);
    const wanted = { ...object, spec: { ...(object['spec'] as object), minReadySeconds: 4 } };
    let dead = false;
    api.intercept = (_, hangUp) => {
      if (dead) hangUp();
      return dead;
    };
    const dialogue = {
      review: async () => (dead = true),
      resolve: async () => undefined,
    };
    const saving = (): Promise<KubeObject> =>
      save(orders(), object, wanted, { server: kubernetes.actions.server('gantry'), signal, dialogue });
    await assert.rejects(saving(), /It is not known whether the change was made/);
    assert.ok(dead, 'the fault took effect');
    dead = false;
    api.intercept = undefined;
    assert.equal(at(await saving(), 'spec', 'minReadySeconds'), 4);
  });

  it('two managers of one field: nothing lost, both named, whoever comes second', async () => {
    const file = join(dirname(api.kubeconfig), 'shared.yaml');
    const apply = async (replicas: number): ReturnType<typeof run> => {
      writeFileSync(file, JSON.stringify(deployment('shared', replicas)));
      const line = ['apply', '--server-side', '--field-manager=pipeline', '-f', file];
      const env = await withKubectl({ ...process.env, KUBECONFIG: api.kubeconfig });
      return run('kubectl', line, { env, timeout: 60_000 });
    };
    assert.equal((await apply(2)).code, 0);
    const shared = ref(workloadResources['Deployment']!, 'shared');
    const { object } = await kubernetes.actions.subject(shared, signal);
    const wanted = { ...object, spec: { ...(object['spec'] as object), replicas: 5 } };
    const named: Conflict[] = [];
    const saving = (answer: 'take' | undefined): Promise<KubeObject> => {
      const dialogue = {
        review: async () => true,
        resolve: async (conflicts: readonly Conflict[]) => (named.push(...conflicts), answer),
      };
      return save(shared, object, wanted, { server: kubernetes.actions.server('gantry'), signal, dialogue });
    };
    await assert.rejects(saving(undefined), { kind: 'cancelled' });
    assert.deepEqual(named, [{ manager: 'pipeline', field: '.spec.replicas' }]);
    assert.equal(at((await kubernetes.actions.subject(shared, signal)).object, 'spec', 'replicas'), 2);
    assert.equal(at(await saving('take'), 'spec', 'replicas'), 5);
    const { code, stderr } = await apply(3);
    assert.notEqual(code, 0);
    assert.match(stderr, /conflict with "gantry"/);
    assert.equal(at((await kubernetes.actions.subject(shared, signal)).object, 'spec', 'replicas'), 5);
  });

  it('S5: controls and turned text of a cluster are in no document, question or message', async () => {
    const hostile = '\u001b]0;owned\u0007\u001b[2J\u202egnp.exe\u0000\u009b31m';
    await cluster.api('POST', `/api/v1/namespaces/${namespace}/pods`, {
      ...pod('hostile'),
      metadata: { name: 'hostile', annotations: { note: hostile.replace('\u0000', '') } },
    });
    await cluster.api('POST', `/api/v1/namespaces/${namespace}/events`, {
      metadata: { name: 'hostile.1', namespace },
      involvedObject: { kind: 'Pod', name: 'hostile', namespace },
      type: 'Warning',
      reason: 'Failed',
      message: hostile.replace('\u0000', ''),
    });
    const hostilePod = ref(known.pods, 'hostile');
    const { object } = await kubernetes.actions.subject(hostilePod, signal);
    assert.ok(textAt(object, 'metadata', 'annotations', 'note').includes('\u001b'), 'the fault is in the cluster');
    const texts = [
      await describeObject(kubernetes.actions, hostilePod, signal, Date.now()),
      await eventsText(kubernetes.actions, hostilePod, signal, Date.now()),
      explanationText(hostilePod, await explain(hostilePod, kubernetes.actions.server('gantry'), signal), new Map()),
      question({ title: () => 'Delete', effect: 'loss' }, [{ ...hostilePod, name: hostile }], 'c', false, '')!.message,
    ];
    // oxlint-disable-next-line no-control-regex
    for (const text of texts) assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  });

  it('S9: a value of a secret is in no document, difference, equivalent, question or failure', async () => {
    const canary = `canary-${namespace}`;
    const encoded = Buffer.from(canary).toString('base64');
    const data = { password: encoded };
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    const manifest = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'canary', namespace }, data };
    await cluster.api('POST', path, {
      ...manifest,
      metadata: {
        ...manifest.metadata,
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(manifest) },
      },
    });
    const secret = ref(known.secrets, 'canary');
    const subject = await kubernetes.actions.subject(secret, signal);
    assert.ok(JSON.stringify(subject.object).includes(encoded), 'the canary is in the cluster');
    const seen: string[] = [
      await describeObject(kubernetes.actions, secret, signal, Date.now()),
      toYaml(subject.object),
      JSON.stringify(masked(subject.object)),
    ];
    for (const action of actionsOn(secret).filter(({ id }) => id !== 'showYaml')) {
      const plan = await action.plan(subject, action.example(subject));
      seen.push(plan.kubectl, ...plan.calls.map(callText), question(action, [secret], 'c', true, '')?.message ?? '');
    }
    const changed = { ...manifest, data: { password: Buffer.from(`${canary}-2`).toString('base64') } };
    const [tried] = await tryFile([changed], kubernetes.actions.applyTarget('gantry', signal), true);
    assert.ok(isChanged(tried!), 'the difference is seen');
    seen.push(outcomeText(tried!), ...Object.values(sides(tried!)));
    const wrong = readManifests(toYaml(subject.object).replace('type: Opaque', 'type: Other'), 'x')[0]!;
    const dialogue = {
      review: async (before: string, after: string) => seen.push(before, after) > 0,
      resolve: async () => 'take' as const,
    };
    const saving = save(secret, masked(subject.object), wrong, { server: subject.server, signal, dialogue });
    await saving.then(
      () => assert.fail('a type that cannot be changed was changed'),
      (error: Error) => seen.push(error.message),
    );
    for (const text of seen) {
      assert.ok(!text.includes(canary) && !text.includes(encoded), `the value is in:\n${text}`);
    }
  });
});
