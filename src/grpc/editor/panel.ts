/** The panels that call methods. */
import type * as vscode from 'vscode';
import type { Disposable } from '../../core/disposable.ts';
import { openPanel } from '../../editor/webviewPanel.ts';
import type { Grpc } from '../domain.ts';
import type { MethodNode } from '../nodes.ts';
import { servePanel } from '../panelSession.ts';

export interface PanelDeps {
  readonly extensionUri: vscode.Uri;
  /** English → shown. */
  readonly language: Readonly<Record<string, string>>;
}

/** One panel for each method; opening it again brings it to the front. */
export class MethodPanels implements Disposable {
  readonly #deps: PanelDeps;
  readonly #open = new Map<string, vscode.WebviewPanel>();

  constructor(deps: PanelDeps) {
    this.#deps = deps;
  }

  show(grpc: Grpc, node: MethodNode): void {
    const key = `${node.target}/${node.service}/${node.method}`;
    const known = this.#open.get(key);
    if (known !== undefined) {
      known.reveal();
      return;
    }
    const { panel, port } = openPanel({ name: 'grpc', title: node.method, ...this.#deps });
    const session = servePanel(grpc, node, port);
    this.#open.set(key, panel);
    panel.onDidDispose(() => {
      this.#open.delete(key);
      session.dispose();
    });
  }

  dispose(): void {
    for (const panel of this.#open.values()) panel.dispose();
  }
}
