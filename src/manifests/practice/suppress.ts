/**
 * Comments that silence findings: `# gantry-ignore: image-tag, privileged`, or `# gantry-ignore` for all. At the end of a
 * line it counts for that line; on a line of its own for what begins on the next: a field, an item (a container), or,
 * above the first field, the whole object.
 */
import type { YamlNode, YamlText } from '../../core/yaml/tree.ts';

interface Silence {
  readonly start: number;
  readonly end: number;
  /** Undefined: all. */
  readonly codes?: readonly string[];
}

const comment = /^(?<before>.*?)(?<=^|\s)#\s*gantry-ignore(?::(?<codes>[\w\s,-]*))?\s*$/gm;

/** True for a finding that a comment of the text silences. */
export function silencedIn(
  yaml: YamlText,
): (finding: { readonly code: string; readonly range: { readonly start: number } }) => boolean {
  if (!yaml.text.includes('gantry-ignore')) return () => false;
  const silences = [...yaml.text.matchAll(comment)].map((match) => silenceOf(match, yaml));
  return ({ code, range }) =>
    silences.some(
      ({ start, end, codes }) => start <= range.start && range.start <= end && (codes?.includes(code) ?? true),
    );
}

function silenceOf(match: RegExpMatchArray, yaml: YamlText): Silence {
  const { before = '', codes: named } = match.groups!;
  const codes = named?.split(/[\s,]+/).filter((code) => code !== '');
  const which = codes === undefined || codes.length === 0 ? {} : { codes };
  const start = match.index!;
  if (before.trim() !== '') return { start, end: start + before.length, ...which };
  const line = nextLine(yaml.text, start + match[0].length);
  return { ...(line === undefined ? { start: 0, end: -1 } : widestAt(line, yaml)), ...which };
}

/** The next line that is neither empty nor a comment. */
function nextLine(text: string, after: number): { start: number; end: number } | undefined {
  for (let start = text.indexOf('\n', after) + 1; start > 0; start = text.indexOf('\n', start) + 1) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    if (/^\s*[^\s#]/.test(text.slice(start, end))) return { start, end };
    if (newline < 0) return undefined;
  }
  return undefined;
}

/** The largest thing that begins on the line. */
function widestAt(line: { start: number; end: number }, { documents }: YamlText): { start: number; end: number } {
  for (const { root } of documents) {
    const found = root && widest(root, line);
    if (found !== undefined) return found;
  }
  return line;
}

function widest(node: YamlNode, line: { start: number; end: number }): { start: number; end: number } | undefined {
  const { start, end } = node.range;
  if (end < line.start || node.anchored) return undefined;
  const begins = (offset: number): boolean => line.start <= offset && offset < line.end;
  if (node.kind === 'list') {
    for (const item of node.items) {
      if (begins(item.range.start)) return item.range;
      const below = widest(item, line);
      if (below !== undefined) return below;
    }
  } else if (node.kind === 'map') {
    if (begins(start)) return { start, end };
    for (const { keyRange, value } of node.entries) {
      if (begins(keyRange.start)) return { start: keyRange.start, end: Math.max(value.range.end, keyRange.end) };
      const below = widest(value, line);
      if (below !== undefined) return below;
    }
  }
  return undefined;
}
