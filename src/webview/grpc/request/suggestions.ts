/** What can be written at a place of a request, and what is said of what stands there. Pure: the editor applies it. */
import { t } from '../../../core/l10n.ts';
import { type JsonContext, jsonContext } from '../../../grpc/jsonContext.ts';
import type { EnumShape, FieldShape } from '../../../grpc/shapes.ts';
import { type ShapeTable, type Slot, fieldNamed, slotOf, typeNameOf } from '../shapeTable.ts';

export interface Suggestion {
  readonly label: string;
  /** The type, in short. */
  readonly detail?: string;
  readonly info?: string;
  /** Text to put in place of what is written; the caret goes to where `|` stands, or to the end. */
  readonly insert: string;
  /** Lower ones come later. */
  readonly weight?: number;
}

export interface Suggestions {
  readonly from: number;
  readonly to: number;
  /** A comma belongs here first. */
  readonly commaAt?: number;
  readonly options: readonly Suggestion[];
}

/** The prefix that Any's types are written with. */
export const anyPrefix = 'type.googleapis.com/';

export function suggestionsAt(text: string, offset: number, table: ShapeTable): Suggestions | undefined {
  const context = jsonContext(text, offset);
  const options = context.at === 'key' ? keys(context, table) : context.at === 'value' ? values(context, table) : [];
  if (options.length === 0) return undefined;
  const { from, to, missingComma } = context;
  return { from, to, options, ...(missingComma === undefined ? {} : { commaAt: missingComma }) };
}

function keys(context: JsonContext, table: ShapeTable): Suggestion[] {
  const slot = table.slot(context.path);
  if (slot === undefined) return [];
  const isAny = slot.many === undefined && table.message(slot.of)?.form === 'Any';
  const message = table.fieldsOf(slot, context.typeUrl);
  const type: Suggestion[] =
    isAny && !context.keys.includes('@type')
      ? [{ label: '@type', detail: t('the type of an Any'), insert: member('@type', `"${anyPrefix}|"`, context) }]
      : [];
  const written = new Set(context.keys.map((key) => (message === undefined ? key : fieldNamed(message, key)?.name)));
  const takenChoices = new Map<string, string>();
  for (const field of message?.fields ?? []) {
    if (field.oneof !== undefined && written.has(field.name)) takenChoices.set(field.oneof, field.name);
  }
  const fields = (message?.fields ?? [])
    .filter(({ name }) => !written.has(name))
    .map((field): Suggestion => {
      const taken = field.oneof === undefined ? undefined : takenChoices.get(field.oneof);
      return {
        label: field.jsonName,
        detail: field.type,
        info: fieldInfo(field, taken),
        insert: member(field.jsonName, emptyValue(field, table), context),
        weight: taken !== undefined || field.deprecated === true ? -1 : 0,
      };
    });
  return [...type, ...fields];
}

function member(key: string, value: string, { hasColon, followed }: JsonContext): string {
  if (hasColon) return JSON.stringify(key);
  return `${JSON.stringify(key)}: ${value}${followed ? ',' : ''}`;
}

/** What is written for a field that has just been chosen. */
function emptyValue(field: FieldShape, table: ShapeTable): string {
  if (field.many === 'list') return '[|]';
  if (field.many === 'map') return '{|}';
  return emptySingle(slotOf(field), table);
}

function emptySingle({ kind, of }: Slot, table: ShapeTable): string {
  if (kind === 'enum') return '"|"';
  if (kind === 'scalar') return emptyScalar(of);
  const message = table.message(of);
  switch (message?.form) {
    case 'Duration':
    case 'FieldMask':
    case 'Timestamp':
      return '"|"';
    case 'wrapper':
      return emptyScalar(message.fields[0]?.of ?? '');
    case 'ListValue':
      return '[|]';
    case 'Value':
      return '|';
    default:
      return '{|}';
  }
}

const emptyScalar = (scalar: string): string => (scalar === 'string' || scalar === 'bytes' ? '"|"' : '|');

function values(context: JsonContext, table: ShapeTable): Suggestion[] {
  const last = context.path.at(-1);
  if (last !== undefined && 'key' in last && last.key === '@type') return anyTypes(context, table);
  const slot = table.slot(context.path);
  if (slot === undefined) return [];
  if (slot.many === 'list') return [{ label: '[ ]', detail: slot.field?.type ?? '', insert: '[|]' }];
  if (slot.many === 'map') return [{ label: '{ }', detail: slot.field?.type ?? '', insert: '{|}' }];
  if (slot.kind === 'enum') return enumValues(table.enum(slot.of));
  if (slot.kind === 'scalar') return scalarValues(slot.of);
  return messageValues(slot, table);
}

function anyTypes(context: JsonContext, table: ShapeTable): Suggestion[] {
  const outer = table.slot(context.path.slice(0, -1));
  if (outer === undefined || table.message(outer.of)?.form !== 'Any') return [];
  return table.anyTypes.map((name) => ({ label: anyPrefix + name, insert: JSON.stringify(anyPrefix + name) }));
}

const enumValues = (shape: EnumShape | undefined): Suggestion[] =>
  (shape?.values ?? []).map(({ name, number, comment }) => ({
    label: name,
    detail: String(number),
    insert: JSON.stringify(name),
    ...(comment === undefined ? {} : { info: comment }),
  }));

const scalarValues = (scalar: string): Suggestion[] =>
  scalar === 'bool' ? ['true', 'false'].map((word) => ({ label: word, insert: word })) : [];

function messageValues({ of }: Slot, table: ShapeTable): Suggestion[] {
  const message = table.message(of);
  switch (message?.form) {
    case 'Timestamp':
      return [{ label: '2026-01-01T00:00:00Z', detail: 'RFC 3339', insert: '"2026-01-01T00:00:00Z"' }];
    case 'Duration':
      return ['1s', '0.250s', '60s'].map((text) => ({ label: text, insert: `"${text}"` }));
    case 'wrapper':
      return scalarValues(message.fields[0]?.of ?? '');
    case 'fields':
    case 'Any':
    case 'Struct':
      return [{ label: '{ }', detail: of, insert: '{|}', ...infoOf(message.comment) }];
    default:
      return [];
  }
}

const infoOf = (info: string | undefined): { readonly info?: string } => (info === undefined ? {} : { info });

/** What a field is, for the person who writes it. */
export function fieldInfo(field: FieldShape, taken?: string): string {
  const lines = [field.comment ?? ''];
  if (field.oneof !== undefined) lines.push(t('One of {0}: only one of them may be set.', field.oneof));
  if (taken !== undefined) lines.push(t('{0} is set already.', taken));
  if (field.presence === 'required') lines.push(t('Required.'));
  if (field.deprecated === true) lines.push(t('Deprecated.'));
  return lines.filter((line) => line !== '').join('\n');
}

export interface Hover {
  readonly from: number;
  readonly to: number;
  /** As a .proto file writes it: `int64 id`. */
  readonly title: string;
  readonly text: string;
}

/** What is known of the key or the enum value at a place. */
export function hoverAt(text: string, offset: number, table: ShapeTable): Hover | undefined {
  const context = jsonContext(text, offset);
  const { from, to, at } = context;
  if (from === to || at === 'none') return undefined;
  const written = text.slice(from, to).replaceAll('"', '');
  if (at === 'key') {
    const slot = table.slot(context.path);
    const message = slot === undefined ? undefined : table.fieldsOf(slot, context.typeUrl);
    const field = message === undefined ? undefined : fieldNamed(message, written);
    return field && { from, to, title: `${field.type} ${field.name}`, text: fieldInfo(field) };
  }
  const slot = table.slot(context.path);
  if (slot?.kind === 'enum') {
    const value = table.enum(slot.of)?.values.find(({ name }) => name === written);
    return value && { from, to, title: `${value.name} = ${value.number}`, text: value.comment ?? '' };
  }
  const type = context.path.at(-1);
  if (type === undefined || !('key' in type) || type.key !== '@type') return undefined;
  const message = table.message(typeNameOf(written));
  return message && { from, to, title: message.name, text: message.comment ?? '' };
}
