/** An Any: its type, chosen of those the server publishes, and the fields of that. */
import { type TemplateResult, html, nothing } from 'lit';
import { live } from 'lit/directives/live.js';
import { t } from '../../../core/l10n.ts';
import { Part, valueOf } from '../part.ts';
import { anyPrefix } from '../request/suggestions.ts';
import { typeNameOf } from '../shapeTable.ts';
import { type Place, emptyJson } from './context.ts';
import { type ObjectNode, addMember, replaceNode } from './edit.ts';
import { valueControl } from './value.ts';

export class AnyFields extends Part {
  static override properties = { place: { attribute: false } };
  declare place: Place;

  override render(): TemplateResult {
    const { form, id, label, node } = this.place;
    const object = node as ObjectNode | undefined;
    const tag = object?.members.find(({ key }) => key === '@type')?.value;
    const url = tag?.kind === 'string' ? tag.value : '';
    const name = typeNameOf(url);
    return html`<div class="field type">
        <label for=${id}><span class="name">@type</span></label>
        <input
          id=${id}
          class="wide"
          autocomplete="off"
          list=${`${id}:types`}
          aria-label=${t('Type of {0}', label)}
          placeholder="package.Message"
          .value=${live(url.startsWith(anyPrefix) ? name : url)}
          @input=${(event: Event) => this.#choose(valueOf(event))}
        />
        <datalist id=${`${id}:types`}>
          ${form.table.anyTypes.map((type) => html`<option value=${type}></option>`)}
        </datalist>
      </div>
      ${form.table.anyTypes.includes(name) ? this.#inside(name) : nothing}`;
  }

  /** A name is written as the URL that stands for it. */
  #choose(typed: string): void {
    const { form, node } = this.place;
    const object = node as ObjectNode | undefined;
    const url = JSON.stringify(typed.includes('/') || typed === '' ? typed : anyPrefix + typed);
    const tag = object?.members.find(({ key }) => key === '@type')?.value;
    if (object === undefined) this.place.set(`{"@type": ${url}}`);
    else if (tag !== undefined) form.write(replaceNode(form.text, tag, url));
    else form.write(addMember(form.text, object, '@type', url));
  }

  #inside(name: string): TemplateResult {
    const { form, id, label, node } = this.place;
    const shape = form.table.message(name);
    const slot = { kind: 'message', of: name } as const;
    if (shape === undefined || shape.form === 'fields') return valueControl({ ...this.place, slot, id: `${id}.any` });
    // A type whose JSON is no object of fields stands under "value".
    const object = node as ObjectNode;
    const value = object.members.find(({ key }) => key === 'value')?.value;
    const set = (json: string): void =>
      form.write(
        value === undefined ? addMember(form.text, object, 'value', json) : replaceNode(form.text, value, json),
      );
    if (value === undefined) {
      return html`<button class="plain" type="button" @click=${() => set(emptyJson(slot, form.table))}>
        ${t('Add')}
      </button>`;
    }
    return valueControl({ form, slot, node: value, id: `${id}.any`, label: `${label}.value`, set });
  }
}

customElements.define('gantry-any-fields', AnyFields);
