import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { eventually, execute } from './execute.ts';

describe('patterns', () => {
  const file = join(vscode.workspace.workspaceFolders![0]!.uri.fsPath, 'patterns_test.go');
  before(() => vscode.extensions.getExtension('gantry.gantry')!.activate());
  after(async () => {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    rmSync(file, { force: true });
  });

  it('bring clause and imports into an empty file, as one step to undo', async () => {
    writeFileSync(file, '');
    const document = await vscode.workspace.openTextDocument(file);
    await vscode.window.showTextDocument(document);
    await execute('gantry.snippets.insert', 'gt-test-fuzz');
    await eventually('it is there', () => document.getText().includes('func FuzzQuery('));
    assert.match(document.getText(), /^package \w+\n\nimport \(\n\t"net\/url"\n\t"testing"\n\)\n\n/);
    await vscode.commands.executeCommand('undo');
    assert.equal(document.getText(), '');
  });

  it('of another language open a document of it', async () => {
    await execute('gantry.snippets.insert', 'gt-pdb');
    const { document } = vscode.window.activeTextEditor!;
    assert.equal(document.languageId, 'yaml');
    assert.match(document.getText(), /^apiVersion: policy\/v1\n/);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });

  it('that lack nothing ask for nothing', async () => {
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(file));
    await execute('gantry.snippets.getModules', 'gt-test-fuzz');
  });
});
