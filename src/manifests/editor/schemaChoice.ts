/** The schemas that manifests are judged by: chosen by the person, shown beside the language of a manifest. */
import * as vscode from 'vscode';
import { systemClock } from '../../core/backoff.ts';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Emitter } from '../../core/emitter.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import type { Memory } from '../../core/memory.ts';
import { givenText, registerCommand } from '../../editor/commands.ts';
import { onDidChangeSetting, readSetting } from '../../editor/settings.ts';
import type { ClusterContext, ClusterSchemas } from '../clusterSchemas.ts';
import { type Chosen, describeTarget, shippedVersion } from '../describeTarget.ts';
import { formOf } from '../detect.ts';
import type { Manifests } from '../domain.ts';
import { FollowedCluster } from '../followed.ts';
import { apiVersionsIn, clusterVersion, type Target } from '../target.ts';
import { languages, pathOf, selector } from './paths.ts';

export interface SchemaChoiceDeps {
  readonly log: Log;
  readonly domain: () => Promise<Manifests>;
  readonly clusterSchemas: () => Promise<ClusterSchemas>;
  /** Keeps the chosen cluster with the workspace. */
  readonly memory: Memory;
}

const setting = 'gantry.manifests.kubernetesVersion';
const memoryKey = 'gantry.manifests.schemasOf';

export class SchemaChoice implements Disposable {
  readonly #deps: SchemaChoiceDeps;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new Emitter<void>());
  readonly #status = this.#store.add(vscode.languages.createLanguageStatusItem('gantry.manifests.schemas', []));
  #followed: FollowedCluster | undefined;

  constructor(deps: SchemaChoiceDeps) {
    this.#deps = deps;
    this.#status.name = t('Manifest Schemas');
    this.#status.command = { command: 'gantry.manifests.selectSchemas', title: t('Select') };
    this.#store.add(onDidChangeSetting(setting, () => this.#follow()));
    this.#store.add(vscode.window.onDidChangeActiveTextEditor(() => this.#show()));
    this.#store.add(
      registerCommand(deps.log, 'gantry.manifests.selectSchemas', (given) => this.#select(givenText(given))),
    );
    this.#follow();
  }

  /** Fires when texts are judged by something else from now on. */
  readonly onDidChange = this.#changed.event;

  /** What a text is judged by now. A cluster is asked unnoticed, and only when it was chosen. */
  target(text: string): Target {
    return (
      this.#followed?.target(apiVersionsIn(text)) ?? this.#followed?.known?.nearest ?? shippedVersion(this.#chosen())
    );
  }

  dispose(): void {
    this.#followed?.dispose();
    this.#store.dispose();
  }

  #chosen(): Chosen {
    return { version: readSetting(setting), schemasOf: this.#context()?.name };
  }

  /** The chosen one, as it was remembered. */
  #context(): Pick<ClusterContext, 'id' | 'name'> | undefined {
    const { id, name } = (this.#deps.memory.get(memoryKey) ?? {}) as Partial<Record<'id' | 'name', unknown>>;
    return typeof id === 'string' && typeof name === 'string' ? { id, name } : undefined;
  }

  #follow(): void {
    this.#followed?.dispose();
    const { version, schemasOf } = this.#chosen();
    this.#followed = undefined;
    if (schemasOf !== undefined || version === clusterVersion) {
      this.#followed = new FollowedCluster({
        log: this.#deps.log,
        clock: systemClock,
        schemas: this.#deps.clusterSchemas,
        versions: async () => (await this.#deps.domain()).versions(),
        context: this.#context()?.id,
        follows: schemasOf === undefined ? 'version' : 'schemas',
      });
      this.#followed.onDidChange(() => this.#announce());
    }
    this.#announce();
  }

  #announce(): void {
    this.#show();
    this.#changed.fire();
  }

  #show(): void {
    const document = vscode.window.activeTextEditor?.document;
    const isOurs =
      document !== undefined &&
      languages.includes(document.languageId) &&
      formOf(pathOf(document.uri), document.getText()) === 'manifests';
    this.#status.selector = isOurs ? selector : [];
    const { text, detail, warning } = describeTarget(this.#chosen(), this.#followed);
    this.#status.text = text;
    this.#status.detail = detail;
    this.#status.severity = warning ? vscode.LanguageStatusSeverity.Warning : vscode.LanguageStatusSeverity.Information;
  }

  /** `given`: a version, `cluster`, or a context. */
  async #select(given: string | undefined): Promise<void> {
    const versions = await (await this.#deps.domain()).versions();
    if (given !== undefined) return this.#choose(await this.#read(given, versions));
    const picked = vscode.window.showQuickPick(this.#items(versions), {
      title: t('Select Manifest Schemas'),
      placeHolder: t('What are manifests judged by?'),
      matchOnDescription: true,
    });
    const choice = (await picked)?.choice;
    if (choice !== undefined) await this.#choose(choice);
  }

  async #read(given: string, versions: readonly string[]): Promise<Choice> {
    if (given === clusterVersion || versions.includes(given)) return { version: given };
    return { context: await (await this.#deps.clusterSchemas()).context(given) };
  }

  async #items(versions: readonly string[]): Promise<Item[]> {
    // Kubeconfigs that cannot be read are told of in the Pods view; the shipped schemas are there all the same.
    const contexts = await this.#deps
      .clusterSchemas()
      .then((schemas) => schemas.contexts())
      .catch((error: unknown) => {
        this.#deps.log.error('listing contexts failed', error);
        return [];
      });
    return itemsOf(versions, contexts);
  }

  async #choose(choice: Choice): Promise<void> {
    this.#deps.memory.set(memoryKey, 'context' in choice ? choice.context : undefined);
    if ('version' in choice) await writeVersion(choice.version);
    this.#follow();
  }
}

type Choice = { readonly version: string } | { readonly context: ClusterContext };
type Item = vscode.QuickPickItem & { readonly choice?: Choice };

function itemsOf(versions: readonly string[], contexts: readonly ClusterContext[]): Item[] {
  const group = (label: string): Item => ({ label, kind: vscode.QuickPickItemKind.Separator });
  return [
    group(t('shipped schemas')),
    ...versions.map((version): Item => ({ label: `Kubernetes ${version}`, choice: { version } })),
    { label: t('Version of the current cluster'), choice: { version: clusterVersion } },
    group(t('served schemas')),
    ...contexts.map((context): Item => ({
      label: t('Schemas of cluster {0}', context.name),
      description: context.current ? t('current context') : '',
      choice: { context },
    })),
  ];
}

/** Where the setting has a value already that others would hide. */
async function writeVersion(version: string): Promise<void> {
  const configuration = vscode.workspace.getConfiguration();
  const scope =
    configuration.inspect(setting)?.workspaceValue === undefined
      ? vscode.ConfigurationTarget.Global
      : vscode.ConfigurationTarget.Workspace;
  await configuration.update(setting, version, scope);
}
