/** Every message sent and received, with its time; the newest stays in sight until the person looks at an older one. */
import { type PropertyValues, type TemplateResult, html, nothing } from 'lit';
import { t } from '../../../core/l10n.ts';
import type { MessageRow, Tally } from '../../../grpc/conversation.ts';
import { icon } from '../icon.ts';
import { milliseconds } from './milliseconds.ts';
import { VirtualRows, rowHeight } from './virtualRows.ts';

export class Timeline extends VirtualRows {
  static override properties = {
    ...VirtualRows.properties,
    tally: { attribute: false },
    rows: { attribute: false },
    selected: { attribute: false },
  };
  declare tally: Tally;
  /** Those that the page holds; what is missing is asked for. */
  declare rows: readonly MessageRow[];
  /** Index of the message that is looked at; undefined while the newest one is. */
  declare selected: number | undefined;
  #asked = '';

  protected override get count(): number {
    return this.tally.total - this.tally.first;
  }

  protected override willUpdate(changed: PropertyValues): void {
    this.active = this.selected === undefined ? this.count - 1 : this.selected - this.tally.first;
    super.willUpdate(changed);
    if (this.selected === undefined) this.top = Math.max(0, this.count * rowHeight - this.height);
  }

  protected override updated(): void {
    const list = this.list;
    if (list !== null && this.selected === undefined && list.scrollTop !== this.top) list.scrollTop = this.top;
    this.#askForMissing();
  }

  protected override frame(rows: TemplateResult): TemplateResult {
    return html`<div
      id="messages"
      class="rows timeline"
      role="listbox"
      tabindex="0"
      aria-label=${t('Messages')}
      aria-activedescendant=${this.count > 0 ? `message-${this.tally.first + this.active}` : nothing}
      @scroll=${this.#scrolledByPerson}
      @keydown=${this.pressed}
    >
      ${rows}
    </div>`;
  }

  protected override keyOf(index: number): unknown {
    return this.tally.first + index;
  }

  protected override row(place: number, active: boolean): TemplateResult {
    const index = this.tally.first + place;
    const found = this.#rowOf(index);
    const title = found === undefined ? t('Message {0}', index + 1) : messageTitle(found);
    return html`<div
      id=${`message-${index}`}
      class=${`row ${found?.direction ?? ''}`}
      role="option"
      aria-selected=${active}
      aria-setsize=${this.tally.total}
      aria-posinset=${index + 1}
      @click=${() => this.#choose(index)}
    >
      ${
        found === undefined
          ? html`<span class="unseen">${title}</span>`
          : html`<span class="unseen">${title},</span>
              <span class="arrow" aria-hidden="true"
                >${icon(found.direction === 'sent' ? 'arrow-up' : 'arrow-down')}</span
              >
              <span class="number" aria-hidden="true">${found.number}</span>
              <span class="at">${milliseconds(found.at)}</span>
              <span class="size">${t('{0} B', found.bytes)}</span>
              <code class="preview">${oneLine(found)}</code>`
      }
    </div>`;
  }

  protected override press(key: string): boolean {
    if (key !== 'Escape') return false;
    this.#choose(undefined);
    return true;
  }

  protected override moved(place: number): void {
    this.#choose(this.tally.first + place);
  }

  /** At once, so that the list does not run to its end before the panel has heard of it. */
  #choose(index: number | undefined): void {
    this.selected = index;
    this.tell('message-chosen', index);
  }

  readonly #scrolledByPerson = (event: Event): void => {
    const list = event.target as HTMLElement;
    const isAtEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - rowHeight;
    // Scrolled up by hand: the list stays there, on what is in sight.
    if (this.selected === undefined && !isAtEnd && list.scrollTop < this.top - rowHeight) {
      const inSight = Math.floor((list.scrollTop + list.clientHeight) / rowHeight) - 1;
      this.#choose(this.tally.first + inSight);
    }
    this.scrolled(event);
  };

  #rowOf(index: number): MessageRow | undefined {
    const first = this.rows[0]?.index;
    return first === undefined ? undefined : this.rows[index - first];
  }

  #askForMissing(): void {
    const [begin, end] = this.drawn;
    const from = this.tally.first + begin;
    const to = this.tally.first + end;
    if (begin >= end || (this.#rowOf(from) !== undefined && this.#rowOf(to - 1) !== undefined)) return;
    const asking = `${from} ${to}`;
    if (asking === this.#asked) return;
    this.#asked = asking;
    this.tell('rows-wanted', { from, count: to - from });
  }
}

/** As much as a row can show. A line break in JSON is never part of a value. */
const oneLine = ({ preview }: MessageRow): string => preview.slice(0, 600).replaceAll(/\n */g, ' ').slice(0, 300);

export const messageTitle = ({ direction, number }: Pick<MessageRow, 'direction' | 'number'>): string =>
  direction === 'sent' ? t('Sent message {0}', number) : t('Message {0}', number);

customElements.define('gantry-timeline', Timeline);
