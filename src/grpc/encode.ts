/**
 * A request's JSON text into bytes. Numbers go to 64-bit fields digit by digit, and what does not fit is told at its
 * place in the text, in words of the schema.
 */
import {
  type DescField,
  type DescMessage,
  type JsonValue,
  type Message,
  type Registry,
  ScalarType,
  fromJson,
  toBinary,
} from '@bufbuild/protobuf';
import { isWrapperDesc } from '@bufbuild/protobuf/wkt';
import { messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { type JsonNode, JsonProblem, parseJson } from './json.ts';
import { exampleOf, fieldByKey, hasOwnJson, typeNameOfUrl } from './types.ts';

/**
 * Bytes of the message that `text` describes in protobuf's JSON mapping. `registry` holds the types of Any and the
 * extensions. Throws JsonProblem with the place of what is wrong.
 */
export function encodeJson(type: DescMessage, text: string, registry: Registry): Uint8Array {
  const node = parseJson(text);
  const value = messageValue(type, node, registry);
  let message: Message;
  try {
    message = fromJson(type, value, { registry });
  } catch (error) {
    throw findProblem(type, node, registry) ?? new JsonProblem(messageOf(error), node);
  }
  try {
    return toBinary(type, message);
  } catch (error) {
    throw new JsonProblem(messageOf(error), node); // A required field of proto2 is missing.
  }
}

// Source to value: as JSON.parse would give it, but 64-bit integers as the texts that protobuf's JSON takes.

function messageValue(type: DescMessage, node: JsonNode, registry: Registry): JsonValue {
  if (isWrapperDesc(type)) return scalarValue(type.fields[0].scalar, node);
  if (node.kind !== 'object') return plainValue(node);
  if (type.typeName === 'google.protobuf.Any') return anyValue(node, registry);
  if (hasOwnJson(type)) return plainValue(node);
  return Object.fromEntries(
    node.members.map(({ key, value }) => {
      const field = fieldOf(type, key, registry);
      return [key, field === undefined ? plainValue(value) : fieldValue(field, value, registry)];
    }),
  );
}

function anyValue(node: JsonNode & { kind: 'object' }, registry: Registry): JsonValue {
  const type = typeInAny(node, registry);
  if (type === undefined) return plainValue(node);
  return Object.fromEntries(
    node.members.map(({ key, value }) => {
      if (key === '@type') return [key, plainValue(value)];
      if (hasOwnJson(type)) return [key, key === 'value' ? messageValue(type, value, registry) : plainValue(value)];
      const field = fieldOf(type, key, registry);
      return [key, field === undefined ? plainValue(value) : fieldValue(field, value, registry)];
    }),
  );
}

function fieldValue(field: DescField, node: JsonNode, registry: Registry): JsonValue {
  if (field.fieldKind === 'list' && node.kind === 'array') {
    return node.items.map((item) => singleValue(field, item, registry));
  }
  if (field.fieldKind === 'map' && node.kind === 'object') {
    return Object.fromEntries(node.members.map(({ key, value }) => [key, singleValue(field, value, registry)]));
  }
  return singleValue(field, node, registry);
}

function singleValue(field: DescField, node: JsonNode, registry: Registry): JsonValue {
  if (field.message !== undefined) return messageValue(field.message, node, registry);
  return field.scalar === undefined ? plainValue(node) : scalarValue(field.scalar, node);
}

/** Both alphabets, padded or not, as protobuf's JSON mapping takes them. */
const base64Pattern = /^[A-Za-z0-9+/_-]*={0,2}$/;

function scalarValue(scalar: ScalarType, node: JsonNode): JsonValue {
  if (scalar === ScalarType.BYTES && node.kind === 'string' && !base64Pattern.test(node.value)) {
    return false; // The library takes some of it; what it surely refuses gets its place and sentence below.
  }
  if (node.kind !== 'number' || !is64Bit(scalar)) return plainValue(node);
  const integer = integerText(node.text);
  if (integer === undefined) throw new JsonProblem(t('A whole number is needed here.'), node);
  return integer;
}

function plainValue(node: JsonNode): JsonValue {
  switch (node.kind) {
    case 'object':
      return Object.fromEntries(node.members.map(({ key, value }) => [key, plainValue(value)]));
    case 'array':
      return node.items.map(plainValue);
    case 'number': {
      const value = Number(node.text);
      if (!Number.isFinite(value)) throw new JsonProblem(t('The number is too large.'), node);
      return value;
    }
    case 'null':
      return null;
    default:
      return node.value;
  }
}

function is64Bit(scalar: ScalarType): boolean {
  switch (scalar) {
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return true;
    default:
      return false;
  }
}

/** `1.5e3` as `1500`; undefined when a fraction remains or the number has more digits than any integer type. */
export function integerText(number: string): string | undefined {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits === '') return '0';
  const point = digits.length - fraction.length + Number(exponent);
  if (point > 40 || point <= 0 || /[1-9]/.test(digits.slice(point))) return undefined;
  return sign + digits.slice(0, point).padEnd(point, '0');
}

// Where it went wrong. Only asked after the library refused the whole, so each part is tried alone until one is refused.

function findProblem(type: DescMessage, node: JsonNode, registry: Registry): JsonProblem | undefined {
  if (type.typeName === 'google.protobuf.Any') return problemInAny(node, registry);
  if (hasOwnJson(type) || isWrapperDesc(type)) return undefined;
  if (node.kind !== 'object') {
    return new JsonProblem(t('{0} is written as an object: {1}.', type.typeName, '{ … }'), node);
  }
  return problemInMembers(type, node, registry);
}

function problemInMembers(
  type: DescMessage,
  node: JsonNode & { kind: 'object' },
  registry: Registry,
): JsonProblem | undefined {
  const set = new Map<unknown, string>();
  for (const { key, keyPlace, value } of node.members) {
    if (key === '@type') continue;
    const field = fieldOf(type, key, registry);
    if (field === undefined) {
      return new JsonProblem(t('{0} has no field {1}.', type.typeName, `"${key}"`), keyPlace);
    }
    const problem = problemInField(type, field, key, value, registry);
    if (problem !== undefined) return problem;
    if (value.kind === 'null') continue;
    const group = field.oneof ?? field;
    const other = set.get(group);
    if (other !== undefined) {
      return new JsonProblem(
        field.oneof === undefined
          ? t('The field {0} stands twice.', `"${key}"`)
          : t('Only one field of {0} may be set, and {1} is set already.', `"${field.oneof.name}"`, `"${other}"`),
        keyPlace,
      );
    }
    set.set(group, key);
  }
  return undefined;
}

function problemInField(
  type: DescMessage,
  field: DescField,
  key: string,
  node: JsonNode,
  registry: Registry,
): JsonProblem | undefined {
  const refused = (value: JsonValue): boolean => {
    try {
      fromJson(type, { [key]: value }, { registry });
      return false;
    } catch {
      return true;
    }
  };
  if (!refused(fieldValue(field, node, registry))) return undefined;
  const mismatch = (at: JsonNode): JsonProblem =>
    new JsonProblem(t('“{0}” cannot take this value. It is {1}.', field.name, exampleOf(field)), at);
  const inside = (at: JsonNode): JsonProblem =>
    (field.message === undefined ? undefined : findProblem(field.message, at, registry)) ?? mismatch(at);
  if (field.fieldKind === 'list' && node.kind === 'array') {
    const wrong = node.items.find((item) => refused([singleValue(field, item, registry)]));
    return wrong === undefined ? mismatch(node) : inside(wrong);
  }
  if (field.fieldKind === 'map' && node.kind === 'object') {
    const wrong = node.members.find((member) =>
      refused(Object.fromEntries([[member.key, singleValue(field, member.value, registry)]])),
    );
    return wrong === undefined ? mismatch(node) : inside(wrong.value);
  }
  return field.fieldKind === 'message' ? inside(node) : mismatch(node);
}

function problemInAny(node: JsonNode, registry: Registry): JsonProblem | undefined {
  if (node.kind !== 'object') return undefined;
  const type = typeInAny(node, registry);
  const tag = node.members.find(({ key }) => key === '@type');
  if (tag === undefined) {
    return new JsonProblem(t('An Any needs "@type", as in "type.googleapis.com/package.Message".'), node);
  }
  if (type === undefined) {
    return new JsonProblem(t('The server does not publish this type, so it cannot be written here.'), tag.value);
  }
  return hasOwnJson(type) ? undefined : problemInMembers(type, node, registry);
}

function typeInAny(node: JsonNode & { kind: 'object' }, registry: Registry): DescMessage | undefined {
  const tag = node.members.find(({ key }) => key === '@type')?.value;
  return tag?.kind === 'string' ? registry.getMessage(typeNameOfUrl(tag.value)) : undefined;
}

function fieldOf(type: DescMessage, key: string, registry: Registry): DescField | undefined {
  const extension = /^\[(.+)\]$/.exec(key)?.[1];
  if (extension === undefined) return fieldByKey(type, key);
  return registry.getExtension(extension) as DescField | undefined;
}
