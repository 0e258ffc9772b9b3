/** The extension's end of a method panel: answers the page and sends it what the call gives. */
import type { Disposable } from '../core/disposable.ts';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { type Port, Rpc } from '../core/rpc.ts';
import { kindText } from './describe.ts';
import type { Grpc } from './domain.ts';
import { Conversation } from './conversation.ts';
import type { CallEvent, Fix } from './events.ts';
import { remember } from './history.ts';
import type { MethodNode } from './nodes.ts';
import type {
  ChosenFile,
  Draft,
  HostProtocol,
  PageProtocol,
  PanelStart,
  PastCall,
  Progress,
  SendRequest,
} from './protocol.ts';
import { Sendable } from './sendable.ts';

/** Milliseconds of events that travel to the page together. */
const batch = 30;
/** Rows that go along with news, as many as a list may show at once. */
const mostTold = 60;
/** Messages received that the history keeps of a call. */
const mostRemembered = 200;

/** What a panel needs of where it is shown. */
export interface PanelSurroundings {
  /** What was typed for this method before. */
  draft(): Promise<Draft | undefined>;
  keep(draft: Draft): Promise<void>;
  history(): Promise<readonly PastCall[]>;
  keepHistory(history: readonly PastCall[]): Promise<void>;
  /** Applies a fix to how the server is connected to; false when the person thought better of it. */
  fix(fix: Fix): Promise<boolean>;
  copyGrpcurl(draft: Draft): Promise<void>;
  chooseFile(): Promise<ChosenFile | undefined>;
  /** Opens JSON as a document. */
  open(json: string): Promise<void>;
  compare(older: PastCall, newer: PastCall): Promise<void>;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Serves one page until it is disposed; a call that still runs is cancelled then. */
export function servePanel(
  grpc: Pick<Grpc, 'call' | 'draft' | 'check' | 'shapes'>,
  node: MethodNode,
  port: Port,
  surroundings: PanelSurroundings,
): Disposable {
  const method = `${node.service}/${node.method}`;
  let running = new AbortController();
  let sending = new Sendable<string>();
  let conversation = new Conversation();
  let sentTexts: string[] = [];
  let open = true;

  const start = async (): Promise<PanelStart> => {
    const [begin, draft, history] = await Promise.all([
      grpc.draft(node.target, method),
      surroundings.draft(),
      surroundings.history(),
    ]);
    return { ...begin, kindText: kindText(begin.node.methodKind), history, ...(draft === undefined ? {} : { draft }) };
  };

  const send = (given: SendRequest): null => {
    const { call, messages, metadata, deadline, open: more } = checkSend(given);
    running.abort();
    running = new AbortController();
    sending = new Sendable();
    sentTexts = [...messages];
    for (const message of messages) sending.push(message);
    if (!more) sending.end();
    const current = (conversation = new Conversation());
    const texts = sentTexts;
    const hand = async (progress: Progress): Promise<void> => {
      // A page that is gone takes nothing; its call is being cancelled.
      if (open) await rpc.request('receive', progress).catch(() => {});
    };
    const news = new News(call, current, hand, async (end) => {
      const past = pastCall(end, {
        at: surroundings.now(),
        request: texts.join('\n'),
        deadline,
        conversation: current,
      });
      if (past === undefined || !open) return undefined;
      const history = remember(await surroundings.history(), past);
      await surroundings.keepHistory(history);
      return history;
    });
    const manySent = ['client_streaming', 'bidi_streaming'].includes(node.methodKind);
    const onSent = (event: CallEvent): void => (manySent ? news.add(event) : undefined);
    const request = { target: node.target, method, messages: sending, metadata, deadline, onSent };
    void news.forward(grpc.call(request, running.signal));
    return null;
  };

  const pastCalls = async (times: readonly number[]): Promise<readonly PastCall[]> => {
    const history = await surroundings.history();
    return times.map((time) => {
      const found = history.find(({ at }) => at === time);
      if (found === undefined) throw malformed();
      return found;
    });
  };

  const rpc = new Rpc<HostProtocol, PageProtocol>(
    port,
    {
      start,
      send,
      sendMore: ({ messages }) => {
        for (const message of checkTexts(messages)) {
          sentTexts.push(message);
          sending.push(message);
        }
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
      rows: ({ from, count }) => conversation.rows(checkNumber(from), Math.min(checkNumber(count), 1000)),
      message: (index) => conversation.json(checkNumber(index)) ?? null,
      openMessage: async (index) => {
        const json = conversation.json(checkNumber(index));
        if (json === undefined) throw new Failure('notFound', t('This message is no longer kept.'));
        await surroundings.open(json);
        return null;
      },
      check: (texts) => grpc.check(node.target, method, checkTexts(texts)),
      shapes: (names) => grpc.shapes(node.target, checkTexts(names)),
      chooseFile: async () => (await surroundings.chooseFile()) ?? null,
      compare: async (times) => {
        const [older, newer] = await pastCalls(times.map(checkNumber));
        await surroundings.compare(older!, newer!);
        return null;
      },
      forgetHistory: async () => {
        await surroundings.keepHistory([]);
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

/** What the history keeps of a call; nothing of one whose request was wrong. */
function pastCall(
  end: CallEvent | undefined,
  sent: Pick<PastCall, 'at' | 'request'> & { readonly deadline: number; readonly conversation: Conversation },
): PastCall | undefined {
  if (end?.kind !== 'trailers' && end?.kind !== 'failed') return undefined;
  if (end.kind === 'failed' && end.place !== undefined) return undefined;
  const { conversation, deadline, at, request } = sent;
  return {
    at,
    request,
    deadline: String(deadline),
    ...(end.kind === 'trailers'
      ? { outcome: end.codeName, ok: end.code === 0, total: end.timing.total }
      : { outcome: end.failure.message, ok: false }),
    received: conversation.tally().received,
    answer: conversation.received(mostRemembered).join('\n'),
  };
}

// What a page sends is looked at before it is used: a page that was taken over must not harm.

const malformed = (): Failure => new Failure('invalid', t('The panel sent something that is no request.'));

function checkTexts(texts: unknown): readonly string[] {
  if (!Array.isArray(texts) || !texts.every((text) => typeof text === 'string')) throw malformed();
  return texts;
}

function checkNumber(number: unknown): number {
  if (!Number.isSafeInteger(number) || (number as number) < 0) throw malformed();
  return number as number;
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
  const { request, metadata, deadline, typedAt } = draft;
  checkTexts([request, deadline]);
  if (!Array.isArray(metadata) || typeof typedAt !== 'number') throw malformed();
  const rows = metadata.map(({ name, value }: Draft['metadata'][number]) => {
    checkTexts([name, value]);
    return { name, value };
  });
  return { request, deadline, typedAt, metadata: rows };
}

/** Tells the page what happens: what is new of a moment together, and the next only when that is on the page. */
class News {
  readonly #call: number;
  readonly #conversation: Conversation;
  readonly #hand: (progress: Progress) => Promise<void>;
  readonly #ended: (end: CallEvent | undefined) => Promise<readonly PastCall[] | undefined>;
  #events: CallEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #handing: Promise<void> | undefined;

  constructor(
    call: number,
    conversation: Conversation,
    hand: (progress: Progress) => Promise<void>,
    ended: (end: CallEvent | undefined) => Promise<readonly PastCall[] | undefined>,
  ) {
    this.#call = call;
    this.#conversation = conversation;
    this.#hand = hand;
    this.#ended = ended;
  }

  add(event: CallEvent): void {
    if (event.kind === 'message' || event.kind === 'sent') this.#conversation.add(event);
    else this.#events.push(event);
    this.#timer ??= setTimeout(() => void this.#tell(), batch);
  }

  async forward(events: AsyncIterable<CallEvent>): Promise<void> {
    let last: CallEvent | undefined;
    let breath = performance.now();
    for await (const event of events) {
      last = event;
      this.add(event);
      // A server that sends without pause must not keep this process from everything else.
      if (performance.now() - breath > batch) {
        await new Promise((resolve) => setImmediate(resolve));
        breath = performance.now();
      }
    }
    await this.#tell();
    const history = await this.#ended(last);
    if (history !== undefined) await this.#hand({ ...this.#progress(), history });
  }

  async #tell(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // While the page still draws, what comes is gathered; one who waits here already will tell of it.
    const before = this.#handing;
    await before;
    if (before !== this.#handing) return this.#handing;
    const handing = this.#hand(this.#progress());
    this.#handing = handing;
    await handing;
  }

  #progress(): Progress {
    const events = this.#events;
    this.#events = [];
    return { call: this.#call, events, tally: this.#conversation.tally(), tail: this.#conversation.tail(mostTold) };
  }
}
