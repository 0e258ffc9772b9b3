/** The gRPC panel in VS Code's window: all four kinds by mouse and by keyboard alone, what is kept, who can use it. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { root } from '../../scripts/lib/project.ts';
import { seenByAxe } from '../support/axe.ts';
import { eventually } from '../support/controlPlane.ts';
import { TestEditor } from '../support/editor.ts';
import { executed } from '../support/executed.ts';
import { requestText, writeRequest } from '../support/grpcRequest.ts';
import { type GrpcServer, startGrpcServer } from '../support/grpcServers.ts';
import { type ViewName, Workbench } from '../support/workbench.ts';

/** Each kind of grpc-go's interop service: what is sent, how often, and what the answer holds. */
const kinds = [
  { method: 'UnaryCall', request: '{"responseSize": 3}', sends: 0, holds: 'AAAA' },
  {
    method: 'StreamingOutputCall',
    request: '{"responseParameters": [{"size": 1}, {"size": 3}]}',
    sends: 0,
    holds: 'AAAA',
  },
  { method: 'StreamingInputCall', request: '{"payload": {"body": "AAAA"}}', sends: 2, holds: '6' },
  { method: 'FullDuplexCall', request: '{"responseParameters": [{"size": 3}]}', sends: 2, holds: 'AAAA' },
] as const;

describe('the gRPC panel in the window', function () {
  this.timeout(240_000);
  let server: GrpcServer;
  let editor: TestEditor;
  let workbench: Workbench;

  before(async function () {
    this.timeout(10 * 60_000);
    server = await startGrpcServer();
    editor = await TestEditor.launch({
      workspace: join(root, 'examples/shop'),
      settings: { 'gantry.grpc.servers': [server.address] },
    });
    workbench = new Workbench(await editor.openWorkbench());
    await workbench.openGantry();
    await workbench.openView('gRPC');
  });
  after(async () => {
    await editor?.close();
    await server?.stop();
  });
  afterEach(async function () {
    await workbench?.afterTest(this.currentTest);
    if (this.currentTest?.state === 'failed') await closeAll();
  });

  const reload = async (): Promise<void> => {
    await workbench.page.reload();
    await workbench.page.waitForSelector('.sidebar .pane-header', { timeout: 180_000 });
  };
  /** Where the server and its hosts write. */
  const served = (): string => join(editor.workspace, '..', 'server');
  const inServer = (): string[] => readdirSync(served(), { recursive: true, encoding: 'utf8' });
  /** What the host has written down of the panels. */
  const drafts = (): string[] =>
    inServer()
      .filter((path) => /grpc-drafts.*\.json$/.test(path))
      .map((path) => readFileSync(join(served(), path), 'utf8'));
  const closeAll = (): Promise<void> => workbench.runCommand('View: Close All Editors');

  /** Opens a method by clicks in the view. */
  const click = async (service: string, method: string, { window = workbench, name = 'gRPC' } = {}): Promise<Frame> => {
    const view = await window.openView(name as ViewName);
    await window.unfold(window.row(view, server.address));
    await window.unfold(window.row(view, service));
    await window.row(view, method).click();
    const panel = await window.panel();
    await panel.locator('#request').waitFor({ timeout: 60_000 });
    return panel;
  };

  /** Opens a method by the palette, without the mouse. */
  const type = async (method: string): Promise<Frame> => {
    const { keyboard } = workbench.page;
    await keyboard.press('F1');
    const box = workbench.page.locator('.quick-input-widget input');
    await box.fill('>Gantry: Call gRPC Method');
    // The one that Enter is for: the list begins with the commands that were run before.
    const chosen = (text: string): Promise<void> =>
      workbench.page
        .locator('.quick-input-list .monaco-list-row.focused', { hasText: text })
        .waitFor({ timeout: 60_000 });
    await chosen('Call gRPC Method');
    await keyboard.press('Enter');
    executed.add('gantry.grpc.callMethod');
    await workbench.page.locator('.quick-input-widget', { hasText: 'Call a gRPC Method' }).waitFor();
    await keyboard.type(method);
    await chosen(method);
    await keyboard.press('Enter');
    const panel = await workbench.panel();
    await panel.locator('#request').waitFor({ timeout: 60_000 });
    return panel;
  };

  const focused = (panel: Frame): Promise<string> =>
    panel.evaluate(() => {
      const { document } = globalThis as unknown as {
        document: { activeElement: { shadowRoot?: { activeElement: { id: string } | null } } | null };
      };
      return document.activeElement?.shadowRoot?.activeElement?.id ?? '';
    });

  const tabTo = async (panel: Frame, id: string): Promise<void> => {
    for (let presses = 0; presses < 60; presses++) {
      if ((await focused(panel)) === id) return;
      await workbench.page.keyboard.press('Tab');
    }
    throw new Error(`Tab never came to ${id}`);
  };

  const ended = (panel: Frame): Promise<void> =>
    panel.locator('#status .status', { hasText: 'OK' }).waitFor({ timeout: 60_000 });
  const holds = async (panel: Frame, text: string): Promise<void> => {
    await panel.locator('gantry-json-tree', { hasText: text }).waitFor({ timeout: 30_000 });
  };
  const calls = async (method: string): Promise<number> =>
    (await server.counts()).calls[`/grpc.testing.TestService/${method}`] ?? 0;

  for (const { method, request, sends, holds: text } of kinds) {
    it(`calls ${method} by mouse`, async () => {
      const panel = await click('TestService', method);
      const before = await calls(method);
      await writeRequest(panel, request);
      if (sends === 0) await panel.locator('#send').click();
      for (let sent = 1; sent <= sends; sent++) {
        await panel.locator('#send-one').click();
        await panel.getByRole('option', { name: new RegExp(`^Sent message ${sent},`) }).waitFor();
      }
      if (sends > 0) await panel.locator('#half-close').click();
      await ended(panel);
      await holds(panel, text);
      assert.equal((await calls(method)) - before, 1);
      await closeAll();
    });

    it(`calls ${method} by keyboard alone`, async () => {
      const { keyboard } = workbench.page;
      const panel = await type(method);
      const before = await calls(method);
      await tabTo(panel, 'request');
      await keyboard.press('Control+A');
      await keyboard.type(request);
      await keyboard.press('Escape');
      if (sends === 0) await keyboard.press('Control+Enter');
      for (let sent = 1; sent <= sends; sent++) {
        await keyboard.press('Control+Shift+Enter');
        await panel.getByRole('option', { name: new RegExp(`^Sent message ${sent},`) }).waitFor();
      }
      if (sends > 0) {
        await tabTo(panel, 'half-close');
        await keyboard.press('Enter');
      }
      await ended(panel);
      await holds(panel, text);
      assert.equal((await calls(method)) - before, 1);
      await closeAll();
    });
  }

  it('speaks Chinese, and can be used by everybody there, too', async () => {
    const chinese = await TestEditor.launch({
      workspace: join(root, 'examples/shop'),
      settings: { 'gantry.grpc.servers': [server.address] },
      language: 'zh-cn',
      theme: 'light',
    });
    try {
      const window = new Workbench(await chinese.openWorkbench());
      await window.openGantry();
      const panel = await click('TestService', 'FullDuplexCall', { window, name: 'gRPC 请求' });
      await panel
        .locator('#request')
        .fill('{"responseParameters": [{"size": 3}]} {"responseParameters": [{"size": 1}]}');
      await panel.locator('#send').click();
      await ended(panel);
      const words = await panel.locator('button, vscode-button, vscode-badge, h2, h3, summary, dt, .deadline').allInnerTexts(); // prettier-ignore
      const foreign = words.map((word) => word.trim()).filter((word) => word !== '' && !/\p{Script=Han}/u.test(word));
      assert.deepEqual(foreign, ['JSON']);
      for (const face of ['json', 'form']) {
        await panel.locator(`[data-value="${face}"]`).click();
        const { nodes, violations } = await seenByAxe(panel);
        console.error(`axe, Chinese, ${face}: ${nodes} nodes seen, ${violations.length} violations`);
        assert.ok(nodes > 40, String(nodes));
        assert.deepEqual(violations, [], face);
        await window.screenshot(`grpc-chinese-${face}`);
      }
    } finally {
      await chinese.close();
    }
  });

  it('axe sees what is wrong', async () => {
    const panel = await click('Echo', 'Same');
    await panel.evaluate(() => {
      const { document } = globalThis as unknown as {
        document: { body: { insertAdjacentHTML(where: string, html: string): void } };
      };
      document.body.insertAdjacentHTML('beforeend', '<input id="planted">');
    });
    const { violations } = await seenByAxe(panel);
    assert.ok(
      violations.some((found) => found.startsWith('label: <input id="planted">')),
      violations.join(),
    );
    await closeAll();
  });

  it('keeps what is typed when the panel, the host and the window close', async function () {
    this.timeout(360_000);
    const half = '{"text": "half typed, 9007199254740993';
    let panel = await click('Echo', 'Same');
    await writeRequest(panel, half);
    await closeAll();
    panel = await click('Echo', 'Same');
    assert.equal(await requestText(panel), half);
    const wrong = '{"nothing": 9007199254740993}';
    await writeRequest(panel, wrong);
    // The host has said what is wrong with it, so it heard of it.
    await panel.locator('#problem', { hasText: 'nothing' }).waitFor({ timeout: 30_000 });
    await eventually(() => drafts().some((text) => text.includes('nothing')));
    await editor.crashHost();
    await reload();
    await closeAll(); // What VS Code kept for the page goes with it; the next one has what the host kept.
    panel = await click('Echo', 'Same');
    assert.equal(await requestText(panel), wrong);
    const last = '{"closing": 9007199254740993}';
    await writeRequest(panel, last);
    await eventually(() => drafts().some((text) => text.includes('closing')));
    await reload();
    panel = await click('Echo', 'Same'); // VS Code itself remembers only every few seconds which panels are open.
    assert.equal(await requestText(panel), last);
    await closeAll();
  });

  it('keeps what is typed though the host before seems to run still, and VS Code keeps its storage of the workspace for it', async function () {
    this.timeout(360_000);
    let panel = await click('Echo', 'Same');
    const typed = '{"unnoticed": 9007199254740993}';
    await writeRequest(panel, typed);
    await eventually(() => drafts().some((text) => text.includes('unnoticed')));
    const storage = (): string[] => inServer().filter((path) => /workspaceStorage.[^/\\]*$/.test(path));
    const before = storage(); // More than one where VS Code did so by itself after a host that was killed.
    assert.ok(before.length > 0);
    await editor.crashHost();
    // As that of a host whose end nobody has taken note of yet; see `vscode.lock` in VS Code's extHostStoragePaths.ts.
    for (const folder of before)
      writeFileSync(join(served(), folder, 'vscode.lock'), JSON.stringify({ pid: process.pid, willReleaseAt: 0 }));
    await reload();
    await closeAll();
    panel = await click('Echo', 'Same');
    assert.equal(await requestText(panel), typed);
    assert.equal(storage().length, before.length + 1, 'the window has its old storage');
    await closeAll();
  });
});
