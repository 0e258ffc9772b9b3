/** Help in a Dockerfile, as the editor shows it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { eventually } from './execute.ts';

describe('a Dockerfile', () => {
  let folder: string;
  let document: vscode.TextDocument;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gantry-dockerfile-'));
    const path = join(folder, 'Dockerfile');
    writeFileSync(path, 'FROM scratch\nUSER 1\nCOPY service /\nENTRYPOINT /service\n');
    document = await vscode.workspace.openTextDocument(path);
    await vscode.languages.setTextDocumentLanguage(document, 'dockerfile');
    await vscode.window.showTextDocument(document);
  });
  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    rmSync(folder, { recursive: true, force: true });
  });

  const ours = (): vscode.Diagnostic[] =>
    vscode.languages.getDiagnostics(document.uri).filter(({ source }) => source === 'Gantry');

  it('marks a shell-form ENTRYPOINT, and the fix makes the problem go away', async () => {
    const problem = await eventually('the problem is shown', () => ours().find(({ code }) => code === 'shell-form'));
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      document.uri,
      problem.range,
    );
    const fix = actions.find(({ title }) => title === 'Write as a JSON list');
    assert.ok(fix?.edit !== undefined && (await vscode.workspace.applyEdit(fix.edit)));
    assert.match(document.getText(), /^ENTRYPOINT \["\/service"\]$/m);
    await eventually('the problem is gone', () => ours().every(({ code }) => code !== 'shell-form'));
  });

  it('explains an instruction and offers flags', async () => {
    const at = new vscode.Position(2, 1);
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      at,
    );
    const texts = hovers.flatMap(({ contents }) => contents.map((one) => (typeof one === 'string' ? one : one.value)));
    assert.ok(texts.some((text) => text.includes('Copies files of the build folder')));
    const list = await vscode.commands.executeCommand<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      document.uri,
      new vscode.Position(2, 5),
    );
    assert.ok(list.items.some(({ label }) => label === '--from='));
  });
});
