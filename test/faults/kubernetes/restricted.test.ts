/** A workspace that sets every setting of ours to do harm, in a VS Code that does not trust it: S1. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { installVscodeServer } from '../../../scripts/lib/vscodeServer.ts';
import { eventually } from '../../support/controlPlane.ts';
import { TestEditor } from '../../support/editor.ts';
import { type MuteServer, muteServer } from '../../support/muteServer.ts';
import { type ViewName, Workbench } from '../../support/workbench.ts';

interface Manifest {
  readonly contributes: { readonly configuration: { readonly properties: Readonly<Record<string, unknown>> } };
}

describe('S1 hostile settings of a workspace', function () {
  this.timeout(180_000);
  let folder: string;
  let canary: string;
  let engine: MuteServer;
  let called: MuteServer;
  let editor: TestEditor | undefined;
  before(() => installVscodeServer(console.error)).timeout(30 * 60_000);
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gantry-hostile-'));
    canary = join(folder, 'canary');
    [engine, called] = await Promise.all([muteServer(), muteServer()]);
    mkdirSync(join(folder, 'workspace', '.vscode'), { recursive: true });
    writeFileSync(join(folder, 'workspace', '.vscode', 'settings.json'), JSON.stringify(hostile()));
    writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(kubeconfig()));
  });
  afterEach(async () => {
    await editor?.close();
    editor = undefined;
    await Promise.all([engine.close(), called.close()]);
    rmSync(folder, { recursive: true, force: true });
  });

  /** What each of our settings would be made by somebody who wants a program run, or a server of his called. */
  function hostile(): Record<string, unknown> {
    const address = `127.0.0.1:${called.port}`;
    const pem = join(folder, 'canary.pem');
    return {
      'gantry.cluster.nodes': 1e9,
      'gantry.cluster.stages': `/etc/passwd$(touch ${canary})`,
      'gantry.cluster.image': `127.0.0.1:${called.port}/mine`,
      'gantry.cluster.registry': `127.0.0.1:${called.port}/mine`,
      'gantry.cluster.registryMirrors': { 'docker.io': [`http://${address}`] },
      'gantry.cluster.proxy': `http://${address}`,
      'gantry.cluster.arguments': [`--node-name=$(touch ${canary})`],
      'gantry.cluster.memory': `$(touch ${canary})`,
      'gantry.cluster.cpus': -1,
      'gantry.curriculum.checkOnSave': true,
      'gantry.docker.endpoint': `tcp://127.0.0.1:${engine.port}`,
      'gantry.docker.groupBy': `label:$(touch ${canary})`,
      'gantry.docker.vulnerabilityDatabase': `http://127.0.0.1:${engine.port}`,
      'gantry.grpc.servers': [address, `$(touch ${canary})`],
      'gantry.grpc.deadline': 3_600,
      'gantry.grpc.connections': { [address]: { ca: pem, cert: pem, key: pem, skipVerify: true } },
      'gantry.grpc.targets': { mine: { address, ca: pem, importPaths: [`$(touch ${canary})`] } },
      'gantry.grpc.environments': { mine: { address, token: `$(touch ${canary})` } },
      'gantry.manifests.kubernetesVersion': 'cluster',
      'gantry.manifests.rules': { ['__proto__']: 'off', [`$(touch ${canary})`]: 'error' },
      'gantry.kubernetes.debugImage': `127.0.0.1:${called.port}/mine`,
      'gantry.kubernetes.protectedContexts': ['('],
    };
  }

  /** The person's own, whose context gets its credentials by a program. */
  const kubeconfig = (): object => ({
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [
      {
        name: 'u',
        user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'touch', args: [canary] } },
      },
    ],
    contexts: [{ name: 'own', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'own',
  });

  /** Opens views and unfolds what they show. */
  async function look(views: readonly ViewName[], settings: Readonly<Record<string, unknown>>): Promise<Workbench> {
    editor = await TestEditor.launch({
      workspace: join(folder, 'workspace'),
      env: {
        KUBECONFIG: join(folder, 'kubeconfig'),
        DOCKER_HOST: `unix://${join(folder, 'no-engine')}`,
        XDG_STATE_HOME: folder,
      },
      settings,
    });
    const workbench = new Workbench(await editor.openWorkbench());
    await workbench.openGantry();
    for (const name of views) {
      const view = await workbench.openView(name);
      await view.locator('.monaco-list-row, .welcome-view-content').first().waitFor({ timeout: 60_000 });
      for (const row of await view.locator('.monaco-list-row').all()) await workbench.unfold(row);
    }
    return workbench;
  }

  it('every setting of ours is among them', () => {
    const { contributes } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
    assert.deepEqual(Object.keys(hostile()).sort(), Object.keys(contributes.configuration.properties).sort());
  });

  it('where the workspace is not trusted, none of them has an effect, and no program is run', async () => {
    const workbench = await look(['Services', 'Containers', 'Curriculum', 'gRPC'], {
      'security.workspace.trust.enabled': true,
      'security.workspace.trust.startupPrompt': 'never',
    });
    const pods = await workbench.openView('Pods');
    await workbench.unfold(workbench.row(pods, 'own'));
    await pods.getByText(/not done in Restricted Mode/).waitFor({ timeout: 30_000 });
    assert.deepEqual([engine.accepted, called.accepted, existsSync(canary)], [0, 0, false]);
    assert.equal(await workbench.page.locator('.monaco-dialog-box').count(), 0);
    assert.equal(await workbench.page.locator('.notification-list-item').count(), 0);
    await workbench.runCommand('Workspaces: Manage Workspace Trust');
    await workbench.page
      .getByRole('button', { name: /^Trust/ })
      .first()
      .click({ timeout: 30_000 });
    await workbench.page
      .locator('.monaco-dialog-box')
      .filter({ hasText: `touch ${canary}` })
      .waitFor({ timeout: 30_000 });
    assert.ok(!existsSync(canary), 'it is shown before it is run');
  });

  it('the fault took effect: where it is trusted, its server is called, but the engine is still the person’s own', async () => {
    await look(['Containers', 'gRPC'], { 'security.workspace.trust.enabled': false });
    await eventually(() => called.accepted > 0);
    assert.deepEqual([engine.accepted, existsSync(canary)], [0, false]);
  });
});
