/** Logs, shells and forwarded ports of pods on a real node, by their commands. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { KubernetesNode } from '../../../src/kubernetes/nodes.ts';
import { ask } from '../../support/ask.ts';
import { eventually, execute } from './execute.ts';

const context = process.env['GANTRY_TEST_CONTEXT']!;
const namespace = process.env['GANTRY_TEST_NAMESPACE']!;
const pod = (name: string): KubernetesNode => ({ kind: 'pod', id: name, context, namespace, name });

describe('streams of pods', () => {
  before(() => vscode.extensions.getExtension('gantry.gantry')!.activate());
  afterEach(async () => {
    for (const terminal of vscode.window.terminals) terminal.dispose();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  /** Waits until the document of the open log holds the text. */
  const logText = (wanted: RegExp): Promise<string> =>
    eventually(`the log shows ${wanted}`, async () => {
      await execute('gantry.logs.openDocument');
      const text = vscode.window.activeTextEditor!.document.getText();
      return wanted.test(text) && text;
    });

  it('show logs, JSON lines readable, without anything that a terminal would obey', async () => {
    await execute('gantry.kubernetes.showLogs', pod('json'));
    const text = await logText(/plain green text/);
    assert.match(text, /^03:04:05\.678 INFO {2}started port=8080$/m);
    assert.ok(!text.includes('\u001b'));
  });

  it('show logs since a time', async () => {
    await execute('gantry.kubernetes.showLogsSince', pod('web'), 86_400);
    await logText(/^serving 8080$/m);
  });

  it('show that there was no run before', async () => {
    await execute('gantry.kubernetes.showPreviousLogs', pod('web'));
    await logText(/previous terminated container "main" in pod "web" not found/);
  });

  it('open shells and attach', async () => {
    await execute('gantry.kubernetes.openShell', pod('web'));
    await execute('gantry.kubernetes.openOtherShell', pod('web'), 'sh');
    await execute('gantry.kubernetes.attach', pod('talk'));
    // Those of the tests before may still be closing.
    const names = (): string[] => vscode.window.terminals.map(({ name }) => name).sort();
    await eventually('the three terminals are open', () => names().join() === 'Attached: talk,web/main,web/main');
  });

  it('add a container to look around, and copy a file into a container and out of it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gantry-copied-'));
    try {
      await execute('gantry.kubernetes.debug', pod('web'), 'gantry.test/tools:1');
      await eventually('its terminal is open', () =>
        vscode.window.terminals.some(({ name }) => name === 'Attached: web'),
      );
      writeFileSync(join(folder, 'sent'), 'over and back\n');
      await execute('gantry.kubernetes.copyTo', pod('web'), vscode.Uri.file(join(folder, 'sent')), '/tmp');
      mkdirSync(join(folder, 'received'));
      await execute('gantry.kubernetes.copyFrom', pod('web'), '/tmp/sent', vscode.Uri.file(join(folder, 'received')));
      assert.equal(readFileSync(join(folder, 'received', 'sent'), 'utf8'), 'over and back\n');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('forward a port, tell its address and end it', async () => {
    await execute('gantry.kubernetes.forwardPort', pod('web'), ':8080');
    await execute('gantry.kubernetes.copyForwardAddress');
    const [host, port] = (await vscode.env.clipboard.readText()).split(':');
    assert.equal(host, '127.0.0.1');
    assert.equal((await ask(Number(port), 'name\n')).toString(), 'web\n');
    await execute('gantry.kubernetes.stopForward');
    await assert.rejects(ask(Number(port), 'name\n'), /ECONNREFUSED/);
  });
});
