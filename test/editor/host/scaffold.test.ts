import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { execute } from './execute.ts';

describe('a new service', () => {
  const folder = join(vscode.workspace.workspaceFolders![0]!.uri.fsPath, 'billing');
  const choice = { name: 'billing', module: 'example.org/billing', framework: 'gin', extras: ['kustomize'] } as const;
  before(() => vscode.extensions.getExtension('gantry.gantry')!.activate());
  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.commands.executeCommand('notifications.clearAll');
    rmSync(folder, { recursive: true, force: true });
  });

  it('is written into the workspace, and its README opens', async () => {
    await execute('gantry.scaffold.newService', choice);
    assert.match(vscode.window.activeTextEditor!.document.getText(), /^# billing\n/);
    assert.match(readFileSync(join(folder, 'go.mod'), 'utf8'), /^module example\.org\/billing$/m);
  });

  it('once more shows what is other than generated, and leaves it', async () => {
    writeFileSync(join(folder, 'Dockerfile'), 'FROM mine\n');
    await execute('gantry.scaffold.newService', choice);
    const diff = vscode.window.tabGroups.activeTabGroup.activeTab!.input as vscode.TabInputTextDiff;
    assert.equal(diff.original.fsPath, join(folder, 'Dockerfile'));
    assert.equal(diff.modified.scheme, 'gantry-generated');
    assert.equal(readFileSync(join(folder, 'Dockerfile'), 'utf8'), 'FROM mine\n');
  });
});
