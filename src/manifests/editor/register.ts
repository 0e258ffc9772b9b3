/** Manifests in the editor: problems while typing and their fixes. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import type { Log } from '../../core/log.ts';
import type { Memory } from '../../core/memory.ts';
import { onDidChangeSetting, readSetting } from '../../editor/settings.ts';
import type { ClusterSchemas } from '../clusterSchemas.ts';
import type { Manifests } from '../domain.ts';
import type { RenderChart } from '../render.ts';
import { asking } from './ask.ts';
import { registerAssist } from './assist.ts';
import { Definitions } from './definitions.ts';
import { LiveDiagnostics } from './diagnostics.ts';
import { registerNavigation } from './navigation.ts';
import { registerRenderedChart } from './renderedChart.ts';
import { selector } from './paths.ts';
import { SchemaChoice } from './schemaChoice.ts';
import { registerYamlExtension } from './yamlExtension.ts';

export interface ManifestsEditorDeps {
  readonly log: Log;
  /** Loads the domain; called when the first document that holds manifests is open. */
  readonly domain: () => Promise<Manifests>;
  readonly renderChart: RenderChart;
  readonly clusterSchemas: () => Promise<ClusterSchemas>;
  /** Keeps the chosen cluster with the workspace. */
  readonly memory: Memory;
  /** Path of the page that explains the practice rules. */
  readonly page: string;
}

const rulesSetting = 'gantry.manifests.rules';

export function registerManifests(deps: ManifestsEditorDeps): Disposable {
  const { log, domain, clusterSchemas, memory } = deps;
  const page = vscode.Uri.file(deps.page);
  const store = new DisposableStore();
  const choice = store.add(new SchemaChoice({ log, domain, clusterSchemas, memory }));
  const checkAll = (): void => vscode.workspace.textDocuments.forEach((document) => live.check(document));
  const definitions = store.add(new Definitions({ log, domain, onChange: () => checkAll() }));
  const judging = {
    log,
    domain,
    target: (text: string) => choice.target(text),
    rules: () => readSetting(rulesSetting),
    page,
    prepare: () => definitions.start(),
  };
  const live = store.add(new LiveDiagnostics(judging));
  store.add(registerRenderedChart({ ...judging, renderChart: deps.renderChart }));
  store.add(vscode.workspace.onDidOpenTextDocument((document) => live.check(document)));
  store.add(vscode.workspace.onDidChangeTextDocument(({ document }) => live.check(document)));
  store.add(vscode.workspace.onDidCloseTextDocument((document) => live.forget(document)));
  store.add(choice.onDidChange(checkAll));
  store.add(onDidChangeSetting(rulesSetting, checkAll));
  store.add(
    vscode.languages.registerCodeActionsProvider(
      selector,
      { provideCodeActions: (document, range) => live.fixesAt(document, range) },
      { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
    ),
  );
  store.add(registerYamlExtension(log, (document) => live.speaksFor(document)));
  const ask = asking({ log, domain });
  store.add(registerAssist(ask, judging.target));
  store.add(registerNavigation(ask, definitions));
  checkAll();
  return store;
}
