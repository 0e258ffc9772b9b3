/** Follows the definitions of custom resources in the workspace: each becomes a schema as soon as its file is written. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import type { Log } from '../../core/log.ts';
import { isWorthLearning } from '../detect.ts';
import type { Manifests } from '../domain.ts';
import { pathOf } from './paths.ts';

const pattern = '**/{*.yaml,*.yml,values.schema.json}';
/** Folders that hold other people's files. */
const foreign = /\/(?:node_modules|\.git)(?:\/|$)/;
const isTelling = ({ path }: vscode.Uri): boolean =>
  /(?:\.ya?ml|\/values\.schema\.json)$/.test(path) && !foreign.test(path);
/** Files looked at when a workspace opens; what is opened or written later is seen anyway. */
const mostFiles = 2000;

export interface DefinitionsDeps {
  readonly log: Log;
  readonly domain: () => Promise<Manifests>;
  /** Called when what is known has changed. */
  readonly onChange: () => void;
}

/** Starts with the first manifest that is opened: `start` costs nothing after the first call. */
export class Definitions implements Disposable {
  readonly #deps: DefinitionsDeps;
  readonly #store = new DisposableStore();
  readonly #files = new Map<string, vscode.Uri>();
  #started: Promise<void> | undefined;

  constructor(deps: DefinitionsDeps) {
    this.#deps = deps;
  }

  start(): Promise<void> {
    return (this.#started ??= this.#start());
  }

  /** The file that a path, as it was learnt, is of. */
  uriOf(path: string): vscode.Uri | undefined {
    return this.#files.get(path);
  }

  dispose(): void {
    this.#store.dispose();
  }

  async #start(): Promise<void> {
    // All of it: of a folder that comes or goes with what is in it, only the folder itself is told.
    const watcher = this.#store.add(vscode.workspace.createFileSystemWatcher('**'));
    this.#store.add(watcher.onDidCreate((uri) => void this.#created(uri)));
    this.#store.add(watcher.onDidChange((uri) => isTelling(uri) && void this.#lookAt([uri])));
    this.#store.add(watcher.onDidDelete((uri) => void this.#deleted(uri)));
    await this.#lookAt(await filesIn(pattern));
  }

  async #created(uri: vscode.Uri): Promise<void> {
    if (isTelling(uri)) return this.#lookAt([uri]);
    if (foreign.test(uri.path) || !(await isFolder(uri))) return;
    await this.#lookAt(await filesIn(new vscode.RelativePattern(uri, pattern)));
  }

  async #deleted(uri: vscode.Uri): Promise<void> {
    const gone = [...this.#files.values()].filter(({ path }) => path === uri.path || path.startsWith(`${uri.path}/`));
    await this.#each(gone, (file) => this.#learn(file, undefined));
  }

  #lookAt(files: readonly vscode.Uri[]): Promise<void> {
    return this.#each(files, (file) => this.#look(file));
  }

  /** Tells once when any of them changed what is known. */
  async #each(files: readonly vscode.Uri[], ask: (file: vscode.Uri) => Promise<boolean>): Promise<void> {
    let changed = false;
    for (const file of files)
      try {
        if (await ask(file)) changed = true;
      } catch (error) {
        this.#deps.log.warn(`${file.fsPath} could not be read: ${String(error)}`);
      }
    if (changed) this.#deps.onChange();
  }

  async #look(uri: vscode.Uri): Promise<boolean> {
    const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
    const path = pathOf(uri);
    if (isWorthLearning(path, text)) return this.#learn(uri, text);
    return this.#files.has(path) ? this.#learn(uri, undefined) : false;
  }

  async #learn(uri: vscode.Uri, text: string | undefined): Promise<boolean> {
    const path = pathOf(uri);
    if (text === undefined) this.#files.delete(path);
    else this.#files.set(path, uri);
    return (await this.#deps.domain()).learn(path, text);
  }
}

const filesIn = (where: vscode.GlobPattern): Thenable<vscode.Uri[]> =>
  vscode.workspace.findFiles(where, '**/node_modules/**', mostFiles);

async function isFolder(uri: vscode.Uri): Promise<boolean> {
  try {
    return (await vscode.workspace.fs.stat(uri)).type === vscode.FileType.Directory;
  } catch {
    return false;
  }
}
