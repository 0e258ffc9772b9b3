/**
 * What was typed into the panels, and the calls made with it, kept past panel, window and host. A request is a file of its
 * own: what an extension gives VS Code to keep, a window that closes in the next seconds may lose. Metadata may hold
 * tokens, so it is kept as a secret.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { errnoOf } from '../../core/failure.ts';
import { writeWhole } from '../../core/storage.ts';
import type { Draft, MetadataRow, PastCall } from '../protocol.ts';

type Stored = Omit<Draft, 'metadata'>;

/**
 * The folder of this workspace's drafts. Not in VS Code's own one for the workspace (`storageUri`): a window gets another
 * while its host before seems to run still, having been killed or being slow (`vscode.lock`, extHostStoragePaths.ts).
 */
function draftsFolder({ globalStorageUri }: vscode.ExtensionContext): string {
  const { workspaceFile, workspaceFolders } = vscode.workspace;
  const workspace = (workspaceFile ?? workspaceFolders?.[0]?.uri)?.toString() ?? '';
  return join(globalStorageUri.fsPath, 'grpc-drafts', nameFor(workspace));
}

export class Drafts {
  readonly #context: vscode.ExtensionContext;
  /** Metadata as it is kept, by method: VS Code takes its time over secrets, and most edits change none. */
  readonly #secrets = new Map<string, string | undefined>();

  constructor(context: vscode.ExtensionContext) {
    this.#context = context;
  }

  async read(method: string): Promise<Draft | undefined> {
    const stored = await readStored(this.#path(method));
    if (stored === undefined) return undefined;
    const secret = await this.#context.secrets.get(key(method));
    this.#secrets.set(method, secret);
    return { ...stored, metadata: secret === undefined ? [] : (JSON.parse(secret) as MetadataRow[]) };
  }

  async keep(method: string, { metadata, ...rest }: Draft): Promise<void> {
    await mkdir(draftsFolder(this.#context), { recursive: true, mode: 0o700 });
    await writeWhole(this.#path(method), JSON.stringify(rest satisfies Stored));
    const secret = metadata.length > 0 ? JSON.stringify(metadata) : undefined;
    if (this.#secrets.has(method) && this.#secrets.get(method) === secret) return;
    if (secret === undefined) await this.#context.secrets.delete(key(method));
    else await this.#context.secrets.store(key(method), secret);
    this.#secrets.set(method, secret);
  }

  history(method: string): readonly PastCall[] {
    return this.#context.workspaceState.get(historyKey(method), []);
  }

  async keepHistory(method: string, history: readonly PastCall[]): Promise<void> {
    await this.#context.workspaceState.update(historyKey(method), history.length === 0 ? undefined : history);
  }

  #path(method: string): string {
    return join(draftsFolder(this.#context), `${nameFor(method)}.json`);
  }
}

/** A file that cannot be read as a draft is none: the next edit replaces it. */
async function readStored(path: string): Promise<Stored | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return '';
    throw error;
  });
  try {
    const { request, deadline, typedAt } = JSON.parse(text) as Partial<Stored>;
    const whole = typeof request === 'string' && typeof deadline === 'string' && typeof typedAt === 'number';
    return whole ? { request, deadline, typedAt } : undefined;
  } catch {
    return undefined;
  }
}

/** Names of methods, addresses and workspaces may hold what a file system refuses. */
const nameFor = (text: string): string => createHash('sha256').update(text).digest('hex');

const key = (method: string): string => `grpc.draft:${method}`;
const historyKey = (method: string): string => `grpc.history:${method}`;
