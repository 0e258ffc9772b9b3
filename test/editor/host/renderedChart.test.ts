/** A chart as helm renders it: its problems at its templates. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { execute } from './execute.ts';
import { problems } from './problems.ts';

const files = {
  'Chart.yaml': 'apiVersion: v2\nname: drawn\nversion: 1.0.0\n',
  'values.schema.json': '{"properties": {"name": {"type": "string"}}}',
  'values.yaml': 'name: 1\nport: http\n',
  'values-prod.yaml': 'name: prod\n',
  'templates/service.yaml': `apiVersion: v1
kind: Service
metadata:
  name: {{ .Values.name }}
spec:
  ports:
    - port: 80
`,
} as const;

describe('a rendered chart', () => {
  const chart = join(vscode.workspace.workspaceFolders![0]!.uri.fsPath, 'drawn');
  const uriOf = (name: keyof typeof files): vscode.Uri => vscode.Uri.file(join(chart, name));

  const { PATH } = process.env;
  before(() => {
    process.env['PATH'] = `${process.env['GANTRY_TEST_TOOLS']}:${PATH}`;
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(chart, name)), { recursive: true });
      writeFileSync(join(chart, name), text);
    }
  });
  after(async () => {
    process.env['PATH'] = PATH;
    await vscode.commands.executeCommand('notifications.clearAll');
    await vscode.commands.executeCommand('workbench.action.closePanel');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    rmSync(chart, { recursive: true, force: true });
  });

  const rendered = ({ message }: vscode.Diagnostic): boolean => message.startsWith('In the rendered chart');

  it('is judged as it stands in the editor, with the values it was asked for with, and again when it is saved', async () => {
    const uri = uriOf('templates/service.yaml');
    const { document } = await vscode.window.showTextDocument(uri);
    const edit = new vscode.WorkspaceEdit();
    edit.replace(uri, new vscode.Range(6, 12, 6, 14), '{{ .Values.port }}');
    await vscode.workspace.applyEdit(edit);
    await execute('gantry.manifests.validateRendered', uriOf('values-prod.yaml'));
    assert.equal(document.isDirty, false);
    const [problem] = await problems(uri, (all) => all.some(rendered));
    assert.deepEqual(
      [document.getText(problem!.range), problem!.message, problem!.source, problem!.severity],
      [
        '{{ .Values.port }}',
        'In the rendered chart: Expected an integer, found a string.',
        'Gantry (Kubernetes 1.34)',
        vscode.DiagnosticSeverity.Error,
      ],
    );
    const mend = new vscode.WorkspaceEdit();
    mend.replace(uri, problem!.range, '80');
    await vscode.workspace.applyEdit(mend);
    await problems(uri, (all) => all.length === 0);
    await document.save();
    const spoil = new vscode.WorkspaceEdit();
    spoil.replace(uri, new vscode.Range(6, 12, 6, 14), '{{ .Values.port }}');
    await vscode.workspace.applyEdit(spoil);
    await document.save();
    await problems(uri, (all) => all.some(rendered));
  });

  it('that helm refuses says so at the place', async () => {
    await vscode.window.showTextDocument(uriOf('templates/service.yaml'));
    await execute('gantry.manifests.validateRendered');
    const [problem] = await problems(uriOf('values.yaml'), (all) => all.some(({ code }) => code === 'not-rendered'));
    assert.deepEqual([problem!.range.start.line, problem!.range.start.character], [0, 6]);
    assert.match(problem!.message, /^helm does not render the chart: values don't meet/);
  });
});
