/** The control of a value, by what the schema says that it is. */
import { type TemplateResult, html, nothing } from 'lit';
import { t } from '../../../core/l10n.ts';
import type { JsonNode } from '../../../grpc/json.ts';
import type { MessageShape } from '../../../grpc/shapes.ts';
import { type Slot } from '../shapeTable.ts';
import { type Place, problemsOf, writtenText } from './context.ts';
import { boolField, enumField, numberField, scalarText, textField } from './scalar.ts';
import { timestampField } from './timeFields.ts';

export function valueControl(place: Place): TemplateResult {
  return html`${control(place)} ${problemsOf(place).length > 0 && isLeaf(place) ? problemLine(place) : nothing}`;
}

function control(place: Place): TemplateResult {
  const { slot, node } = place;
  if (slot.many === 'list')
    return ofKind(place, 'array', html`<gantry-list-field .place=${place}></gantry-list-field>`);
  if (slot.many === 'map') return ofKind(place, 'object', html`<gantry-map-field .place=${place}></gantry-map-field>`);
  if (slot.kind === 'enum') return scalarText(node) === undefined ? asWritten(place) : enumField(place);
  if (slot.kind === 'scalar') return scalarControl(place, slot.of);
  return messageControl(place);
}

function scalarControl(place: Place, scalar: string): TemplateResult {
  if (scalarText(place.node) === undefined) return asWritten(place);
  switch (scalar) {
    case 'string':
      return textField(place);
    case 'bytes':
      return html`<gantry-bytes-field .place=${place}></gantry-bytes-field>`;
    case 'bool':
      return boolField(place);
    default:
      return numberField(place);
  }
}

function messageControl(place: Place): TemplateResult {
  const { form, slot, node } = place;
  const message = form.table.message(slot.of);
  if (message === undefined) {
    form.need(slot.of);
    return html`<p class="quiet">${t('Reading the type…')}</p>`;
  }
  switch (message.form) {
    case 'fields':
      return ofKind(
        place,
        'object',
        html`<gantry-message-fields .place=${place} .shape=${message}></gantry-message-fields>`,
      );
    case 'Any':
      return ofKind(place, 'object', html`<gantry-any-fields .place=${place}></gantry-any-fields>`);
    case 'wrapper':
      return scalarControl({ ...place, slot: wrapped(message) }, message.fields[0]!.of);
    case 'Struct':
    case 'ListValue':
    case 'Value':
      return html`<gantry-json-value .place=${place} .form=${message.form}></gantry-json-value>`;
    case 'Timestamp':
    case 'Duration':
    case 'FieldMask':
      return scalarText(node) === undefined ? asWritten(place) : textForm(place, message.form);
  }
}

/** A message whose JSON is one text. */
function textForm(place: Place, form: 'Timestamp' | 'Duration' | 'FieldMask'): TemplateResult {
  if (form === 'Timestamp') return timestampField(place);
  return form === 'FieldMask'
    ? textField(place)
    : html`<gantry-duration-field .place=${place}></gantry-duration-field>`;
}

const wrapped = ({ fields }: MessageShape): Slot => ({ kind: 'scalar', of: fields[0]!.of });

/** The control where the JSON is what it takes; else what is written, and why it cannot be shown. */
function ofKind(place: Place, kind: JsonNode['kind'], shown: TemplateResult): TemplateResult {
  return place.node === undefined || place.node.kind === kind ? shown : asWritten(place);
}

/** What the form has no control for stays as it is written. */
export function asWritten({ form, node, id }: Place): TemplateResult {
  return html`<p class="problem" id=${id}>
    ${t('This is not what the field takes, so it is shown as it is written. It can be changed as JSON.')}
    <code>${node === undefined ? '' : shortened(writtenText(form, node))}</code>
  </p>`;
}

export const shortened = (text: string): string => (text.length > 300 ? `${text.slice(0, 300)}…` : text);

function isLeaf({ slot, node }: Place): boolean {
  return slot.many === undefined && node?.kind !== 'object' && node?.kind !== 'array';
}

function problemLine(place: Place): TemplateResult {
  return html`<p class="problem">${problemsOf(place)[0]!.message}</p>`;
}
