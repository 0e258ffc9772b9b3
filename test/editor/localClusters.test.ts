/** A cluster in a container, made and used by clicks alone; what came of each is asked of the engine and of the cluster. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { root } from '../../scripts/lib/project.ts';
import { ApiClient } from '../../src/cluster/apiClient.ts';
import { credentialsIn } from '../../src/cluster/kubeconfig.ts';
import { eventually } from '../support/eventually.ts';
import { TestEditor } from '../support/editor.ts';
import { type Engine, sharedEngine } from '../support/engine.ts';
import { executed } from '../support/executed.ts';
import { k3sImage } from '../support/k3sImage.ts';
import { Workbench } from '../support/workbench.ts';

describe('clusters in containers, in the window', function () {
  this.timeout(180_000);
  const name = `clicked${process.pid}`;
  const label = `Local cluster ${name}`;
  let engine: Engine;
  let image: string;
  let folder: string;
  let editor: TestEditor;
  let workbench: Workbench;
  let pods: Locator;

  const personal = (): string => join(folder, 'config');
  const own = (file: string): string => join(folder, 'gantry', 'cluster', name, file);
  const row = (): Locator => workbench.row(pods, label);
  const says = (text: string): Promise<void> => row().filter({ hasText: text }).waitFor({ timeout: 120_000 });
  /** A message is gone from the window soon; the list of them keeps it. */
  const told = async (text: string | RegExp): Promise<void> => {
    await workbench.runCommand('Notifications: Show Notifications');
    const message = workbench.page.locator('.notification-list-item').filter({ hasText: text });
    await message.first().waitFor({ timeout: 60_000 });
    await workbench.runCommand('Notifications: Clear All Notifications');
  };
  const choose = async (on: Locator, id: string, title: string): Promise<void> => {
    await workbench.menu(on, title);
    executed.add(`gantry.cluster.${id}`);
  };
  const settings = (more: object): Record<string, unknown> => ({ 'gantry.cluster.image': image, ...more });
  const container = async (): Promise<{ status: number; running: boolean }> => {
    const { status, body } = await engine.api('GET', `/containers/gantry-${name}/json`);
    return { status, running: status === 200 && JSON.parse(body.toString()).State.Running === true };
  };
  /** The cluster itself, without Gantry's domains. */
  const api = (method: string, path: string, body?: object): ReturnType<ApiClient['send']> => {
    const text = readFileSync(own('kubeconfig'), 'utf8');
    const { ca, certificate: cert, key } = credentialsIn(text, 'kubeconfig');
    return new ApiClient(Number(/127\.0\.0\.1:(\d+)/.exec(text)![1]), { ca, cert, key }).send(method, path, body);
  };

  before(async function () {
    engine = await sharedEngine(this);
    image = await k3sImage(engine);
    await engine.image();
    folder = mkdtempSync(join(tmpdir(), 'gantry-clicked-'));
    writeFileSync(personal(), '');
    editor = await TestEditor.launch({
      workspace: join(root, 'examples/shop'),
      env: {
        XDG_STATE_HOME: folder,
        KUBECONFIG: personal(),
        DOCKER_CONFIG: folder,
        DOCKER_HOST: engine.address,
      },
      settings: settings({ 'gantry.cluster.arguments': ['--test-fatal=write /x: no space left on device'] }),
    });
    workbench = new Workbench(await editor.openWorkbench());
    await workbench.openGantry();
    pods = await workbench.openView('Pods');
  });
  after(async () => {
    await editor?.close();
    await engine?.api('DELETE', `/containers/gantry-${name}?force=1&v=1`);
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });
  afterEach(async function () {
    await workbench?.afterTest(this.currentTest);
  });

  it('one that cannot be created says why and what to do, and keeps its log', async () => {
    await workbench.row(pods, 'Create a local cluster').waitFor({ timeout: 60_000 });
    const header = workbench.page.locator('.sidebar .pane-header[aria-expanded="true"]');
    await header.hover();
    await header.getByRole('button', { name: /^Create Local Cluster/ }).click();
    executed.add('gantry.cluster.create');
    await workbench.pick('k3s in one container');
    await workbench.type('Name of the cluster', name);
    await says('failed');
    await told(/ended while it started\. The engine’s disk is full\. Make room/);
    assert.match(readFileSync(own('logs/k3s.log'), 'utf8'), /no space left on device/);
    assert.deepEqual(await container(), { status: 200, running: false });
    await choose(row(), 'showLogs', 'Show Logs of Local Cluster');
    await workbench.page.locator('.terminal-wrapper').first().waitFor();
    await workbench.runCommand('Gantry: Open Log as Document');
    await workbench.editorShows('no space left on device');
  });

  it('once that is mended, its row makes it run, and a pod of a loaded image appears', async () => {
    editor.configure(settings({ 'workbench.statusBar.visible': false }));
    // Which shows that VS Code has heard of it.
    await workbench.page.locator('.part.statusbar').waitFor({ state: 'hidden', timeout: 60_000 });
    await row().click();
    executed.add('gantry.cluster.start');
    await workbench.row(pods, label).filter({ hasText: 'container' }).waitFor({ timeout: 120_000 });
    await eventually(async () => (await container()).running && existsSync(own('kubeconfig')), 120_000);
    await workbench.unfold(row());
    await says('live');

    const containers = await workbench.openView('Containers');
    await workbench.unfold(containers.locator('.monaco-list-row').first());
    await workbench.unfold(workbench.row(containers, 'Images'));
    // A container's row names its image, too.
    const talker = containers.locator('.monaco-list-row[aria-label^="gantry-test/talker"]').first();
    await choose(talker, 'loadImage', 'Load Image into Cluster');
    await told(`gantry-test/talker:1 is in the cluster ${name}.`);

    const spec = { containers: [{ name: 'main', image: 'gantry-test/talker:1', imagePullPolicy: 'Never', args: ['wait'] }] }; // prettier-ignore
    const made = await api('POST', '/api/v1/namespaces/default/pods', {
      metadata: { name: 'talker' },
      spec: { ...spec, automountServiceAccountToken: false },
    });
    assert.equal(made.status, 201);
    pods = await workbench.openView('Pods');
    await workbench.unfold(row());
    await workbench.unfold(workbench.row(pods, 'default'));
    await workbench.row(pods, 'talker').filter({ hasText: 'Running' }).waitFor({ timeout: 60_000 });
  });

  it('takes an image from its own row, and says that it was there', async () => {
    await choose(row(), 'loadImage', 'Load Image into Cluster');
    await workbench.pick('gantry-test/talker:1');
    await told('was in the cluster');
  });

  it('gives its kubeconfig away: into the own one, and as a file that is the person’s alone', async () => {
    await choose(row(), 'mergeKubeconfig', 'Add Context to Own Kubeconfig');
    await told(`has the context ${name}.`);
    assert.match(readFileSync(personal(), 'utf8'), new RegExp(`name: ${name}`));
    const file = join(folder, 'exported');
    await choose(row(), 'exportKubeconfig', 'Export Kubeconfig');
    const dialog = workbench.page.locator('.quick-input-widget');
    await dialog.locator('input').first().fill(file);
    await dialog.getByRole('option', { name: 'config', exact: true }).waitFor();
    await dialog.getByRole('button', { name: 'OK' }).click();
    await eventually(() => existsSync(file) && readFileSync(file, 'utf8') === readFileSync(own('kubeconfig'), 'utf8'));
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it('is stopped and started from its row; its objects are kept', async () => {
    await choose(row(), 'stop', 'Stop Local Cluster');
    await says('stopped');
    assert.deepEqual(await container(), { status: 200, running: false });
    await choose(row(), 'start', 'Start Local Cluster');
    await eventually(async () => (await container()).running, 120_000);
    await workbench.unfold(row());
    await workbench.unfold(workbench.row(pods, 'default'));
    await workbench.row(pods, 'talker').filter({ hasText: 'Running' }).waitFor({ timeout: 120_000 });
  });

  it('is deleted after a yes that names it, and its context taken out of the own kubeconfig', async () => {
    await choose(row(), 'delete', 'Delete Local Cluster');
    await workbench.answer(`Delete the cluster ${name} with all objects in it?`, 'Cancel');
    assert.ok((await container()).running);
    await choose(row(), 'delete', 'Delete Local Cluster');
    await workbench.answer(`Delete the cluster ${name} with all objects in it?`, 'Delete');
    await told(`The context ${name} was taken out of ${personal()}.`);
    await workbench.row(pods, 'Create a local cluster').waitFor({ timeout: 30_000 });
    assert.equal((await container()).status, 404);
    assert.doesNotMatch(readFileSync(personal(), 'utf8'), new RegExp(name));
  });
});
