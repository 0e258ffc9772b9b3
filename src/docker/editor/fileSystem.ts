/** Files of containers as a file system of VS Code: opened, searched, edited and saved like any other file. */
import * as vscode from 'vscode';
import type { Disposable } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { ContainerRef, Docker } from '../domain.ts';
import type { ContainerFiles, FileEntry } from '../files.ts';
import type { FileNode } from '../nodes.ts';

const scheme = 'gantry-container';
const never = new AbortController().signal;

/** The query names engine and container; VS Code keeps it for every path below. */
export const uriOf = ({ engine, id, path }: FileNode): vscode.Uri =>
  vscode.Uri.from({ scheme, path, query: JSON.stringify({ engine, id } satisfies ContainerRef) });

export class ContainerFileSystem implements vscode.FileSystemProvider, Disposable {
  readonly #open: () => Promise<Docker>;
  readonly #changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly #registration: vscode.Disposable;
  readonly onDidChangeFile = this.#changed.event;

  constructor(open: () => Promise<Docker>) {
    this.#open = open;
    this.#registration = vscode.workspace.registerFileSystemProvider(scheme, this, { isCaseSensitive: true });
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => {}); // An engine does not tell of changes to files.
  }

  stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    return this.#with(uri, async (files) => {
      if (uri.path === '/') return { type: vscode.FileType.Directory, ctime: 0, mtime: 0, size: 0 };
      const entry = await files.stat(uri.path, never);
      return { type: typeOf(entry), ctime: entry.modified, mtime: entry.modified, size: entry.size };
    });
  }

  readDirectory(uri: vscode.Uri): Promise<[string, vscode.FileType][]> {
    return this.#with(uri, async (files) =>
      (await files.list(uri.path, never)).map((entry): [string, vscode.FileType] => [entry.name, typeOf(entry)]),
    );
  }

  readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return this.#with(uri, (files) => files.read(uri.path, never));
  }

  writeFile(uri: vscode.Uri, content: Uint8Array): Promise<void> {
    return this.#with(uri, async (files) => {
      await files.write(uri.path, content, never);
      this.#changed.fire([{ type: vscode.FileChangeType.Changed, uri }]);
    });
  }

  createDirectory(uri: vscode.Uri): never {
    throw unable(uri);
  }

  delete(uri: vscode.Uri): never {
    throw unable(uri);
  }

  rename(uri: vscode.Uri): never {
    throw unable(uri);
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
  }

  /** Failures in the form that VS Code tells apart: what is missing may be made, what is refused may not. */
  async #with<T>(uri: vscode.Uri, work: (files: ContainerFiles) => Promise<T>): Promise<T> {
    try {
      const docker = await this.#open();
      return await work(await docker.files(JSON.parse(uri.query) as ContainerRef));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (error.kind === 'notFound') throw vscode.FileSystemError.FileNotFound(error.message);
      if (error.kind === 'forbidden') throw vscode.FileSystemError.NoPermissions(error.message);
      throw vscode.FileSystemError.Unavailable(error.message);
    }
  }
}

/** An engine's archive API makes and changes files; it deletes and moves none. */
const unable = (uri: vscode.Uri): vscode.FileSystemError =>
  vscode.FileSystemError.NoPermissions(
    t('{0}: an engine can neither delete nor move files. Use a shell in the container.', uri.path),
  );

const types = {
  file: vscode.FileType.File,
  hardlink: vscode.FileType.File,
  folder: vscode.FileType.Directory,
  symlink: vscode.FileType.SymbolicLink | vscode.FileType.File,
  other: vscode.FileType.Unknown,
} as const;

const typeOf = ({ type }: FileEntry): vscode.FileType => types[type];
