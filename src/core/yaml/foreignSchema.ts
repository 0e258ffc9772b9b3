/**
 * JSON Schemas that others wrote (draft 4 to 2020-12), made into what the walker knows. What it does not know is left
 * out, and so judges nothing: a schema is read to help, never to find fault where there is none.
 */
import type { JsonType, Schema } from './schema.ts';

/** Deeper than schemas are written; the walker follows references, not this tree, to any depth. */
const deepest = 100;

/** The schema in a JSON text; undefined when it is none. Never throws. */
export function readForeignSchema(text: string): Schema | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  // Until draft 7 what stands beside a reference does not count.
  const draft = value['$schema'];
  const refStandsAlone = typeof draft === 'string' && /draft-0?[3-7]/.test(draft);
  return new SchemaReader(refStandsAlone).read(value, 0);
}

type Json = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const types: ReadonlySet<unknown> = new Set(['null', 'boolean', 'integer', 'number', 'string', 'array', 'object']);
const numbers = [
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
  'multipleOf',
  'minProperties',
  'maxProperties',
] as const;
const texts = ['description', 'pattern'] as const;
/** Keywords whose values are schemas by name. */
const named = ['properties', 'patternProperties', 'definitions', '$defs'] as const;
const branching = ['allOf', 'anyOf', 'oneOf'] as const;
const conditions = ['not', 'if', 'then', 'else'] as const;

class SchemaReader {
  readonly #refStandsAlone: boolean;

  constructor(refStandsAlone: boolean) {
    this.#refStandsAlone = refStandsAlone;
  }

  read(value: unknown, depth: number): Schema {
    if (value === false) return { not: {} };
    if (!isRecord(value) || depth > deepest) return {};
    const own: Schema = { ...keywordsOf(value), ...this.#below(value, depth + 1) };
    const $ref = referenceOf(value);
    if ($ref === undefined) return own;
    const isBare = this.#refStandsAlone || Object.keys(own).every((key) => key === 'description');
    return isBare ? { ...own, $ref } : { ...own, allOf: [{ $ref }, ...(own.allOf ?? [])] };
  }

  #below(value: Json, depth: number): Schema {
    const below: Record<string, unknown> = {};
    for (const key of named) {
      const schemas = value[key];
      if (isRecord(schemas)) below[key] = this.#named(schemas, depth);
    }
    for (const key of branching) {
      const schemas = value[key];
      if (Array.isArray(schemas)) below[key] = schemas.map((each) => this.read(each, depth));
    }
    for (const key of conditions) if (key in value) below[key] = this.read(value[key], depth);
    // A list of schemas is about items one by one, which are not told apart here.
    if (!Array.isArray(value['items']) && 'items' in value && !('prefixItems' in value))
      below['items'] = this.read(value['items'], depth);
    const { additionalProperties } = value;
    if (typeof additionalProperties === 'boolean') below['additionalProperties'] = additionalProperties;
    else if (isRecord(additionalProperties)) below['additionalProperties'] = this.read(additionalProperties, depth);
    return below;
  }

  #named(schemas: Json, depth: number): Record<string, Schema> {
    return Object.fromEntries(Object.entries(schemas).map(([key, each]) => [key, this.read(each, depth)]));
  }
}

/** A reference into the schema itself; those to other files, or to anchors, are not followed. */
function referenceOf({ $ref }: Json): string | undefined {
  if (typeof $ref !== 'string' || !/^#(?:\/|$)/.test($ref)) return undefined;
  try {
    return decodeURIComponent($ref);
  } catch {
    return undefined;
  }
}

/** The keywords whose values are no schemas. */
function keywordsOf(value: Json): Schema {
  const keywords: Record<string, unknown> = {};
  for (const key of texts) if (typeof value[key] === 'string') keywords[key] = value[key];
  // The title says what a field is when nothing else does; as the name of a type it would read oddly.
  if (typeof value['title'] === 'string') keywords['description'] ??= value['title'];
  for (const key of numbers) if (typeof value[key] === 'number') keywords[key] = value[key];
  for (const key of ['exclusiveMinimum', 'exclusiveMaximum'])
    if (['number', 'boolean'].includes(typeof value[key])) keywords[key] = value[key];
  const { type, required, uniqueItems, default: preset, const: only } = value;
  const known = (Array.isArray(type) ? type : [type]).filter((each): each is JsonType => types.has(each));
  if (known.length > 0) keywords['type'] = known;
  if (Array.isArray(required)) keywords['required'] = required.filter((each) => typeof each === 'string');
  if (uniqueItems === true) keywords['uniqueItems'] = true;
  if (isScalar(preset)) keywords['default'] = preset;
  if (isScalar(only)) keywords['const'] = only;
  if (Array.isArray(value['enum']) && value['enum'].every(isScalar)) keywords['enum'] = value['enum'];
  return keywords;
}

const isScalar = (value: unknown): boolean => value === null || ['string', 'number', 'boolean'].includes(typeof value);
