/**
 * A message's bytes as JSON for a person. It never fails: what the schema does not explain is shown by number or as
 * base64. Members that are not of the message start with `@`.
 */
import {
  type DescEnum,
  type DescExtension,
  type DescField,
  type DescMessage,
  type JsonValue,
  type Message,
  type Registry,
  ScalarType,
  fromBinary,
  getExtension,
  toJson,
} from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { type Any, isWrapperDesc } from '@bufbuild/protobuf/wkt';
import { messageOf } from '../core/failure.ts';
import { hasOwnJson, typeNameOfUrl } from './types.ts';

/** Pretty JSON. Types of Any and extensions are looked up in `registry`; an Any of an unknown type keeps its bytes. */
export function renderMessage(type: DescMessage, bytes: Uint8Array, registry: Registry): string {
  return JSON.stringify(bytesValue(type, bytes, registry), undefined, 2);
}

/** An Any as the JSON mapping writes it; `@value` holds the bytes (base64) when its type is not known. */
export function renderAny(
  any: { readonly typeUrl: string; readonly value: Uint8Array },
  registry: Registry,
): JsonValue {
  const type = registry.getMessage(typeNameOfUrl(any.typeUrl));
  if (type === undefined) return { '@type': any.typeUrl, '@value': base64(any.value) };
  const value = bytesValue(type, any.value, registry);
  if (hasOwnJson(type)) return { '@type': any.typeUrl, value };
  return { '@type': any.typeUrl, ...(value as object) };
}

function bytesValue(type: DescMessage, bytes: Uint8Array, registry: Registry): JsonValue {
  try {
    return messageValue(reflect(type, fromBinary(type, bytes)), registry);
  } catch (error) {
    return { '@undecodable': messageOf(error), '@value': base64(bytes) };
  }
}

function messageValue(message: ReflectMessage, registry: Registry): JsonValue {
  const { desc } = message;
  if (desc.typeName === 'google.protobuf.Any') {
    const any = message.message as Any;
    return any.typeUrl === '' ? {} : renderAny(any, registry);
  }
  // Not by the library, which takes seconds for the base64 of some megabytes.
  if (isWrapperDesc(desc)) return scalarValue(desc.fields[0].scalar, message.get(desc.fields[0]));
  if (hasOwnJson(desc)) {
    try {
      return toJson(desc, message.message);
    } catch {
      // Outside what its JSON form can say, such as a Timestamp of the year 12000: shown by its fields instead.
    }
  }
  const members = desc.fields
    .filter((field) => message.isSet(field))
    .map((field): [string, JsonValue] => [field.jsonName, fieldValue(message, field, registry)]);
  return Object.fromEntries([...members, ...unknownMembers(message, registry)]);
}

function fieldValue(message: ReflectMessage, field: DescField, registry: Registry): JsonValue {
  switch (field.fieldKind) {
    case 'list':
      return Array.from(message.get(field), (item) => singleValue(field, item, registry));
    case 'map':
      return Object.fromEntries(
        Array.from(message.get(field), ([key, item]) => [String(key), singleValue(field, item, registry)]),
      );
    default:
      return singleValue(field, message.get(field), registry);
  }
}

function singleValue(field: DescField, value: unknown, registry: Registry): JsonValue {
  if (field.message !== undefined) return messageValue(value as ReflectMessage, registry);
  return field.enum === undefined ? scalarValue(field.scalar, value) : enumValue(field.enum, value as number);
}

function enumValue(type: DescEnum, number: number): JsonValue {
  return type.typeName === 'google.protobuf.NullValue' ? null : (type.value[number]?.name ?? number);
}

function scalarValue(scalar: ScalarType, value: unknown): JsonValue {
  if (value instanceof Uint8Array) return base64(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'number') return value as JsonValue;
  if (!Number.isFinite(value)) return String(value);
  return scalar === ScalarType.FLOAT ? shortestFloat(value) : value;
}

/** The number with the fewest digits that is still this 32-bit float: 0.1, not 0.10000000149011612. */
function shortestFloat(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

/** Extensions by their name, and under `@unknown` what the schema does not have: number → value. */
function unknownMembers(message: ReflectMessage, registry: Registry): [string, JsonValue][] {
  const members: [string, JsonValue][] = [];
  const unknown: Record<string, JsonValue> = {};
  for (const { no, wireType, data } of message.getUnknown() ?? []) {
    const extension = registry.getExtensionFor(message.desc, no);
    if (extension !== undefined)
      members.push([`[${extension.typeName}]`, extensionValue(message, extension, registry)]);
    else unknown[no] = wireValue(wireType, data);
  }
  if (Object.keys(unknown).length > 0) members.push(['@unknown', unknown]);
  return members;
}

function extensionValue(message: ReflectMessage, extension: DescExtension, registry: Registry): JsonValue {
  const value: unknown = getExtension(message.message, extension);
  const single = (item: unknown): JsonValue =>
    extension.message === undefined
      ? singleValue(extension as unknown as DescField, item, registry)
      : messageValue(reflect(extension.message, item as Message), registry);
  return Array.isArray(value) ? value.map(single) : single(value);
}

function wireValue(wireType: WireType, data: Uint8Array): JsonValue {
  const reader = new BinaryReader(data);
  switch (wireType) {
    case WireType.Varint:
      return String(reader.uint64());
    case WireType.LengthDelimited:
      return base64(reader.bytes());
    default:
      return base64(data);
  }
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
