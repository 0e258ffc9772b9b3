/** `Run on Cluster` and `Debug on Cluster`: each in a terminal, until that is closed. */
import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Failure, isAbort, messageOf } from '../../core/failure.ts';
import type { DebugConfiguration } from '../../core/goDebug.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import { type LogEntry, type LogFeed, remark } from '../../core/log/entry.ts';
import { ToldLog } from '../../core/log/told.ts';
import { registerCommand } from '../../editor/commands.ts';
import { beginDebugging, forgetConfiguration, keepConfiguration } from '../../editor/goDebug.ts';
import { openLogView } from '../../editor/logView.ts';
import type { DevLoop } from '../domain.ts';

export interface DevLoopEditorDeps {
  readonly log: Log;
  readonly domain: () => Promise<DevLoop>;
}

/** Services offered; more would take long to look for. */
const mostServices = 200;

export function registerDevLoop({ log, domain }: DevLoopEditorDeps): Disposable {
  const store = new DisposableStore();
  store.add(
    registerCommand(log, 'gantry.devloop.run', async (place) => {
      const folder = place === undefined ? await chosenFolder() : folderOf(place.fsPath);
      if (folder === undefined) return;
      const request = { folder, place: {}, once: false, delete: false };
      const feed = feedOf(async (telling, signal) => (await domain()).run(request, telling, signal));
      openLogView({ name: t('Run: {0}', basename(folder)), feed });
    }),
  );
  store.add(
    registerCommand(log, 'gantry.devloop.debug', async (place) => {
      const folder = place === undefined ? await chosenFolder() : folderOf(place.fsPath);
      if (folder === undefined) return;
      const workspace = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(folder));
      if (workspace === undefined) throw new Failure('invalid', t('{0} is in no folder of the workspace.', folder));
      openLogView({ name: t('Debug: {0}', basename(folder)), feed: debugFeed(domain, folder, workspace) });
    }),
  );
  return store;
}

type LoopTelling = Parameters<DevLoop['run']>[1];

/** Work as a log; what it cannot begin with is its last line. */
const feedOf = (work: (telling: LoopTelling, signal: AbortSignal) => Promise<unknown>): LogFeed =>
  async function* (signal) {
    const told = new ToldLog();
    const add = (entry: LogEntry): void => told.add([entry]);
    const telling = {
      say: (text: string) => add(remark('', loud(text))),
      progress: () => {},
      output: (text: string) => add({ source: '', text }),
      log: (lines: readonly string[]) => told.add(lines.map((text) => ({ source: '', text }))),
    };
    const failed = (error: unknown): void => {
      if (!isAbort(error)) telling.say(messageOf(error));
    };
    const running = work(telling, signal)
      .catch(failed)
      .finally(() => told.end());
    yield* told.read(signal);
    await running;
  };

/** Elsewhere remarks are asides, and dim; here they are what the person waits for. */
const loud = (text: string): string => `\u001b[22;1m${text}`;

/** A session that ends with its terminal, or with the debugger. Its entry is in launch.json for as long. */
const debugFeed = (domain: () => Promise<DevLoop>, folder: string, workspace: vscode.WorkspaceFolder): LogFeed =>
  feedOf(async (telling, signal) => {
    let kept: DebugConfiguration | undefined;
    const ending = new AbortController();
    const listening = vscode.debug.onDidTerminateDebugSession(({ name }) => {
      if (name === kept?.name) ending.abort();
    });
    const ready = (configuration: DebugConfiguration): void => {
      kept = configuration;
      void keepConfiguration(workspace, configuration).then(() => beginDebugging(workspace, configuration));
    };
    const request = { folder, workspace: workspace.uri.fsPath, place: {} };
    try {
      await (await domain()).debug(request, { ...telling, ready }, AbortSignal.any([signal, ending.signal]));
    } finally {
      listening.dispose();
      if (kept !== undefined) await forgetConfiguration(workspace, kept.name);
    }
  });

/** Gives back what a session that broke off has left in a cluster, and says so. */
export async function mendLoans(log: Log, mend: DevLoop['mend']): Promise<void> {
  try {
    for (const sentence of await mend(new AbortController().signal))
      void vscode.window.showInformationMessage(sentence);
  } catch (error) {
    log.error('nothing was mended', error);
  }
}

const folderOf = (path: string): string => (basename(path) === 'Dockerfile' ? dirname(path) : path);

/** That of the only Dockerfile, or a picked one. */
async function chosenFolder(): Promise<string | undefined> {
  const found = await vscode.workspace.findFiles('**/Dockerfile', '**/{vendor,node_modules}/**', mostServices);
  const folders = found.map((uri) => ({ label: vscode.workspace.asRelativePath(dirname(uri.fsPath)), path: dirname(uri.fsPath) })); // prettier-ignore
  if (folders.length === 0) {
    throw new Failure('notFound', t('There is no Dockerfile in the workspace. Make one with the command New Dockerfile.')); // prettier-ignore
  }
  if (folders.length === 1) return folders[0]!.path;
  const items = folders.sort((a, b) => a.label.localeCompare(b.label));
  return (await vscode.window.showQuickPick(items, { placeHolder: t('Choose the service to run') }))?.path;
}
