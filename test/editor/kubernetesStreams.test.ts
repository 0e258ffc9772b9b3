/** Logs, shells, debugging, files and ports of pods that a kubelet runs, each by its clicks. */
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { root } from '../../scripts/lib/project.ts';
import type { KubeObject } from '../../src/kubernetes/actions/apiCall.ts';
import { listAt, textAt } from '../../src/kubernetes/actions/fields.ts';
import { ask } from '../support/ask.ts';
import { eventually } from '../support/controlPlane.ts';
import { TestEditor } from '../support/editor.ts';
import { Workbench } from '../support/workbench.ts';
import { sharedWorld, type World } from '../support/world.ts';

describe('pods on a real node, in the window', function () {
  this.timeout(240_000);
  let world: World;
  let editor: TestEditor;
  let workbench: Workbench;
  let view: Locator;
  const row = (name: string): Locator => workbench.row(view, name);

  before(async function () {
    this.timeout(15 * 60_000);
    world = await sharedWorld();
    editor = await TestEditor.launch({
      workspace: join(root, 'test/fixtures/manifests'),
      env: world.env,
      // A terminal drawn by the graphics card has no text to find in the page.
      settings: { ...world.settings, 'terminal.integrated.gpuAcceleration': 'off' },
    });
    workbench = new Workbench(await editor.openWorkbench());
    await workbench.openGantry();
    view = await workbench.openView('Pods');
    await workbench.unfold(row('Local cluster'));
    await workbench.unfold(row(world.env['GANTRY_TEST_NAMESPACE']!));
    await row('web').waitFor({ timeout: 60_000 });
  });
  after(() => editor?.close());
  afterEach(async function () {
    await workbench?.afterTest(this.currentTest);
    await workbench?.runCommand('Terminal: Kill All Terminals');
    // What the next one types is for its own terminal.
    await workbench?.page.locator('.terminal-wrapper').first().waitFor({ state: 'detached' });
  });

  /** The terminal in front; text that stands further up than it is high has left the page. */
  const terminal = (): Locator => workbench.page.locator('.terminal-wrapper.active .xterm-rows');
  const shows = (text: string | RegExp): Promise<void> =>
    terminal().filter({ hasText: text }).waitFor({ timeout: 60_000 });
  const types = async (line: string): Promise<void> => {
    await workbench.page.locator('.terminal-wrapper.active .xterm-helper-textarea').focus();
    await workbench.page.keyboard.type(`${line}\n`);
  };

  /** Types into VS Code's own file dialog, which begins with the workspace once it has read it. */
  const choosePath = async (path: string): Promise<void> => {
    const widget = workbench.page.locator('.quick-input-widget');
    const input = widget.locator('input').first();
    const heading = async (): Promise<string> =>
      (await widget.isVisible()) ? widget.locator('.quick-input-title').innerText() : '';
    await eventually(async () => (await input.inputValue().catch(() => '')).endsWith('/workspace/'));
    const title = await heading();
    await input.fill(path);
    // While it still reads a folder it takes no notice of Enter. What it asks next has another title.
    for (let press = 0; press < 10 && (await heading()) === title; press++) {
      await workbench.page.keyboard.press('Enter');
      await eventually(async () => (await heading()) !== title, 3000).catch(() => undefined);
    }
  };

  it('show their logs, JSON lines readable', async () => {
    await workbench.menu(row('json'), 'Show Logs');
    await shows(/03:04:05\.678\s+INFO\s+started\s+port=8080/);
  });

  it('show their logs since a time, and that there was no run before', async () => {
    await workbench.choose(() => workbench.menu(row('web'), 'Show Logs Since…'), 'The last 24 hours');
    await shows('serving 8080');
    await workbench.menu(row('web'), 'Show Previous Logs');
    await shows('previous terminated container');
  });

  it('give a shell, and the one that is chosen', async () => {
    await workbench.menu(row('web'), 'Open Shell');
    await types('echo first-$((40+2))');
    await shows('first-42');
    await workbench.menu(row('web'), 'Open Shell with…');
    await workbench.page.locator('.quick-input-list').getByText('sh', { exact: true }).click();
    await terminal().filter({ hasNotText: 'first-42' }).waitFor();
    await types('echo second-$((40+3))');
    await shows('second-43');
  });

  it('hear what is typed to their main process', async () => {
    await workbench.menu(row('talk'), 'Attach to Container');
    await types('hello');
    await shows('you said hello');
  });

  it('take a container beside theirs to look around', async () => {
    await workbench.menu(row('web'), 'Debug Container…');
    await workbench.type('Debug container beside web', 'gantry.test/tools:1');
    await shows('Press Enter for a prompt.');
    const path = `/api/v1/namespaces/${world.env['GANTRY_TEST_NAMESPACE']}/pods/web`;
    const { spec } = await world.cluster.api<KubeObject>('GET', path);
    const images = listAt(spec, 'ephemeralContainers').map((container) => textAt(container, 'image'));
    assert.ok(images.includes('gantry.test/tools:1'), images.join());
  });

  it('take files and give them back', async () => {
    const sent = join(editor.workspace, 'sent.txt');
    const received = join(editor.workspace, 'received');
    await writeFile(sent, 'over and back\n');
    await mkdir(received);
    await workbench.menu(row('web'), 'Copy to Container…');
    await choosePath(sent);
    await workbench.type('Copy sent.txt to web', '/tmp/sent.txt');
    await workbench.menu(row('web'), 'Open Shell');
    await types('until cat /tmp/sent.txt 2>/dev/null; do sleep 1; done');
    await shows('over and back');
    await workbench.menu(row('web'), 'Copy from Container…');
    await workbench.type('Copy from web', '/tmp/sent.txt');
    await choosePath(received);
    await eventually(
      async () => (await readFile(join(received, 'sent.txt'), 'utf8').catch(() => '')) === 'over and back\n',
    );
  });

  it('answer at a port here until its forward is stopped', async () => {
    await workbench.menu(row('web'), 'Forward Port…');
    await workbench.type('Ports to forward: web', ':8080');
    await workbench.unfold(row('Port forwards'));
    const forward = row('127.0.0.1:');
    await forward.waitFor({ timeout: 60_000 });
    const port = Number(/127\.0\.0\.1:(\d+)/.exec((await forward.innerText()).replaceAll(/\s/g, ''))![1]);
    assert.equal((await ask(port, 'name\n')).toString(), 'web\n');
    await workbench.menu(forward, 'Stop Port Forward');
    await forward.waitFor({ state: 'detached' });
    await assert.rejects(ask(port, 'name\n'), /ECONNREFUSED/);
  });
});
