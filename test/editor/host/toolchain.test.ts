import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { cacheFolder } from '../../../src/core/platform.ts';
import { eventually, execute } from './execute.ts';

describe('toolchain', () => {
  const program = join(cacheFolder(), 'bin', 'protoc-gen-go');
  const kept = existsSync(program);
  before(() => vscode.extensions.getExtension('gantry.gantry')!.activate());
  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.commands.executeCommand('notifications.clearAll');
    if (!kept) rmSync(program, { force: true });
  });

  it('is examined, and shown as a document', async () => {
    await execute('gantry.toolchain.doctor');
    const { document } = vscode.window.activeTextEditor!;
    assert.equal(document.uri.scheme, 'gantry-toolchain');
    assert.match(document.getText(), /^# Toolchain Doctor\n/);
    assert.match(document.getText(), /^- \*\*go\*\* 1\.\d+/m);
  });

  it('lacks nothing any more that was installed, and the document says so', async () => {
    await execute('gantry.toolchain.install', 'protoc-gen-go');
    assert.ok(existsSync(program));
    await eventually('the document says so', () =>
      /^- \*\*protoc-gen-go\*\* 1\./m.test(vscode.window.activeTextEditor!.document.getText()),
    );
  }).timeout(10 * 60_000);
});
