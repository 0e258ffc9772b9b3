/** The panel that calls one method. */
import * as vscode from 'vscode';
import type { Disposable } from '../../core/disposable.ts';
import { Rpc } from '../../core/rpc.ts';
import { openPanel } from '../../editor/webviewPanel.ts';
import { kindText } from '../describe.ts';
import type { Grpc } from '../domain.ts';
import type { CallEvent } from '../events.ts';
import type { MethodNode } from '../nodes.ts';
import type { HostProtocol, PageProtocol, SendRequest } from '../protocol.ts';

/** Milliseconds of events that travel to the page together. */
const batch = 30;

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
    this.#open.set(key, panel);
    const session = new PanelSession(grpc, node);
    const rpc = new Rpc<HostProtocol, PageProtocol>(
      port,
      { start: () => session.start(), send: (request) => session.send(request), cancel: () => session.cancel() },
      {},
    );
    session.onReceived = (received) => rpc.announce('received', received);
    panel.onDidDispose(() => {
      this.#open.delete(key);
      session.dispose();
      rpc.dispose();
    });
  }

  dispose(): void {
    for (const panel of this.#open.values()) panel.dispose();
  }
}

/** The call of one panel. */
class PanelSession implements Disposable {
  readonly #grpc: Grpc;
  readonly #node: MethodNode;
  #running = new AbortController();
  onReceived: (received: HostProtocol['events']['received']) => void = () => {};

  constructor(grpc: Grpc, node: MethodNode) {
    this.#grpc = grpc;
    this.#node = node;
  }

  async start(): Promise<HostProtocol['requests']['start']['result']> {
    const { target, service, method } = this.#node;
    const { node, sample, deadline } = await this.#grpc.draft(target, `${service}/${method}`);
    return { node, kindText: kindText(node.methodKind), sample, deadline };
  }

  send({ call, messages, metadata, deadline }: SendRequest): null {
    this.#running.abort();
    const running = (this.#running = new AbortController());
    const { target, service, method } = this.#node;
    const request = { target, method: `${service}/${method}`, messages: each(messages), metadata, deadline };
    void this.#forward(call, this.#grpc.call(request, running.signal));
    return null;
  }

  cancel(): null {
    this.#running.abort();
    return null;
  }

  dispose(): void {
    this.#running.abort();
    this.onReceived = () => {};
  }

  async #forward(call: number, events: AsyncIterable<CallEvent>): Promise<void> {
    let gathered: CallEvent[] = [];
    let timer: NodeJS.Timeout | undefined;
    const flush = (): void => {
      clearTimeout(timer);
      timer = undefined;
      this.onReceived({ call, events: gathered });
      gathered = [];
    };
    for await (const event of events) {
      gathered.push(event);
      timer ??= setTimeout(flush, batch);
    }
    flush();
  }
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
