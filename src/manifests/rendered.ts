/** What is wrong in a rendered chart, told at the place of the files that it was rendered from. */
import { posix } from 'node:path';
import { t } from '../core/l10n.ts';
import { rangeAt } from '../core/yaml/locate.ts';
import { parseYaml } from '../core/yaml/parse.ts';
import { type Step, textAt, valueAt } from '../core/yaml/read.ts';
import { LineIndex, type Range } from '../core/yaml/text.ts';
import { entryOf, stringAt, type YamlNode, type YamlText } from '../core/yaml/tree.ts';
import { pathTo } from '../core/yaml/walk.ts';
import type { Finding } from './findings.ts';
import { actionsIn, hasHole, parseTemplate } from './helmTemplate.ts';

/** What helm wrote, or why it wrote nothing. */
export type Rendered = { readonly output: string } | { readonly refused: string };

/** A finding, and the file of the chart that it stands in: its path below the chart's folder. */
export interface PlacedFinding {
  readonly file: string;
  readonly finding: Finding;
}

/** One object that a template made. */
export interface Piece {
  /** Of the template, below the chart's folder. */
  readonly source: string;
  readonly text: string;
}

/** Helm writes it above each object, with the chart's name before the path. */
const header = /^---\r?\n# Source: [^/\r\n]+\/(\S[^\r\n]*)\r?\n/gm;

export function piecesOf(output: string): Piece[] {
  const headers = [...output.matchAll(header)];
  return headers.map((match, i) => ({
    source: posix.normalize(match[1]!),
    text: output.slice(match.index + match[0].length, headers[i + 1]?.index),
  }));
}

/** A place in a refusal: `web/templates/a.yaml:5:12`, `on web/templates/a.yaml:`. */
const place = /[^\s()"'/]+\/((?:templates|charts)\/[^\s:()"']+)(?::(\d+))?(?::(\d+))?/g;

/** The files of the chart that problems may be told at. Nothing outside of its folder is named. */
export function filesNamed(rendered: Rendered): string[] {
  const named =
    'output' in rendered
      ? piecesOf(rendered.output).map(({ source }) => source)
      : Array.from(rendered.refused.matchAll(place), ([, path]) => posix.normalize(path!));
  const inside = named.filter((path) => path !== '..' && !path.startsWith('../') && !path.startsWith('/'));
  return [...new Set(['Chart.yaml', 'values.yaml', ...inside])];
}

/** Places findings of pieces; keeps the templates that it has read. */
export class TemplatePlaces {
  readonly #files: Readonly<Record<string, string>>;
  readonly #read = new Map<string, YamlText | undefined>();
  /** Source and kind → how many objects of it were placed. */
  readonly #counted = new Map<string, number>();

  constructor(files: Readonly<Record<string, string>>) {
    this.#files = files;
  }

  /** What was found in the next object. Ranges are of the files now, so fixes are left out. */
  place({ source, text }: Piece, findings: readonly Finding[]): PlacedFinding[] {
    const root = parseYaml(text, 'yaml1.1').documents[0]?.root;
    const kind = stringAt(root, 'kind') ?? '';
    const nth = this.#counted.get(`${source} ${kind}`) ?? 0;
    this.#counted.set(`${source} ${kind}`, nth + 1);
    const template = this.#template(source);
    const made = template && objectIn(template, kind, nth);
    return findings.map((finding) => {
      const { start } = finding.range;
      const steps = root === undefined ? [] : stepsTo(root, start);
      const followed = root && made ? counterparts(root, made, steps) : [];
      const isExact = made !== undefined && followed.length === steps.length;
      const where = [kind, textAt(root, 'metadata', 'name') ?? '', pathTo(steps)]
        .filter((word) => word !== '')
        .join(' ');
      const message = isExact
        ? t('In the rendered chart: {0}', finding.message)
        : t('In the rendered chart, {0}: {1}', where, finding.message);
      // Of a chart that came as an archive nothing can be marked: who asks for it has to know.
      if (template === undefined)
        return placedAt('Chart.yaml', this.#text('Chart.yaml'), firstLine, { ...finding, message });
      const isKey = isExact && root !== undefined && isOnKey(root, steps, start);
      const range = made === undefined ? firstLine(this.#text(source)) : markAt(made, followed, isKey, template.text);
      return placedAt(source, template.text, () => range, { ...finding, message });
    });
  }

  #text(file: string): string {
    return Object.hasOwn(this.#files, file) ? this.#files[file]! : '';
  }

  #template(source: string): YamlText | undefined {
    if (!this.#read.has(source) && Object.hasOwn(this.#files, source)) {
      const text = this.#files[source]!;
      this.#read.set(source, parseTemplate(text) ?? { text, lines: new LineIndex(text), documents: [] });
    }
    return this.#read.get(source);
  }
}

function placedAt(file: string, text: string, find: (text: string) => Range, given: Finding): PlacedFinding {
  const { fix: _, ...finding } = given;
  const [range, lines] = [find(text), new LineIndex(text)];
  const [from, to] = [lines.positionAt(range.start), lines.positionAt(range.end)];
  return { file, finding: { ...finding, range, from, to } };
}

/** Without the white space around it. */
function lineFrom(text: string, start: number): Range {
  const end = /\r|\n|$/.exec(text.slice(start))!.index;
  const line = text.slice(start, start + end);
  const lead = /^\s*/.exec(line)![0].length;
  return { start: start + lead, end: start + Math.max(lead, line.trimEnd().length) };
}

const firstLine = (text: string): Range => lineFrom(text, 0);

/** The object of a template that made the nth one of a kind; a loop makes many of one. */
function objectIn({ documents }: YamlText, kind: string, nth: number): YamlNode | undefined {
  const readable = documents.flatMap(({ root, problems }) =>
    root?.kind !== 'map' || problems.some(({ code }) => code === 'syntax') ? [] : [root],
  );
  const same = readable.filter((root) => stringAt(root, 'kind') === kind);
  if (same.length > 0) return same[Math.min(nth, same.length - 1)];
  return readable.find((root) => hasHole(stringAt(root, 'kind') ?? ''));
}

/** The steps to what stands at an offset. */
function stepsTo(node: YamlNode, offset: number): Step[] {
  if (node.kind === 'list') {
    const index = node.items.findLastIndex(({ range }) => range.start <= offset);
    return index < 0 ? [] : [index, ...stepsTo(node.items[index]!, offset)];
  }
  if (node.kind === 'scalar') return [];
  const entry = node.entries.findLast(({ keyRange }) => keyRange.start <= offset);
  if (entry === undefined) return [];
  const below = entry.value.range.start <= offset && !entry.value.anchored ? stepsTo(entry.value, offset) : [];
  return [entry.key, ...below];
}

/** The last step is a key, and the offset stands on it, not on its value. */
function isOnKey(root: YamlNode, steps: readonly Step[], offset: number): boolean {
  const entry = entryOf(valueAt(root, ...steps.slice(0, -1)), String(steps.at(-1)));
  return entry !== undefined && offset < entry.keyRange.end;
}

function markAt(root: YamlNode, steps: readonly Step[], isKey: boolean, text: string): Range {
  const entry = isKey ? entryOf(valueAt(root, ...steps.slice(0, -1)), String(steps.at(-1))) : undefined;
  return entry?.keyRange ?? rangeAt(root, steps, text);
}

/** The steps in the template to what steps lead to in what it made, as far as it stands there. */
function counterparts(made: YamlNode, template: YamlNode, steps: readonly Step[]): Step[] {
  const [step, ...rest] = steps;
  if (step === undefined) return [];
  if (typeof step === 'number') {
    if (made.kind !== 'list' || template.kind !== 'list') return [];
    const index = itemOf(made.items, template.items, step);
    const item = index === undefined ? undefined : template.items[index];
    return item === undefined ? [] : [index!, ...counterparts(made.items[step]!, item, rest)];
  }
  if (made.kind !== 'map' || template.kind !== 'map') return [];
  const [from, to] = [made, template].map(({ entries }) => entries.find(({ key }) => key === step)?.value);
  return from === undefined || to === undefined ? [] : [step, ...counterparts(from, to, rest)];
}

/** By its name; else by its place where none can have come or gone; a loop makes many of one. */
function itemOf(made: readonly YamlNode[], template: readonly YamlNode[], index: number): number | undefined {
  const name = textAt(made[index], 'name');
  const named = name === undefined ? -1 : template.findIndex((item) => textAt(item, 'name') === name);
  if (named >= 0) return named;
  if (template.length === made.length) return index;
  return template.length === 1 ? 0 : undefined;
}

/** Why helm renders nothing, at the deepest place of the chart that it names. */
export function placeRefusal(refused: string, files: Readonly<Record<string, string>>, source: string): PlacedFinding {
  const finding: Finding = {
    code: 'not-rendered',
    severity: 'error',
    message: t('helm does not render the chart: {0}', refused),
    path: '',
    source,
    range: { start: 0, end: 0 },
    from: { line: 0, column: 0 },
    to: { line: 0, column: 0 },
  };
  const places = [...refused.matchAll(place)].filter(([, each]) => Object.hasOwn(files, each!));
  const [, path, line, column] = places.findLast((each) => each[2] !== undefined) ?? places[0] ?? [];
  if (path !== undefined)
    return placedAt(path, files[path]!, (text) => actionAt(text, Number(line ?? 1), Number(column ?? 0)), finding);
  const values = files['values.yaml'];
  if (values !== undefined && refused.includes("values don't meet the specifications")) {
    const pointer = /- at '\/([^']*)'/.exec(refused)?.[1] ?? '';
    return placedAt('values.yaml', values, (text) => valueAtPointer(text, pointer), finding);
  }
  return placedAt('Chart.yaml', files['Chart.yaml'] ?? '', firstLine, finding);
}

/** The action at a place as Go tells it, lines from one and columns in bytes from zero; else the line. */
function actionAt(text: string, line: number, column: number): Range {
  const lines = text.split('\n');
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const before = Buffer.from(lines[line - 1] ?? '')
    .subarray(0, column)
    .toString();
  const offset = start + before.length;
  const action = column === 0 ? undefined : actionsIn(text)?.find((each) => each.start <= offset && offset < each.end);
  const isOneLine = action !== undefined && !text.slice(action.start, action.end).includes('\n');
  return isOneLine ? action : lineFrom(text, column === 0 ? start : offset);
}

function valueAtPointer(text: string, pointer: string): Range {
  const root = parseYaml(text, 'yaml1.1').documents[0]?.root;
  const steps = pointer.split('/').map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  return root === undefined ? firstLine(text) : rangeAt(root, steps, text);
}
