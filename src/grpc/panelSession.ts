/** The extension's end of a method panel: answers the page and sends it what the call gives. */
import type { Disposable } from '../core/disposable.ts';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { type Port, Rpc } from '../core/rpc.ts';
import { kindText } from './describe.ts';
import type { Grpc } from './domain.ts';
import type { CallEvent, Fix } from './events.ts';
import type { MethodNode } from './nodes.ts';
import type { Draft, HostProtocol, PageProtocol, PanelStart, SendRequest } from './protocol.ts';
import { Sendable } from './sendable.ts';

/** Milliseconds of events that travel to the page together. */
const batch = 30;
/** Events that travel together at most. */
const mostTogether = 250;

/** What a panel needs of where it is shown. */
export interface PanelSurroundings {
  /** What was typed for this method before. */
  draft(): Promise<Draft | undefined>;
  keep(draft: Draft): Promise<void>;
  /** Applies a fix to how the server is connected to; false when the person thought better of it. */
  fix(fix: Fix): Promise<boolean>;
  copyGrpcurl(draft: Draft): Promise<void>;
}

/** Serves one page until it is disposed; a call that still runs is cancelled then. */
export function servePanel(
  grpc: Pick<Grpc, 'call' | 'draft'>,
  node: MethodNode,
  port: Port,
  surroundings: PanelSurroundings,
): Disposable {
  const method = `${node.service}/${node.method}`;
  let running = new AbortController();
  let sending = new Sendable<string>();
  let open = true;

  const start = async (): Promise<PanelStart> => {
    const [begin, draft] = await Promise.all([grpc.draft(node.target, method), surroundings.draft()]);
    return { ...begin, kindText: kindText(begin.node.methodKind), ...(draft === undefined ? {} : { draft }) };
  };

  const send = (given: SendRequest): null => {
    const { call, messages, metadata, deadline, open: more } = checkSend(given);
    running.abort();
    running = new AbortController();
    sending = new Sendable();
    for (const message of messages) sending.push(message);
    if (!more) sending.end();
    const batches = new Batches(async (events) => {
      // A page that is gone takes nothing; its call is being cancelled.
      if (open) await rpc.request('receive', { call, events }).catch(() => {});
    });
    const onSent = (event: CallEvent): void => batches.add(event);
    const request = { target: node.target, method, messages: sending, metadata, deadline, onSent };
    void batches.forward(grpc.call(request, running.signal));
    return null;
  };

  const rpc = new Rpc<HostProtocol, PageProtocol>(
    port,
    {
      start,
      send,
      sendMore: ({ messages }) => {
        for (const message of checkTexts(messages)) sending.push(message);
        return null;
      },
      halfClose: () => {
        sending.end();
        return null;
      },
      cancel: () => {
        running.abort();
        return null;
      },
      fix: (fix) => surroundings.fix(fix),
      copyGrpcurl: async (draft) => {
        await surroundings.copyGrpcurl(checkDraft(draft));
        return null;
      },
      keep: async (draft) => {
        await surroundings.keep(checkDraft(draft));
        return null;
      },
    },
    {},
  );
  return {
    dispose: () => {
      open = false;
      running.abort();
      rpc.dispose();
    },
  };
}

// What a page sends is looked at before it is used: a page that was taken over must not harm.

const malformed = (): Failure => new Failure('invalid', t('The panel sent something that is no request.'));

function checkTexts(texts: unknown): readonly string[] {
  if (!Array.isArray(texts) || !texts.every((text) => typeof text === 'string')) throw malformed();
  return texts;
}

function checkSend(request: SendRequest): SendRequest {
  const { call, messages, metadata, deadline, open } = request;
  checkTexts(messages);
  if (!Array.isArray(metadata)) throw malformed();
  for (const entry of metadata as readonly unknown[]) if (checkTexts(entry).length !== 2) throw malformed();
  if (typeof call !== 'number' || typeof open !== 'boolean' || !(deadline > 0)) throw malformed();
  return request;
}

function checkDraft(draft: Draft): Draft {
  const { request, metadata, deadline } = draft;
  checkTexts([request, deadline]);
  if (!Array.isArray(metadata)) throw malformed();
  const rows = metadata.map(({ name, value }: Draft['metadata'][number]) => {
    checkTexts([name, value]);
    return { name, value };
  });
  return { request, deadline, metadata: rows };
}

/** Hands events over in order, those of a moment together. The server waits while the page does not keep up. */
class Batches {
  readonly #handOver: (events: readonly CallEvent[]) => Promise<void>;
  #gathered: CallEvent[] = [];
  #taken = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(handOver: (events: readonly CallEvent[]) => Promise<void>) {
    this.#handOver = handOver;
  }

  add(event: CallEvent): void {
    this.#gathered.push(event);
    this.#timer ??= setTimeout(() => this.#flush(), batch);
    if (this.#gathered.length >= mostTogether) this.#flush();
  }

  async forward(events: AsyncIterable<CallEvent>): Promise<void> {
    for await (const event of events) {
      this.add(event);
      await this.#taken;
    }
    this.#flush();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const together = this.#gathered;
    this.#gathered = [];
    if (together.length > 0) this.#taken = this.#taken.then(() => this.#handOver(together));
  }
}
