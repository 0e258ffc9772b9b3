/** Validate Rendered Chart: what helm makes of a chart, judged, and told at its templates; again with each save. */
import { dirname, posix, relative } from 'node:path';
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import { registerCommand } from '../../editor/commands.ts';
import { withLateProgress } from '../../editor/lateProgress.ts';
import type { Manifests } from '../domain.ts';
import type { Finding } from '../findings.ts';
import { isValuesFile, slashes } from '../fileNames.ts';
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
  const charts = store.add(new RenderedCharts(deps));
  store.add(
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0) charts.forget(document.uri);
    }),
  );
  store.add(vscode.workspace.onDidSaveTextDocument(({ uri }) => charts.saved(uri)));
  store.add(
    registerCommand(deps.log, 'gantry.manifests.validateRendered', async (uri) =>
      validateRendered(charts, uri ?? vscode.window.activeTextEditor?.document.uri),
    ),
  );
  return store;
}

async function validateRendered(charts: RenderedCharts, uri: vscode.Uri | undefined): Promise<void> {
  const { chartFolderOf } = await import('../render.ts');
  const folder = uri?.scheme === 'file' ? chartFolderOf(uri.fsPath) : undefined;
  if (uri === undefined || folder === undefined)
    throw new Failure('invalid', t('Open a file of a Helm chart first: one below the folder that has its Chart.yaml.'));
  const name = posix.basename(slashes(folder));
  const wrong = await withLateProgress(t('Rendering {0}', name), async (_, signal) => {
    await saveAll(folder);
    return charts.judge(folder, overlay(uri, folder), signal);
  });
  if (wrong > 0) await vscode.commands.executeCommand('workbench.actions.view.problems');
  else void vscode.window.showInformationMessage(t('{0}: nothing is wrong in what helm makes of it.', name));
}

/** The charts that were asked for: each is rendered again when something in it is saved. */
class RenderedCharts implements Disposable {
  readonly #deps: RenderedChartDeps;
  readonly #problems = vscode.languages.createDiagnosticCollection('gantry.manifests.rendered');
  /** Files of values by the chart's folder, as they were asked for. */
  readonly #asked = new Map<string, readonly string[]>();
  readonly #again = new Map<string, AbortController>();

  constructor(deps: RenderedChartDeps) {
    this.#deps = deps;
  }

  /** Returns the number of problems, hints apart. From now on the chart is rendered with each save. */
  judge(folder: string, values: readonly string[], signal: AbortSignal): Promise<number> {
    this.#asked.set(folder, values);
    this.#again.get(folder)?.abort();
    return this.#judge(folder, values, signal);
  }

  async #judge(folder: string, values: readonly string[], signal: AbortSignal): Promise<number> {
    const { domain, renderChart, target, rules, page, prepare } = this.#deps;
    await prepare();
    // Of a file in it: a folder that is the workspace itself has no path in it.
    const known = posix.dirname(pathOf(vscode.Uri.joinPath(vscode.Uri.file(folder), 'Chart.yaml')));
    const judge = target('');
    const kubernetesVersion = typeof judge === 'string' ? judge : judge.release;
    const made = await renderChart({ folder, values, kubernetesVersion }, signal);
    const output = 'output' in made.rendered ? made.rendered.output : '';
    const { files } = await (await domain()).rendered({ folder: known, ...made }, target(output), rules());
    signal.throwIfAborted();
    this.#problems.forEach((file) => isBelow(file.fsPath, folder) && this.#problems.delete(file));
    for (const [path, findings] of Object.entries(files)) {
      const file = vscode.Uri.joinPath(vscode.Uri.file(folder), posix.relative(known, path));
      this.#problems.set(
        file,
        findings.map((finding) => toDiagnostic(rangeOf(finding), finding, page)),
      );
    }
    return Object.values(files)
      .flat()
      .filter(({ severity }) => severity !== 'hint').length;
  }

  /** What was found in a text that is another one now. */
  forget(file: vscode.Uri): void {
    this.#problems.delete(file);
  }

  saved(file: vscode.Uri): void {
    if (file.scheme !== 'file') return;
    for (const [folder, values] of this.#asked) if (isBelow(file.fsPath, folder)) this.#judgeAgain(folder, values);
  }

  #judgeAgain(folder: string, values: readonly string[]): void {
    this.#again.get(folder)?.abort();
    const again = new AbortController();
    this.#again.set(folder, again);
    this.#judge(folder, values, again.signal).catch((error: unknown) => {
      // Nobody asked this time: what helm says against the chart is a problem already, anything else is for the log.
      if (!again.signal.aborted) this.#deps.log.warn(`rendering ${folder} again: ${String(error)}`);
    });
  }

  dispose(): void {
    for (const again of this.#again.values()) again.abort();
    this.#problems.dispose();
  }
}

const isBelow = (path: string, folder: string): boolean => !/^\.\.(?:[\\/]|$)/.test(relative(folder, path));

/** Helm reads what is saved. */
async function saveAll(folder: string): Promise<void> {
  for (const document of vscode.workspace.textDocuments)
    if (document.isDirty && document.uri.scheme === 'file' && isBelow(document.uri.fsPath, folder))
      await document.save();
}

/** Asked for in other values of the chart (`values-prod.yaml`), it is rendered with them. */
function overlay({ fsPath }: vscode.Uri, folder: string): string[] {
  const isOther = isValuesFile(fsPath) && dirname(fsPath) === folder && !/[\\/]values\.yaml$/.test(fsPath);
  return isOther ? [fsPath] : [];
}

const rangeOf = ({ from, to }: Finding): vscode.Range => new vscode.Range(from.line, from.column, to.line, to.column);
