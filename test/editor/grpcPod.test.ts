/** A server in a pod is called from its row in the Pods view, and still is when the pod was replaced. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { eventually } from '../support/controlPlane.ts';
import type { TestEditor } from '../support/editor.ts';
import { executed } from '../support/executed.ts';
import { writeRequest } from '../support/grpcRequest.ts';
import { buildGrpcServers } from '../support/grpcServers.ts';
import { Workbench } from '../support/workbench.ts';
import { type World, openShop, sharedWorld } from '../support/world.ts';

describe('a gRPC server in a pod, in the window', function () {
  this.timeout(240_000);
  let world: World;
  let namespace: string;
  let editor: TestEditor;
  let workbench: Workbench;

  before(async function () {
    this.timeout(10 * 60_000);
    world = await sharedWorld();
    namespace = await world.cluster.namespace();
    const program = await world.node.share(join(await buildGrpcServers(), 'grpcservers'));
    await world.node.deploy(namespace, 'echo', 1, {
      args: ['-address=:50051'],
      container: {
        command: ['/grpcservers'],
        stdin: true, // It ends with its input.
        ports: [{ name: 'grpc', containerPort: 50051 }],
        volumeMounts: [{ name: 'program', mountPath: '/grpcservers', readOnly: true }],
      },
      spec: { volumes: [{ name: 'program', hostPath: { path: program, type: 'File' } }] },
    });
    editor = await openShop(world);
    workbench = new Workbench(await editor.openWorkbench());
    await workbench.openGantry();
  });
  after(async () => {
    await editor?.close();
    if (namespace !== undefined) await world.cluster.removeNamespace(namespace);
  });
  afterEach(async function () {
    await workbench?.afterTest(this.currentTest);
  });

  const pods = async (): Promise<string[]> => {
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const { items } = await world.cluster.api<{ items: { metadata: { name: string } }[] }>('GET', path);
    return items.map(({ metadata }) => metadata.name);
  };
  const call = async (panel: Frame, text: string): Promise<void> => {
    await writeRequest(panel, `{"text": "${text}"}`);
    await panel.locator('#send').click();
    await panel.locator('gantry-json-tree', { hasText: text }).waitFor({ timeout: 60_000 });
    await panel.locator('#status .status', { hasText: 'OK' }).waitFor({ timeout: 60_000 });
  };

  it('is reached with two clicks, also after its pod was replaced', async () => {
    const view = await workbench.openView('Pods');
    await workbench.unfold(workbench.row(view, 'Local cluster'));
    await workbench.unfold(workbench.row(view, namespace));
    await workbench.unfold(workbench.row(view, 'echo'));
    await workbench.choose(() => workbench.act(workbench.row(view, 'echo-'), 'Call gRPC Method of Object'), 'Same');
    executed.add('gantry.grpc.callObject');
    const panel = await workbench.panel();
    await panel.locator('#request').waitFor({ timeout: 60_000 });
    await call(panel, 'to the first');

    const [old = ''] = await pods();
    await world.cluster.api('DELETE', `/api/v1/namespaces/${namespace}/pods/${old}`);
    await eventually(async () => !(await pods()).includes(old), 60_000);
    await world.node.rolledOut(namespace, 'echo');
    await call(panel, 'to the second');
    assert.equal((await pods()).length, 1);
  });

  it('leads back to the row of what it runs in', async () => {
    const pods = await workbench.openView('Pods');
    await workbench.row(pods, 'echo-').click(); // Another than what is led to.
    const servers = await workbench.openView('gRPC');
    await workbench.act(workbench.row(servers, 'deployment/echo'), 'Show Where It Runs');
    executed.add('gantry.grpc.reveal');
    await pods
      .locator('.monaco-list-row.selected')
      .filter({ hasText: /^echo(?!-)/ })
      .waitFor({ timeout: 60_000 });
  });
});
