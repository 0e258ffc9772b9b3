/**
 * Values that the templates of a chart misspell: they print nothing, and say nothing. What the values do not know may well
 * be meant to be given by who installs the chart, so only what is almost the name of another is told.
 */
import { t } from '../core/l10n.ts';
import { schemasAt } from '../core/yaml/follow.ts';
import { nearest } from '../core/yaml/nearest.ts';
import type { Range } from '../core/yaml/text.ts';
import { entryOf, type YamlNode } from '../core/yaml/tree.ts';
import type { ChartValues } from './charts.ts';
import type { Judge } from './custom.ts';
import { actionsIn } from './helmTemplate.ts';
import { valueUses } from './values.ts';

/** What is known of the values that a chart is rendered with. */
export interface KnownValues extends ChartValues {
  /** The schema of the values, where the chart has one. */
  readonly schema?: Judge;
  /** Keys whose values are not the chart's own: of the charts that it brings along, and what all of them share. */
  readonly foreign: ReadonlySet<string>;
}

export interface UnknownValue {
  /** Of the step that is not known. */
  readonly range: Range;
  readonly message: string;
  /** The key that was meant. */
  readonly near: string;
}

/** Every use of a value that nothing knows but a key beside it is like, where its absence is not provided for. */
export function unknownValues(text: string, values: KnownValues): UnknownValue[] {
  const guarded = guardedPaths(text);
  return valueUses(text).flatMap(({ steps, ranges }) => {
    const at = unknownStep(steps, values);
    if (at === undefined) return [];
    const path = steps.slice(0, at.index + 1);
    if (guarded.some((each) => path.every((step, i) => each[i] === step))) return [];
    const near = nearest(steps[at.index]!, at.keys);
    if (near === undefined) return [];
    const message = t('The values of the chart have no "{0}". Did you mean "{1}"?', path.join('.'), near);
    return [{ range: ranges[at.index]!, message, near }];
  });
}

/** The first step that nothing knows, and the keys that stand beside it. What is empty, or no map, may become anything. */
function unknownStep(
  steps: readonly string[],
  { root, text, schema, foreign }: KnownValues,
): { index: number; keys: string[] } | undefined {
  if (foreign.has(steps[0]!)) return undefined;
  let node: YamlNode | undefined = root;
  for (const [index, step] of steps.entries()) {
    if (node?.kind !== 'map' || node.entries.length === 0) return undefined;
    const entry = entryOf(node, step);
    if (entry !== undefined) {
      node = entry.value;
      continue;
    }
    const isInSchema = schema !== undefined && isDescribed(schema, steps.slice(0, index + 1));
    return isInSchema || isInComment(text, step) ? undefined : { index, keys: node.entries.map(({ key }) => key) };
  }
  return undefined;
}

function isDescribed({ schema, dialect }: Judge, path: readonly string[]): boolean {
  if (schemasAt(schema, path, dialect).length > 0) return true;
  return schemasAt(schema, path.slice(0, -1), dialect).some(({ patternProperties }) => patternProperties !== undefined);
}

/** `# tag: latest`: written down, and left out. */
const isInComment = (text: string, key: string): boolean => new RegExp(`^[\\t ]*#.*\\b${key}\\b`, 'm').test(text);

/** What an action does with a value that may be absent, or hands on to where that is done. */
const provides =
  /^\{\{-?\s*(?:else\s+)?(?:if|with|range)\b|:=|\b(?:default|hasKey|get|dig|index|pluck|empty|coalesce|required|ternary|kindIs|kindOf|typeIs|and|or|not|eq|ne|dict|list|tuple|set|merge\w*|mustMerge\w*)\b/;
/** `hasKey .Values.image "tag"`. */
const keyed = /\b(?:hasKey|get|index|pluck|set)\s+\$?\.Values((?:\.\w+)*)((?:\s+"[^"\s]+")+)/g;

/** The paths that the text looks at before it uses them. */
function guardedPaths(text: string): string[][] {
  const paths: string[][] = [];
  for (const { start, end } of actionsIn(text) ?? []) {
    const action = text.slice(start, end);
    if (!provides.test(action)) continue;
    paths.push(...valueUses(action).map(({ steps }) => [...steps]));
    for (const [, path, keys] of action.matchAll(keyed))
      paths.push([...path!.split('.').slice(1), ...Array.from(keys!.matchAll(/"([^"]+)"/g), ([, key]) => key!)]);
  }
  return paths;
}
