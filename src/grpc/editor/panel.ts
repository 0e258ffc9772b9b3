/** The panels that call methods. */
import * as vscode from 'vscode';
import type { Disposable } from '../../core/disposable.ts';
import { readSetting } from '../../editor/settings.ts';
import { openPanel } from '../../editor/webviewPanel.ts';
import type { Grpc } from '../domain.ts';
import type { Fix } from '../events.ts';
import { grpcurlArguments, lineOfCall, shellLine } from '../grpcurl.ts';
import type { MethodNode } from '../nodes.ts';
import { servePanel } from '../panelSession.ts';
import type { Draft } from '../protocol.ts';
import type { Drafts } from './drafts.ts';
import { applyFix } from './fixes.ts';

export interface PanelDeps {
  readonly extensionUri: vscode.Uri;
  /** English → shown. */
  readonly language: Readonly<Record<string, string>>;
  readonly drafts: Drafts;
  /** The server is listed at another address from now on. */
  readonly moveServer: (from: string, to: string) => Promise<void>;
}

/** One panel for each method; opening it again brings it to the front. */
export class MethodPanels implements Disposable {
  readonly #deps: PanelDeps;
  readonly #open = new Map<string, vscode.WebviewPanel>();

  constructor(deps: PanelDeps) {
    this.#deps = deps;
  }

  show(grpc: Grpc, node: MethodNode): void {
    const key = keyOf(node);
    const known = this.#open.get(key);
    if (known !== undefined) {
      known.reveal();
      return;
    }
    const { drafts, extensionUri, language } = this.#deps;
    const { panel, port } = openPanel({ name: 'grpc', title: node.method, extensionUri, language });
    const session = servePanel(grpc, node, port, {
      draft: () => drafts.read(key),
      keep: (draft) => drafts.keep(key, draft),
      fix: (fix) => this.#fix(grpc, node, fix),
      copyGrpcurl: async (draft) => vscode.env.clipboard.writeText(grpcurlLine(node, draft)),
    });
    this.#open.set(key, panel);
    panel.onDidDispose(() => {
      this.#open.delete(key);
      session.dispose();
    });
  }

  /** Opens the panel with this in it. */
  async showDraft(grpc: Grpc, node: MethodNode, draft: Draft): Promise<void> {
    const key = keyOf(node);
    this.#open.get(key)?.dispose();
    await this.#deps.drafts.keep(key, draft);
    this.show(grpc, node);
  }

  dispose(): void {
    for (const panel of this.#open.values()) panel.dispose();
  }

  async #fix(grpc: Grpc, node: MethodNode, fix: Fix): Promise<boolean> {
    if (fix.kind !== 'address') return applyFix(node.target, fix);
    const target = fix.value!;
    const draft = await this.#deps.drafts.read(keyOf(node));
    await this.#deps.moveServer(node.target, target);
    const moved = { ...node, target };
    if (draft === undefined) this.show(grpc, moved);
    else await this.showDraft(grpc, moved, draft);
    return false;
  }
}

const keyOf = ({ target, service, method }: MethodNode): string => `${target}/${service}/${method}`;

function grpcurlLine({ target, service, method }: MethodNode, { request, metadata, deadline }: Draft): string {
  const line = lineOfCall({
    target,
    method: `${service}/${method}`,
    connection: readSetting('gantry.grpc.connections')[target] ?? {},
    metadata: metadata.filter(({ name }) => name.trim() !== '').map(({ name, value }) => [name.trim(), value]),
    reflectMetadata: [],
    data: request,
    deadline: Number(deadline) > 0 ? Number(deadline) : undefined,
  });
  return shellLine(['grpcurl', ...grpcurlArguments(line)]);
}
