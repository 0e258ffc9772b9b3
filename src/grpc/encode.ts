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
    throw findProblems(type, node, registry).next().value ?? new JsonProblem(messageOf(error), node);
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

/** Problems told of one message at most. */
const mostProblems = 50;

/** All that keeps `text` from being sent, in the order it is written; none when `encodeJson` takes it. */
export function problemsOf(type: DescMessage, text: string, registry: Registry): readonly JsonProblem[] {
  try {
    encodeJson(type, text, registry);
    return [];
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error;
    let node: JsonNode;
    try {
      node = parseJson(text);
    } catch {
      return [error];
    }
    const found: JsonProblem[] = [];
    for (const problem of findProblems(type, node, registry)) {
      if (found.push(problem) === mostProblems) break;
    }
    return found.length === 0 ? [error] : found;
  }
}

// Where it went wrong. Only asked after the whole was refused, so each part is tried alone until one is refused.

function* findProblems(type: DescMessage, node: JsonNode, registry: Registry): Generator<JsonProblem, void> {
  if (type.typeName === 'google.protobuf.Any') {
    yield* problemsInAny(node, registry);
    return;
  }
  if (hasOwnJson(type) || isWrapperDesc(type)) return;
  if (node.kind === 'object') yield* problemsInMembers(type, node, registry);
  else yield new JsonProblem(t('{0} is written as an object: {1}.', type.typeName, '{ … }'), node);
}

function* problemsInMembers(
  type: DescMessage,
  node: JsonNode & { kind: 'object' },
  registry: Registry,
): Generator<JsonProblem, void> {
  const set = new Map<unknown, string>();
  for (const { key, keyPlace, value } of node.members) {
    if (key === '@type') continue;
    const field = fieldOf(type, key, registry);
    if (field === undefined) {
      yield new JsonProblem(t('{0} has no field {1}.', type.typeName, `"${key}"`), keyPlace);
      continue;
    }
    yield* problemsInField(type, field, key, value, registry);
    if (value.kind === 'null') continue;
    const group = field.oneof ?? field;
    const other = set.get(group);
    if (other !== undefined) {
      yield new JsonProblem(
        field.oneof === undefined
          ? t('The field {0} stands twice.', `"${key}"`)
          : t('Only one field of {0} may be set, and {1} is set already.', `"${field.oneof.name}"`, `"${other}"`),
        keyPlace,
      );
    }
    set.set(group, key);
  }
}

function* problemsInField(
  type: DescMessage,
  field: DescField,
  key: string,
  node: JsonNode,
  registry: Registry,
): Generator<JsonProblem, void> {
  /** The problem where the value cannot even be read, true where the library refuses it. */
  const refused = (read: () => JsonValue): JsonProblem | boolean => {
    try {
      fromJson(type, { [key]: read() }, { registry });
      return false;
    } catch (error) {
      return error instanceof JsonProblem ? error : true;
    }
  };
  const mismatch = (at: JsonNode): JsonProblem =>
    new JsonProblem(t('“{0}” cannot take this value. It is {1}.', field.name, exampleOf(field)), at);
  const inside = function* (at: JsonNode, reason: JsonProblem | true): Generator<JsonProblem, void> {
    let found = false;
    if (field.message !== undefined) {
      for (const problem of findProblems(field.message, at, registry)) {
        found = true;
        yield problem;
      }
    }
    if (!found) yield reason === true ? mismatch(at) : reason;
  };
  const whole = refused(() => fieldValue(field, node, registry));
  if (whole === false) return;
  if (field.fieldKind === 'list' && node.kind === 'array') {
    let found = false;
    for (const item of node.items) {
      const reason = refused(() => [singleValue(field, item, registry)]);
      if (reason === false) continue;
      found = true;
      yield* inside(item, reason);
    }
    if (!found) yield mismatch(node);
  } else if (field.fieldKind === 'map' && node.kind === 'object') {
    let found = false;
    for (const { key: name, value } of node.members) {
      const reason = refused(() => Object.fromEntries([[name, singleValue(field, value, registry)]]));
      if (reason === false) continue;
      found = true;
      yield* inside(value, reason);
    }
    if (!found) yield mismatch(node);
  } else if (field.fieldKind === 'message') yield* inside(node, whole);
  else yield whole === true ? mismatch(node) : whole;
}

function* problemsInAny(node: JsonNode, registry: Registry): Generator<JsonProblem, void> {
  if (node.kind !== 'object') return;
  const type = typeInAny(node, registry);
  const tag = node.members.find(({ key }) => key === '@type');
  if (tag === undefined) {
    yield new JsonProblem(t('An Any needs "@type", as in "type.googleapis.com/package.Message".'), node);
  } else if (type === undefined) {
    yield new JsonProblem(t('The server does not publish this type, so it cannot be written here.'), tag.value);
  } else if (!hasOwnJson(type)) yield* problemsInMembers(type, node, registry);
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
