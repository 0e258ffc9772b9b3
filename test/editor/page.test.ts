/** Gantry as a person sees it: clicks, rows and panels in VS Code's window, each compared with a second source. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/lib/project.ts';
import { eventually, pod } from '../support/controlPlane.ts';
import type { TestEditor } from '../support/editor.ts';
import { executed } from '../support/executed.ts';
import { startRegistry } from '../support/registry.ts';
import { Workbench } from '../support/workbench.ts';
import { openShop, sharedWorld, type World, worldContainer } from '../support/world.ts';

describe('in the window', function () {
  this.timeout(180_000);
  let world: World;
  let editor: TestEditor;
  let workbench: Workbench;

  /** Runs a command from the palette by its English title. */
  const run = async (id: string, title: string): Promise<void> => {
    await workbench.runCommand(`Gantry: ${title}`);
    executed.add(id);
  };
  const choosing = async (id: string, title: string, ...entries: readonly string[]): Promise<void> => {
    await workbench.choose(`Gantry: ${title}`, ...entries);
    executed.add(id);
  };

  before(async function () {
    this.timeout(10 * 60_000);
    world = await sharedWorld();
    editor = await openShop({ ...world, settings: { ...world.settings, 'gantry.cluster.nodes': 2 } });
    workbench = new Workbench(await editor.openWorkbench());
    await workbench.openGantry();
  });
  after(() => editor?.close());
  afterEach(async function () {
    await workbench.afterTest(this.currentTest);
  });

  it('a pod that is made after the view was opened appears, and goes when it is deleted', async () => {
    const namespace = await world.cluster.namespace();
    const view = await workbench.openView('Pods');
    await workbench.unfold(workbench.row(view, 'Local cluster'));
    await workbench.unfold(workbench.row(view, namespace));
    await world.cluster.api('POST', `/api/v1/namespaces/${namespace}/pods`, pod('made-later'));
    await workbench.row(view, 'made-later').waitFor({ timeout: 30_000 });
    await eventually(async () => (await workbench.row(view, 'made-later').innerText()).includes('Running'));
    await world.cluster.api('DELETE', `/api/v1/namespaces/${namespace}/pods/made-later?gracePeriodSeconds=0`);
    await workbench.row(view, 'made-later').waitFor({ state: 'detached', timeout: 30_000 });
  });

  it('services are those of the API server', async () => {
    const view = await workbench.openView('Services');
    await workbench.unfold(workbench.row(view, 'Local cluster'));
    await workbench.unfold(workbench.row(view, 'default'));
    await workbench.row(view, 'kubernetes').waitFor({ timeout: 30_000 });
  });

  it('a context is removed after a yes that names it', async () => {
    const context = (name: string): object => ({ name, context: { cluster: 'c', user: 'u' } });
    const config = {
      clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'u', user: { token: 'none' } }],
      contexts: [context('unwanted'), context('wanted')],
    };
    writeFileSync(world.env['KUBECONFIG']!, JSON.stringify(config));
    const view = await workbench.openView('Pods');
    await workbench.row(view, 'unwanted').waitFor({ timeout: 30_000 });
    await choosing('gantry.kubernetes.removeContext', 'Remove Context', 'unwanted');
    const dialog = workbench.page.locator('.monaco-dialog-box');
    await dialog.getByText('Remove the context unwanted?').waitFor({ timeout: 30_000 });
    await dialog.getByRole('button', { name: 'Remove Context' }).click();
    await workbench.row(view, 'unwanted').waitFor({ state: 'detached', timeout: 30_000 });
    await workbench.row(view, 'wanted').waitFor();
    assert.doesNotMatch(readFileSync(world.env['KUBECONFIG']!, 'utf8'), /unwanted/);
    writeFileSync(world.env['KUBECONFIG']!, '');
  });

  it('containers are those of the engine', async () => {
    const view = await workbench.openView('Containers');
    await workbench.unfold(view.locator('.monaco-list-row').first());
    await workbench.row(view, worldContainer).waitFor({ timeout: 30_000 });
  });

  it('a container is shown in its view', async () => {
    const view = await workbench.openView('Containers');
    await view.locator('.monaco-list-row').first().press('ArrowLeft');
    await workbench.openView('Pods');
    await choosing('gantry.docker.reveal', 'Show Container in View', worldContainer);
    await view.locator('.monaco-list-row.selected').filter({ hasText: worldContainer }).waitFor({ timeout: 30_000 });
  });

  it('a container is removed after a yes that names it', async () => {
    const id = await world.engine.run({ name: 'gantry-unwanted', command: ['wait'] });
    const exists = async (): Promise<boolean> =>
      (await world.engine.api('GET', `/containers/${id}/json`)).status === 200;
    const dialog = workbench.page.locator('.monaco-dialog-box');
    const ask = async (): Promise<void> => {
      await choosing('gantry.docker.remove', 'Remove from Engine', 'gantry-unwanted');
      await dialog.getByText('Remove the container gantry-unwanted?').waitFor({ timeout: 30_000 });
    };
    await ask();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    assert.ok(await exists());
    await ask();
    await dialog.getByRole('button', { name: 'Remove Container' }).click();
    await eventually(async () => !(await exists()));
  });

  it('a volume is removed from its row; what is unused goes after a preview', async () => {
    await world.engine.json('POST', '/volumes/create', { Name: 'gantry-spare' });
    await world.engine.json('POST', '/networks/create', { Name: 'gantry-unused', Internal: true });
    const gone = async (path: string): Promise<boolean> => (await world.engine.api('GET', path)).status === 404;
    const view = await workbench.openView('Containers');
    await workbench.unfold(view.locator('.monaco-list-row').first());
    await workbench.unfold(workbench.row(view, 'Volumes'));
    await workbench.menu(workbench.row(view, 'gantry-spare'), 'Remove from Engine');
    await workbench.answer('gantry-spare', 'Remove Volume');
    await eventually(() => gone('/volumes/gantry-spare'));
    await workbench.menu(workbench.row(view, 'Networks'), 'Remove What Is Unused');
    await workbench.answer('gantry-unused', 'Remove');
    await eventually(() => gone('/networks/gantry-unused'));
    await workbench.row(view, 'Volumes').press('ArrowLeft');
  });

  it('a Compose project is taken down only after a yes that names it', async () => {
    writeFileSync(join(editor.workspace, 'compose.yaml'), 'services: {}\n');
    await run('gantry.docker.composeDown', 'Compose Down');
    await workbench.answer('Take down compose.yaml?', 'Cancel');
  });

  it('an image is run from the form, by the keyboard', async () => {
    await choosing('gantry.docker.run', 'Run Image', 'gantry-test/talker', 'the engine makes one up');
    await workbench.type('Name of the container', 'x');
    await workbench.type('x is no name', 'gantry-formed');
    // The form is drawn anew with each answer, and a click would meet the row that moved there; keys do not.
    await workbench.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'gantry-formed' }).waitFor();
    await workbench.type('Run gantry-test/talker', 'Command');
    await workbench.type('Arguments instead of the image', 'wait');
    await workbench.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'wait' }).waitFor();
    await workbench.screenshot('run-form');
    await workbench.pick('Run');
    await eventually(async () => (await world.engine.api('GET', '/containers/gantry-formed/json')).status === 200);
    await world.engine.api('DELETE', '/containers/gantry-formed?force=1');
  });

  it('signs in to a registry that asks for a password', async () => {
    const registry = await startRegistry('gantry:letmein');
    try {
      await run('gantry.docker.signIn', 'Sign In to Registry');
      await workbench.type('Registry to sign in to', registry.name);
      await workbench.type(`User name for ${registry.name}`, 'gantry');
      await workbench.type('Password or access token of gantry', 'letmein');
      await workbench.page.getByText(`Signed in to ${registry.name}.`).waitFor({ timeout: 30_000 });
    } finally {
      await registry.close();
    }
  });

  it('a unary method is called once and answers', async () => {
    const view = await workbench.openView('gRPC');
    const address = world.shop.addresses.users;
    await workbench.unfold(workbench.row(view, address));
    await workbench.unfold(workbench.row(view, 'UsersService'));
    const before = (await world.shop.calls())['/shop.v1.UsersService/GetUser'] ?? 0;
    await workbench.row(view, 'GetUser').click();
    const panel = await workbench.panel();
    await panel.getByRole('button', { name: /^Send/ }).click();
    await panel
      .getByText(/\bOK\b|NOT_FOUND|INVALID_ARGUMENT/)
      .first()
      .waitFor({ timeout: 30_000 });
    assert.equal((await world.shop.calls())['/shop.v1.UsersService/GetUser'], before + 1);
  });

  it('the walkthrough knows what really happened: a live cluster; a call that failed is none', async () => {
    await eventually(async () => (await workbench.walkthroughDone()).join() === 'cluster');
    await run('gantry.toolchain.doctor', 'Toolchain Doctor');
    await workbench.pageShows('Toolchain Doctor');
  });

  it('the outline shows its 104 items', async () => {
    const view = await workbench.openView('Curriculum');
    await workbench.row(view, 'Best practices').waitFor({ timeout: 30_000 });
    await workbench.unfold(workbench.row(view, 'Best practices'));
    await workbench.row(view, 'Development').or(workbench.row(view, 'Graceful shutdown')).first().waitFor();
  });

  it('everything that is kept outside the workspace is listed, and nothing goes without a yes', async () => {
    await run('gantry.removeEverything', 'Remove Everything');
    const dialog = workbench.page.locator('.monaco-dialog-box');
    await dialog.getByText(/MB|GB/).first().waitFor({ timeout: 60_000 });
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    assert.ok(existsSync(world.cluster.kubeconfig));
  });

  it('the local cluster is found, set back, stopped, started again and deleted', async () => {
    const { kubeconfig } = world.cluster;
    const later = '/api/v1/namespaces/default/pods/later';
    await run('gantry.cluster.snapshot', 'Take Snapshot of Local Cluster');
    await workbench.page.getByText('The snapshot of gantry is taken.').waitFor();
    await world.cluster.api('POST', '/api/v1/namespaces/default/pods', pod('later'));
    await choosing('gantry.cluster.reset', 'Reset Local Cluster', 'Snapshot of');
    await workbench.page.locator('.monaco-dialog-box', { hasText: 'default/later' }).waitFor();
    await workbench.answer('Reset the cluster gantry?', 'Reset');
    await eventually(async () => (await world.cluster.send('GET', later)).status === 404);
    await run('gantry.cluster.stop', 'Stop Local Cluster');
    await eventually(async () => (await world.cluster.controlPlane.status()) === 'stopped');
    await run('gantry.cluster.start', 'Start Local Cluster');
    await eventually(async () => (await world.cluster.controlPlane.status()) === 'running', 120_000);
    const { items } = await world.cluster.api<{ items: { metadata: { name: string } }[] }>('GET', '/api/v1/nodes');
    const simulated = items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('gantry-node'));
    assert.deepEqual(simulated, ['gantry-node'], 'as it was created, whatever the setting is');
    await run('gantry.cluster.delete', 'Delete Local Cluster');
    await workbench.answer('Delete the cluster gantry with all objects in it?', 'Delete');
    await eventually(() => !existsSync(kubeconfig));
  });

  it('every command of package.json was run by this suite', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      contributes: { commands: { command: string }[] };
    };
    assert.deepEqual(
      manifest.contributes.commands.map(({ command }) => command).filter((id) => !executed.has(id)),
      [],
    );
  });
});
