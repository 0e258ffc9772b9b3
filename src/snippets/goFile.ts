/** What a Go file lacks of a pattern: its package clause and its imports. */
import type { GoImport } from './model.ts';

/** Text to put in at an offset. */
export interface Insertion {
  readonly offset: number;
  readonly text: string;
}

/** The text with comments, strings and runes blanked out, so that what is left is code, at the same offsets. */
function codeOf(text: string): string {
  const opaque = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|`[^`]*(?:`|$)|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?/g;
  return text.replaceAll(opaque, (found) => found.replaceAll(/[^\n]/g, ' '));
}

/** A Go file as far as a pattern has to know it. */
export interface GoFile {
  /** Whether the file says which package it is of. */
  readonly hasPackage: boolean;
  /**
   * The imports that the file lacks, as one insertion; undefined when it has them all. They go to the end of the last group
   * in parentheses, else into a declaration of their own.
   */
  lacking(imports: readonly GoImport[]): Insertion | undefined;
}

/** An import declaration: where it ends, where its parenthesis closes, the paths in it. */
interface Declaration {
  readonly end: number;
  readonly close: number | undefined;
  readonly paths: readonly string[];
}

/** Reads a file once, however many patterns are then asked about. */
export function readGoFile(text: string): GoFile {
  const code = codeOf(text);
  const clause = /^[ \t]*package[ \t]+\w+/m.exec(code);
  const found = declarations(text, code);
  const known = new Set(found.flatMap(({ paths }) => paths));
  return {
    hasPackage: clause !== null,
    lacking: (imports) => {
      const missing = imports.filter(({ path }) => !known.has(path));
      if (missing.length === 0) return undefined;
      const group = found.findLast(({ close }) => close !== undefined);
      if (group !== undefined) return intoGroup(text, group.close!, missing);
      const last = found.at(-1);
      if (last !== undefined) return { offset: last.end, text: `\n${block(missing)}` };
      if (clause === null) return { offset: 0, text: `${block(missing)}\n\n` };
      return { offset: clause.index + clause[0].length, text: `\n\n${block(missing)}` };
    },
  };
}

function declarations(text: string, code: string): Declaration[] {
  return [...code.matchAll(/^[ \t]*import\b[ \t]*(\([^)]*\)|[^\n;(]*)/gm)].map((match) => {
    const end = match.index + match[0].length;
    // Paths stand in strings, which the code has blanked out; comments among them are left out line by line.
    const original = text.slice(match.index, end).replaceAll(/\/\/[^\n]*/g, '');
    const paths = [...original.matchAll(/"([^"\n]+)"|`([^`\n]+)`/g)].map(([, quoted, raw]) => (quoted ?? raw)!);
    return { end, close: match[1]!.startsWith('(') ? end - 1 : undefined, paths };
  });
}

/** The clause for a file without one: its folder's name as far as that is a name, else `main`. */
export function packageClause(folderName: string): string {
  const name = folderName.toLowerCase().replaceAll(/[^a-z0-9_]/g, '');
  return `package ${/^[a-z_]/.test(name) ? name : 'main'}\n\n`;
}

const line = ({ path, alias }: GoImport): string => (alias === undefined ? `"${path}"` : `${alias} "${path}"`);
const isModule = ({ path }: GoImport): boolean => path.split('/')[0]!.includes('.');

/** One declaration, the standard library first, as gofmt has it. */
function block(imports: readonly GoImport[]): string {
  if (imports.length === 1) return `import ${line(imports[0]!)}`;
  const sorted = imports.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const groups = [sorted.filter((one) => !isModule(one)), sorted.filter(isModule)].filter((group) => group.length > 0);
  return `import (\n${groups.map((group) => group.map((one) => `\t${line(one)}\n`).join('')).join('\n')})`;
}

/** Before the closing parenthesis: what is of the standard library and what is not, as groups of their own. */
function intoGroup(text: string, close: number, missing: readonly GoImport[]): Insertion {
  const before = text.slice(0, close);
  const sorted = missing.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const lines = [sorted.filter((one) => !isModule(one)), sorted.filter(isModule)]
    .filter((group) => group.length > 0)
    .map((group) => group.map((one) => `\t${line(one)}\n`).join(''))
    .join('\n');
  const empty = /\(\s*$/.test(before);
  return { offset: close, text: `${before.endsWith('\n') ? '' : '\n'}${empty ? '' : '\n'}${lines}` };
}
