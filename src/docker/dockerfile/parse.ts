/**
 * A Dockerfile as its instructions, with the places where they stand. Lines that end in the escape character go on, comments
 * between them are passed over, and here-documents belong to their instruction.
 * https://docs.docker.com/reference/dockerfile/#format
 */

export interface Instruction {
  /** In capitals. */
  readonly keyword: string;
  /** `--from=build`, without what follows. */
  readonly flags: readonly string[];
  /** What stands behind keyword and flags, its lines joined by spaces. */
  readonly text: string;
  /** First and last line, counted from 0. */
  readonly line: number;
  readonly endLine: number;
  /** Where the keyword begins in its line. */
  readonly column: number;
  /** Number of the stage it belongs to; -1 before the first FROM. */
  readonly stage: number;
}

export interface Stage {
  readonly from: Instruction;
  /** The base image or stage as it is written. */
  readonly base: string;
  readonly name?: string;
}

export interface Dockerfile {
  readonly instructions: readonly Instruction[];
  readonly stages: readonly Stage[];
}

export function parseDockerfile(source: string): Dockerfile {
  const lines = source.split(/\r?\n/);
  const escape = /^#\s*escape\s*=\s*`/im.test(lines.slice(0, 3).join('\n')) ? '`' : '\\';
  const instructions: Instruction[] = [];
  const stages: Stage[] = [];
  for (let at = 0; at < lines.length; at++) {
    const [, indent = '', keyword = ''] = /^(\s*)([A-Za-z]+)(?=\s|$)/.exec(lines[at]!) ?? [];
    if (keyword === '') continue;
    const { text, endLine } = joined(lines, at, indent.length + keyword.length, escape);
    const [, flags = '', rest = ''] = /^((?:--\S+\s*)*)(.*)$/s.exec(text) ?? [];
    const upper = keyword.toUpperCase();
    const instruction: Instruction = {
      keyword: upper,
      flags: flags.split(/\s+/).filter(Boolean),
      text: rest,
      line: at,
      endLine,
      column: indent.length,
      stage: upper === 'FROM' ? stages.length : stages.length - 1,
    };
    if (upper === 'FROM') stages.push(stageOf(instruction));
    instructions.push(instruction);
    at = endLine;
  }
  return { instructions, stages };
}

function stageOf(from: Instruction): Stage {
  const [base = '', as = '', name] = from.text.split(/\s+/);
  return { from, base, ...(as.toUpperCase() === 'AS' && name !== undefined ? { name } : {}) };
}

function joined(
  lines: readonly string[],
  first: number,
  column: number,
  escape: string,
): { text: string; endLine: number } {
  const parts: string[] = [];
  let at = first;
  for (let line = lines[at]!.slice(column); ; line = lines[at]!) {
    const comment = at > first && /^\s*(?:#|$)/.test(line);
    const goesOn = comment || line.trimEnd().endsWith(escape);
    if (!comment) parts.push((goesOn ? line.trimEnd().slice(0, -1) : line).trim());
    if (!goesOn || at + 1 >= lines.length) break;
    at++;
  }
  const text = parts.filter(Boolean).join(' ');
  // `<<EOF` takes every line up to one that is `EOF`; several come one after the other.
  for (const [, , word = ''] of text.matchAll(/<<-?(["']?)([A-Za-z_]\w*)\1/g)) {
    const end = lines.findIndex((line, i) => i > at && line.trim() === word);
    at = end < 0 ? lines.length - 1 : end;
  }
  return { text, endLine: at };
}
