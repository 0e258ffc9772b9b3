/** Compares a ranged tree with a schema: every difference as a finding at exactly the place that is wrong. */
import { t } from '../l10n.ts';
import { nearest } from './nearest.ts';
import { resolvePlain } from './scalars.ts';
import type { Dialect, Format, JsonType, Schema } from './schema.ts';
import { quoted, type Range } from './text.ts';
import type { ScalarType, YamlEntry, YamlList, YamlMap, YamlNode, YamlScalar } from './tree.ts';

export type SchemaFindingCode =
  | 'unknown-field'
  | 'missing-field'
  | 'wrong-type'
  | 'wrong-format'
  | 'not-allowed'
  | 'out-of-bounds'
  | 'duplicate-item';

export type Severity = 'error' | 'warning' | 'hint';

/** Text that takes the place of what stands there and makes the finding go away. */
export interface Replacement {
  readonly range: Range;
  readonly text: string;
}

export interface SchemaFinding<Code extends string = SchemaFindingCode> {
  readonly code: Code;
  readonly severity: Severity;
  readonly range: Range;
  /** In the person's language. */
  readonly message: string;
  /** As the API server writes it: `spec.containers[0].image`; empty for the root. */
  readonly path: string;
  readonly fix?: Replacement;
}

/** A file of another format would yield one for every line. */
const mostFindings = 200;
/** References to references: longer chains are loops. */
const longestChain = 32;

/** Every way in which the tree differs from the schema, in the order of the tree. Never throws. */
export function walk(root: YamlNode, schema: Schema, dialect: Dialect, text: string): SchemaFinding[] {
  const walker = new Walker(dialect, text);
  walker.visit(root, schema, {});
  return walker.findings;
}

/** Where the walk is: a chain to the root, made into a path only when something is found. */
interface Place {
  readonly parent?: Place;
  readonly step?: string | number;
  /** The key that leads here. */
  readonly key?: Range;
  /** Of the type that has this property. */
  readonly owner?: string | undefined;
  /** Inside anyOf, oneOf, allOf: these add demands, they do not close objects. */
  readonly branch?: true;
}

class Walker {
  readonly findings: SchemaFinding[] = [];
  readonly #dialect: Dialect;
  readonly #text: string;
  /** What stands at an anchor is wrong once, however many aliases lead there. */
  readonly #found = new Set<string>();
  /** Aliases make one node appear many times; judging it once per schema keeps the work linear. */
  readonly #seen = new Map<readonly unknown[], Set<Schema>>();

  constructor(dialect: Dialect, text: string) {
    this.#dialect = dialect;
    this.#text = text;
  }

  visit(node: YamlNode, given: Schema, place: Place): void {
    const { schema, name } = this.#resolve(given);
    if (this.#wasSeen(node, schema)) return;
    const format = this.#formatOf(schema);
    const types = format?.types ?? typesOf(schema);
    if (isNull(node) && (this.#dialect.dropsNulls || schema.nullable)) {
      this.#visitNull(node, schema, place);
      return;
    }
    if (types !== undefined && !types.some((type) => hasType(node, type))) {
      this.#wrongType(node, types, place);
      return;
    }
    this.#allowed(node, schema, place);
    if (node.kind === 'map') this.#map(node, schema, name, place);
    else if (node.kind === 'list') this.#list(node, schema, place);
    else this.#scalar(node, schema, format, place);
    this.#combined(node, schema, place, format?.types !== undefined);
  }

  #resolve(given: Schema): { schema: Schema; name: string | undefined } {
    let schema = given;
    let name = given.title;
    for (let i = 0; schema.$ref !== undefined; i++) {
      const next = i < longestChain ? this.#dialect.resolve(schema.$ref) : undefined;
      name = this.#dialect.nameOf(schema.$ref) ?? next?.title;
      if (next === undefined) return { schema: {}, name };
      schema = next;
    }
    return { schema, name };
  }

  #wasSeen(node: YamlNode, schema: Schema): boolean {
    if (!node.anchored || node.kind === 'scalar') return false;
    const content = node.kind === 'map' ? node.entries : node.items;
    const schemas = this.#seen.get(content) ?? new Set();
    this.#seen.set(content, schemas);
    if (schemas.has(schema)) return true;
    schemas.add(schema);
    return false;
  }

  #formatOf(schema: Schema): Format | undefined {
    const name = schema['x-kubernetes-int-or-string'] ? 'int-or-string' : schema.format;
    const { formats } = this.#dialect;
    return name !== undefined && Object.hasOwn(formats, name) ? formats[name] : undefined;
  }

  #report(code: SchemaFindingCode, range: Range, place: Place, message: string, fix?: Replacement): void {
    this.#add({ code, severity: 'error', range, message, path: pathOf(place), ...(fix && { fix }) });
  }

  #add(finding: SchemaFinding): void {
    const identity = `${finding.code} ${finding.range.start} ${finding.range.end}`;
    if (this.#found.has(identity) || this.findings.length >= mostFindings) return;
    this.#found.add(identity);
    this.findings.push(finding);
  }

  /** A null field is absent, and its parent misses it; a null item is an empty object, which may miss fields itself. */
  #visitNull(node: YamlNode, schema: Schema, place: Place): void {
    if (typeof place.step !== 'number') return;
    this.#required({ kind: 'map', range: node.range, entries: [] }, schema, undefined, place);
  }

  /** A value that spans lines is marked at its key: a squiggle over a whole block points at nothing. */
  #mark(node: YamlNode, place: Place): Range {
    const { start, end } = node.range;
    const oneLine = start < end && !this.#text.slice(start, end).includes('\n');
    return oneLine ? node.range : (place.key ?? node.range);
  }

  #wrongType(node: YamlNode, types: readonly JsonType[], place: Place): void {
    const expected = types.map(typeWord).reduce((some, one) => t('{0} or {1}', some, one));
    const range = this.#mark(node, place);
    const fix = node.kind === 'scalar' ? this.#retyped(node, types) : undefined;
    this.#report('wrong-type', range, place, this.#wrongTypeMessage(node, expected), fix);
  }

  #wrongTypeMessage(node: YamlNode, expected: string): string {
    const found = typeWord(jsonTypeOf(node));
    const source = this.#sourceOf(node);
    const surprising = node.kind === 'scalar' && node.type === 'boolean' && !/^(true|false)$/i.test(source);
    return surprising
      ? t('Expected {0}, found {1}: YAML reads {2} as {3}.', expected, found, source, String(node.value))
      : t('Expected {0}, found {1}.', expected, found);
  }

  #sourceOf(node: YamlNode): string {
    return this.#text.slice(node.range.start, node.range.end);
  }

  /** The same word with or without quotes, when that is all it takes. */
  #retyped(node: YamlScalar, types: readonly JsonType[]): Replacement | undefined {
    const source = this.#sourceOf(node);
    if (node.style === 'plain' && types.includes('string') && node.type !== 'null') {
      return { range: node.range, text: JSON.stringify(source) };
    }
    if (node.style !== 'quoted') return undefined;
    const plain = String(node.value);
    const resolved = resolvePlain(plain, 'yaml1.2');
    const fits = types.some((type) => hasType({ ...node, ...resolved }, type)) && resolved.type !== 'null';
    return fits ? { range: node.range, text: plain } : undefined;
  }

  #allowed(node: YamlNode, schema: Schema, place: Place): void {
    const allowed = schema.const === undefined ? schema.enum : [schema.const];
    if (allowed === undefined || node.kind !== 'scalar' || allowed.includes(node.value)) return;
    this.#notAllowed(node, allowed.map(String), place);
  }

  #notAllowed(node: YamlScalar, allowed: readonly string[], place: Place): void {
    const value = String(node.value);
    const near = nearest(value, allowed);
    const fix = near === undefined ? undefined : { range: node.range, text: near };
    const message = t('"{0}" is not allowed here. Allowed: {1}.', quoted(value), allowed.join(', '));
    this.#report('not-allowed', this.#mark(node, place), place, message, fix);
  }

  #scalar(node: YamlScalar, schema: Schema, format: Format | undefined, place: Place): void {
    const wrong = format?.check?.(node);
    if (wrong !== undefined) this.#report('wrong-format', this.#mark(node, place), place, wrong);
    const problem = boundsProblem(node, schema);
    if (problem !== undefined) this.#report('out-of-bounds', this.#mark(node, place), place, problem);
  }

  #map(map: YamlMap, schema: Schema, name: string | undefined, place: Place): void {
    const { properties, patternProperties, additionalProperties } = schema;
    for (const entry of map.entries) {
      const below: Place = { parent: place, step: entry.key, key: entry.keyRange, owner: name };
      const own = properties !== undefined && Object.hasOwn(properties, entry.key) ? properties[entry.key] : undefined;
      const matched = patternProperties && matching(patternProperties, entry.key);
      if (own !== undefined) this.visit(entry.value, own, below);
      else if (matched !== undefined) this.visit(entry.value, matched, below);
      else if (typeof additionalProperties === 'object') this.visit(entry.value, additionalProperties, below);
      else if (this.#isClosed(schema, place)) this.#unknown(entry, map, schema, name, below);
    }
    this.#required(map, schema, name, place);
  }

  #isClosed(schema: Schema, place: Place): boolean {
    if (schema.additionalProperties !== undefined) return schema.additionalProperties === false;
    const open = !this.#dialect.closed || place.branch || schema['x-kubernetes-preserve-unknown-fields'];
    return !open && schema.properties !== undefined;
  }

  #unknown(entry: YamlEntry, map: YamlMap, schema: Schema, name: string | undefined, place: Place): void {
    if (this.findings.length >= mostFindings) return;
    const present = new Set(map.entries.map(({ key }) => key));
    const near = nearest(
      entry.key,
      Object.keys(schema.properties ?? {}).filter((key) => !present.has(key)),
    );
    const unknown =
      name === undefined
        ? t('Unknown field "{0}".', quoted(entry.key))
        : t('{0} has no field "{1}".', name, quoted(entry.key));
    const message = near === undefined ? unknown : t('{0} Did you mean "{1}"?', unknown, near);
    const fix = near === undefined ? undefined : { range: entry.keyRange, text: near };
    this.#report('unknown-field', entry.keyRange, place, message, fix);
  }

  #required(map: YamlMap, schema: Schema, name: string | undefined, place: Place): void {
    if (schema.required === undefined) return;
    const present = new Set<string>();
    for (const { key, value } of map.entries) if (!(this.#dialect.dropsNulls && isNull(value))) present.add(key);
    for (const key of schema.required) {
      if (present.has(key)) continue;
      // An item has no key of its own: its first field stands for it.
      const range = place.key ?? map.entries[0]?.keyRange ?? map.range;
      const message =
        name === undefined ? t('The field "{0}" is missing.', key) : t('{0} needs the field "{1}".', name, key);
      this.#report('missing-field', range, { parent: place, step: key }, message);
    }
  }

  #list(list: YamlList, schema: Schema, place: Place): void {
    const problem = lengthProblem(list.items.length, schema);
    if (problem !== undefined) this.#report('out-of-bounds', this.#mark(list, place), place, problem);
    const { items } = schema;
    if (items !== undefined) list.items.forEach((item, step) => this.visit(item, items, { parent: place, step }));
    const keys = schema['x-kubernetes-list-map-keys'];
    if (keys !== undefined) this.#duplicates(list, keys, items, place);
    else if (schema.uniqueItems || schema['x-kubernetes-list-type'] === 'set')
      this.#duplicateScalars(list, schema, place);
  }

  /** Items of a list that is a map by its keys must differ in them; an absent key counts with its default. */
  #duplicates(list: YamlList, keys: readonly string[], items: Schema | undefined, place: Place): void {
    const defaults = (items && this.#resolve(items).schema.properties) ?? {};
    const seen = new Set<string>();
    list.items.forEach((item, step) => {
      if (item.kind !== 'map') return;
      const values = keys.map((key) => keyValue(item, key) ?? defaults[key]?.default);
      // Without a value there is nothing to compare; that the field is missing is another finding.
      if (values.some((value) => value === undefined || typeof value === 'object')) return;
      const identity = JSON.stringify(values);
      if (seen.has(identity)) this.#duplicate(item, keys, values, place, step);
      seen.add(identity);
    });
  }

  #duplicate(item: YamlMap, keys: readonly string[], values: readonly unknown[], place: Place, step: number): void {
    const entry = item.entries.find(({ key }) => keys.includes(key));
    const severity = this.#dialect.duplicateItems(place.owner, String(place.step));
    const same = keys.map((key, i) => `${key}: ${quoted(String(values[i]))}`).join(', ');
    this.#add({
      code: 'duplicate-item',
      severity,
      range: entry?.value.range ?? item.range,
      message: t('Another item of this list already has {0}.', same),
      path: pathOf({ parent: place, step }),
    });
  }

  #duplicateScalars(list: YamlList, schema: Schema, place: Place): void {
    const seen = new Set<unknown>();
    list.items.forEach((item, step) => {
      if (item.kind !== 'scalar') return;
      if (seen.has(item.value)) {
        this.#add({
          code: 'duplicate-item',
          severity: schema.uniqueItems ? 'error' : 'warning',
          range: item.range,
          message: t('"{0}" is already in this list.', quoted(String(item.value))),
          path: pathOf({ parent: place, step }),
        });
      }
      seen.add(item.value);
    });
  }

  #combined(node: YamlNode, schema: Schema, place: Place, typesAreFormat: boolean): void {
    const branch: Place = { ...place, branch: true };
    for (const each of schema.allOf ?? []) this.visit(node, each, branch);
    if (typesAreFormat) return;
    for (const choices of [schema.anyOf, schema.oneOf]) if (choices !== undefined) this.#choice(node, choices, branch);
  }

  /** One branch must fit (that only one does is not asked). Of those that do not, the closest one explains itself. */
  #choice(node: YamlNode, choices: readonly Schema[], place: Place): void {
    const typed = choices.filter((choice) => this.#fitsType(node, choice));
    if (typed.length === 0) {
      const types = choices.flatMap((choice) => typesOf(this.#resolve(choice).schema) ?? []);
      this.#wrongType(node, [...new Set(types)], place);
      return;
    }
    const tagged = typed.filter((choice) => this.#tagMismatch(node, choice) === undefined);
    if (tagged.length === 0) {
      this.#wrongTag(node, typed, place);
      return;
    }
    let closest: SchemaFinding[] | undefined;
    for (const choice of tagged) {
      const attempt = new Walker(this.#dialect, this.#text);
      attempt.visit(node, choice, place);
      if (closest === undefined || attempt.findings.length < closest.length) closest = attempt.findings;
      if (closest.length === 0) return;
    }
    for (const finding of closest ?? []) this.#add(finding);
  }

  #fitsType(node: YamlNode, choice: Schema): boolean {
    const { schema } = this.#resolve(choice);
    const types = this.#formatOf(schema)?.types ?? typesOf(schema);
    return types === undefined || types.some((type) => hasType(node, type));
  }

  /** The entry whose value differs from what the branch says it is (`const`), as in `type: http`. */
  #tagMismatch(node: YamlNode, choice: Schema): { entry: YamlEntry; allowed: unknown } | undefined {
    if (node.kind !== 'map') return undefined;
    const { properties } = this.#resolve(choice).schema;
    for (const entry of node.entries) {
      const property = properties && Object.hasOwn(properties, entry.key) ? properties[entry.key] : undefined;
      if (property?.const === undefined || entry.value.kind !== 'scalar') continue;
      if (entry.value.value !== property.const) return { entry, allowed: property.const };
    }
    return undefined;
  }

  #wrongTag(node: YamlNode, choices: readonly Schema[], place: Place): void {
    const mismatches = choices.map((choice) => this.#tagMismatch(node, choice)!);
    const { entry } = mismatches[0]!;
    const allowed = mismatches.filter((each) => each.entry === entry).map((each) => String(each.allowed));
    if (entry.value.kind !== 'scalar') return;
    this.#notAllowed(entry.value, allowed, { parent: place, step: entry.key, key: entry.keyRange });
  }
}

const isNull = (node: YamlNode): boolean => node.kind === 'scalar' && node.type === 'null';

function typesOf(schema: Schema): readonly JsonType[] | undefined {
  return typeof schema.type === 'string' ? [schema.type] : schema.type;
}

function jsonTypeOf(node: YamlNode): JsonType {
  if (node.kind === 'map') return 'object';
  if (node.kind === 'list') return 'array';
  return scalarTypes[node.type];
}

const scalarTypes: Record<ScalarType, JsonType> = {
  null: 'null',
  boolean: 'boolean',
  integer: 'integer',
  float: 'number',
  string: 'string',
};

/** `3.0` is an integer in JSON Schema, and Kubernetes' conversion to JSON writes it as `3`. */
function hasType(node: YamlNode, type: JsonType): boolean {
  const actual = jsonTypeOf(node);
  if (actual === type) return true;
  if (node.kind !== 'scalar' || typeof node.value !== 'number') return false;
  return type === 'number' ? Number.isFinite(node.value) : type === 'integer' && Number.isInteger(node.value);
}

const typeWords: Record<JsonType, () => string> = {
  null: () => t('an empty value'),
  boolean: () => t('a boolean'),
  integer: () => t('an integer'),
  number: () => t('a number'),
  string: () => t('a string'),
  array: () => t('a list'),
  object: () => t('a map'),
};

const typeWord = (type: JsonType): string => typeWords[type]();

function keyValue(item: YamlMap, key: string): unknown {
  const value = item.entries.find((entry) => entry.key === key)?.value;
  return value?.kind === 'scalar' && value.type !== 'null' ? value.value : undefined;
}

function matching(patterns: Readonly<Record<string, Schema>>, key: string): Schema | undefined {
  return Object.entries(patterns).find(([pattern]) => regularExpression(pattern)?.test(key))?.[1];
}

function boundsProblem({ value }: YamlScalar, schema: Schema): string | undefined {
  if (typeof value === 'number') return numberProblem(value, schema);
  if (typeof value !== 'string') return undefined;
  const { minLength, maxLength, pattern } = schema;
  if (minLength !== undefined && value.length < minLength) return t('At least {0} characters are needed.', minLength);
  if (maxLength !== undefined && value.length > maxLength) return t('At most {0} characters are allowed.', maxLength);
  if (pattern === undefined || (regularExpression(pattern)?.test(value) ?? true)) return undefined;
  return t('"{0}" does not match the pattern {1}', quoted(value), pattern);
}

function numberProblem(value: number, { minimum, maximum }: Schema): string | undefined {
  if (minimum !== undefined && value < minimum) return t('The least allowed is {0}.', minimum);
  if (maximum !== undefined && value > maximum) return t('The most allowed is {0}.', maximum);
  return undefined;
}

function lengthProblem(length: number, { minItems, maxItems }: Schema): string | undefined {
  if (minItems !== undefined && length < minItems) return t('At least {0} items are needed.', minItems);
  if (maxItems !== undefined && length > maxItems) return t('At most {0} items are allowed.', maxItems);
  return undefined;
}

/** Schemas are written for other engines too: a pattern this one cannot read judges nothing. */
function regularExpression(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, 'u');
  } catch {
    return undefined;
  }
}

/** `spec.containers[0].image`, and `metadata.annotations[a.b/c]` where a dot would mislead. */
function pathOf(place: Place): string {
  const before = place.parent === undefined ? '' : pathOf(place.parent);
  if (place.step === undefined) return before;
  if (typeof place.step === 'number' || /[.[\]]/.test(place.step)) return `${before}[${place.step}]`;
  return before === '' ? place.step : `${before}.${place.step}`;
}
