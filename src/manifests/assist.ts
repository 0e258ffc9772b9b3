/** Help while writing: what may stand at the cursor, and what is known of what stands there. */
import { t } from '../core/l10n.ts';
import { type Cursor, cursorAt, entryAt, writtenKeys } from '../core/yaml/cursor.ts';
import { fieldsOf, schemasAt } from '../core/yaml/follow.ts';
import { parseYaml } from '../core/yaml/parse.ts';
import { type Step, textAt } from '../core/yaml/read.ts';
import type { JsonType, Schema } from '../core/yaml/schema.ts';
import type { Range } from '../core/yaml/text.ts';
import type { YamlNode } from '../core/yaml/tree.ts';
import type { Judge } from './custom.ts';
import { objectsOf } from './objects.ts';
import { namesFor, targetOf } from './references.ts';
import { skeletons } from './skeletons.ts';
import { type Context, judgeOf } from './validate.ts';

export interface Completion {
  readonly label: string;
  readonly kind: 'key' | 'value' | 'object';
  /** Takes the place of `range`; lines after the first are indented from the first one's. */
  readonly text: string;
  readonly range: Range;
  /** The type, and whether it is needed. */
  readonly detail: string;
  readonly documentation?: string;
  readonly required: boolean;
}

export interface Hover {
  readonly range: Range;
  /** Markdown. */
  readonly text: string;
}

/** What may be written at the offset; none where nothing is known. */
export function complete(text: string, offset: number, context: Context): Completion[] {
  const cursor = cursorAt(text, offset, 'yaml1.1');
  if (cursor === undefined) return [];
  const place = { text, range: cursor.word };
  const top = context.file ? undefined : topValues(cursor.document.root, cursor.steps, cursor.key, context);
  if (top !== undefined) return top.map((value) => valueOf(value, place));
  const { judge, steps } = judgeAt(cursor.document.root, cursor.steps, context) ?? {};
  const isTop = cursor.steps.length === 0 && cursor.writes === 'key';
  if (judge === undefined || steps === undefined) return isTop ? beginnings(cursor, place) : [];
  const named = namesAt(cursor, text, context);
  const { schema, dialect } = judge;
  const completions: Completion[] = [];
  if (cursor.writes !== 'value') {
    const fields = fieldsOf(schemasAt(schema, steps, dialect), dialect);
    const written = writtenKeys(cursor.writes === 'either' && cursor.key === '' ? undefined : cursor.parent);
    for (const [name, field] of fields)
      if (!written.has(name)) completions.push(keyOf(name, field.schema, field.required, place, cursor.hasColon));
  }
  if (cursor.writes !== 'key') {
    const own = cursor.key === undefined || cursor.key === '' ? steps : [...steps, cursor.key];
    for (const each of schemasAt(schema, own, dialect)) completions.push(...valuesOf(each, place));
    completions.push(...named.map((name) => valueOf(name, place)));
  }
  return completions;
}

/** What the objects of the text and the workspace are called, where the value names one. */
function namesAt({ document: { root }, steps, key, parent }: Cursor, text: string, { beside = [] }: Context): string[] {
  if (root === undefined || key === undefined || parent?.kind !== 'map') return [];
  if (targetOf(root, steps, key) === undefined) return [];
  return namesFor(root, steps, key, [...objectsOf(parseYaml(text, 'yaml1.1')), ...beside]);
}

/** While no kind is chosen: the fields that choose it. */
function beginnings(cursor: Cursor, place: Place): Completion[] {
  const written = writtenKeys(cursor.parent);
  const fields = ['apiVersion', 'kind']
    .filter((name) => !written.has(name))
    .map((name) => keyOf(name, { type: 'string' }, true, place, cursor.hasColon));
  return written.size > 0 || cursor.hasColon ? fields : [...fields, ...objectsFrom(place)];
}

/** Whole objects, where nothing of one is written yet. */
const objectsFrom = ({ range }: Place): Completion[] =>
  Object.entries(skeletons).map(([kind, text]) => {
    const detail = /^apiVersion: (.*)$/m.exec(text)![1]!;
    return {
      label: kind,
      kind: 'object',
      text,
      range,
      detail,
      required: false,
      documentation: `\`\`\`yaml\n${text}\`\`\``,
    };
  });

/** `apiVersion` and `kind` choose the schema, so it cannot say what they may be. */
function topValues(
  root: YamlNode | undefined,
  steps: readonly Step[],
  key: string | undefined,
  { catalog, custom }: Context,
): string[] | undefined {
  if (steps.length > 0 || (key !== 'apiVersion' && key !== 'kind')) return undefined;
  const kinds = (apiVersion: string): string[] => [
    ...catalog.kindsOf(apiVersion),
    ...custom.flatMap((each) => Object.keys(each[apiVersion] ?? {})),
  ];
  const versions = [...catalog.apiVersions, ...custom.flatMap((each) => Object.keys(each))];
  const shown = (names: readonly string[]): string[] =>
    [...new Set(names)].filter((name) => !/List$|Options$/.test(name));
  if (key === 'kind') {
    const own = kinds(textAt(root, 'apiVersion') ?? '');
    return shown(own.length > 0 ? own : versions.flatMap(kinds));
  }
  const kind = textAt(root, 'kind');
  const homes = kind === undefined ? [] : versions.filter((version) => kinds(version).includes(kind));
  return shown(homes.length > 0 ? homes : versions);
}

/** What judges the object at the steps, and the steps inside it: items of a List are objects of their own. */
function judgeAt(
  root: YamlNode | undefined,
  steps: readonly Step[],
  context: Context,
): { judge: Judge; steps: readonly Step[] } | undefined {
  if (context.file !== undefined) return { judge: context.file, steps };
  const [apiVersion, kind] = [textAt(root, 'apiVersion'), textAt(root, 'kind')];
  if (apiVersion === 'v1' && kind === 'List' && steps[0] === 'items' && typeof steps[1] === 'number') {
    const items = root?.kind === 'map' ? root.entries.find(({ key }) => key === 'items')?.value : undefined;
    return items?.kind === 'list' ? judgeAt(items.items[steps[1]], steps.slice(2), context) : undefined;
  }
  const judge = apiVersion === undefined || kind === undefined ? undefined : judgeOf(apiVersion, kind, context);
  return judge && { judge, steps };
}

interface Place {
  readonly text: string;
  readonly range: Range;
}

function keyOf(label: string, schema: Schema, required: boolean, place: Place, hasColon: boolean): Completion {
  const detail = required ? `${typeOf(schema)}, ${t('required')}` : typeOf(schema);
  const text = hasColon ? label : label + afterKey(schema, place);
  const documentation = schema.description;
  return { label, kind: 'key', text, range: place.range, detail, required, ...(documentation && { documentation }) };
}

/** In block style what is below begins on a line of its own, one step further in than the key. */
function afterKey(schema: Schema, { text, range }: Place): string {
  const lead = text.slice(text.lastIndexOf('\n', range.start - 1) + 1, range.start);
  if (!/^[\t ]*(?:-[\t ]+)*$/.test(lead)) return ': ';
  // An editor indents new lines as far as the first: the dashes of an item are missing then.
  const further = ' '.repeat(lead.length - /^[\t ]*/.exec(lead)![0].length + 2);
  if (typesOf(schema).includes('array')) return `:\n${further}- `;
  return typesOf(schema).includes('object') || schema.properties !== undefined ? `:\n${further}` : ': ';
}

function valuesOf(schema: Schema, place: Place): Completion[] {
  const allowed = schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
  if (allowed !== undefined) return allowed.map((value) => valueOf(String(value), place));
  if (typesOf(schema).includes('boolean')) return ['true', 'false'].map((value) => valueOf(value, place));
  const { default: value } = schema;
  return isPlain(value) ? [valueOf(String(value), place)] : [];
}

/** A default worth showing: an empty one says nothing. */
const isPlain = (value: unknown): value is string | number | boolean =>
  ['number', 'boolean'].includes(typeof value) || (typeof value === 'string' && value !== '');

const valueOf = (label: string, { range }: Place): Completion => ({
  label,
  kind: 'value',
  text: label,
  range,
  detail: '',
  required: false,
});

function typesOf(schema: Schema): readonly JsonType[] {
  return typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
}

function typeOf(schema: Schema): string {
  if (schema['x-kubernetes-int-or-string'] || schema.format === 'int-or-string') return 'integer | string';
  if (schema.format === 'quantity') return 'quantity';
  return typesOf(schema).join(' | ') || (schema.properties === undefined ? '' : 'object');
}

/** What is known of the field at the offset: its text, type, default, allowed values, and whose schema says so. */
export function hover(text: string, offset: number, context: Context): Hover | undefined {
  for (const { root } of parseYaml(text, 'yaml1.1').documents) {
    const entry = root && root.range.start <= offset && offset <= root.range.end ? entryAt(root, offset) : undefined;
    if (entry === undefined) continue;
    const { judge, steps } = judgeAt(root, entry.steps, context) ?? {};
    if (judge === undefined || steps === undefined) return undefined;
    const [schema] = schemasAt(judge.schema, steps, judge.dialect);
    if (schema === undefined) return undefined;
    const parent = schemasAt(judge.schema, steps.slice(0, -1), judge.dialect);
    const required = parent.some((each) => each.required?.includes(String(steps.at(-1))));
    return { range: entry.range, text: describe(String(steps.at(-1)), schema, required, judge, root!, context) };
  }
  return undefined;
}

function describe(
  name: string,
  schema: Schema,
  required: boolean,
  judge: Judge,
  root: YamlNode,
  { catalog }: Context,
): string {
  const facts = [typeOf(schema), required ? t('required') : ''].filter((fact) => fact !== '').join(', ');
  const lines = [`**${name}**${facts === '' ? '' : ` \`${facts}\``}`, schema.description ?? ''];
  if (isPlain(schema.default)) lines.push(t('Default: {0}', `\`${String(schema.default)}\``));
  const allowed = schema.enum?.map((value) => `\`${String(value)}\``).join(', ');
  if (allowed !== undefined) lines.push(t('Allowed: {0}', allowed));
  const life = catalog.lifecycleOf(textAt(root, 'apiVersion') ?? '', textAt(root, 'kind') ?? '');
  if ((name === 'kind' || name === 'apiVersion') && life?.introduced !== undefined)
    lines.push(t('Since Kubernetes {0}', life.introduced));
  if ((name === 'kind' || name === 'apiVersion') && life?.removed !== undefined)
    lines.push(t('Until Kubernetes {0}', life.removed));
  lines.push(`_${t('Schema: {0}', judge.source)}_`);
  return lines.filter((line) => line !== '').join('\n\n');
}
