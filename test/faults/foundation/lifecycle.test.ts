/** Windows that open, close, crash and are reloaded: what Gantry held is let go. And one that asks nothing of it: X1, X2. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { Page } from 'playwright-core';
import { installVscodeServer } from '../../../scripts/lib/vscodeServer.ts';
import { freePorts } from '../../../src/core/ports.ts';
import { type TestCluster, eventually, pod, sharedControlPlane } from '../../support/controlPlane.ts';
import { long } from '../../support/long.ts';
import { restartableExtension } from '../../support/restartable.ts';
import { WindowScene } from '../../support/windowScene.ts';
import { Workbench } from '../../support/workbench.ts';

const restarts = long ? 100 : 12;
const windows = long ? 5 : 3;
const reloads = long ? 20 : 1;
/** Connections of a window with one namespace's pods in sight: its watches, and two for what is asked once. */
const mostConnections = 12;

describe('windows that come and go', function () {
  const scenes = inScenes(this);

  it(`X1 activated and deactivated ${restarts} times in one extension host: nothing is left, memory does not grow`, async () => {
    const scene = scenes.now();
    const extension = await restartableExtension();
    try {
      const env = { GANTRY_GREP: 'activated and deactivated', GANTRY_RESTARTS: String(restarts) };
      const editor = await scene.launch(env, { developed: extension.folder });
      const { results } = await editor.runHostSuite(long ? 60 : 14);
      assert.deepEqual(
        results.map(({ state, error }) => [state, error]),
        [['passed', undefined]],
      );
      assert.ok(scene.api.accepted >= restarts, `${scene.api.accepted} connections`);
      await eventually(scene.isLetGo);
    } finally {
      await extension.remove();
    }
  }).timeout((long ? 65 : 15) * 60_000);

  it('X1 the extension host is killed: its connections are closed, the port that it forwarded is free', async () => {
    const scene = scenes.now();
    const editor = await scene.launch();
    const workbench = new Workbench(await editor.openWorkbench());
    await scene.look(workbench);
    const pods = await workbench.openView('Pods');
    const [port] = (await freePorts(1)) as [number];
    await workbench.menu(workbench.row(pods, 'one'), 'Forward Port');
    await workbench.type('Ports to forward', `${port}:8080`);
    await eventually(async () => !(await isFree(port)));
    // Seen again, and so followed: opening the pods had closed them.
    await workbench.page.locator('.sidebar .pane-header[aria-label^="Containers" i]').click();
    await eventually(() => scene.engine.listening === 1 && scene.api.open > 0);
    await editor.crashHost();
    await eventually(scene.isLetGo);
    assert.ok(await isFree(port));
  });

  it(`X1 ${windows} windows on one cluster and one engine: each follows them, and lets go when it is closed`, async () => {
    const scene = scenes.now();
    const { api, cluster, engine, namespace } = scene;
    const editor = await scene.launch();
    const pages: Page[] = [];
    for (let window = 1; window <= windows; window++) {
      const page = await editor.openWorkbench();
      pages.push(page);
      await scene.look(new Workbench(page));
      assert.equal((await editor.hosts()).length, window);
    }
    await eventually(() => engine.listening === windows);
    assert.ok(api.open >= windows && api.open <= windows * mostConnections, `${api.open} connections`);
    for (const page of pages.slice(1)) await page.close();
    await eventually(async () => (await editor.hosts()).length === 1);
    await eventually(() => engine.listening === 1 && api.open <= mostConnections);
    await cluster.api('POST', `/api/v1/namespaces/${namespace}/pods`, pod('two'));
    const left = new Workbench(pages[0]!);
    await left.row(await left.openView('Pods'), 'two').waitFor({ timeout: 60_000 });
  });

  it(`X1 a window is reloaded (${reloads}×) while pods and containers change: it follows them again, nothing is left of before`, async () => {
    const scene = scenes.now();
    const editor = await scene.launch();
    const page = await editor.openWorkbench();
    const ending = new AbortController();
    const changing = scene.change(ending.signal);
    try {
      for (let reload = 0; reload <= reloads; reload++) {
        if (reload > 0) await page.reload();
        await scene.look(new Workbench(page));
        await eventually(async () => (await editor.hosts()).length === 1);
        await eventually(() => scene.engine.listening === 1 && scene.api.open <= mostConnections);
      }
    } finally {
      ending.abort();
      const changes = await changing;
      assert.ok(changes > 10 * reloads, `${changes} changes`);
    }
  });
});

describe('a window at rest', function () {
  const scenes = inScenes(this);

  it('X2 Gantry runs, and nobody opens its views: cluster, engine and gRPC server hear nothing', async () => {
    const scene = scenes.now();
    const { api, engine, server } = scene;
    const workbench = new Workbench(await (await scene.launch()).openWorkbench());
    await workbench.openFile('wrong.yaml');
    await workbench.page.locator('.squiggly-error').first().waitFor({ timeout: 60_000 });
    assert.deepEqual([api.accepted, engine.asked, server.accepted], [0, [], 0]);
    await scene.look(workbench);
    await workbench.openView('gRPC');
    await eventually(() => server.accepted > 0);
    assert.ok(api.accepted > 0 && engine.asked.length > 0, 'they would have heard it');
  });
});

/** A scene of its own for each row of a suite. */
function inScenes(suite: Mocha.Suite): { readonly now: () => WindowScene } {
  suite.timeout(300_000);
  let cluster: TestCluster;
  let scene: WindowScene;
  before(() => installVscodeServer(console.error)).timeout(30 * 60_000);
  before(async function () {
    cluster = await sharedControlPlane(this);
  });
  beforeEach(async () => {
    scene = await WindowScene.open(cluster);
  });
  afterEach(function () {
    return scene?.close(this.currentTest);
  });
  return { now: () => scene };
}

/** Whether a server can listen there. */
async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
