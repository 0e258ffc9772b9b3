/** The embedded cluster set back to a snapshot, and to how it was when it was new. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { isAlive } from '../../../src/core/identity.ts';
import { TestCluster, eventually, ownControlPlane, pod, sharedControlPlane } from '../../support/controlPlane.ts';

const never = new AbortController().signal;
const quiet = (): void => {};

interface Item {
  readonly metadata: { readonly name: string; readonly uid: string };
}

describe('reset of the embedded cluster', function () {
  let cluster: TestCluster;

  before(async function () {
    await sharedControlPlane(this); // Which skips without Go.
    const controlPlane = ownControlPlane();
    cluster = new TestCluster(controlPlane, await controlPlane.start(quiet, never));
  });
  after(() => cluster?.controlPlane.remove());

  const list = async (path: string): Promise<string[]> =>
    (await cluster.api<{ items: Item[] }>('GET', path)).items.map(({ metadata }) => metadata.uid).toSorted();

  const deployment = (name: string): object => ({
    metadata: { name },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'main', image: 'example.invalid/app:1' }] },
      },
    },
  });

  const running = (pods: string, count: number): Promise<void> =>
    eventually(async () => {
      const { items } = await cluster.api<{ items: { status: { phase: string } }[] }>('GET', pods);
      return items.length === count && items.every(({ status }) => status.phase === 'Running');
    });

  it('keeps what was there, takes what came, and whoever watches is told', async () => {
    const { controlPlane } = cluster;
    const namespace = await cluster.namespace();
    const [pods, deployments, maps] = [
      `/api/v1/namespaces/${namespace}/pods`,
      `/apis/apps/v1/namespaces/${namespace}/deployments`,
      `/api/v1/namespaces/${namespace}/configmaps`,
    ];
    await cluster.api('POST', deployments, deployment('kept'));
    await cluster.api('POST', maps, { metadata: { name: 'settings' }, data: { level: 'info' } });
    await running(pods, 2);
    const before = await list(pods);
    await controlPlane.snapshot(never);

    await cluster.api('DELETE', `${deployments}/kept?propagationPolicy=Foreground`);
    await running(pods, 0);
    await cluster.api('POST', pods, pod('later'));
    await cluster.api('PATCH', `${maps}/settings`, { data: { level: 'debug' } }, { 'content-type': 'application/merge-patch+json' }); // prettier-ignore
    await running(pods, 1);
    const watch = await watched(cluster, pods);
    const loses = await controlPlane.resetLoses('snapshot');
    assert.match(
      loses.join(' '),
      new RegExp(`Deleted: .*pods ${namespace}/later.* Put back: .*pods ${namespace}/kept-`),
    );
    assert.match(loses.join(' '), new RegExp(`As they were: .*configmaps ${namespace}/settings`));

    await controlPlane.reset('snapshot', quiet, never);

    assert.deepEqual(await list(pods), before);
    const { data } = await cluster.api<{ data: object }>('GET', `${maps}/settings`);
    assert.deepEqual(data, { level: 'info' });
    await eventually(() => watch.events.length === 3);
    watch.end();
    assert.deepEqual(watch.events.toSorted(), ['ADDED', 'ADDED', 'DELETED']);

    // The controllers work with what is there now: they make what is missing, and no pod twice.
    await cluster.api('POST', deployments, deployment('next'));
    await running(pods, 4);
    assert.deepEqual(
      (await list(pods)).filter((uid) => before.includes(uid)),
      before,
    );
  });

  it('to empty takes all that was made since it was new', async () => {
    await cluster.api('POST', '/api/v1/namespaces/default/pods', pod('lonely'));
    await cluster.controlPlane.reset('empty', quiet, never);
    assert.deepEqual(await list('/api/v1/pods'), []);
    const { items } = await cluster.api<{ items: Item[] }>('GET', '/api/v1/namespaces');
    const names = items.map(({ metadata }) => metadata.name).toSorted();
    assert.deepEqual(names, ['default', 'kube-node-lease', 'kube-public', 'kube-system']);
    await cluster.api('POST', '/api/v1/namespaces/default/pods', pod('first'));
    await running('/api/v1/namespaces/default/pods', 1);
  });

  it('that is killed in the middle leaves a cluster that starts, as before or as wanted', async () => {
    const { controlPlane } = cluster;
    const pods = '/api/v1/namespaces/default/pods';
    await controlPlane.snapshot(never);
    await cluster.api('POST', pods, pod('second'));
    const controllers = (await controlPlane.running())!.processes['kube-controller-manager']!;
    const child = spawn(process.execPath, [join(import.meta.dirname, 'starter.ts'), dirname(controlPlane.layout.folder), 'reset'], { stdio: 'ignore' }); // prettier-ignore
    // They are back in a moment: who looks each 50 ms may see none of it.
    while (isAlive(controllers)) await setImmediate();
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(await controlPlane.status(), 'broken');
    await controlPlane.start(quiet, never);
    const names = (await cluster.api<{ items: Item[] }>('GET', pods)).items.map(({ metadata }) => metadata.name);
    assert.ok(
      [['first'], ['first', 'second']].some((state) => String(state) === String(names)),
      String(names),
    );
    await cluster.api('POST', `/apis/apps/v1/namespaces/default/deployments`, deployment('after'));
    await running(pods, names.length + 2);
  });

  it('says that there is nothing to go back to, and that it does not run', async () => {
    const fresh = ownControlPlane();
    await assert.rejects(fresh.snapshot(never), { kind: 'notFound', message: /does not run/ });
    await assert.rejects(fresh.reset('snapshot', quiet, never), { kind: 'notFound', message: /does not run/ });
    assert.deepEqual(await fresh.resetTargets(), []);
    assert.deepEqual(
      (await cluster.controlPlane.resetTargets()).map(({ to }) => to),
      ['snapshot', 'empty'],
    );
  });
});

/** The types of what a watch tells from now on, over a connection of its own. */
async function watched(cluster: TestCluster, path: string): Promise<{ events: string[]; end: () => void }> {
  const { metadata } = await cluster.api<{ metadata: { resourceVersion: string } }>('GET', path);
  const { ca, adminCert: cert, adminKey: key } = cluster;
  const url = `${cluster.server}${path}?watch=1&resourceVersion=${metadata.resourceVersion}`;
  const asked = request(url, { ca, cert, key, agent: false });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const events: string[] = [];
  let rest = '';
  response.setEncoding('utf8');
  response.on('data', (piece: string) => {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    events.push(...lines.map((line) => (JSON.parse(line) as { type: string }).type));
  });
  response.on('error', () => {});
  return { events, end: () => asked.destroy() };
}
