/** The editor and the terminal program say the same of every file of a workspace: the same words, at the same places. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as vscode from 'vscode';
import { eventually } from './execute.ts';
import { problems, problemsOf } from './problems.ts';

const pod = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containrs: [{name: a, image: a}]\n';
const workload = (name: string): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${name}}\nspec:\n  selector: {matchLabels: {app: ${name}}}\n` +
  `  template:\n    metadata: {labels: {app: ${name}, tier: front}}\n    spec: {containers: [{name: a, image: a}]}\n`;
const definition = (type: string): string =>
  'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: gears.example.com}\nspec:\n' +
  '  group: example.com\n  scope: Namespaced\n  names: {kind: Gear, plural: gears}\n  versions:\n' +
  '    - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: ' +
  `{spec: {type: object, properties: {size: {type: ${type}}}}}}}}\n`;

const files: Readonly<Record<string, string>> = {
  'chart/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\nnmae: web\n',
  'chart/values.schema.json': '{"required": ["on"], "properties": {"image": {"type": "object"}}}',
  'chart/values.yaml': 'image: 1\n',
  'chart/values-prod.yaml': 'image: a\n',
  'chart/templates/with.yaml': pod.replace('{name: a}', '\n  name: {{ .Values.name }}'),
  'chart/templates/without.yaml': pod,
  'chart/templates/part.yaml': '{{ include "web.part" .Values.image }}\n',
  'outside/values.yaml': pod,
  'outside/template.yaml': pod.replace('{name: a}', '{{ .Values.name }}'),
  // Each of these lacks one of the fields that a manifest is known by.
  'lacking/version.yaml': pod.replace('apiVersion: v1\n', ''),
  'lacking/kind.yaml': pod.replace('kind: Pod\n', ''),
  'lacking/both.yaml': 'metadata: {name: a}\nspec: {containrs: []}\n',
  'written/mark.yaml': `\uFEFF${pod}`,
  'written/crlf.yaml': pod.replaceAll('\n', '\r\n'),
  'written/cr.yaml': pod.replaceAll('\n', '\r'),
  'written/mixed.yaml': pod.replace('\n', '\r\n').replace('Pod\n', 'Pod\r'),
  'written/wide.yaml': `apiVersion: v1\nkind: Pod\nmetadata: {name: 😀, labls: {a: b}}\nspec: {}\n`,
  'written/flow.yaml': '{"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}, "spec": {"containrs": []}}\n',
  'written/silent.yaml': pod.replace('  containrs', '  # gantry-ignore: unknown-field\n  containrs'),
  'broken/half.yaml': pod.replace('image: a}]', 'image]'),
  'broken/other.yaml': 'a: [\nb: }\n',
  'broken/tab.yaml': pod.replace('  containrs', '\tcontainrs'),
  'other/compose.yaml': 'services: {web: {image: web}}\n',
  'other/pipeline.yaml': 'kind: pipeline\ntype: docker\nsteps: []\n',
  // Which of two files is meant must not depend on which was read first.
  'order/b.yaml': workload('back'),
  'order/a.yaml': workload('again'),
  'order/service.yaml':
    'apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {app: none, tier: front}, ports: [{port: 80}]}\n',
  'order/y.crd.yaml': definition('integer'),
  'order/x.crd.yaml': definition('string'),
  'order/gear.yaml': 'apiVersion: example.com/v1\nkind: Gear\nmetadata: {name: g}\nspec: {size: true}\n',
  'custom/route.yaml':
    'apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: web}\nspec: {hostnams: [a.example]}\n',
  'overlay/kustomization.yaml': 'resorces: []\npatches: [{path: patch.yaml}]\n',
  'overlay/patch.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{nmae: a}]}\n',
};

interface Said {
  readonly code: unknown;
  readonly severity: string;
  readonly message: string;
  readonly schema: string;
  /** Lines and columns, from one. */
  readonly range: readonly number[];
}

interface Report {
  readonly path: string;
  readonly findings: readonly (Omit<Said, 'range'> &
    Record<'startLine' | 'startColumn' | 'endLine' | 'endColumn', number>)[];
}

describe('manifests in the editor and in a terminal', () => {
  const root = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
  const folder = join(root, 'both');

  before(() => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** What `gantry validate` says of each file of the workspace. */
  function inTerminal(): Promise<Record<string, Said[]>> {
    const cli = join(vscode.extensions.getExtension('gantry.gantry')!.extensionPath, 'dist', 'cli.js');
    return new Promise((resolve, reject) => {
      const args = [cli, 'validate', '.', '--format', 'json'];
      execFile(process.execPath, args, { cwd: root, maxBuffer: 2 ** 24 }, (_, stdout, stderr) => {
        if (stdout === '') return reject(new Error(stderr));
        const said = (JSON.parse(stdout) as Report[]).map(({ path, findings }): [string, Said[]] => [
          path,
          findings.map(({ code, severity, message, schema, startLine, startColumn, endLine, endColumn }) => ({
            code,
            severity,
            message,
            schema: `Gantry (${schema})`,
            range: [startLine, startColumn, endLine, endColumn],
          })),
        ]);
        resolve(Object.fromEntries(said));
      });
    });
  }

  const inEditor = (uri: vscode.Uri): Said[] =>
    problemsOf(uri).map(({ code, severity, message, source, range: { start, end } }) => ({
      code: typeof code === 'object' ? code.value : code,
      severity: ['error', 'warning', '', 'hint'][severity]!,
      message,
      schema: source!,
      range: [start.line + 1, start.character + 1, end.line + 1, end.character + 1],
    }));

  it('are told the same', async () => {
    const expected = await inTerminal();
    const uris = Object.keys(expected).map((path): [string, vscode.Uri] => [path, vscode.Uri.file(join(root, path))]);
    for (const [, uri] of uris) await vscode.workspace.openTextDocument(uri);
    const said = (): Record<string, Said[]> => Object.fromEntries(uris.map(([path, uri]) => [path, inEditor(uri)]));
    await eventually('both say the same', () => isDeepStrictEqual(said(), expected)).catch(() => undefined);
    // Opened last, it is checked last: when its problem is there, those of which nothing is said have been looked at.
    const last = join(folder, 'last.yaml');
    writeFileSync(last, pod);
    await vscode.workspace.openTextDocument(last);
    await problems(vscode.Uri.file(last), ({ length }) => length > 0);
    assert.deepEqual(said(), expected);
    const found = Object.values(expected).filter(({ length }) => length > 0);
    assert.ok(found.length >= 20, `something is said of ${found.length} files`);
  });
});
