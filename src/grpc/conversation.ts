/** The messages of one call, kept at the extension: the panel holds only those that it shows. */
import type { CallEvent } from './events.ts';

/** A message as a row of the panel's list. */
export interface MessageRow {
  /** Its place in the conversation, from 0. */
  readonly index: number;
  readonly direction: 'sent' | 'received';
  /** From 1, in the order of its direction. */
  readonly number: number;
  /** Its JSON, or the beginning of it. */
  readonly preview: string;
  /** The preview is all of it. */
  readonly whole: boolean;
  readonly bytes: number;
  /** Milliseconds since the call began. */
  readonly at: number;
}

export interface Tally {
  /** Messages in both directions. */
  readonly total: number;
  readonly sent: number;
  readonly received: number;
  readonly receivedBytes: number;
  /** The oldest that is still kept; those before it were dropped. */
  readonly first: number;
}

type Message = Omit<MessageRow, 'preview' | 'whole'> & { readonly json: string };

export interface Limits {
  readonly messages: number;
  /** Characters of JSON. */
  readonly text: number;
}

const usual: Limits = { messages: 200_000, text: 24_000_000 };

/** Characters of a message that go along with its row. */
const mostPreviewed = 2000;

/** Keeps the newest messages, within limits. */
export class Conversation {
  readonly #limits: Limits;
  /** Those before `#dropped` are gone; cut off now and then, for cutting costs as much as there is. */
  #messages: Message[] = [];
  #dropped = 0;
  #before = 0;
  #text = 0;
  #sent = 0;
  #received = 0;
  #receivedBytes = 0;

  constructor(limits: Limits = usual) {
    this.#limits = limits;
  }

  add({ kind, json, bytes, at }: CallEvent & { kind: 'sent' | 'message' }): void {
    const sent = kind === 'sent';
    if (!sent) this.#receivedBytes += bytes;
    const number = sent ? ++this.#sent : ++this.#received;
    const index = this.#before + this.#messages.length;
    this.#messages.push({ index, direction: sent ? 'sent' : 'received', number, json, bytes, at });
    this.#text += json.length;
    while (this.#kept() > 1 && (this.#kept() > this.#limits.messages || this.#text > this.#limits.text)) this.#drop();
  }

  tally(): Tally {
    return {
      total: this.#before + this.#messages.length,
      sent: this.#sent,
      received: this.#received,
      receivedBytes: this.#receivedBytes,
      first: this.#before + this.#dropped,
    };
  }

  /** Rows from `from` on, as far as they are kept. */
  rows(from: number, count: number): readonly MessageRow[] {
    const begin = Math.max(from - this.#before, this.#dropped);
    const end = Math.min(from - this.#before + count, this.#messages.length);
    return this.#messages.slice(begin, Math.max(begin, end)).map(toRow);
  }

  /** The newest rows, oldest first. */
  tail(count: number): readonly MessageRow[] {
    return this.rows(this.#before + this.#messages.length - count, count);
  }

  /** The JSON of a message; undefined when it is no longer kept. */
  json(index: number): string | undefined {
    const place = index - this.#before;
    return place < this.#dropped ? undefined : this.#messages[place]?.json;
  }

  /** JSON of the newest messages received, oldest first. */
  received(count: number): readonly string[] {
    const found: string[] = [];
    for (let place = this.#messages.length - 1; place >= this.#dropped && found.length < count; place--) {
      const { direction, json } = this.#messages[place]!;
      if (direction === 'received') found.unshift(json);
    }
    return found;
  }

  #kept(): number {
    return this.#messages.length - this.#dropped;
  }

  #drop(): void {
    this.#text -= this.#messages[this.#dropped]!.json.length;
    this.#dropped++;
    if (this.#dropped * 2 < this.#messages.length) return;
    this.#messages = this.#messages.slice(this.#dropped);
    this.#before += this.#dropped;
    this.#dropped = 0;
  }
}

function toRow({ json, ...row }: Message): MessageRow {
  const whole = json.length <= mostPreviewed;
  return { ...row, preview: whole ? json : json.slice(0, mostPreviewed), whole };
}
