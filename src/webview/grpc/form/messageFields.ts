/** The fields of a message, one row for each; of a oneof only one can be chosen. */
import { type TemplateResult, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { t } from '../../../core/l10n.ts';
import type { FieldShape, MessageShape } from '../../../grpc/shapes.ts';
import { Part } from '../part.ts';
import { fieldInfo } from '../request/suggestions.ts';
import { slotOf } from '../shapeTable.ts';
import { type Place, emptyJson, isSet, writtenText } from './context.ts';
import { type ObjectNode, addMember, removeMember, replaceMember, replaceNode } from './edit.ts';
import { shortened, valueControl } from './value.ts';

/** Fields drawn at first; a message may have thousands. */
const mostFields = 100;

export class MessageFields extends Part {
  static override properties = {
    place: { attribute: false },
    shape: { attribute: false },
    shown: { state: true },
  };
  declare place: Place;
  declare shape: MessageShape;
  declare shown: number;

  constructor() {
    super();
    this.shown = mostFields;
  }

  override render(): TemplateResult {
    const { fields } = this.shape;
    // What is set is shown wherever it stands.
    const drawn = fields.filter((field, index) => index < this.shown || this.#indexOf(field) >= 0);
    const hidden = fields.length - drawn.length;
    return html`
      ${fields.length === 0 ? html`<p class="quiet">${t('It has no fields.')}</p>` : nothing}
      ${repeat(
        groups(drawn),
        ({ name }) => name,
        ({ oneof, fields: together }) =>
          oneof === undefined ? together.map((field) => this.#row(field)) : this.#oneof(oneof, together),
      )}
      ${
        hidden > 0
          ? html`<button class="plain" type="button" @click=${() => (this.shown += mostFields)}>
              ${t('Show {0} More Fields', Math.min(hidden, mostFields))}
            </button>`
          : nothing
      }
      ${this.#others()}
    `;
  }

  get #object(): ObjectNode | undefined {
    return this.place.node as ObjectNode | undefined;
  }

  #indexOf({ name, jsonName }: FieldShape): number {
    return this.#object?.members.findIndex(({ key }) => key === jsonName || key === name) ?? -1;
  }

  #placeOf(field: FieldShape): Place {
    const { form, id, label } = this.place;
    const index = this.#indexOf(field);
    const node = index < 0 ? undefined : this.#object!.members[index]!.value;
    return {
      form,
      slot: slotOf(field),
      node,
      id: `${id}.${field.name}`,
      label: label === '' ? field.name : `${label}.${field.name}`,
      set: (value) => this.#set(field, value),
      unset: () => this.#unset(field),
    };
  }

  #set(field: FieldShape, value: string): void {
    const { form } = this.place;
    const object = this.#object;
    const index = this.#indexOf(field);
    if (object === undefined) {
      this.place.set(`{${JSON.stringify(field.jsonName)}: ${value}}`);
      return;
    }
    if (index >= 0) form.write(replaceNode(form.text, object.members[index]!.value, value));
    else {
      const other = this.#otherOf(field);
      form.write(
        other < 0
          ? addMember(form.text, object, field.jsonName, value)
          : replaceMember(form.text, object, other, field.jsonName, value),
      );
    }
  }

  /** Where another member of the field's oneof stands: setting one takes the other away. */
  #otherOf(field: FieldShape): number {
    if (field.oneof === undefined) return -1;
    const rivals = this.shape.fields.filter(({ oneof, name }) => oneof === field.oneof && name !== field.name);
    return Math.max(-1, ...rivals.map((rival) => this.#indexOf(rival)));
  }

  #unset(field: FieldShape): void {
    const index = this.#indexOf(field);
    if (index >= 0) this.place.form.write(removeMember(this.place.form.text, this.#object!, index));
  }

  #row(field: FieldShape): TemplateResult {
    const place = this.#placeOf(field);
    const set = isSet(place);
    const required = field.presence === 'required';
    return html`<div class="field">
      <input
        type="checkbox"
        id=${`${place.id}:set`}
        aria-label=${t('{0} is set', place.label)}
        title=${t('{0} is set', field.name)}
        .checked=${set}
        ?disabled=${required && set}
        @change=${() => (set ? place.unset!() : place.set(emptyJson(place.slot, place.form.table)))}
      />
      ${this.#name(field, place)} ${this.#control(place, set)}
    </div>`;
  }

  #name(field: FieldShape, place: Place): TemplateResult {
    const info = fieldInfo(field);
    return html`<label for=${isBlock(place) ? `${place.id}:set` : place.id} title=${info === '' ? nothing : info}>
      <span class=${field.deprecated === true ? 'name gone' : 'name'}>${field.name}</span>
      <span class="quiet">${field.type}</span>
    </label>`;
  }

  #control(place: Place, set: boolean): TemplateResult {
    if (!isBlock(place)) return html`<div class="control">${valueControl(place)}</div>`;
    if (!set) return html`<div class="control"></div>`;
    return html`<gantry-fold class="block" .place=${place}></gantry-fold>`;
  }

  #oneof(name: string, fields: readonly FieldShape[]): TemplateResult {
    const { id } = this.place;
    const setFields = fields.filter((field) => isSet(this.#placeOf(field)));
    return html`<fieldset class="oneof">
      <legend><span class="name">${name}</span> <span class="quiet">oneof</span></legend>
      <div class="field">
        <input
          type="radio"
          id=${`${id}.${name}:none`}
          name=${`${id}.${name}`}
          .checked=${setFields.length === 0}
          @change=${() => setFields.forEach((field) => this.#unset(field))}
        />
        <label for=${`${id}.${name}:none`}>${t('none')}</label>
      </div>
      ${fields.map((field) => this.#choice(name, field, setFields))}
      ${
        setFields.length > 1
          ? html`<p class="problem">
              ${t('Only one field of {0} may be set, and {1} is set already.', name, setFields[0]!.name)}
            </p>`
          : nothing
      }
    </fieldset>`;
  }

  #choice(oneof: string, field: FieldShape, setFields: readonly FieldShape[]): TemplateResult {
    const place = this.#placeOf(field);
    const set = setFields.includes(field);
    return html`<div class="field">
      <input
        type="radio"
        id=${`${place.id}:set`}
        name=${`${this.place.id}.${oneof}`}
        aria-label=${t('{0} is set', place.label)}
        .checked=${set}
        @change=${() => place.set(emptyJson(place.slot, place.form.table))}
      />
      ${this.#name(field, set ? place : { ...place, id: `${place.id}:set` })}
      ${set ? this.#control(place, set) : html`<div class="control"></div>`}
    </div>`;
  }

  /** Members that are no field, and those that stand twice: kept, and shown as they are written. */
  #others(): TemplateResult | typeof nothing {
    const object = this.#object;
    if (object === undefined) return nothing;
    const known = new Set(this.shape.fields.map((field) => this.#indexOf(field)));
    const others = object.members.map((member, index) => ({ ...member, index }));
    const left = others.filter(({ index, key }) => !known.has(index) && key !== '@type');
    if (left.length === 0) return nothing;
    const { form } = this.place;
    return html`<p class="quiet">${t('Kept as it is written, for the form cannot show it:')}</p>
      ${left.slice(0, mostFields).map(
        ({ key, value, index }) =>
          html`<div class="other">
            <code>${key}</code> <code>${shortened(writtenText(form, value))}</code>
            <button
              class="plain"
              type="button"
              aria-label=${t('Delete {0}', key)}
              @click=${() => form.write(removeMember(form.text, object, index))}
            >
              ${t('Delete')}
            </button>
          </div>`,
      )}`;
  }
}

/** True where the control needs lines of its own below the name. */
function isBlock({ slot, form }: Place): boolean {
  if (slot.many !== undefined) return true;
  if (slot.kind !== 'message') return false;
  const shape = form.table.message(slot.of);
  return shape === undefined || ['fields', 'Any', 'Struct', 'ListValue', 'Value'].includes(shape.form);
}

interface Group {
  readonly name: string;
  readonly oneof?: string;
  readonly fields: FieldShape[];
}

function groups(fields: readonly FieldShape[]): Group[] {
  const found = new Map<string, Group>();
  for (const field of fields) {
    const { oneof, name } = field;
    const key = oneof === undefined ? name : `oneof ${oneof}`;
    const group = found.get(key);
    if (group === undefined) found.set(key, { name: key, fields: [field], ...(oneof === undefined ? {} : { oneof }) });
    else group.fields.push(field);
  }
  return [...found.values()];
}

customElements.define('gantry-message-fields', MessageFields);
