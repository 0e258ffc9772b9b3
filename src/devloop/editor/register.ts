/** `Run on Cluster`: the loop in a terminal, until that is closed. */
import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import type { Disposable } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import { type LogEntry, type LogFeed, remark } from '../../core/log/entry.ts';
import { ToldLog } from '../../core/log/told.ts';
import { registerCommand } from '../../editor/commands.ts';
import { openLogView } from '../../editor/logView.ts';
import type { DevLoop } from '../domain.ts';

export interface DevLoopEditorDeps {
  readonly log: Log;
  readonly domain: () => Promise<DevLoop>;
}

/** Services offered; more would take long to look for. */
const mostServices = 200;

export function registerDevLoop({ log, domain }: DevLoopEditorDeps): Disposable {
  return registerCommand(log, 'gantry.devloop.run', async (place) => {
    const folder = place === undefined ? await chosenFolder() : folderOf(place.fsPath);
    if (folder === undefined) return;
    openLogView({ name: t('Run: {0}', basename(folder)), feed: loopFeed(domain, folder) });
  });
}

/** The loop as a log; what it cannot begin with is its last line. */
const loopFeed = (domain: () => Promise<DevLoop>, folder: string): LogFeed =>
  async function* (signal) {
    const told = new ToldLog();
    const add = (entry: LogEntry): void => told.add([entry]);
    const telling = {
      say: (text: string) => add(remark('', text)),
      progress: () => {},
      output: (text: string) => add({ source: '', text }),
      log: (lines: readonly string[]) => told.add(lines.map((text) => ({ source: '', text }))),
    };
    const request = { folder, place: {}, once: false, delete: false };
    const running = domain()
      .then((loop) => loop.run(request, telling, signal))
      .finally(() => told.end());
    running.catch(() => {}); // It is awaited once all is read that it said before.
    yield* told.read(signal);
    await running;
  };

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
