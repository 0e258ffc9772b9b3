/** The VS Code program: makes the parts and hands them to each other. No I/O and no heavy import happens here. */
import { join } from 'node:path';
import * as vscode from 'vscode';
import { registerCluster } from './cluster/editor/register.ts';
import { compose } from './compose.ts';
import { type Disposable } from './core/disposable.ts';
import { installLanguage, t } from './core/l10n.ts';
import { lazy } from './core/lazy.ts';
import type { Log } from './core/log.ts';
import type { Memory } from './core/memory.ts';
import { cacheFolder, stateFolder } from './core/platform.ts';
import { registerCurriculum } from './curriculum/editor/register.ts';
import { mendLoans, registerDevLoop } from './devloop/editor/register.ts';
import { registerDocker } from './docker/editor/register.ts';
import { registerCommand } from './editor/commands.ts';
import { type ViewId, views } from './editor/contributions.ts';
import { channelLog } from './editor/log.ts';
import { registerMilestones } from './editor/milestones.ts';
import { registerLogView } from './editor/logView.ts';
import { registerRemoveEverything } from './editor/removeEverything.ts';
import { changesOf, readSetting } from './editor/settings.ts';
import { offerTerminalPrograms } from './editor/terminalPrograms.ts';
import { registerBrokenView, registerDimming } from './editor/tree.ts';
import { registerGrpc } from './grpc/editor/register.ts';
import { environmentKey, readSecret } from './grpc/editor/targets.ts';
import { askAboutPlugins } from './kubernetes/editor/pluginConsent.ts';
import { registerKubernetes } from './kubernetes/editor/register.ts';
import { registerManifests } from './manifests/editor/register.ts';
import { registerScaffold } from './scaffold/editor/register.ts';
import { registerSnippets } from './snippets/editor/register.ts';
import { registerToolchain } from './toolchain/editor/register.ts';
import { toolsFolder } from './toolchain/folder.ts';

let close = async (): Promise<void> => {};

/** VS Code waits some seconds for it when a window is closed: what is held in clusters goes back to what it was. */
export const deactivate = (): Promise<void> => close();

const grpcSettings = ['gantry.grpc.servers', 'gantry.grpc.targets', 'gantry.grpc.environments'] as const;

export function activate(context: vscode.ExtensionContext): void {
  const language = vscode.l10n.bundle ?? {};
  installLanguage(language);
  const channel = vscode.window.createOutputChannel('Gantry', { log: true });
  const log = channelLog(channel);
  const gantry = compose({
    log,
    extensionFolder: context.extensionPath,
    env: process.env,
    language: vscode.env.language.toLowerCase().startsWith('zh') ? 'zh-cn' : 'en',
    trusted: () => vscode.workspace.isTrusted,
    approvePlugin: askAboutPlugins(context.globalState),
    workspaceFolder: () => vscode.workspace.workspaceFolders?.[0]?.uri.fsPath,
    workspaceFolders: () => (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath),
    memory: memoryIn(context.globalState),
    workspaceMemory: memoryIn(context.workspaceState),
    settings: {
      dockerEndpoint: () => readSetting('gantry.docker.endpoint'),
      dockerGroupBy: () => readSetting('gantry.docker.groupBy'),
      onDidChangeDocker: changesOf(['gantry.docker.endpoint', 'gantry.docker.groupBy']),
      vulnerabilityDatabase: () => readSetting('gantry.docker.vulnerabilityDatabase'),
      grpcServers: () => readSetting('gantry.grpc.servers'),
      grpcDeadline: () => readSetting('gantry.grpc.deadline'),
      grpcConnections: () => readSetting('gantry.grpc.connections'),
      grpcTargets: {
        targets: () => readSetting('gantry.grpc.targets'),
        environments: () => readSetting('gantry.grpc.environments'),
        environment: () => context.workspaceState.get(environmentKey),
        secret: async (name) => readSecret(context, name),
      },
      onDidChangeGrpc: (listener) => changesOf(grpcSettings)(() => listener()),
    },
  });
  const start = starter(context, log);
  close = () => gantry.close();
  context.subscriptions.push(channel);
  start([], registerDimming);
  start([], registerMilestones);
  start([], () => registerCommand(log, 'gantry.showLog', () => channel.show()));
  start([], () => registerLogView(log));
  const mend = (): Promise<void> => mendLoans(log, gantry.mend);
  // Not at activation: no cluster is asked anything before somebody looks at clusters.
  const mended = lazy(mend);
  start([views.pods, views.services], () =>
    registerKubernetes({
      log,
      domain: () => {
        void mended();
        return gantry.kubernetes();
      },
      named: async (text) => (await gantry.manifests()).named(text),
      intercepts: gantry.devLoop,
    }),
  );
  start([], () =>
    registerCluster({
      log,
      domain: gantry.cluster,
      started: mend,
      serverOf: async (context) => (await gantry.kubernetes()).contexts.get(context)?.cluster.server,
    }),
  );
  start([views.containers], () =>
    registerDocker({
      log,
      domain: gantry.docker,
      schemas: join(context.extensionPath, 'schemas'),
      pods: gantry.podsAndImages,
    }),
  );
  start([views.grpc], () =>
    registerGrpc({
      context,
      log,
      domain: gantry.grpc,
      language,
      serversOf: gantry.grpcServersOf,
      rowOf: gantry.rowOfServer,
    }),
  );
  start([], () =>
    registerManifests({
      log,
      domain: gantry.manifests,
      clusterSchemas: gantry.clusterSchemas,
      renderChart: gantry.renderChart,
      memory: memoryIn(context.workspaceState),
      page: rulesPage(context, language),
    }),
  );
  start([], () => registerSnippets({ log, domain: gantry.snippets }));
  start([], () => registerScaffold({ log, domain: gantry.scaffold }));
  start([], () => registerDevLoop({ log, domain: gantry.devLoop }));
  start([], () => registerToolchain({ log, domain: gantry.toolchain }));
  offerTerminalPrograms(context.environmentVariableCollection, context.extensionPath, toolsFolder());
  start([views.curriculum], () => registerCurriculum({ log, domain: gantry.curriculum }));
  start([], () =>
    registerRemoveEverything({
      log,
      folders: [cacheFolder(), stateFolder(), context.globalStorageUri.fsPath],
      release: async () => {
        context.environmentVariableCollection.clear();
        await (await gantry.cluster()).removeAll();
      },
    }),
  );
}

/** Generated by `npm run rules`, one for each language. */
const rulesPage = ({ extensionPath }: vscode.ExtensionContext, language: Readonly<Record<string, string>>): string =>
  join(extensionPath, 'media', Object.keys(language).length > 0 ? 'manifest-rules.zh-cn.md' : 'manifest-rules.md');

const memoryIn = (state: vscode.Memento): Memory => ({
  get: (key) => state.get(key),
  set: (key, value) => void state.update(key, value),
});

/** Starts one part. When it throws, its views say so in place and every other part goes on. */
function starter(context: vscode.ExtensionContext, log: Log) {
  return (broken: readonly ViewId[], register: () => Disposable): void => {
    try {
      context.subscriptions.push(register());
    } catch (error) {
      log.error(t('A part of Gantry could not start'), error);
      for (const view of broken) context.subscriptions.push(registerBrokenView(view, error));
    }
  };
}
