/** Each action and its kubectl line, both run through a proxy that writes down what reaches the server. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pageIn } from '../../../../scripts/lib/page.ts';
import { root } from '../../../../scripts/lib/project.ts';
import { run } from '../../../../src/core/processes.ts';
import { manifestFile } from '../../../../src/kubernetes/actions/apply.ts';
import type { KubeObject } from '../../../../src/kubernetes/actions/apiCall.ts';
import type { Plan, Subject } from '../../../../src/kubernetes/actions/action.ts';
import { type Equivalent, equivalentsMarkdown } from '../../../../src/kubernetes/actions/equivalentsPage.ts';
import { actions } from '../../../../src/kubernetes/actions/registry.ts';
import { type ObjectRef, known, workloadResources } from '../../../../src/kubernetes/apiResource.ts';
import type { Kubernetes } from '../../../../src/kubernetes/domain.ts';
import { type TestCluster, eventually, pod, sharedControlPlane } from '../../../support/controlPlane.ts';
import { kubernetesOn } from '../../../support/kubernetes.ts';
import { withKubectl } from '../../../support/peers.ts';
import { type RecordedRequest, type RecordingApi, recordingApi } from '../../../support/recordingApi.ts';

const signal = new AbortController().signal;
const template = (image: string): object => ({
  metadata: { labels: { app: 'equal' } },
  spec: { containers: [{ name: 'main', image }] },
});
const jobTemplate = {
  spec: {
    template: { spec: { ...(template('example.invalid/job:1') as { spec: object }).spec, restartPolicy: 'Never' } },
  },
};
const secretValue = Buffer.from('canary').toString('base64');
const nodes = { group: '', version: 'v1', resource: 'nodes', kind: 'Node', namespaced: false };

/** A request with everything left out that names the client or the moment. */
function normal({ method, url, type, body }: RecordedRequest): string {
  const at = new URL(url, 'http://server');
  const query = [...at.searchParams].filter(([key]) => !/^(fieldManager|fieldValidation|limit|timeout)$/.test(key));
  const text = body
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)/g, 'TIME')
    .replace(/"uid":"[^"]+"/g, '"uid":"UID"');
  if (type === 'application/vnd.kubernetes.protobuf' || at.pathname.endsWith('/jobs'))
    return `${method} ${at.pathname}`;
  const parsed: unknown = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text;
  return JSON.stringify([
    method,
    at.pathname,
    query.map((pair) => pair.join('=')).sort(),
    method === 'GET' ? '' : type,
    tidy(parsed),
  ]);
}

/** Keys in order; nulls that are the same as nothing and empty maps left out, except in a patch's own words. */
function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(([key, each]) => !(key === 'creationTimestamp' && each === null) && key !== 'namespace')
    .map(([key, each]) => [key, tidy(each)] as const)
    .filter(([, each]) => typeof each !== 'object' || each === null || Object.keys(each).length > 0);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe('equivalents', function () {
  this.timeout(180_000);
  let cluster: TestCluster;
  let api: RecordingApi;
  let kubernetes: Kubernetes;
  let namespace: string;
  let folder: string;
  const proven = new Map<string, Equivalent>();

  before(async function () {
    cluster = await sharedControlPlane(this);
    folder = mkdtempSync(join(tmpdir(), 'gantry-equivalents-'));
    writeFileSync(join(folder, 'FILE'), 'canary');
    api = await recordingApi(cluster);
    kubernetes = kubernetesOn(api.kubeconfig);
    await kubernetes.contexts.loaded();
    namespace = await cluster.namespace();
  });
  after(async () => {
    kubernetes?.dispose();
    await api?.close();
    if (namespace !== undefined) await cluster.removeNamespace(namespace);
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  const apps = (): string => `/apis/apps/v1/namespaces/${namespace}`;
  const make = (path: string, object: object): Promise<unknown> => cluster.api('POST', path, object);

  /** Makes an object of the kind, fresh for each run, and its ref. */
  async function fresh(resource: string, name: string): Promise<ObjectRef> {
    const selector = { matchLabels: { app: 'equal' } };
    const spec = { replicas: 1, selector, template: template('example.invalid/app:1') };
    const ref = (kind: (typeof workloadResources)[string]): ObjectRef => ({
      ...kind,
      context: 'gantry',
      namespace,
      name,
    });
    switch (resource) {
      case 'pods':
        await make(`/api/v1/namespaces/${namespace}/pods`, pod(name));
        return ref(known.pods);
      case 'secrets':
        await make(`/api/v1/namespaces/${namespace}/secrets`, { metadata: { name }, data: { key: secretValue } });
        return ref(known.secrets);
      case 'cronjobs':
        await make(`/apis/batch/v1/namespaces/${namespace}/cronjobs`, {
          metadata: { name },
          spec: { schedule: '0 0 1 1 *', jobTemplate },
        });
        return ref(workloadResources['CronJob']!);
      case 'nodes':
        await make('/api/v1/nodes', { metadata: { name }, spec: { unschedulable: name.includes('uncordon') } });
        await cluster.api('POST', `/api/v1/namespaces/${namespace}/pods`, {
          ...pod(`on-${name}`),
          spec: { nodeName: name, containers: [{ name: 'main', image: 'example.invalid/app:1' }] },
        });
        return { ...nodes, context: 'gantry', namespace: '', name };
      default: {
        const kind = { deployments: 'Deployment', statefulsets: 'StatefulSet', daemonsets: 'DaemonSet' }[resource]!;
        const { replicas: _, ...rest } = spec;
        await make(`${apps()}/${resource}`, {
          metadata: { name },
          spec: kind === 'DaemonSet' ? rest : kind === 'StatefulSet' ? { ...spec, serviceName: name } : spec,
        });
        if (kind === 'Deployment') await atRevision(name, '1');
        if (/-(undo|rollouthistory)-/.test(name)) await secondRevision(resource, name);
        return ref(workloadResources[kind]!);
      }
    }
  }

  /** Until the controller has written what it writes by itself. */
  async function atRevision(name: string, revision: string): Promise<void> {
    const key = 'deployment.kubernetes.io/revision';
    await eventually(async () => {
      const { metadata } = await cluster.api<KubeObject>('GET', `${apps()}/deployments/${name}`);
      return metadata.annotations?.[key] === revision;
    });
  }

  /** So that there is one to go back to. */
  async function secondRevision(resource: string, name: string): Promise<void> {
    const kept = resource === 'deployments' ? 'replicasets' : 'controllerrevisions';
    const count = async (): Promise<number> => {
      const { items } = await cluster.api<{ items: { metadata: { ownerReferences?: { name: string }[] } }[] }>(
        'GET',
        `${apps()}/${kept}`,
      );
      return items.filter(({ metadata }) => metadata.ownerReferences?.[0]?.name === name).length;
    };
    await eventually(async () => (await count()) === 1);
    await cluster.api(
      'PATCH',
      `${apps()}/${resource}/${name}`,
      { spec: { template: template('example.invalid/app:2') } },
      {
        'content-type': 'application/strategic-merge-patch+json',
      },
    );
    await eventually(async () => (await count()) === 2);
    if (resource === 'deployments') await atRevision(name, '2');
  }

  /** Both ways on one object: what comes of `kubectl` first, when nothing was changed for good yet, hence two objects. */
  async function both(id: string, resource: string): Promise<{ ours: string[]; theirs: string[]; plan: Plan }> {
    const action = actions.find((each) => each.id === id)!;
    const name = `equal-${id.toLowerCase()}-${resource}`;
    const prepare = async (): Promise<[Subject, Plan]> => {
      const ref = await fresh(resource, name);
      const subject = await kubernetes.actions.subject(ref, signal);
      const example = action.example(subject);
      if (id === 'showYaml') writeFileSync(join(folder, manifestFile(ref)), JSON.stringify(example));
      const input = id === 'editSecret' ? { key: 'key', value: secretValue } : example;
      return [subject, await action.plan(subject, input)];
    };
    const [subject, plan] = await prepare();
    const changes = plan.calls.some(({ method }) => method !== 'GET');
    const wanted = new Set(plan.calls.map(({ path }) => path));
    const seen = async (work: () => Promise<unknown>): Promise<string[]> => {
      api.requests.length = 0;
      await work();
      const relevant = changes
        ? api.requests.filter(({ method }) => method !== 'GET')
        : api.requests.filter(
            ({ method, url }) => method === 'GET' && wanted.has(new URL(url, 'http://server').pathname),
          );
      const requests = [...new Set(relevant.map(normal))].sort();
      return [...requests, ...(await madeJobs())];
    };
    const ours = await seen(() => kubernetes.actions.perform(plan, subject));
    if (changes) await remove(subject.ref, name);
    const kubectlPlan = changes ? (await prepare())[1] : plan;
    const theirs = await seen(async () => {
      const env = await withKubectl({ ...process.env, KUBECONFIG: api.kubeconfig });
      if (id === 'drain') void endEvicted(`on-${name}`);
      const { code, stderr } = await run('sh', ['-c', kubectlPlan.kubectl], { env, cwd: folder, timeout: 120_000 });
      assert.equal(code, 0, `${kubectlPlan.kubectl}\n${stderr}`);
    });
    await remove(subject.ref, name);
    return { ours, theirs, plan };
  }

  /** Nobody plays the kubelet of the test's node: the pod goes once it is evicted, which kubectl waits for. */
  async function endEvicted(name: string): Promise<void> {
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    await eventually(async () => /"deletionTimestamp"|NotFound/.test((await cluster.send('GET', path)).text));
    await cluster.send('DELETE', `${path}?gracePeriodSeconds=0`);
  }

  /** Kubectl speaks protobuf when it creates a job; what the server made of it is compared instead. */
  async function madeJobs(): Promise<string[]> {
    const path = `/apis/batch/v1/namespaces/${namespace}/jobs`;
    const { items } = await cluster.api<{ items: { metadata: Record<string, unknown>; spec: unknown }[] }>('GET', path);
    await cluster.send('DELETE', `${path}?propagationPolicy=Background`);
    await eventually(async () => (await cluster.api<{ items: unknown[] }>('GET', path)).items.length === 0);
    return items.map(({ metadata: { annotations, ownerReferences }, spec }) => {
      const text = JSON.stringify(tidy({ annotations, ownerReferences, spec }));
      return text.replace(/-manual-\w+/g, '-manual').replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UID');
    });
  }

  async function remove({ resource, group }: ObjectRef, name: string): Promise<void> {
    const root = group === '' ? '/api/v1' : `/apis/${group}/v1`;
    const path = resource === 'nodes' ? `${root}/nodes/${name}` : `${root}/namespaces/${namespace}/${resource}/${name}`;
    if (resource === 'nodes') {
      await cluster.send('DELETE', `/api/v1/namespaces/${namespace}/pods/on-${name}?gracePeriodSeconds=0`);
    }
    await cluster.send('DELETE', `${path}?propagationPolicy=Background&gracePeriodSeconds=0`);
    await eventually(async () => (await cluster.send('GET', path)).status === 404);
    await cluster.send('DELETE', `${apps()}/replicasets`);
    await cluster.send('DELETE', `${apps()}/controllerrevisions`);
    for (const kept of ['replicasets', 'controllerrevisions']) {
      await eventually(
        async () => (await cluster.api<{ items: unknown[] }>('GET', `${apps()}/${kept}`)).items.length === 0,
      );
    }
  }

  const cases: Record<string, readonly string[]> = {
    describe: ['pods'],
    explain: ['pods'],
    showYaml: ['deployments'],
    revealSecret: ['secrets'],
    editSecret: ['secrets'],
    showEvents: ['pods'],
    rolloutStatus: ['deployments'],
    rolloutHistory: ['deployments', 'statefulsets'],
    scale: ['deployments', 'statefulsets'],
    restart: ['deployments', 'daemonsets'],
    undo: ['deployments', 'statefulsets', 'daemonsets'],
    trigger: ['cronjobs'],
    suspend: ['cronjobs'],
    resume: ['cronjobs'],
    cordon: ['nodes'],
    uncordon: ['nodes'],
    drain: ['nodes'],
    delete: ['pods', 'deployments'],
  };

  /** Actions on pods that open a stream, and what of its request kubectl says with the same words. */
  const streams: Record<string, readonly string[]> = {
    showLogs: ['container', 'follow', 'tailLines', 'timestamps'],
    showPreviousLogs: ['container', 'previous', 'timestamps'],
    showLogsSince: ['container', 'follow', 'sinceSeconds', 'timestamps'],
    // Kubectl asks for no terminal where it has none itself, as here.
    openShell: ['container', 'command', 'stdin', 'stdout'],
    openOtherShell: ['container', 'command', 'stdin', 'stdout'],
    attach: ['container', 'stdout'],
    // The one says what to run with a tar of its own words, the other names its ports on the stream.
    copyFrom: ['container', 'stdout'],
    copyTo: ['container', 'stdout'],
    forwardPort: [],
    debug: [],
  };

  /** Notes what was proven of an action, for its first kind. */
  function prove(id: string, { kubectl, calls }: Plan, name: string): void {
    const general = (text: string): string =>
      text
        .replaceAll(`on-${name}`, 'POD')
        .replaceAll(name, 'NAME')
        .replaceAll(namespace, 'NAMESPACE')
        .replace(`--kubeconfig ${api.kubeconfig} `, '')
        .replace('--context gantry', '--context CONTEXT')
        .replace(/-manual-\w+/g, '-manual-ID');
    if (proven.has(id)) return;
    proven.set(id, {
      kubectl: general(kubectl),
      calls: calls.map(({ method, path, query = {} }) => {
        const text = new URLSearchParams(query).toString();
        return `${method} ${general(decodeURIComponent(text === '' ? path : `${path}?${text}`))}`;
      }),
    });
  }

  it('every action has one', () => {
    assert.deepEqual(actions.map(({ id }) => id).sort(), [...Object.keys(cases), ...Object.keys(streams)].sort());
  });

  for (const [id, keys] of Object.entries(streams)) {
    it(`${id} asks for the stream that kubectl asks for`, async () => {
      const name = `stream-${id.toLowerCase()}`;
      const ref = await fresh('pods', name);
      const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
      const type = { 'content-type': 'application/merge-patch+json' };
      await cluster.api('PATCH', `${path}/status`, { status: { phase: 'Running' } }, type);
      const subject = await kubernetes.actions.subject(ref, signal);
      const action = actions.find((each) => each.id === id)!;
      const plan = await action.plan(subject, action.example(subject));
      const said = (url: string): string => {
        const at = new URL(url, 'http://server');
        return [at.pathname, ...keys.map((key) => `${key}=${at.searchParams.getAll(key).join(' ')}`)].join(' ');
      };
      const [{ path: asked, query = {} }] = plan.calls as [Plan['calls'][number]];
      const ours = said(asked.includes('?') ? asked : `${asked}?${new URLSearchParams(query).toString()}`);
      api.requests.length = 0;
      const env = await withKubectl({ ...process.env, KUBECONFIG: api.kubeconfig });
      const ending = new AbortController();
      const kubectl = run('sh', ['-c', plan.kubectl], { env, cwd: folder, signal: ending.signal }).catch(() => {});
      try {
        await eventually(() => Promise.resolve(api.requests.some(({ url }) => said(url) === ours)));
      } catch {
        assert.deepEqual([...new Set(api.requests.map(({ url }) => said(url)))], [ours], plan.kubectl);
      } finally {
        ending.abort();
        await kubectl;
        await remove(ref, name);
      }
      prove(id, plan, name);
    });
  }

  for (const [id, resources] of Object.entries(cases)) {
    for (const resource of resources) {
      it(`${id} of ${resource} reaches the server as kubectl's does`, async () => {
        const { ours, theirs, plan } = await both(id, resource);
        assert.ok(ours.length >= (id === 'drain' ? 2 : 1), plan.kubectl);
        assert.deepEqual(ours, theirs);
        prove(id, plan, `equal-${id.toLowerCase()}-${resource}`);
      });
    }
  }

  it('are in the pages that list them', async () => {
    const pages = { 'media/kubernetes-actions.md': 'en', 'media/kubernetes-actions.zh-cn.md': 'zh-cn' } as const;
    for (const [page, language] of Object.entries(pages)) {
      const text = await pageIn(language, () => equivalentsMarkdown(proven));
      if (process.env['GANTRY_WRITE_PAGES'] === '1') writeFileSync(join(root, page), text);
      assert.equal(readFileSync(join(root, page), 'utf8'), text, `GANTRY_WRITE_PAGES=1 writes ${page} anew`);
    }
  });
});
