/** The extension's end of a method panel: answers the page and sends it what the call gives. */
import type { Disposable } from '../core/disposable.ts';
import { type Port, Rpc } from '../core/rpc.ts';
import { kindText } from './describe.ts';
import type { Grpc } from './domain.ts';
import type { CallEvent } from './events.ts';
import type { MethodNode } from './nodes.ts';
import type { HostProtocol, PageProtocol, PanelStart, SendRequest } from './protocol.ts';

/** Milliseconds of events that travel to the page together. */
const batch = 30;
/** Events that travel together at most. */
const mostTogether = 250;

/** Serves one page until it is disposed; a call that still runs is cancelled then. */
export function servePanel(grpc: Pick<Grpc, 'call' | 'draft'>, node: MethodNode, port: Port): Disposable {
  const method = `${node.service}/${node.method}`;
  let running = new AbortController();
  let open = true;

  const start = async (): Promise<PanelStart> => {
    const draft = await grpc.draft(node.target, method);
    return { ...draft, kindText: kindText(draft.node.methodKind) };
  };

  const send = ({ call, messages, metadata, deadline }: SendRequest): null => {
    running.abort();
    running = new AbortController();
    const request = { target: node.target, method, messages: each(messages), metadata, deadline };
    void forward(grpc.call(request, running.signal), async (events) => {
      // A page that is gone takes nothing; its call is being cancelled.
      if (open) await rpc.request('receive', { call, events }).catch(() => {});
    });
    return null;
  };

  const cancel = (): null => {
    running.abort();
    return null;
  };

  const rpc = new Rpc<HostProtocol, PageProtocol>(port, { start, send, cancel }, {});
  return {
    dispose: () => {
      open = false;
      running.abort();
      rpc.dispose();
    },
  };
}

/** Hands events over in order, those of a moment together. The server waits while the page does not keep up. */
async function forward(
  events: AsyncIterable<CallEvent>,
  handOver: (events: readonly CallEvent[]) => Promise<void>,
): Promise<void> {
  let gathered: CallEvent[] = [];
  let taken = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const together = gathered;
    gathered = [];
    taken = taken.then(() => handOver(together));
  };
  for await (const event of events) {
    gathered.push(event);
    timer ??= setTimeout(flush, batch);
    if (gathered.length >= mostTogether) flush();
    await taken;
  }
  flush();
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
