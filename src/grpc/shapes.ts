/** What messages may hold, as plain data that travels to the panel: its completion, hover and form read it. */
import type { DescEnum, DescField, DescMessage, Registry } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence as Presence, isWrapperDesc } from '@bufbuild/protobuf/wkt';
import { hasOwnJson, scalarName, typeText } from './types.ts';

export interface FieldShape {
  /** As in the .proto file, and as JSON writes it. */
  readonly name: string;
  readonly jsonName: string;
  /** The type as a .proto file writes it. */
  readonly type: string;
  /** What one value is. */
  readonly kind: 'scalar' | 'enum' | 'message';
  /** `int64`, or the full name of the enum or message. */
  readonly of: string;
  readonly many?: 'list' | 'map';
  /** The scalar that a map's keys are. */
  readonly mapKey?: string;
  readonly oneof?: string;
  /** `implicit`: unset and the default are one thing. */
  readonly presence: 'explicit' | 'implicit' | 'required';
  readonly comment?: string;
  readonly deprecated?: true;
}

/** How a message is written: by its fields, as one scalar, or in a way of its own. */
export type MessageForm =
  'fields' | 'wrapper' | 'Any' | 'Duration' | 'FieldMask' | 'ListValue' | 'Struct' | 'Timestamp' | 'Value';

export interface MessageShape {
  readonly name: string;
  readonly form: MessageForm;
  readonly fields: readonly FieldShape[];
  readonly comment?: string;
}

export interface EnumShape {
  readonly name: string;
  readonly values: readonly { readonly name: string; readonly number: number; readonly comment?: string }[];
  readonly comment?: string;
}

export interface Shapes {
  readonly messages: readonly MessageShape[];
  readonly enums: readonly EnumShape[];
}

/** Full name → what the schema's source says of it. */
type Comments = ReadonlyMap<string, string>;

/** Fields described together at most; what lies beyond is asked for when it is looked at. */
const mostFields = 3000;

/** The messages named and what they hold, nearest first, as far as fits; a name that is unknown is left out. */
export function shapesOf(names: readonly string[], types: Registry, comments: Comments): Shapes {
  const messages = new Map<DescMessage, MessageShape>();
  const enums = new Map<DescEnum, EnumShape>();
  const waiting = names.map((name) => types.getMessage(name)).filter((type) => type !== undefined);
  const roots = waiting.length;
  let fields = 0;
  for (let next = 0; next < waiting.length && (next < roots || fields < mostFields); next++) {
    const type = waiting[next]!;
    if (messages.has(type)) continue;
    messages.set(type, messageShape(type, comments));
    fields += type.fields.length;
    if (hasOwnJson(type)) continue;
    for (const field of type.fields) {
      if (field.message !== undefined) waiting.push(field.message);
      if (field.enum !== undefined && !enums.has(field.enum)) enums.set(field.enum, enumShape(field.enum, comments));
    }
  }
  return { messages: [...messages.values()], enums: [...enums.values()] };
}

/** Full names of the messages that an Any may hold. */
export const messageNames = (types: Registry): readonly string[] =>
  [...types].filter(({ kind }) => kind === 'message').map(({ typeName }) => typeName);

function messageShape(type: DescMessage, comments: Comments): MessageShape {
  const form = isWrapperDesc(type) ? 'wrapper' : hasOwnJson(type) ? (type.name as MessageForm) : 'fields';
  return {
    name: type.typeName,
    form,
    fields: type.fields.map((field) => fieldShape(field, comments)),
    ...commented(type.typeName, comments),
  };
}

function fieldShape(field: DescField, comments: Comments): FieldShape {
  return {
    name: field.name,
    jsonName: field.jsonName,
    type: typeText(field),
    ...valueShape(field),
    ...(field.fieldKind === 'list' ? { many: 'list' } : {}),
    ...(field.fieldKind === 'map' ? { many: 'map', mapKey: scalarName(field.mapKey) } : {}),
    ...(field.oneof === undefined ? {} : { oneof: field.oneof.name }),
    presence:
      field.presence === Presence.LEGACY_REQUIRED
        ? 'required'
        : field.presence === Presence.IMPLICIT
          ? 'implicit'
          : 'explicit',
    ...commented(`${field.parent.typeName}.${field.name}`, comments),
    ...(field.deprecated ? { deprecated: true } : {}),
  };
}

function valueShape(field: DescField): Pick<FieldShape, 'kind' | 'of'> {
  if (field.message !== undefined) return { kind: 'message', of: field.message.typeName };
  if (field.enum !== undefined) return { kind: 'enum', of: field.enum.typeName };
  return { kind: 'scalar', of: scalarName(field.scalar) };
}

function enumShape(type: DescEnum, comments: Comments): EnumShape {
  const values = type.values.map(({ name, number }) => {
    return { name, number, ...commented(`${type.typeName}.${name}`, comments) };
  });
  return { name: type.typeName, values, ...commented(type.typeName, comments) };
}

function commented(name: string, comments: Comments): { readonly comment?: string } {
  const comment = comments.get(name);
  return comment === undefined ? {} : { comment };
}
