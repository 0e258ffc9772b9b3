/** Follows the definitions of custom resources in the workspace: each becomes a schema as soon as its file is written. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import type { Log } from '../../core/log.ts';
import { isWorthLearning } from '../detect.ts';
import type { Manifests } from '../domain.ts';
import { pathOf } from './paths.ts';

const pattern = '**/{*.yaml,*.yml,values.schema.json}';
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
    const watcher = this.#store.add(vscode.workspace.createFileSystemWatcher(pattern));
    const look = (uri: vscode.Uri): void => void this.#look(uri).then((changed) => changed && this.#deps.onChange());
    this.#store.add(watcher.onDidCreate(look));
    this.#store.add(watcher.onDidChange(look));
    this.#store.add(watcher.onDidDelete((uri) => void this.#learn(uri, undefined)));
    const files = await vscode.workspace.findFiles(pattern, '**/node_modules/**', mostFiles);
    for (const uri of files) await this.#look(uri);
  }

  async #look(uri: vscode.Uri): Promise<boolean> {
    try {
      const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
      return isWorthLearning(pathOf(uri), text) ? await this.#learn(uri, text) : false;
    } catch (error) {
      this.#deps.log.warn(`${uri.fsPath} could not be read: ${String(error)}`);
      return false;
    }
  }

  async #learn(uri: vscode.Uri, text: string | undefined): Promise<boolean> {
    const path = pathOf(uri);
    if (text === undefined) this.#files.delete(path);
    else this.#files.set(path, uri);
    const changed = await (await this.#deps.domain()).learn(path, text);
    if (changed && text === undefined) this.#deps.onChange();
    return changed;
  }
}
