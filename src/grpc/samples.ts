/** A draft of a request: every field of a message with a value that can be sent as it is. */
import { type DescField, type DescMessage, type JsonObject, type JsonValue, ScalarType } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { hasOwnJson } from './types.ts';

/** Levels of messages written out; deeper ones are left out unless the schema requires them. */
const deepest = 4;

/**
 * Pretty JSON with each field once, one element in lists and maps, and the first choice of each oneof. A message inside
 * itself is left out, so that recursion ends.
 */
export function sampleRequest(type: DescMessage): string {
  return JSON.stringify(messageSample(type, []), undefined, 2);
}

function messageSample(type: DescMessage, within: readonly DescMessage[]): JsonValue {
  if (hasOwnJson(type)) return ownJsonSample(type);
  const path = [...within, type];
  const sample: JsonObject = {};
  const chosen = new Set<unknown>();
  for (const field of type.fields) {
    if (field.message !== undefined && !isWritten(field, field.message, path)) continue;
    if (field.oneof !== undefined && chosen.has(field.oneof)) continue;
    if (field.oneof !== undefined) chosen.add(field.oneof);
    sample[field.jsonName] = fieldSample(field, path);
  }
  return sample;
}

function isWritten(field: DescField, message: DescMessage, within: readonly DescMessage[]): boolean {
  if (within.includes(message)) return false;
  return within.length < deepest || field.presence === FeatureSet_FieldPresence.LEGACY_REQUIRED;
}

function fieldSample(field: DescField, within: readonly DescMessage[]): JsonValue {
  const single = singleSample(field, within);
  switch (field.fieldKind) {
    case 'list':
      return [single];
    case 'map':
      return { [mapKeySample(field.mapKey)]: single };
    default:
      return single;
  }
}

function singleSample(field: DescField, within: readonly DescMessage[]): JsonValue {
  if (field.message !== undefined) return messageSample(field.message, within);
  if (field.enum !== undefined) return field.enum.values[0]?.name ?? 0;
  return scalarSample(field.scalar);
}

function scalarSample(scalar: ScalarType): JsonValue {
  switch (scalar) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return '';
    case ScalarType.BOOL:
      return false;
    default:
      return 0;
  }
}

function mapKeySample(key: ScalarType): string {
  if (key === ScalarType.STRING) return 'key';
  return key === ScalarType.BOOL ? 'true' : '1';
}

function ownJsonSample(type: DescMessage): JsonValue {
  switch (type.typeName) {
    case 'google.protobuf.Timestamp':
      return '2026-01-01T00:00:00Z';
    case 'google.protobuf.Duration':
      return '1s';
    case 'google.protobuf.FieldMask':
      return '';
    case 'google.protobuf.Value':
      return null;
    case 'google.protobuf.ListValue':
      return [];
    case 'google.protobuf.Any':
    case 'google.protobuf.Struct':
      return {};
    default:
      return scalarSample(type.fields[0]!.scalar!);
  }
}
