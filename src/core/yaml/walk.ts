/** Compares a ranged tree with a schema: every difference as a finding at exactly the place that is wrong. */
import { t } from '../l10n.ts';
import { nearest } from './nearest.ts';
import { resolvePlain } from './scalars.ts';
import type { Dialect, Format, JsonType, Replacement, Say, Schema, Severity } from './schema.ts';

export type { Replacement, Severity } from './schema.ts';
import { boundsProblem, lengthProblem, regularExpression, sizeProblem } from './bounds.ts';
import { hasType, isNull, jsonTypeOf, typesOf, typeWord } from './types.ts';
import { quoted, type Range } from './text.ts';
import type { YamlEntry, YamlList, YamlMap, YamlNode, YamlScalar } from './tree.ts';

export type SchemaFindingCode =
  | 'unknown-field'
  | 'missing-field'
  | 'wrong-type'
  | 'wrong-format'
  | 'not-allowed'
  | 'out-of-bounds'
  | 'duplicate-item'
  /** What the type's own rules object to. */
  | 'refused';

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
  const walker = new Walker(dialect, text, root);
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
  /** The fields that misspelt ones are taken for. */
  readonly #meant = new Map<YamlMap, Set<string>>();
  readonly #root: YamlMap | undefined;

  constructor(dialect: Dialect, text: string, root?: YamlNode) {
    this.#dialect = dialect;
    this.#text = text;
    this.#root = root?.kind === 'map' ? root : undefined;
  }

  visit(node: YamlNode, given: Schema, place: Place): void {
    const { schema, name, ref } = this.#resolve(given);
    if (this.#wasSeen(node, schema) || this.#isUnknown(node)) return;
    const format = this.#formatOf(schema);
    const types = format?.types ?? typesOf(schema);
    if (isNull(node) && (schema.nullable || this.#dropsNull(schema, place))) {
      this.#visitNull(node, schema, place);
      return;
    }
    if (types !== undefined && !types.some((type) => hasType(node, type))) {
      this.#wrongType(node, types, place);
      return;
    }
    this.#allowed(node, schema, place);
    if (node.kind === 'map') this.#map(node, schema, name, place, ref);
    else if (node.kind === 'list') this.#list(node, schema, place);
    else this.#scalar(node, schema, format, place);
    this.#combined(node, schema, place, format?.types !== undefined);
  }

  #dropsNull(schema: Schema, place: Place): boolean {
    return this.#dialect.dropsNull(schema, () => topStep(place));
  }

  #resolve(given: Schema): { schema: Schema; name: string | undefined; ref: string | undefined } {
    let schema = given;
    let name = given.title;
    let ref: string | undefined;
    for (let i = 0; schema.$ref !== undefined; i++) {
      const next = i < longestChain ? this.#dialect.resolve(schema.$ref) : undefined;
      ref = schema.$ref;
      name = this.#dialect.nameOf(ref) ?? next?.title;
      if (next === undefined) return { schema: {}, name, ref };
      schema = next;
    }
    return { schema, name, ref };
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

  #isUnknown(node: YamlNode): boolean {
    return node.kind === 'scalar' && this.#dialect.isUnknown?.(node) === true;
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

  #map(map: YamlMap, schema: Schema, name: string | undefined, place: Place, ref: string | undefined): void {
    const { patternProperties, additionalProperties } = schema;
    for (const entry of map.entries) {
      const below: Place = { parent: place, step: entry.key, key: entry.keyRange, owner: name };
      const own = propertyOf(schema, entry.key, this.#dialect);
      const matched = patternProperties && matching(patternProperties, entry.key);
      if (own !== undefined) this.visit(entry.value, own, below);
      else if (matched !== undefined) this.visit(entry.value, matched, below);
      else if (typeof additionalProperties === 'object') this.visit(entry.value, additionalProperties, below);
      else if (this.#isClosed(schema, place)) this.#unknown(entry, map, schema, name, below);
    }
    this.#required(map, schema, name, place);
    const problem = sizeProblem(map.entries.length, schema);
    if (problem !== undefined) this.#report('out-of-bounds', this.#mark(map, place), place, problem);
    this.#rules(map, ref, place);
  }

  #isClosed(schema: Schema, place: Place): boolean {
    if (schema.additionalProperties !== undefined) return schema.additionalProperties === false;
    if (this.#dialect.closed === 'no' || place.branch || schema['x-kubernetes-preserve-unknown-fields']) return false;
    if (schema.properties !== undefined) return true;
    return this.#dialect.closed === 'all' && schema.type === 'object' && topStep(place) !== 'metadata';
  }

  /** What the type demands beyond its schema. */
  #rules(map: YamlMap, ref: string | undefined, place: Place): void {
    const rules =
      ref === undefined || place.branch ? undefined : this.#dialect.rulesOf?.(ref, place.step === undefined);
    const say: Say = (steps, message, { severity = 'error', code = 'refused', fix } = {}) => {
      const { range, place: at } = this.#locate(map, steps, place);
      // One cause, one finding: what the schema objects to at a place need not break a rule, too.
      const known = this.findings.some((each) => each.range.start === range.start && each.range.end === range.end);
      if (known || (code === 'missing-field' && steps.length === 1 && this.#isMeant(map, String(steps[0])))) return;
      this.#add({ code, severity, range, message, path: pathOf(at), ...(fix && { fix }) });
    };
    rules?.(map, say, this.#root ?? map);
  }

  /** An unknown field of the map is probably this one, misspelt. */
  #isMeant(map: YamlMap, key: string): boolean {
    return this.#meant.get(map)?.has(key) === true;
  }

  /** The place the steps lead to, or as far as the text goes. */
  #locate(from: YamlMap, steps: readonly (string | number)[], start: Place): { range: Range; place: Place } {
    let node: YamlNode | undefined = from;
    let place = start;
    for (const step of steps) {
      let next: YamlNode | undefined;
      let key: Range | undefined;
      if (typeof step === 'number') next = node?.kind === 'list' ? node.items[step] : undefined;
      else if (node?.kind === 'map') {
        const entry: YamlEntry | undefined = node.entries.find((each) => each.key === step);
        [next, key] = [entry?.value, entry?.keyRange];
      }
      place = { parent: place, step, ...((key ?? (node && place.key)) && { key: (key ?? place.key)! }) };
      if (next === undefined && node?.kind === 'map' && place.key === undefined && node.entries[0] !== undefined)
        place = { ...place, key: node.entries[0].keyRange };
      node = next;
    }
    const fallback = place.key ?? from.entries[0]?.keyRange ?? from.range;
    return { range: node === undefined ? fallback : this.#mark(node, place), place };
  }

  #unknown(entry: YamlEntry, map: YamlMap, schema: Schema, name: string | undefined, place: Place): void {
    if (this.findings.length >= mostFindings) return;
    const present = new Set(map.entries.map(({ key }) => key));
    const near = nearest(
      entry.key,
      Object.keys(schema.properties ?? {}).filter((key) => !present.has(key)),
    );
    if (near !== undefined) this.#meant.set(map, (this.#meant.get(map) ?? new Set()).add(near));
    const unknown =
      name === undefined
        ? t('Unknown field "{0}".', quoted(entry.key))
        : t('{0} has no field "{1}".', name, quoted(entry.key));
    const message = near === undefined ? unknown : t('{0} Did you mean "{1}"?', unknown, near);
    const fix = near === undefined ? undefined : { range: entry.keyRange, text: near };
    this.#report('unknown-field', entry.keyRange, place, message, fix);
  }

  #required(map: YamlMap, schema: Schema, name: string | undefined, place: Place): void {
    if (schema.required === undefined || this.#dialect.partial) return;
    const present = new Set<string>();
    for (const { key, value } of map.entries) {
      const field = schema.properties?.[key] ?? {};
      if (!(isNull(value) && this.#dropsNull(field, { parent: place, step: key }))) present.add(key);
    }
    for (const key of schema.required) {
      if (present.has(key) || this.#isMeant(map, key) || this.#dialect.toleratesMissing?.(name, key)) continue;
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
          severity: schema.uniqueItems ? 'error' : this.#dialect.duplicateItems(place.owner, String(place.step)),
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
    const whole = node.kind === 'scalar' || !this.#dialect.partial;
    if (schema.not !== undefined && whole && this.#fits(node, schema.not, branch))
      this.#excluded(node, schema.not, place);
    if (schema.if !== undefined && whole) {
      const then = this.#fits(node, schema.if, branch) ? schema.then : schema.else;
      if (then !== undefined) this.visit(node, then, branch);
    }
    if (schema.anyOf !== undefined) this.#choice(node, schema.anyOf, branch);
    if (schema.oneOf !== undefined && !this.#tooMany(node, schema.oneOf, branch))
      this.#choice(node, schema.oneOf, branch);
  }

  #fits(node: YamlNode, schema: Schema, place: Place): boolean {
    const attempt = new Walker(this.#dialect, this.#text);
    attempt.visit(node, schema, place);
    return attempt.findings.length === 0;
  }

  /** Mostly a set of fields that must not stand together: those that do are named. */
  #excluded(node: YamlNode, schema: Schema, place: Place): void {
    const fields = fieldsDemanded(schema).filter((key) => node.kind === 'map' && hasEntry(node, key));
    const message =
      fields.length > 0
        ? t('{0} must not stand here.', [...new Set(fields)].map((key) => `"${key}"`).join(', '))
        : t('This value is excluded here.');
    this.#report('not-allowed', this.#mark(node, place), place, message);
  }

  /** More than one branch that demands a field of its own: only one of those fields may stand here. */
  #tooMany(node: YamlNode, choices: readonly Schema[], place: Place): boolean {
    if (!this.#dialect.exactlyOne || this.#dialect.partial || node.kind !== 'map') return false;
    const fitting = choices.filter((choice) => this.#fits(node, choice, place));
    if (fitting.length < 2) return false;
    const fields = [...new Set(fitting.flatMap(fieldsDemanded))].filter((key) => hasEntry(node, key));
    const second = node.entries.filter(({ key }) => fields.includes(key))[1];
    // Branches that differ in what is not judged here (formats, patterns of another engine) all seem to fit.
    if (fields.length === 0) return false;
    const names = fields.map((key) => `"${key}"`).join(', ');
    this.#report(
      'not-allowed',
      second?.keyRange ?? this.#mark(node, place),
      place,
      t('Only one of {0} may stand here.', names),
    );
    return true;
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
      if (property?.const === undefined || entry.value.kind !== 'scalar' || this.#isUnknown(entry.value)) continue;
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

/** An embedded resource has the fields that every object has, whether its schema says so or not. */
export function propertyOf(schema: Schema, key: string, dialect: Dialect): Schema | undefined {
  const { properties } = schema;
  if (schema['x-kubernetes-embedded-resource'] && Object.hasOwn(dialect.objectFields ?? {}, key))
    return dialect.objectFields![key];
  return properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
}

function keyValue(item: YamlMap, key: string): unknown {
  const value = item.entries.find((entry) => entry.key === key)?.value;
  return value?.kind === 'scalar' && value.type !== 'null' ? value.value : undefined;
}

function matching(patterns: Readonly<Record<string, Schema>>, key: string): Schema | undefined {
  return Object.entries(patterns).find(([pattern]) => regularExpression(pattern)?.test(key))?.[1];
}

const hasEntry = (map: YamlMap, key: string): boolean => map.entries.some((entry) => entry.key === key);

/** The fields a branch requires, also in branches of its own. */
function fieldsDemanded(schema: Schema): string[] {
  const below = [...(schema.anyOf ?? []), ...(schema.allOf ?? []), ...(schema.oneOf ?? [])];
  return [...(schema.required ?? []), ...below.flatMap(fieldsDemanded)];
}

/** The field of the object through which the place is reached. */
function topStep(place: Place): string | number | undefined {
  let at: Place | undefined = place;
  while (at?.parent?.parent !== undefined) at = at.parent;
  return at?.step;
}

/** `spec.containers[0].image`, and `metadata.annotations[a.b/c]` where a dot would mislead. */
const pathOf = (place: Place): string => pathTo(stepsTo(place));

function stepsTo(place: Place): (string | number)[] {
  const before = place.parent === undefined ? [] : stepsTo(place.parent);
  if (place.step !== undefined) before.push(place.step);
  return before;
}

/** Steps from the root as the API server writes them. */
export const pathTo = (steps: readonly (string | number)[]): string =>
  steps.reduce<string>((before, step) => {
    if (typeof step === 'number' || /[.[\]]/.test(step)) return `${before}[${step}]`;
    return before === '' ? step : `${before}.${step}`;
  }, '');
