import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { eventually, execute } from './execute.ts';
import { problems, problemsOf } from './problems.ts';

const manifest = `apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  prots: [{port: 80}]
`;

const unreachable = `apiVersion: v1
kind: Config
clusters: [{ name: gone, cluster: { server: 'https://127.0.0.1:1' } }]
contexts: [{ name: gone, context: { cluster: gone, user: gone } }]
users: [{ name: gone, user: { token: none } }]
`;

const widgets = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties: {spec: {type: object, properties: {size: {type: integer}}}}
`;

describe('manifests', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'gantry-manifests-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(() => vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor'));

  async function open(name: string, text: string): Promise<vscode.TextEditor> {
    const path = join(folder, name);
    writeFileSync(path, text);
    const document = await vscode.workspace.openTextDocument(path);
    return vscode.window.showTextDocument(await vscode.languages.setTextDocumentLanguage(document, 'yaml'));
  }

  it('marks the wrong field, names the version that judged, and its fix makes the problem go away', async () => {
    const { document } = await open('service.yaml', manifest);
    const [problem] = await problems(document.uri, (found) => found.length > 0);
    assert.deepEqual(
      {
        text: document.getText(problem!.range),
        message: problem!.message,
        code: problem!.code,
        source: problem!.source,
        severity: problem!.severity,
      },
      {
        text: 'prots',
        message: 'ServiceSpec has no field "prots". Did you mean "ports"?',
        code: 'unknown-field',
        source: 'Gantry (Kubernetes 1.34)',
        severity: vscode.DiagnosticSeverity.Error,
      },
    );
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      document.uri,
      problem!.range,
      vscode.CodeActionKind.QuickFix.value,
    );
    const fix = actions.find(({ title }) => title === 'Replace with ports');
    await vscode.workspace.applyEdit(fix!.edit!);
    assert.equal(document.getText(), manifest.replace('prots', 'ports'));
    await problems(document.uri, (found) => found.length === 0);
  });

  it('judges by the version of the setting', async () => {
    const setting = vscode.workspace.getConfiguration('gantry.manifests');
    const { document } = await open('versions.yaml', manifest);
    await problems(document.uri, (found) => found.length > 0);
    await setting.update('kubernetesVersion', '1.36', vscode.ConfigurationTarget.Global);
    try {
      await problems(document.uri, ([found]) => found?.source === 'Gantry (Kubernetes 1.36)');
    } finally {
      await setting.update('kubernetesVersion', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('judges by the schemas of a cluster that was chosen, and by the shipped ones when that does not answer', async () => {
    const setting = vscode.workspace.getConfiguration('gantry.manifests');
    const file = vscode.Uri.file(process.env['KUBECONFIG']!);
    const { document } = await open('served.yaml', manifest);
    const judgedBy = (source: string): Promise<unknown> =>
      problems(document.uri, ([found]) => found?.source === `Gantry (${source})`);
    await judgedBy('Kubernetes 1.34');
    try {
      await execute('gantry.manifests.selectSchemas', '1.36');
      await judgedBy('Kubernetes 1.36');
      await execute('gantry.manifests.selectSchemas', process.env['GANTRY_TEST_CONTEXT']!);
      await judgedBy('Kubernetes 1.34.4 of cluster gantry');
      await execute('gantry.kubernetes.addKubeconfig', unreachable);
      await execute('gantry.manifests.selectSchemas', 'gone');
      await judgedBy('Kubernetes 1.36');
      await execute('gantry.manifests.selectSchemas', 'cluster');
      await judgedBy('Kubernetes 1.34');
    } finally {
      await vscode.workspace.fs.writeFile(file, new Uint8Array());
      await execute('gantry.manifests.selectSchemas', '1.34');
      await setting.update('kubernetesVersion', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('leaves other YAML, and templates that are of no chart, alone', async () => {
    const { document: template } = await open('template.yaml', manifest.replace('web', '{{ .Values.name }}'));
    const { document: other } = await open('other.yaml', 'kind: of thing\nprots: 1\n');
    // Opened last, it is checked last: when its problem is there, the others have been looked at.
    const { document: last } = await open('last.yaml', manifest);
    await problems(last.uri, (found) => found.length > 0);
    assert.deepEqual(
      [template, other].flatMap(({ uri }) => problemsOf(uri)),
      [],
    );
  });

  it('knows the custom resources of other projects, and says whose schema judged', async () => {
    const { document } = await open(
      'route.yaml',
      'apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: web}\nspec: {hostnams: [a.example]}\n',
    );
    const [problem] = await problems(document.uri, (found) => found.some(({ code }) => code === 'unknown-field'));
    assert.deepEqual([document.getText(problem!.range), problem!.source], ['hostnams', 'Gantry (Gateway API)']);
  });

  for (const [where, path] of [
    ['the workspace', 'widgets.crd.yaml'],
    ['a new folder', 'crds/new/widgets.crd.yaml'],
  ] as const)
    it(`takes a definition dropped into ${where} for a schema, and lets it go with what it is in`, async () => {
      const root = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
      const { document } = await open(
        'widget.yaml',
        'apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\nspec: {siez: 1}\n',
      );
      await problems(document.uri, ([found]) => found?.code === 'no-schema');
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), widgets);
      try {
        const [problem] = await problems(document.uri, ([found]) => found?.code === 'unknown-field');
        assert.deepEqual([document.getText(problem!.range), problem!.source], ['siez', `Gantry (${path})`]);
      } finally {
        rmSync(join(root, path.split('/')[0]!), { recursive: true });
      }
      await problems(document.uri, ([found]) => found?.code === 'no-schema');
    });

  it('completes by the keyboard, and tells what a field is', async () => {
    const editor = await open('complete.yaml', 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  restart\n');
    const { document } = editor;
    editor.selection = new vscode.Selection(4, 9, 4, 9);
    await vscode.commands.executeCommand('editor.action.triggerSuggest');
    await eventually('restartPolicy is taken', async () => {
      await vscode.commands.executeCommand('acceptSelectedSuggestion');
      return document.lineAt(4).text === '  restartPolicy: ';
    });
    const [told] = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      new vscode.Position(4, 5),
    );
    const [text] = told!.contents as vscode.MarkdownString[];
    assert.match(text!.value, /Allowed: `Always`, `Never`, `OnFailure`/);
  });

  it('goes from a name to the object in another file, finds what refers to it, and outlines both', async () => {
    const [root] = vscode.workspace.workspaceFolders!;
    const settings = join(root!.uri.fsPath, 'settings.yaml');
    writeFileSync(settings, 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: far-settings\ndata: {LEVEL: info}\n');
    try {
      const { document } = await open(
        'pod.yaml',
        `apiVersion: v1
kind: Pod
metadata: {name: near}
spec:
  containers:
    - name: app
      image: app:1
      envFrom: [{configMapRef: {name: far-settings}}]
`,
      );
      const name = document.positionAt(document.getText().indexOf('far-settings') + 3);
      const ask = <T>(command: string, ...args: unknown[]): Thenable<T> =>
        vscode.commands.executeCommand<T>(`vscode.${command}`, document.uri, ...args);
      const shown = (places: readonly vscode.Location[]): string[] =>
        places.map(({ uri, range }) => `${uri.path.split('/').at(-1)}:${range.start.line}:${range.start.character}`);
      await eventually('the definition is found', async () =>
        shown(await ask<vscode.Location[]>('executeDefinitionProvider', name)).includes('settings.yaml:3:8'),
      );
      assert.deepEqual(shown(await ask<vscode.Location[]>('executeReferenceProvider', name)), [
        'settings.yaml:3:8',
        'pod.yaml:7:38',
      ]);
      const symbols = await ask<vscode.DocumentSymbol[]>('executeDocumentSymbolProvider');
      assert.deepEqual(
        symbols.map((symbol) => [symbol.name, symbol.children.map((child) => child.name)]),
        [['Pod near', ['app']]],
      );
    } finally {
      rmSync(settings);
    }
  });

  it('writes a whole object where nothing of one is written yet', async () => {
    const { document } = await open('empty.yaml', '');
    const { items } = await vscode.commands.executeCommand<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      document.uri,
      new vscode.Position(0, 0),
    );
    const item = items.find(({ label }) => label === 'ConfigMap');
    assert.ok(typeof item?.insertText === 'string');
    assert.match(item.insertText, /^apiVersion: v1\nkind: ConfigMap\n/);
  });
});
