/**
 * Objects of clusters as files one edits: `gantry-k8s:/context/namespace/apps~v1~Deployment/orders.yaml`. A file follows
 * the cluster while it is open; saving it is a server-side apply that is reviewed first. Values of secrets are files of
 * their own: `…/core~v1~Secret/name/key`.
 */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore, toDisposable } from '../../core/disposable.ts';
import { Failure, isAbort, messageOf, toFailure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import type { KubeObject } from '../actions/apiCall.ts';
import { type ObjectAddress, addressPath, parseAddress } from '../actions/objectUri.ts';
import { masked } from '../actions/mask.ts';
import { OpenObject } from '../actions/openObject.ts';
import { valueOf, withValue } from '../actions/secret.ts';
import type { ObjectRef } from '../apiResource.ts';
import type { Kubernetes } from '../domain.ts';
import type { Reviewer } from './review.ts';

export const objectScheme = 'gantry-k8s';

export interface ObjectFilesDeps {
  readonly log: Log;
  readonly domain: () => Promise<Kubernetes>;
  readonly reviewer: Reviewer;
}

export class ObjectFiles implements vscode.FileSystemProvider, Disposable {
  readonly #deps: ObjectFilesDeps;
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<vscode.FileChangeEvent[]>());
  /** Kept as long as there is a document: the text of one that is behind others, and not watched, may be edited. */
  readonly #open = new Map<string, OpenObject>();
  /** Files that VS Code is about to save by itself: after a delay, or because the focus left. */
  readonly #unasked = new Set<string>();

  readonly onDidChangeFile = this.#changed.event;

  constructor(deps: ObjectFilesDeps) {
    this.#deps = deps;
    this.#store.add(vscode.workspace.registerFileSystemProvider(objectScheme, this, { isCaseSensitive: true }));
    this.#store.add(vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#open.delete(uri.toString())));
    this.#store.add(
      vscode.workspace.onWillSaveTextDocument(({ document, reason }) => {
        const key = document.uri.toString();
        if (reason === vscode.TextDocumentSaveReason.Manual) this.#unasked.delete(key);
        else if (document.uri.scheme === objectScheme) this.#unasked.add(key);
      }),
    );
    this.#store.add(vscode.workspace.onDidSaveTextDocument((document) => this.#catchUp(document)));
    this.#store.add(vscode.workspace.onDidChangeTextDocument(({ document }) => this.#catchUp(document)));
  }

  /** Opens an object, or one value of a secret. */
  async show(ref: ObjectRef, key?: string): Promise<void> {
    const { actions } = await this.#deps.domain();
    const uri = vscode.Uri.from({ scheme: objectScheme, path: pathOf(actions.addressOf(ref), key) });
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const open = this.#open.get(uri.toString()) ?? (await this.#read(uri));
    const { access } = (await this.#deps.domain()).actions;
    const { ref } = open;
    const need = { verb: 'patch', group: ref.group, resource: ref.resource };
    const denied = access.may(ref.context, ref.namespace, need, ref.name) === 'denied';
    return {
      type: vscode.FileType.File,
      ctime: Date.parse(open.newest.metadata.creationTimestamp ?? '') || 0,
      mtime: open.mtime,
      // Always the same: VS Code refuses to save a file whose time and size are others than when it was read. Here the
      // server decides, by fields; a pod's status alone changes every few seconds.
      size: 0,
      ...(denied ? { permissions: vscode.FilePermission.Readonly } : {}),
    };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const open = await this.#read(uri);
    const object = open.give();
    if (open.key !== undefined) return valueOf(object, open.key);
    const { toYaml } = await import('../actions/manifest.ts');
    return Buffer.from(toYaml(object));
  }

  async writeFile(uri: vscode.Uri, content: Uint8Array): Promise<void> {
    // A review in the middle of typing would help nobody; VS Code keeps the text, and does not try by itself again.
    if (this.#unasked.delete(uri.toString())) {
      throw new vscode.FileSystemError(
        t('An object of a cluster is not saved automatically. Save it to see what would change.'),
      );
    }
    const open = this.#open.get(uri.toString()) ?? (await this.#read(uri));
    const { ref, key } = open;
    try {
      const { base, wanted } =
        key === undefined
          ? await this.#edited(open, Buffer.from(content).toString('utf8'))
          : { base: open.newest, wanted: withValue(open.newest, key, content) };
      const kubernetes = await this.#deps.domain();
      const signal = new AbortController().signal;
      const server = kubernetes.actions.server(ref.context);
      const dialogue = this.#deps.reviewer.dialogue(kubernetes, ref);
      const { save } = await import('../actions/save.ts');
      const saved = await save(ref, base, wanted, { server, signal, dialogue });
      this.#see(uri, open, saved);
    } catch (error) {
      throw this.#toFileError(uri, error);
    }
  }

  /** Follows the object while an editor shows the file: of one behind others VS Code wants to know nothing. */
  watch(uri: vscode.Uri): vscode.Disposable {
    const ending = new AbortController();
    void this.#follow(uri, ending.signal).catch((error: unknown) =>
      this.#deps.log.error('a file is not followed', error),
    );
    return toDisposable(() => ending.abort());
  }

  readDirectory(): [string, vscode.FileType][] {
    return [];
  }

  createDirectory(): never {
    throw vscode.FileSystemError.NoPermissions(t('Objects of a cluster have no folders.'));
  }

  delete(): never {
    throw vscode.FileSystemError.NoPermissions(t('Delete the object from its row: there it is asked for by name.'));
  }

  rename(): never {
    throw vscode.FileSystemError.NoPermissions(t('An object of a cluster cannot be renamed.'));
  }

  dispose(): void {
    this.#store.dispose();
  }

  async #read(uri: vscode.Uri): Promise<OpenObject> {
    try {
      const kubernetes = await this.#deps.domain();
      const { address, key } = parsePath(uri.path);
      const signal = new AbortController().signal;
      const known = this.#open.get(uri.toString());
      const ref = known?.ref ?? (await kubernetes.actions.refOf(address, signal));
      const { object } = await kubernetes.actions.subject(ref, signal);
      const open = known ?? new OpenObject(ref, key, object, Date.now);
      this.#open.set(uri.toString(), open);
      open.see(object);
      return open;
    } catch (error) {
      throw this.#toFileError(uri, error);
    }
  }

  /** The object that a text was made from, and the one it describes. */
  async #edited(open: OpenObject, text: string): Promise<{ base: KubeObject; wanted: KubeObject }> {
    const { readManifests } = await import('../actions/manifest.ts');
    const [wanted, ...others] = readManifests(text, open.ref.name);
    if (wanted === undefined || others.length > 0) {
      throw new Failure('invalid', t('The file must hold exactly one object.'));
    }
    return { base: masked(open.version(wanted.metadata.resourceVersion)), wanted };
  }

  async #follow(uri: vscode.Uri, signal: AbortSignal): Promise<void> {
    const open = this.#open.get(uri.toString()) ?? (await this.#read(uri));
    const { actions } = await this.#deps.domain();
    const { apiVersion, kind } = open.newest;
    const changed = (object: KubeObject | undefined): void => {
      if (signal.aborted) return;
      // Objects of lists come without their kind.
      if (object !== undefined)
        this.#see(uri, this.#open.get(uri.toString()) ?? open, { apiVersion, kind, ...object } as KubeObject);
      else this.#changed.fire([{ type: vscode.FileChangeType.Deleted, uri }]);
    };
    actions.follow(open.ref, { changed }, signal);
  }

  /** Tells the editor of another version. */
  #see(uri: vscode.Uri, open: OpenObject, object: KubeObject): void {
    if (open.see(object)) this.#changed.fire([{ type: vscode.FileChangeType.Changed, uri }]);
  }

  /** Tells the editor once more of what it took no notice of while it saved or while the text was edited. */
  #catchUp({ uri, isDirty }: vscode.TextDocument): void {
    const open = uri.scheme === objectScheme && !isDirty ? this.#open.get(uri.toString()) : undefined;
    if (open === undefined || !open.isBehind) return;
    open.renew();
    this.#changed.fire([{ type: vscode.FileChangeType.Changed, uri }]);
  }

  #toFileError(uri: vscode.Uri, error: unknown): vscode.FileSystemError {
    const failure = toFailure(error);
    if (!isAbort(failure)) this.#deps.log.warn(`${uri.path}: ${failure.message}`);
    if (failure.kind === 'notFound') return vscode.FileSystemError.FileNotFound(messageOf(failure));
    if (failure.kind === 'forbidden') return vscode.FileSystemError.NoPermissions(messageOf(failure));
    return new vscode.FileSystemError(messageOf(failure));
  }
}

const pathOf = (address: ObjectAddress, key: string | undefined): string =>
  key === undefined ? addressPath(address, '.yaml') : `${addressPath(address, '')}/${encodeURIComponent(key)}`;

/** Throws Failure `invalid`. */
function parsePath(path: string): { address: ObjectAddress; key: string | undefined } {
  const parts = path.split('/');
  if (parts.length !== 6) return { address: parseAddress(path, '.yaml'), key: undefined };
  return { address: parseAddress(parts.slice(0, 5).join('/'), ''), key: decodeURIComponent(parts[5]!) };
}
