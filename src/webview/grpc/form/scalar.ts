/** Fields of one scalar or enum value. */
import { type TemplateResult, html } from 'lit';
import { live } from 'lit/directives/live.js';
import { t } from '../../../core/l10n.ts';
import type { JsonNode } from '../../../grpc/json.ts';
import { valueOf } from '../part.ts';
import { type Place, problemsOf } from './context.ts';

const numberPattern = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

/** A scalar as the person reads it; what is no scalar is not for here. */
export function scalarText(node: JsonNode | undefined): string | undefined {
  switch (node?.kind) {
    case undefined:
    case 'null':
      return '';
    case 'string':
      return node.value;
    case 'number':
      return node.text;
    case 'boolean':
      return String(node.value);
    default:
      return undefined;
  }
}

/** The JSON of a number as it was typed: its digits, or as text what is no number, which is then refused at its place. */
export const typedNumber = (typed: string): string => (numberPattern.test(typed) ? typed : JSON.stringify(typed));

export function numberField(place: Place): TemplateResult {
  const write = (typed: string): void =>
    typed === '' && place.unset !== undefined ? place.unset() : place.set(typedNumber(typed.trim()));
  return html`<input
    id=${place.id}
    class="number"
    inputmode="decimal"
    autocomplete="off"
    aria-label=${place.label}
    aria-invalid=${problemsOf(place).length > 0}
    .value=${live(scalarText(place.node) ?? '')}
    @input=${(event: Event) => write(valueOf(event))}
  />`;
}

export function textField(place: Place): TemplateResult {
  const text = scalarText(place.node) ?? '';
  return html`<textarea
    id=${place.id}
    class="text"
    spellcheck="false"
    rows=${Math.min(8, text.split('\n').length)}
    aria-label=${place.label}
    aria-invalid=${problemsOf(place).length > 0}
    .value=${live(text)}
    @input=${(event: Event) => place.set(JSON.stringify(valueOf(event)))}
  ></textarea>`;
}

/** One of some words; one that is written but is none of them stays and is shown. */
export function choiceField(place: Place, words: readonly string[], toJson: (word: string) => string): TemplateResult {
  const written = scalarText(place.node) ?? '';
  const all = written === '' || words.includes(written) ? words : [written, ...words];
  const choose = (word: string): void => (word === '' ? place.unset?.() : place.set(toJson(word)));
  return html`<select
    id=${place.id}
    aria-label=${place.label}
    aria-invalid=${problemsOf(place).length > 0}
    @change=${(event: Event) => choose(valueOf(event))}
  >
    ${
      place.unset !== undefined || written === ''
        ? html`<option value="" ?selected=${written === ''}>${t('not set')}</option>`
        : ''
    }
    ${all.map((word) => html`<option value=${word} ?selected=${word === written}>${word}</option>`)}
  </select>`;
}

export function enumField(place: Place): TemplateResult {
  const values = place.form.table.enum(place.slot.of)?.values ?? [];
  const number = scalarText(place.node) ?? '';
  // A number stands for the name it has.
  const known = values.find((value) => String(value.number) === number);
  const node = known === undefined ? place.node : ({ kind: 'string', value: known.name, start: 0, end: 0 } as const);
  const names = values.map(({ name }) => name);
  return choiceField({ ...place, ...(node === undefined ? {} : { node }) }, names, typedEnum);
}

const typedEnum = (word: string): string => (/^-?\d+$/.test(word) ? word : JSON.stringify(word));

export const boolField = (place: Place): TemplateResult => choiceField(place, ['true', 'false'], (word) => word);
