/**
 * What a log's terminal shows and does, without the terminal: the newest lines, narrowed by a search, readable or raw,
 * paused or following. `editor/logView.ts` gives it keys and draws what it writes.
 */
import { t } from '../l10n.ts';
import { withoutColours } from './clean.ts';
import type { LogEntry } from './entry.ts';
import { LogRenderer, matchesSearch } from './render.ts';
import { LogRing, type RingLimits, viewLimits } from './ring.ts';

export interface ScreenEdge {
  /** Draws text at the end. */
  write(text: string): void;
  /** Tells how things stand beside the name: `paused`, `search: error`. Empty when nothing is special. */
  state(text: string): void;
}

/** What a key asks for that the screen cannot do itself. */
export type KeyOutcome = 'close' | 'document' | undefined;

/** Lines drawn again after a change of what is shown; terminals keep about as many. */
const redrawn = 2_000;
/** Lines of one batch that are drawn; of more, the rest would have scrolled away before anybody saw it. */
const mostDrawn = 5_000;

const clearAll = '\u001b[2J\u001b[3J\u001b[H';
const eraseLine = '\r\u001b[2K';

export class LogScreen {
  readonly #edge: ScreenEdge;
  readonly #ring: LogRing;
  readonly #renderer = new LogRenderer();
  #json = true;
  #times = false;
  #paused = false;
  #search = '';
  /** What is being typed after `/`. */
  #typing: string | undefined;
  /** Entries that came while nothing was drawn. */
  #unseen = 0;

  constructor(edge: ScreenEdge, limits: RingLimits = viewLimits) {
    this.#edge = edge;
    this.#ring = new LogRing(limits);
    this.#edge.write(
      `${dim(t('Keys: / search, j JSON or raw, t times, p pause, d open as document, Ctrl+C close'))}\r\n`,
    );
  }

  /** Lines that had to be forgotten. */
  get dropped(): number {
    return this.#ring.dropped;
  }

  /** Takes a batch, in order. */
  push(entries: readonly LogEntry[]): void {
    for (const entry of entries) this.#ring.push(entry);
    if (this.#paused || this.#typing !== undefined) {
      this.#unseen += entries.length;
      this.#tell();
      return;
    }
    this.#draw(
      entries.filter((entry) => matchesSearch(entry, this.#search)),
      mostDrawn,
    );
  }

  /** Handles what was typed; keys as in `less` where it has them. */
  key(typed: string): KeyOutcome {
    if (typed === '\u0003' || typed === '\u0004') return 'close';
    if (this.#typing !== undefined) {
      this.#type(typed);
      return undefined;
    }
    switch (typed) {
      case 'd':
        return 'document';
      case '/':
        this.#typing = '';
        this.#edge.write('\r\n/');
        break;
      case 'j':
        this.#json = !this.#json;
        this.redraw();
        break;
      case 't':
        this.#times = !this.#times;
        this.redraw();
        break;
      case 'p':
      case ' ':
        this.#paused = !this.#paused;
        if (this.#paused) this.#tell();
        else this.redraw();
        break;
      case '\u001b':
        this.search('');
        break;
    }
    return undefined;
  }

  /** Shows only what has the text; an empty one shows everything again. */
  search(text: string): void {
    this.#search = text;
    this.redraw();
  }

  /** Draws the newest lines anew. */
  redraw(): void {
    this.#unseen = 0;
    this.#edge.write(clearAll);
    this.#draw(this.#shown(), redrawn);
    this.#tell();
  }

  /** Everything held that the search lets through, as plain text, with a first line that says what is missing. */
  text(): string {
    const lines = this.#shown().map((entry) => withoutColours(this.#render(entry)));
    if (this.#ring.dropped > 0) lines.unshift(t('({0} older lines were dropped)', this.#ring.dropped));
    return lines.map((line) => `${line}\n`).join('');
  }

  #shown(): LogEntry[] {
    return [...this.#ring].filter((entry) => matchesSearch(entry, this.#search));
  }

  #render(entry: LogEntry): string {
    return this.#renderer.render(entry, { json: this.#json, times: this.#times });
  }

  #draw(entries: readonly LogEntry[], most: number): void {
    const skipped = entries.length - most;
    const drawn = skipped > 0 ? entries.slice(skipped) : entries;
    const note =
      skipped > 0 ? `${dim(t('({0} lines are not drawn: press d to see them in a document)', skipped))}\r\n` : '';
    if (drawn.length > 0) this.#edge.write(`${note}${drawn.map((entry) => `${this.#render(entry)}\r\n`).join('')}`);
  }

  #type(typed: string): void {
    if (typed === '\r') {
      this.#search = this.#typing!;
      this.#typing = undefined;
      this.redraw();
    } else if (typed === '\u001b') {
      this.#typing = undefined;
      this.redraw();
    } else if (typed === '\u007f') {
      this.#typing = Array.from(this.#typing!).slice(0, -1).join('');
      this.#edge.write(`${eraseLine}/${this.#typing}`);
    } else if (!typed.startsWith('\u001b')) {
      this.#typing += withoutControls(typed);
      this.#edge.write(`${eraseLine}/${this.#typing}`);
    }
  }

  #tell(): void {
    const states = [
      ...(this.#paused ? [t('paused, {0} new', this.#unseen)] : []),
      ...(this.#search === '' ? [] : [t('search: {0}', this.#search)]),
    ];
    this.#edge.state(states.join(', '));
  }
}

const dim = (sentence: string): string => `\u001b[2m${sentence}\u001b[0m`;

// oxlint-disable-next-line no-control-regex -- what is pasted may hold any.
const withoutControls = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '');
