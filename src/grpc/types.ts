/** What JSON looks like for a type of a schema: shared by reading, writing, drafting and describing. */
import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { isWrapperDesc } from '@bufbuild/protobuf/wkt';
import { t } from '../core/l10n.ts';
import { lookup } from '../core/lookup.ts';

/** Well-known types with a JSON form of their own; the protobuf JSON mapping lists them. */
const ownJson = new Set(
  ['Any', 'Duration', 'FieldMask', 'ListValue', 'Struct', 'Timestamp', 'Value'].map(
    (name) => `google.protobuf.${name}`,
  ),
);

/** True when the type's JSON is not an object of its fields, so that an Any holds it under "value". */
export function hasOwnJson(type: DescMessage): boolean {
  return ownJson.has(type.typeName) || isWrapperDesc(type);
}

/** The full name in an Any's type URL: what follows the last slash. */
export function typeNameOfUrl(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}

const fieldsByKey = new WeakMap<DescMessage, ReadonlyMap<string, DescField>>();

/** The field a JSON key stands for: its JSON name or its name in the .proto file; the mapping accepts both. */
export function fieldByKey(message: DescMessage, key: string): DescField | undefined {
  let fields = fieldsByKey.get(message);
  if (fields === undefined) {
    fields = new Map(message.fields.flatMap((field) => [field.name, field.jsonName].map((name) => [name, field])));
    fieldsByKey.set(message, fields);
  }
  return fields.get(key);
}

/** `int64`, `repeated Colour`, `map<string, shop.Item>`: the field's type as a .proto file writes it. */
export function typeText(field: DescField): string {
  if (field.fieldKind === 'map') return `map<${scalarName(field.mapKey)}, ${singleText(field)}>`;
  return field.fieldKind === 'list' ? `repeated ${singleText(field)}` : singleText(field);
}

function singleText(field: DescField): string {
  if (field.message !== undefined) return field.message.typeName;
  if (field.enum !== undefined) return field.enum.typeName;
  return scalarName(field.scalar);
}

export const scalarName = (scalar: ScalarType): string => ScalarType[scalar].toLowerCase();

/** What the field takes, for a message: its type, and how a value is written where the type alone does not say. */
export function exampleOf(field: DescField): string {
  const example = field.enum === undefined ? examples[field.message?.typeName ?? scalarKey(field)] : undefined;
  if (example !== undefined) return t('{0}, as in {1}', typeText(field), example);
  if (field.enum === undefined) return typeText(field);
  const names = field.enum.values.slice(0, 8).map((value) => value.name);
  if (field.enum.values.length > names.length) names.push('…');
  return t('{0}, one of {1}', typeText(field), names.join(', '));
}

const scalarKey = (field: DescField): string => (field.scalar === undefined ? '' : scalarName(field.scalar));

const examples: Readonly<Record<string, string>> = lookup({
  bytes: '"aGVsbG8=" (base64)',
  'google.protobuf.Timestamp': '"2026-11-22T10:00:00Z"',
  'google.protobuf.Duration': '"1.5s"',
  'google.protobuf.FieldMask': '"name,address.city"',
});
