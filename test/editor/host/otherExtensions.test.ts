/** Beside the extensions that others have for YAML and Helm; one stands in for them, see test/fixtures/manifests. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { eventually } from './execute.ts';
import { problems, problemsOf } from './problems.ts';

const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  prots: []\n';

describe('beside the extensions of others', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'gantry-others-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(() => vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor'));

  /** Changed once, so that the other extension has looked at it after it knew of us. */
  async function open(name: string, text: string, language = 'yaml'): Promise<vscode.TextDocument> {
    writeFileSync(join(folder, name), text);
    const opened = await vscode.workspace.openTextDocument(join(folder, name));
    const document = await vscode.languages.setTextDocumentLanguage(opened, language);
    await vscode.window.showTextDocument(document);
    await touch(document);
    return document;
  }

  async function touch(document: vscode.TextDocument): Promise<void> {
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, document.positionAt(document.getText().length), '# looked at\n');
    await vscode.workspace.applyEdit(edit);
  }

  const others = (uri: vscode.Uri): string[] =>
    vscode.languages
      .getDiagnostics(uri)
      .filter(({ source }) => !source?.startsWith('Gantry'))
      .map(({ message }) => message);

  it('a manifest is judged by us alone, other YAML by the other alone', async () => {
    const manifest = await open('service.yaml', service);
    await problems(manifest.uri, (found) => found.length === 1);
    await eventually('the other extension is quiet', async () => {
      await touch(manifest);
      return others(manifest.uri).length === 0;
    });
    const other = await open('other.yaml', 'kind: of thing\n');
    await eventually('the other extension objects', () => others(other.uri).length === 1);
    assert.deepEqual(problemsOf(other.uri), []);
  });

  it('what no schema is known for here is left to the other', async () => {
    const { uri } = await open('thing.yaml', 'apiVersion: none.example/v1\nkind: Thing\nmetadata: {name: a}\n');
    await problems(uri, ([found]) => found?.code === 'no-schema');
    await touch(await vscode.workspace.openTextDocument(uri));
    await eventually('the other extension objects', () => others(uri).length === 1);
  });

  it('what neither can read is told once', async () => {
    const document = await open('broken.yaml', `${service}  type: [a\n`);
    const { uri } = document;
    await eventually('one of them tells', () => others(uri).includes('A list does not end'));
    const codes = (found: vscode.Diagnostic[]): unknown[] => found.map(({ code }) => code);
    // It was judged: what else is wrong in it is told.
    const found = await problems(uri, (all) => codes(all).includes('unknown-field') && !codes(all).includes('syntax'));
    assert.deepEqual(codes(found), ['unknown-field', 'wrong-type']);
    const end = document.lineCount - 1;
    assert.equal(vscode.languages.getDiagnostics(uri).filter(({ range }) => range.start.line === end).length, 1);
  });

  it("a document in Helm's language is a template, whatever chart it is of", async () => {
    const text = service.replace('web', '{{ .Release.Name }}');
    const { uri } = await open('template.yaml', text, 'helm');
    const found = await problems(uri, ({ length }) => length > 0);
    assert.deepEqual(
      found.map(({ code, range }) => [code, range.start.line]),
      [['unknown-field', 4]],
    );
  });
});
