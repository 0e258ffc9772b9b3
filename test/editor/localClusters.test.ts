/** A cluster in a container, made and used by clicks alone; what came of each is asked of the engine and of the cluster. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Locator } from 'playwright-core';
import { ApiClient } from '../../src/cluster/apiClient.ts';
import { credentialsIn } from '../../src/cluster/kubeconfig.ts';
import { helloService, localProgram } from '../support/devLoop.ts';
import { eventually } from '../support/eventually.ts';
import { TestEditor } from '../support/editor.ts';
import { type Engine, sharedEngine } from '../support/engine.ts';
import { executed } from '../support/executed.ts';
import { k3sImage } from '../support/k3sImage.ts';
import { useLessonBases } from '../support/lessonBases.ts';
import { Workbench } from '../support/workbench.ts';

describe('clusters in containers, in the window', function () {
  this.timeout(180_000);
  const name = `clicked${process.pid}`;
  const label = `Local cluster ${name}`;
  let engine: Engine;
  let image: string;
  let folder: string;
  let service: string;
  let program: Awaited<ReturnType<typeof localProgram>>;
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
  const settings = (more: object): Record<string, unknown> => ({
    'gantry.cluster.image': image,
    // A terminal drawn by the graphics card has no text to find in the page.
    'terminal.integrated.gpuAcceleration': 'off',
    ...more,
  });
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

  const services = '/api/v1/namespaces/default/services';
  /** What is meant of the Service. */
  const kept = async (): Promise<object> => {
    const { spec, metadata } = (await api('GET', `${services}/billing`)).body as {
      spec: object;
      metadata: { annotations?: Record<string, string> };
    };
    return { spec, lent: metadata.annotations?.['gantry.loan'] !== undefined };
  };
  const answers = (text: string): Promise<void> =>
    eventually(async () => (await api('GET', `${services}/billing:80/proxy/`)).body === text);
  const isBack = (before: object): Promise<void> => eventually(async () => isDeepStrictEqual(await kept(), before));
  const noneIsLent = (): void => assert.deepEqual(readdirSync(join(folder, 'gantry', 'loans')), []);
  const terminal = (): Locator => workbench.page.locator('.terminal-wrapper.active .xterm-rows');
  const terminalSays = async (text: string | RegExp): Promise<string> => {
    const found = terminal().filter({ hasText: text });
    await found.waitFor({ timeout: 150_000 });
    return found.innerText();
  };
  const chooseOnDockerfile = async (id: string, title: string): Promise<void> => {
    await workbench.page.keyboard.press('Control+Shift+E');
    const file = workbench.page.locator('.explorer-folders-view .monaco-list-row').filter({ hasText: /^Dockerfile$/ });
    await workbench.menu(file, title);
    executed.add(`gantry.devloop.${id}`);
  };
  const billing = async (): Promise<Locator> => {
    await workbench.openGantry();
    const view = await workbench.openView('Services');
    await workbench.unfold(workbench.row(view, label));
    await workbench.unfold(workbench.row(view, 'default'));
    return workbench.row(view, 'billing');
  };
  const intercept = async (): Promise<Locator> => {
    const row = await billing();
    await workbench.menu(row, 'Intercept Service');
    executed.add('gantry.kubernetes.intercept');
    await workbench.type('Port of this machine where your program listens', String(program[1]));
    await row.filter({ hasText: `intercepted: localhost:${program[1]}` }).waitFor({ timeout: 60_000 });
    await answers('from here: /\n');
    return row;
  };

  before(async function () {
    engine = await sharedEngine(this);
    image = await k3sImage(engine);
    await engine.image();
    folder = mkdtempSync(join(tmpdir(), 'gantry-clicked-'));
    writeFileSync(personal(), '');
    await useLessonBases(engine);
    service = await helloService();
    program = await localProgram();
    editor = await TestEditor.launch({
      workspace: service,
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
    program?.[0].close();
    for (const each of [folder, service]) if (each !== undefined) rmSync(each, { recursive: true, force: true });
  });
  afterEach(async function () {
    await workbench?.afterTest(this.currentTest);
  });

  it('one that cannot be created says why and what to do, and keeps its log', async () => {
    await workbench.row(pods, 'Create a local cluster').waitFor({ timeout: 60_000 });
    const header = workbench.page.locator('.sidebar .pane-header[aria-expanded="true"]');
    const create = async (): Promise<void> => {
      await header.hover();
      await header.getByRole('button', { name: /^Create Local Cluster/ }).click();
    };
    await workbench.choose(create, 'k3s in one container');
    executed.add('gantry.cluster.create');
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
    await workbench.choose(() => choose(row(), 'loadImage', 'Load Image into Cluster'), 'gantry-test/talker:1');
    await told('was in the cluster');
  });

  it('gives its kubeconfig away: into the own one, and as a file that is the person’s alone', async () => {
    await choose(row(), 'mergeKubeconfig', 'Add Context to Own Kubeconfig');
    await told(`has the context ${name}.`);
    assert.match(readFileSync(personal(), 'utf8'), new RegExp(`name: ${name}`));
    const file = join(folder, 'exported');
    await choose(row(), 'exportKubeconfig', 'Export Kubeconfig');
    const dialog = workbench.page.locator('.quick-input-widget');
    const beside = dialog.getByRole('option', { name: 'config', exact: true });
    const input = dialog.locator('input').first();
    const isRead = async (): Promise<boolean> => (await beside.isVisible()) && (await input.inputValue()) === file;
    // What is typed before the dialog has read its own folder is lost, or written over with what it proposes.
    for (let attempt = 0; attempt < 10 && !(await isRead()); attempt++) {
      await input.fill(file);
      await beside.waitFor({ timeout: 3000 }).catch(() => undefined);
    }
    await dialog.getByRole('button', { name: 'OK' }).click();
    await eventually(() => existsSync(file) && readFileSync(file, 'utf8') === readFileSync(own('kubeconfig'), 'utf8'));
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it('runs a service of the workspace: it answers through a port of this machine, and otherwise after a save', async () => {
    await chooseOnDockerfile('run', 'Run on Cluster');
    const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(await terminalSays(/http:.*Waiting for changes/))!;
    const answer = async (): Promise<string> => (await fetch(address)).text();
    assert.equal(await answer(), 'hello\n');
    await workbench.openFile('main.go');
    const code = workbench.page.locator('.editor-group-container.active .view-lines span');
    await code
      .filter({ hasText: /^"hello"$/ })
      .last()
      .dblclick(); // The word in it is selected.
    await workbench.page.keyboard.type('welcome');
    await workbench.page.keyboard.press('Control+S');
    await eventually(async () => (await answer().catch(() => '')) === 'welcome\n', 150_000);
    await workbench.runCommand('Terminal: Kill the Active Terminal Instance');
    await eventually(() => answer().then(() => false, () => true)); // prettier-ignore
    await answers('welcome\n');
  });

  it('leads its requests to a program here, and back', async () => {
    const before = await kept();
    const row = await intercept();
    await workbench.act(row, 'End Intercept');
    executed.add('gantry.kubernetes.endIntercept');
    await isBack(before);
    await answers('welcome\n');
    await told('Service default/billing is already what it was before.');
    noneIsLent();
  });

  it('is stopped and started from its row; its objects are kept', async () => {
    pods = await workbench.openView('Pods');
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
