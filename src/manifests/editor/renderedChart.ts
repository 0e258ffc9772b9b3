/** Validate Rendered Chart: what helm makes of a chart, judged, and told at its templates until their text is another one. */
import { dirname, posix, relative } from 'node:path';
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import { registerCommand } from '../../editor/commands.ts';
import { withLateProgress } from '../../editor/lateProgress.ts';
import { isValuesFile } from '../charts.ts';
import type { Manifests } from '../domain.ts';
import type { Finding } from '../findings.ts';
import { slashes } from '../kustomize.ts';
import type { RuleSettings } from '../practice/catalog.ts';
import type { RenderChart } from '../render.ts';
import type { Target } from '../target.ts';
import { toDiagnostic } from './diagnostics.ts';
import { pathOf } from './paths.ts';

export interface RenderedChartDeps {
  readonly log: Log;
  readonly domain: () => Promise<Manifests>;
  readonly renderChart: RenderChart;
  /** What a text is judged by. */
  readonly target: (text: string) => Target;
  /** Severities of the practice rules. */
  readonly rules: () => RuleSettings;
  /** The page that explains the practice rules. */
  readonly page: vscode.Uri;
  /** Resolves when the files of the workspace were looked at. */
  readonly prepare: () => Promise<void>;
}

export function registerRenderedChart(deps: RenderedChartDeps): Disposable {
  const store = new DisposableStore();
  const collection = store.add(vscode.languages.createDiagnosticCollection('gantry.manifests.rendered'));
  store.add(
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0) collection.delete(document.uri);
    }),
  );
  store.add(
    registerCommand(deps.log, 'gantry.manifests.validateRendered', async (uri) =>
      validateRendered(deps, collection, uri ?? vscode.window.activeTextEditor?.document.uri),
    ),
  );
  return store;
}

async function validateRendered(
  { domain, renderChart, target, rules, page, prepare }: RenderedChartDeps,
  collection: vscode.DiagnosticCollection,
  uri: vscode.Uri | undefined,
): Promise<void> {
  const { chartFolderOf } = await import('../render.ts');
  const folder = uri?.scheme === 'file' ? chartFolderOf(uri.fsPath) : undefined;
  if (uri === undefined || folder === undefined)
    throw new Failure('invalid', t('Open a file of a Helm chart first: one below the folder that has its Chart.yaml.'));
  const name = posix.basename(slashes(folder));
  const inChart = (file: vscode.Uri): boolean => file.scheme === 'file' && isBelow(file.fsPath, folder);
  // Of a file in it: a folder that is the workspace itself has no path in it.
  const known = posix.dirname(pathOf(vscode.Uri.joinPath(vscode.Uri.file(folder), 'Chart.yaml')));
  const { files } = await withLateProgress(t('Rendering {0}', name), async (_, signal) => {
    await saveAll(inChart);
    await prepare();
    const judge = target('');
    const made = await renderChart(
      { folder, values: overlay(uri, folder), kubernetesVersion: typeof judge === 'string' ? judge : judge.release },
      signal,
    );
    const output = 'output' in made.rendered ? made.rendered.output : '';
    return (await domain()).rendered({ folder: known, ...made }, target(output), rules());
  });
  collection.forEach((file) => inChart(file) && collection.delete(file));
  for (const [path, findings] of Object.entries(files)) {
    const file = vscode.Uri.joinPath(vscode.Uri.file(folder), posix.relative(known, path));
    collection.set(
      file,
      findings.map((finding) => toDiagnostic(rangeOf(finding), finding, page)),
    );
  }
  const wrong = Object.values(files)
    .flat()
    .filter(({ severity }) => severity !== 'hint').length;
  if (wrong > 0) await vscode.commands.executeCommand('workbench.actions.view.problems');
  else void vscode.window.showInformationMessage(t('{0}: nothing is wrong in what helm makes of it.', name));
}

const isBelow = (path: string, folder: string): boolean => !/^\.\.(?:[\\/]|$)/.test(relative(folder, path));

/** Helm reads what is saved. */
async function saveAll(which: (file: vscode.Uri) => boolean): Promise<void> {
  for (const document of vscode.workspace.textDocuments)
    if (document.isDirty && which(document.uri)) await document.save();
}

/** Asked for in other values of the chart (`values-prod.yaml`), it is rendered with them. */
function overlay({ fsPath }: vscode.Uri, folder: string): string[] {
  const isOther = isValuesFile(fsPath) && dirname(fsPath) === folder && !/[\\/]values\.yaml$/.test(fsPath);
  return isOther ? [fsPath] : [];
}

const rangeOf = ({ from, to }: Finding): vscode.Range => new vscode.Range(from.line, from.column, to.line, to.column);
