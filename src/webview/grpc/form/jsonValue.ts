/** JSON of any kind, as google.protobuf.Struct, Value and ListValue take it. */
import { type TemplateResult, html, nothing } from 'lit';
import { live } from 'lit/directives/live.js';
import { t } from '../../../core/l10n.ts';
import type { JsonNode } from '../../../grpc/json.ts';
import { Part, valueOf } from '../part.ts';
import type { Place } from './context.ts';
import { addItem, addMember, removeItem, removeMember, renameMember, replaceNode } from './edit.ts';
import { numberField, textField } from './scalar.ts';

type Kind = JsonNode['kind'];

const empty: Readonly<Record<Kind, string>> = {
  null: 'null',
  boolean: 'true',
  number: '0',
  string: '""',
  array: '[]',
  object: '{}',
};

const mostParts = 50;

export class JsonValue extends Part {
  static override properties = {
    place: { attribute: false },
    form: { attribute: false },
    kind: { state: true },
    shown: { state: true },
  };
  declare place: Place;
  /** A Struct is always an object, a ListValue always a list. */
  declare form: 'Struct' | 'Value' | 'ListValue';
  /** What the person chose to write; a number half typed is a text until it is one. */
  declare kind: Kind | undefined;
  declare shown: number;

  constructor() {
    super();
    this.shown = mostParts;
  }

  override render(): TemplateResult {
    const { place } = this;
    const written = place.node?.kind ?? 'null';
    const kind = this.kind === 'number' && written === 'string' ? 'number' : written;
    return html`<div class="any-json">
      ${this.form === 'Value' ? this.#kinds(kind) : nothing} ${this.#control(kind)}
    </div>`;
  }

  #kinds(kind: Kind): TemplateResult {
    const names: readonly [Kind, string][] = [
      ['null', 'null'],
      ['boolean', t('true or false')],
      ['number', t('number')],
      ['string', t('text')],
      ['array', t('list')],
      ['object', t('object')],
    ];
    const choose = (chosen: Kind): void => {
      this.kind = chosen;
      this.place.set(empty[chosen]);
    };
    return html`<select
      id=${this.place.id}
      aria-label=${t('Kind of {0}', this.place.label)}
      @change=${(event: Event) => choose(valueOf(event) as Kind)}
    >
      ${names.map(([value, name]) => html`<option value=${value} ?selected=${value === kind}>${name}</option>`)}
    </select>`;
  }

  #control(kind: Kind): TemplateResult | typeof nothing {
    const { unset: _, ...place } = this.place;
    const own = { ...place, id: `${place.id}:value` };
    switch (kind) {
      case 'null':
        return nothing;
      case 'boolean': {
        const on = place.node?.kind === 'boolean' && place.node.value;
        return html`<input
          type="checkbox"
          aria-label=${place.label}
          .checked=${live(on)}
          @change=${() => place.set(String(!on))}
        />`;
      }
      case 'number':
        return numberField(own);
      case 'string':
        return textField(own);
      default:
        return this.#parts(place);
    }
  }

  #parts({ form, node, id, label }: Place): TemplateResult {
    const isObject = node?.kind === 'object';
    const parts =
      node?.kind === 'object'
        ? node.members.map(({ key, value }) => ({ key, value }))
        : node?.kind === 'array'
          ? node.items.map((value) => ({ key: undefined, value }))
          : [];
    const add = (): void => {
      if (node?.kind === 'array') form.write(addItem(form.text, node, '""'));
      else if (node?.kind === 'object') form.write(addMember(form.text, node, `key${parts.length + 1}`, '""'));
    };
    const remove = (index: number): void => {
      if (node?.kind === 'array') form.write(removeItem(form.text, node, index));
      else if (node?.kind === 'object') form.write(removeMember(form.text, node, index));
    };
    return html`<div class="inside">
      ${parts.slice(0, this.shown).map(({ key, value }, index) => {
        const name = `${label}${key === undefined ? `[${index}]` : `.${key}`}`;
        return html`<div class="item">
          ${
            key === undefined
              ? html`<span class="quiet">${index}</span>`
              : html`<input
                  class="key"
                  autocomplete="off"
                  aria-label=${t('Key {0} of {1}', index + 1, label)}
                  .value=${live(key)}
                  @input=${(event: Event) => isObject && form.write(renameMember(form.text, node, index, valueOf(event)))}
                />`
          }
          <gantry-json-value
            class="control"
            .form=${'Value'}
            .place=${{ form, slot: { kind: 'message', of: 'google.protobuf.Value' }, node: value, id: `${id}.${index}`, label: name, set: (json: string) => form.write(replaceNode(form.text, value, json)) } satisfies Place}
          ></gantry-json-value>
          <button class="plain" type="button" aria-label=${t('Delete {0}', name)} @click=${() => remove(index)}>
            ${t('Delete')}
          </button>
        </div>`;
      })}
      ${
        parts.length > this.shown
          ? html`<button class="plain" type="button" @click=${() => (this.shown += mostParts)}>
              ${t('Show More of {0}', parts.length)}
            </button>`
          : nothing
      }
      <button class="plain" type="button" aria-label=${t('Add to {0}', label)} @click=${add}>${t('Add')}</button>
    </div>`;
  }
}

customElements.define('gantry-json-value', JsonValue);
