/** Helm charts: their values judged by their own schema, their templates by what stands around the actions. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { problems } from './problems.ts';

const files = {
  'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'values.schema.json': '{"properties": {"image": {"properties": {"tag": {"type": "string"}}}}}',
  'values.yaml': '# Which image.\nimage:\n  tag: 1\n',
  'templates/web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "web.name" . }}
spec:
  replicas: {{ .Values.replicas }}
  {{- with .Values.more }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
  template:
    spec:
      contaniers: {{ .Values.none }}
      containers:
        - name: web
          image: "web:{{ .Values.image.tag }}"
`,
};

describe('manifests of a chart', () => {
  const chart = join(vscode.workspace.workspaceFolders![0]!.uri.fsPath, 'web');

  before(() => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(chart, name)), { recursive: true });
      writeFileSync(join(chart, name), text);
    }
  });
  after(() => rmSync(chart, { recursive: true, force: true }));
  afterEach(() => vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor'));

  async function open(name: keyof typeof files): Promise<vscode.TextDocument> {
    return (await vscode.window.showTextDocument(vscode.Uri.file(join(chart, name)))).document;
  }

  it('marks a wrong value in values.yaml until it is right', async () => {
    const document = await open('values.yaml');
    const [problem] = await problems(document.uri, (found) => found.length > 0);
    assert.deepEqual(
      [problem!.range.start.line, document.getText(problem!.range), problem!.code, problem!.source],
      [2, '1', 'wrong-type', 'Gantry (schema of the chart)'],
    );
    const edit = new vscode.WorkspaceEdit();
    edit.replace(document.uri, problem!.range, '"1"');
    await vscode.workspace.applyEdit(edit);
    await problems(document.uri, (found) => found.length === 0);
  });

  it('marks an unknown field of a template, and nothing that an action may bring', async () => {
    const document = await open('templates/web.yaml');
    const found = await problems(document.uri, ({ length }) => length > 0);
    assert.deepEqual(
      found.map(({ code, range }) => [code, document.getText(range)]),
      [['unknown-field', 'contaniers']],
    );
  });

  it('completes and explains .Values, and goes to values.yaml', async () => {
    const document = await open('templates/web.yaml');
    const ask = <T>(command: string, offset: number): Thenable<T> =>
      vscode.commands.executeCommand<T>(`vscode.${command}`, document.uri, document.positionAt(offset));
    const tag = document.getText().indexOf('image.tag') + 'image.'.length;
    // It waits until the files of the workspace were read, which the others do not.
    const [place] = await ask<vscode.Location[]>('executeDefinitionProvider', tag + 1);
    assert.deepEqual(
      [place!.uri.fsPath, place!.range.start.line, place!.range.start.character],
      [join(chart, 'values.yaml'), 2, 2],
    );
    const { items } = await ask<vscode.CompletionList>('executeCompletionItemProvider', tag);
    assert.deepEqual(
      items.filter(({ detail }) => detail !== undefined).map(({ label, detail }) => [label, detail]),
      [['tag', '1']],
    );
    const [told] = await ask<vscode.Hover[]>('executeHoverProvider', tag - 'image.'.length);
    const [text] = told!.contents as vscode.MarkdownString[];
    assert.match(text!.value, /# Which image\.\nimage:\n {2}tag: 1\n[^]*web\/values\.yaml/);
  });
});
