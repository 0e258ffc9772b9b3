/** What a command of the terminal program is. Each domain's `cli.ts` lists its own. */

import { displayWidth } from './displayWidth.ts';
import { printable } from './printable.ts';

/** Exit statuses: done, found problems, used wrongly, could not run. */
export const exit = { done: 0, problems: 1, usage: 2, unable: 3 } as const;
export type Exit = (typeof exit)[keyof typeof exit];

export interface CliIo {
  /** Writes a line to standard output: the answer. */
  out(line: string): void;
  /** Writes a line to standard error: progress, problems. */
  err(line: string): void;
  /** Writes bytes to standard output as they are; resolves when there is room for more. */
  readonly write?: (bytes: Uint8Array) => Promise<void>;
  /** Standard input; a terminal where the person types. */
  readonly stdin?: NodeJS.ReadStream;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** The terminal itself, for commands that pass bytes through; absent where there is none to pass. */
  readonly terminal?: { readonly input: NodeJS.ReadStream; readonly output: NodeJS.WriteStream };
}

export interface CliCommand {
  /** The words that select it: `get`, `grpc list`. */
  readonly name: string;
  /** What follows the name, as shown by --help: `KIND [-n NAMESPACE] [--json]`. */
  readonly usage: string;
  /** One sentence, in the person's language; made when help is shown. */
  readonly summary: () => string;
  /** A thrown Failure is printed as one sentence; kind `invalid` exits 2, every other 3. */
  run(args: readonly string[], io: CliIo): Promise<Exit>;
}

/** Columns padded to their widest cell, two spaces apart, with nothing in them that moves a cursor; wide (CJK) characters count double, as terminals draw them. */
export function table(cells: readonly (readonly string[])[]): string[] {
  const rows = cells.map((row) => row.map(printable));
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, displayWidth(cell))));
  return rows.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : cell + ' '.repeat(widths[i]! - displayWidth(cell))))
      .join('  ')
      .trimEnd(),
  );
}
