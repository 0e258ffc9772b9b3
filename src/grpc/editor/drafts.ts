/** What was typed into the panels, and the calls made with it, kept past panel, window and host. Metadata may hold tokens, so it is kept as a secret. */
import type * as vscode from 'vscode';
import type { Draft, MetadataRow, PastCall } from '../protocol.ts';

type Stored = Omit<Draft, 'metadata'>;

export class Drafts {
  readonly #context: vscode.ExtensionContext;

  constructor(context: vscode.ExtensionContext) {
    this.#context = context;
  }

  async read(method: string): Promise<Draft | undefined> {
    const stored = this.#context.workspaceState.get<Stored>(key(method));
    if (stored === undefined) return undefined;
    const secret = await this.#context.secrets.get(key(method));
    return { ...stored, metadata: secret === undefined ? [] : (JSON.parse(secret) as MetadataRow[]) };
  }

  async keep(method: string, { request, deadline, metadata }: Draft): Promise<void> {
    await this.#context.workspaceState.update(key(method), { request, deadline } satisfies Stored);
    if (metadata.length > 0) await this.#context.secrets.store(key(method), JSON.stringify(metadata));
    else await this.#context.secrets.delete(key(method));
  }

  history(method: string): readonly PastCall[] {
    return this.#context.workspaceState.get(historyKey(method), []);
  }

  async keepHistory(method: string, history: readonly PastCall[]): Promise<void> {
    await this.#context.workspaceState.update(historyKey(method), history.length === 0 ? undefined : history);
  }
}

const key = (method: string): string => `grpc.draft:${method}`;
const historyKey = (method: string): string => `grpc.history:${method}`;
