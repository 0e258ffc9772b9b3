/** What rules for Dockerfiles are made of. */
import type { Dockerfile, Instruction } from './parse.ts';

export interface Edit {
  /** Counted from 0. What stands between the two places is replaced. */
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly text: string;
}

export interface Fix {
  readonly title: string;
  readonly edits: readonly Edit[];
  /** A file to be made beside the Dockerfile. */
  readonly file?: { readonly name: string; readonly text: string };
}

export interface Finding {
  readonly code: string;
  readonly severity: 'error' | 'warning' | 'information';
  readonly line: number;
  readonly column: number;
  readonly endColumn: number;
  readonly message: string;
  readonly fix?: Fix;
}

export interface Surroundings {
  /** Whether a `.dockerignore` stands beside the Dockerfile. */
  readonly hasIgnoreFile: boolean;
  /** Whether the modules stand in a `vendor` folder beside it: then nothing is downloaded. */
  readonly isVendored?: boolean;
}

export interface Context extends Surroundings {
  readonly file: Dockerfile;
  readonly lines: readonly string[];
}

export type Rule = (context: Context) => readonly Finding[];

/** A finding on an instruction's first line. */
export function on(
  { lines }: Context,
  instruction: Instruction,
  code: string,
  severity: Finding['severity'],
  message: string,
  fix?: Fix,
): Finding {
  const { line, column } = instruction;
  const endColumn = lines[line]!.trimEnd().length;
  return { code, severity, line, column, endColumn, message, ...(fix === undefined ? {} : { fix }) };
}

export const insertBefore = ({ line }: Instruction, text: string): Edit => ({
  line,
  column: 0,
  endLine: line,
  endColumn: 0,
  text,
});

/** Whether it copies the whole build folder. */
export const copiesAll = ({ keyword, text, flags }: Instruction): boolean =>
  (keyword === 'COPY' || keyword === 'ADD') &&
  /^\.\/?\s/.test(text) &&
  flags.every((flag) => !flag.startsWith('--from='));

/** Instructions of one stage, its FROM among them. */
export const ofStage = ({ file }: Context, stage: number): readonly Instruction[] =>
  file.instructions.filter((one) => one.stage === stage);
