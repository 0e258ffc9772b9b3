/** `.Values` in the templates of a chart, and the keys of values.yaml that it leads to. */
import { t } from '../core/l10n.ts';
import { valueAt } from '../core/yaml/read.ts';
import type { Range } from '../core/yaml/text.ts';
import { entryOf, type YamlEntry, type YamlNode } from '../core/yaml/tree.ts';
import type { Completion, Hover } from './assist.ts';
import type { ChartValues } from './charts.ts';
import { actionsIn } from './helmTemplate.ts';
import type { Place } from './references.ts';

/** A use of `.Values.a.b` in a template. */
export interface ValueUse {
  readonly steps: readonly string[];
  /** Of each step. */
  readonly ranges: readonly Range[];
}

const use = /(?<![\w.])\$?\.Values((?:\.[A-Za-z_]\w*)+)/g;

/** Every use of a value in the actions of a text. */
export function valueUses(text: string): ValueUse[] {
  return (actionsIn(text) ?? []).flatMap(({ start, end }) => {
    const action = text.slice(start, end);
    if (action.startsWith('{{/*') || action.startsWith('{{- /*')) return [];
    return Array.from(action.matchAll(use), (match) => {
      const steps = match[1]!.slice(1).split('.');
      let at = start + match.index + match[0].length - match[1]!.length;
      const ranges = steps.map((step) => {
        const range = { start: at + 1, end: at + 1 + step.length };
        at = range.end;
        return range;
      });
      return { steps, ranges };
    });
  });
}

/** The use whose step stands at the offset, as far as that step. */
function useAt(text: string, offset: number): (Pick<ValueUse, 'steps'> & { readonly range: Range }) | undefined {
  for (const { steps, ranges } of valueUses(text)) {
    const at = ranges.findIndex(({ start, end }) => start <= offset && offset <= end);
    if (at >= 0) return { steps: steps.slice(0, at + 1), range: ranges[at]! };
  }
  return undefined;
}

/** The entry of values.yaml that the steps lead to. */
function entryAt({ root }: ChartValues, steps: readonly string[]): YamlEntry | undefined {
  return entryOf(valueAt(root, ...steps.slice(0, -1)), steps.at(-1)!);
}

/** What may follow `.Values.` at the offset; undefined where no value is being written. */
export function completeValues(text: string, offset: number, values: ChartValues): Completion[] | undefined {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  const [, path, word] = /(?<![\w.])\$?\.Values((?:\.\w+)*)\.(\w*)$/.exec(line) ?? [];
  if (path === undefined || word === undefined || line.lastIndexOf('{{') < line.lastIndexOf('}}')) return undefined;
  const holder = valueAt(values.root, ...path.split('.').slice(1));
  if (holder?.kind !== 'map') return [];
  const end = offset + /^\w*/.exec(text.slice(offset, offset + 256))![0].length;
  return holder.entries
    .filter(({ key }) => /^[A-Za-z_]\w*$/.test(key))
    .map(({ key, value }) => ({
      label: key,
      kind: 'value',
      text: key,
      range: { start: offset - word.length, end },
      detail: summary(value),
      required: false,
      documentation: excerpt(values, entryOf(holder, key)!),
    }));
}

function summary(value: YamlNode): string {
  if (value.kind === 'map') return t('map, {0} keys', value.entries.length);
  if (value.kind === 'list') return t('list, {0} items', value.items.length);
  return value.type === 'string' ? JSON.stringify(value.value) : String(value.value);
}

/** Lines of values.yaml shown at most. */
const mostLines = 12;

/** The entry as it stands in values.yaml, with the comment above it. */
function excerpt({ text }: ChartValues, { keyRange, value }: YamlEntry): string {
  const lineStart = text.lastIndexOf('\n', keyRange.start - 1) + 1;
  const indent = text.slice(lineStart, keyRange.start);
  const above = /(?:^[\t ]*#.*\n)*$/m.exec(text.slice(0, lineStart).slice(-2048))?.[0] ?? '';
  const lines = (above + text.slice(lineStart, value.anchored ? keyRange.end : Math.max(value.range.end, keyRange.end)))
    .split('\n')
    .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line.trimStart()));
  const shown = lines.length > mostLines ? [...lines.slice(0, mostLines), '…'] : lines;
  return `\`\`\`yaml\n${shown.join('\n').trimEnd()}\n\`\`\``;
}

/** What values.yaml says of the value used at the offset. */
export function hoverValue(text: string, offset: number, values: ChartValues): Hover | undefined {
  const found = useAt(text, offset);
  const entry = found && entryAt(values, found.steps);
  if (found === undefined || entry === undefined) return undefined;
  const from = `_${t('From {0}', values.path)}_`;
  return { range: found.range, text: `**${found.steps.join('.')}**\n\n${excerpt(values, entry)}\n\n${from}` };
}

/** Where values.yaml has the value used at the offset; undefined where no value is used. */
export function definitionOfValue(text: string, offset: number, values: ChartValues): Place[] | undefined {
  const found = useAt(text, offset);
  if (found === undefined) return undefined;
  const entry = entryAt(values, found.steps);
  return entry === undefined ? [] : [{ path: values.path, range: entry.keyRange }];
}
