/** Repeated fields and maps. */
import { type TemplateResult, html, nothing } from 'lit';
import { live } from 'lit/directives/live.js';
import { t } from '../../../core/l10n.ts';
import { Part, valueOf } from '../part.ts';
import type { Slot } from '../shapeTable.ts';
import { type Place, emptyJson } from './context.ts';
import {
  type ListNode,
  type ObjectNode,
  addItem,
  addMember,
  removeItem,
  removeMember,
  renameMember,
  replaceNode,
} from './edit.ts';
import { valueControl } from './value.ts';

/** Items drawn at first, and at each asking for more. */
const mostItems = 50;

abstract class ManyField extends Part {
  static override properties = { place: { attribute: false }, shown: { state: true } };
  declare place: Place;
  declare shown: number;

  constructor() {
    super();
    this.shown = mostItems;
  }

  /** What one of them is. */
  protected get one(): Slot {
    const { many: _, ...slot } = this.place.slot;
    return slot;
  }

  protected more(count: number): TemplateResult | typeof nothing {
    if (count <= this.shown) return nothing;
    return html`<button class="plain" type="button" @click=${() => (this.shown += mostItems)}>
      ${t('Show More of {0}', count)}
    </button>`;
  }

  protected row(place: Place, key: TemplateResult, remove: () => void): TemplateResult {
    const block = ['message'].includes(place.slot.kind);
    return html`<div class="item">
      ${key}
      ${
        block
          ? html`<gantry-fold class="control" .place=${place}></gantry-fold>`
          : html`<div class="control">${valueControl(place)}</div>`
      }
      <button class="plain" type="button" aria-label=${t('Delete {0}', place.label)} @click=${remove}>
        ${t('Delete')}
      </button>
    </div>`;
  }

  protected addButton(add: () => void): TemplateResult {
    return html`<button
      id=${this.place.id}
      class="plain"
      type="button"
      aria-label=${t('Add to {0}', this.place.label)}
      @click=${add}
    >
      ${t('Add')}
    </button>`;
  }
}

export class ListField extends ManyField {
  override render(): TemplateResult {
    const { form, id, label, node } = this.place;
    const list = node as ListNode | undefined;
    const items = list?.items ?? [];
    const empty = emptyJson(this.one, form.table);
    return html`
      ${items.slice(0, this.shown).map((item, index) =>
        this.row(
          {
            form,
            slot: this.one,
            node: item,
            id: `${id}.${index}`,
            label: `${label}[${index}]`,
            set: (value) => form.write(replaceNode(form.text, item, value)),
          },
          html`<span class="quiet">${index}</span>`,
          () => form.write(removeItem(form.text, list!, index)),
        ),
      )}
      ${this.more(items.length)}
      ${this.addButton(() => (list === undefined ? this.place.set(`[${empty}]`) : form.write(addItem(form.text, list, empty))))}
    `;
  }
}

export class MapField extends ManyField {
  override render(): TemplateResult {
    const { form, id, label, node } = this.place;
    const map = node as ObjectNode | undefined;
    const members = map?.members ?? [];
    const empty = emptyJson(this.one, form.table);
    const key = newKey(this.place.slot.field?.mapKey ?? 'string', members.map((member) => member.key)); // prettier-ignore
    return html`
      ${members.slice(0, this.shown).map((member, index) =>
        this.row(
          {
            form,
            slot: this.one,
            node: member.value,
            id: `${id}.${index}`,
            label: `${label}[${JSON.stringify(member.key)}]`,
            set: (value) => form.write(replaceNode(form.text, member.value, value)),
          },
          html`<input
            class="key"
            autocomplete="off"
            aria-label=${t('Key {0} of {1}', index + 1, label)}
            .value=${live(member.key)}
            @input=${(event: Event) => form.write(renameMember(form.text, map!, index, valueOf(event)))}
          />`,
          () => form.write(removeMember(form.text, map!, index)),
        ),
      )}
      ${this.more(members.length)}
      ${this.addButton(() => (map === undefined ? this.place.set(`{${JSON.stringify(key)}: ${empty}}`) : form.write(addMember(form.text, map, key, empty))))}
    `;
  }
}

/** A key that the map does not have yet. */
function newKey(scalar: string, taken: readonly string[]): string {
  if (scalar === 'bool') return taken.includes('true') ? 'false' : 'true';
  for (let number = taken.length + 1; ; number++) {
    const key = scalar === 'string' ? `key${number}` : String(number);
    if (!taken.includes(key)) return key;
  }
}

customElements.define('gantry-list-field', ListField);
customElements.define('gantry-map-field', MapField);
