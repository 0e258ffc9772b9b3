/**
 * Rows of one height of which only those in sight are drawn, however many there are. The list is one stop of the Tab
 * key; arrows, Home, End and the page keys move through it.
 */
import { type PropertyValues, type TemplateResult, html } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { styleMap } from 'lit/directives/style-map.js';
import { Part } from '../part.ts';

/** Height of a row in pixels; the styles say the same. */
export const rowHeight = 22;
/** Rows drawn above and below those in sight. */
const spare = 8;

export abstract class VirtualRows extends Part {
  static override properties = { active: { state: true }, top: { state: true }, height: { state: true } };
  /** The row that the keys stand on. */
  declare active: number;
  declare top: number;
  declare height: number;
  #resized: ResizeObserver | undefined;

  constructor() {
    super();
    this.active = 0;
    this.top = 0;
    this.height = rowHeight * 12;
  }

  protected abstract readonly count: number;
  protected abstract row(index: number, active: boolean): TemplateResult;
  protected abstract frame(rows: TemplateResult): TemplateResult;
  /** A key that is none of those that move. True when it meant something. */
  protected abstract press(key: string, index: number): boolean;
  /** Names a row, so that it keeps its element while others come and go. */
  protected keyOf(index: number): unknown {
    return index;
  }

  /** Indexes of the rows that are drawn, last excluded. */
  protected get drawn(): readonly [first: number, end: number] {
    const first = Math.max(0, Math.floor(this.top / rowHeight) - spare);
    return [first, Math.min(this.count, first + Math.ceil(this.height / rowHeight) + 2 * spare)];
  }

  protected get list(): HTMLElement | null {
    return this.querySelector<HTMLElement>('.rows');
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resized = new ResizeObserver(() => {
      const list = this.list;
      if (list !== null && list.clientHeight > 0) this.height = list.clientHeight;
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resized?.disconnect();
  }

  protected override firstUpdated(): void {
    if (this.list !== null) this.#resized?.observe(this.list);
  }

  protected override willUpdate(_: PropertyValues): void {
    this.active = Math.max(0, Math.min(this.active, this.count - 1));
  }

  override render(): TemplateResult {
    const [first, end] = this.drawn;
    const indexes = Array.from({ length: Math.max(0, end - first) }, (_, index) => first + index);
    return this.frame(
      html`<div class="extent" role="presentation" style=${styleMap({ height: `${this.count * rowHeight}px` })}>
        <div role="presentation" style=${styleMap({ transform: `translateY(${first * rowHeight}px)` })}>
          ${repeat(
            indexes,
            (index) => this.keyOf(index),
            (index) => this.row(index, index === this.active),
          )}
        </div>
      </div>`,
    );
  }

  protected readonly scrolled = (event: Event): void => {
    this.top = (event.target as HTMLElement).scrollTop;
  };

  protected readonly pressed = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.height / rowHeight) - 1);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: this.active + 1,
      ArrowUp: this.active - 1,
      PageDown: this.active + page,
      PageUp: this.active - page,
      Home: 0,
      End: this.count - 1,
    };
    const to = moves[event.key];
    if (to !== undefined) this.moveTo(to);
    else if (!this.press(event.key, this.active)) return;
    event.preventDefault();
  };

  /** Puts the keys on a row and brings it into sight. */
  protected moveTo(index: number): void {
    this.active = Math.max(0, Math.min(index, this.count - 1));
    this.moved?.(this.active);
    this.bringIntoSight(this.active);
  }

  /** The keys moved to a row. */
  protected moved?(index: number): void;

  protected bringIntoSight(index: number): void {
    const list = this.list;
    if (list === null) return;
    const begin = index * rowHeight;
    if (begin < list.scrollTop) list.scrollTop = begin;
    else if (begin + rowHeight > list.scrollTop + list.clientHeight) {
      list.scrollTop = begin + rowHeight - list.clientHeight;
    }
    this.top = list.scrollTop;
  }
}
