/** The panels that call methods. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { Disposable } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Port } from '../../core/rpc.ts';
import { shellLine } from '../../core/shell.ts';
import { reach } from '../../editor/milestones.ts';
import { readSetting } from '../../editor/settings.ts';
import { fillPanel, openPanel } from '../../editor/webviewPanel.ts';
import type { Grpc } from '../domain.ts';
import type { Fix } from '../events.ts';
import type { MethodNode } from '../nodes.ts';
import { servePanel } from '../panelSession.ts';
import type { ChosenFile, Draft } from '../protocol.ts';
import type { Answers } from './answers.ts';
import type { Drafts } from './drafts.ts';
import { applyFix } from './fixes.ts';

export interface PanelDeps {
  readonly extensionUri: vscode.Uri;
  /** English → shown. */
  readonly language: Readonly<Record<string, string>>;
  readonly drafts: Drafts;
  readonly answers: Answers;
  /** The server is listed at another address from now on. */
  readonly moveServer: (from: string, to: string) => Promise<void>;
}

const panelName = 'grpc';
export const panelType = `gantry.${panelName}`;

/** Bytes of a file that a message can reasonably carry. */
const largestFile = 64 * 1024 * 1024;

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
    const { panel, port } = openPanel({ ...this.#page(), title: node.method });
    this.#serve(grpc, node, panel, port);
  }

  /** Goes on with a panel that was open when the window was closed. */
  revive(grpc: Grpc, node: MethodNode, panel: vscode.WebviewPanel): void {
    this.#serve(grpc, node, panel, fillPanel(panel, { ...this.#page(), title: node.method }));
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

  #page(): { name: string; extensionUri: vscode.Uri; language: Readonly<Record<string, string>> } {
    const { extensionUri, language } = this.#deps;
    return { name: panelName, extensionUri, language };
  }

  #serve(grpc: Grpc, node: MethodNode, panel: vscode.WebviewPanel, port: Port): void {
    const { drafts, answers } = this.#deps;
    const key = keyOf(node);
    const session = servePanel(grpc, node, port, {
      draft: () => drafts.read(key),
      keep: (draft) => drafts.keep(key, draft),
      history: async () => drafts.history(key),
      keepHistory: (history) => {
        if (history.some(({ ok }) => ok)) reach('call');
        return drafts.keepHistory(key, history);
      },
      fix: (fix) => this.#fix(grpc, node, fix),
      copyGrpcurl: async (draft) => vscode.env.clipboard.writeText(await grpcurlLine(node, draft)),
      chooseFile,
      open: openJson,
      compare: (older, newer) => answers.compare(node.method, older, newer),
      now: () => Date.now(),
    });
    this.#open.set(key, panel);
    panel.onDidDispose(() => {
      if (this.#open.get(key) === panel) this.#open.delete(key);
      session.dispose();
    });
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

async function grpcurlLine(
  { target, service, method }: MethodNode,
  { request, metadata, deadline }: Draft,
): Promise<string> {
  const { grpcurlArguments, lineOfCall } = await import('../grpcurl.ts');
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

async function chooseFile(): Promise<ChosenFile | undefined> {
  const [uri] = (await vscode.window.showOpenDialog({ title: t('The File to Send') })) ?? [];
  if (uri === undefined) return undefined;
  const { size } = await vscode.workspace.fs.stat(uri);
  if (size > largestFile) throw new Failure('invalid', t('The file is larger than {0} MiB.', largestFile / 2 ** 20));
  const bytes = await vscode.workspace.fs.readFile(uri);
  return { name: basename(uri.path), base64: Buffer.from(bytes).toString('base64') };
}

async function openJson(content: string): Promise<void> {
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'json', content }));
}
