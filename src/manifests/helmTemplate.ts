/** Helm templates read as YAML: their actions covered, so that what stands around them keeps its place. */
import type { Dialect } from '../core/yaml/schema.ts';
import { LineIndex, type Range } from '../core/yaml/text.ts';
import { parseYaml } from '../core/yaml/parse.ts';
import type { YamlDocument, YamlScalar, YamlText } from '../core/yaml/tree.ts';

/** Covers an action inside a line. Of the private use area: no manifest holds it. */
const hole = '\uE000';

/** The actions of a template (`{{ … }}`), in their order; undefined when one does not end. */
export function actionsIn(text: string): Range[] | undefined {
  const actions: Range[] = [];
  for (let start = text.indexOf('{{'); start >= 0; start = text.indexOf('{{', actions.at(-1)!.end)) {
    const end = actionEnd(text, start);
    if (end === undefined) return undefined;
    actions.push({ start, end });
  }
  return actions;
}

/** Comments, and texts in any of Go's three quotes, may hold braces. */
const piece = /\/\*[^]*?\*\/|"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)*'|\}\}|[^]/gy;

function actionEnd(text: string, start: number): number | undefined {
  piece.lastIndex = start + 2;
  for (let found = piece.exec(text); found !== null; found = piece.exec(text))
    if (found[0] === '}}') return piece.lastIndex;
  return undefined;
}

/**
 * The text with its actions covered, everything else where it was; undefined when an action does not end. What fills
 * lines of its own (`if`, `range`, `toYaml … | nindent 4`) becomes white space, what is part of a line a word that may be
 * anything.
 */
export function covered(text: string): string | undefined {
  const actions = actionsIn(text);
  if (actions === undefined) return undefined;
  const parts: string[] = [];
  let from = 0;
  for (const [index, action] of actions.entries()) {
    const own = text.slice(action.start, action.end);
    const blank = isAlone(text, actions, index) || bringsLines(text, action, own);
    parts.push(text.slice(from, action.start), blank ? own.replace(/[^\n\r]/g, ' ') : hole.repeat(own.length));
    from = action.end;
  }
  return parts.join('') + text.slice(from);
}

/** Nothing but actions stands on its lines. */
function isAlone(text: string, actions: readonly Range[], index: number): boolean {
  const isEmpty = (from: number, to: number): boolean => text.slice(from, to).trim() === '';
  let [first, last] = [index, index];
  while (first > 0 && sameLine(text, actions[first - 1]!.end, actions[first]!.start)) first--;
  while (last + 1 < actions.length && sameLine(text, actions[last]!.end, actions[last + 1]!.start)) last++;
  for (let i = first; i < last; i++) if (!isEmpty(actions[i]!.end, actions[i + 1]!.start)) return false;
  const [{ start }, { end }] = [actions[first]!, actions[last]!];
  const lineEnd = text.indexOf('\n', end);
  return isEmpty(text.lastIndexOf('\n', start - 1) + 1, start) && isEmpty(end, lineEnd < 0 ? text.length : lineEnd);
}

const sameLine = (text: string, from: number, to: number): boolean => !text.slice(from, to).includes('\n');

/** `labels: {{- include "labels" . | nindent 4 }}`: begins lines of its own. */
function bringsLines(text: string, { start, end }: Range, own: string): boolean {
  const lineEnd = text.indexOf('\n', end);
  const isLast = text.slice(end, lineEnd < 0 ? text.length : lineEnd).trim() === '';
  return isLast && /\bnindent\b/.test(own) && /:[\t ]*$/.test(text.slice(text.lastIndexOf('\n', start) + 1, start));
}

/** The template as a tree; undefined when an action does not end. */
export function parseTemplate(text: string): YamlText | undefined {
  const yaml = covered(text);
  return yaml === undefined ? undefined : { ...parseYaml(yaml, 'yaml1.1'), lines: new LineIndex(text) };
}

/** Fit to be judged: read without a mistake, and not one of two objects in the branches of an `if`. */
export function isJudgeable({ root, problems }: YamlDocument): boolean {
  if (root?.kind !== 'map' || problems.some(({ code }) => code === 'syntax')) return false;
  return ['apiVersion', 'kind'].every((key) => root.entries.filter((entry) => entry.key === key).length === 1);
}

export const hasHole = (text: string): boolean => text.includes(hole);

/** An empty value may be filled by what a covered line brings. */
const isUnknown = ({ type, value }: YamlScalar): boolean =>
  type === 'null' || (typeof value === 'string' && hasHole(value));

/** Judges what stands in a template: actions may bring anything, in any place. */
export const templateDialect = (dialect: Dialect): Dialect => ({ ...dialect, partial: true, isUnknown });
