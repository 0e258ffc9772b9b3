/** A window that asks nothing of Gantry: X2. */
import assert from 'node:assert/strict';
import { installVscodeServer } from '../../../scripts/lib/vscodeServer.ts';
import { type TestCluster, eventually, sharedControlPlane } from '../../support/controlPlane.ts';
import { WindowScene } from '../../support/windowScene.ts';
import { Workbench } from '../../support/workbench.ts';

describe('a window at rest', function () {
  this.timeout(300_000);
  let cluster: TestCluster;
  let scene: WindowScene;

  before(() => installVscodeServer(console.error)).timeout(30 * 60_000);
  before(async function () {
    cluster = await sharedControlPlane(this);
  });
  beforeEach(async () => {
    scene = await WindowScene.open(cluster);
  });
  afterEach(() => scene?.close());

  it('X2 Gantry runs, and nobody opens its views: cluster, engine and gRPC server hear nothing', async () => {
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
