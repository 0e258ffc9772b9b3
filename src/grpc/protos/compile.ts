/** Units of .proto files into descriptors: all that compile, and for each of the others why not. */
import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import { t } from '../../core/l10n.ts';
import type { ProtoSource } from './find.ts';
import type { Unit } from './naming.ts';

/** Something wrong in a source. Line and column count from 1; 0 where they are not known. */
export interface ProtoProblem {
  /** Import name. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface Compiler {
  /** As the tree shows it: `buf 1.75.0`. */
  readonly name: string;
  /**
   * Compiles the wanted files with all their imports. With anything wrong there are no files.
   * Throws Failure when the compiler itself cannot work.
   */
  compile(
    files: Unit['files'],
    wanted: readonly string[],
    signal: AbortSignal,
  ): Promise<{ readonly files: readonly FileDescriptorProto[]; readonly problems: readonly ProtoProblem[] }>;
}

export interface Compiled {
  readonly files: ReadonlyMap<string, FileDescriptorProto>;
  /** Wanted names that did not compile → why. */
  readonly broken: ReadonlyMap<string, string>;
}

/** Each round finds files that are wrong; what is left after so many is given up. */
const mostRounds = 12;

/**
 * Compiles a unit. A file with something wrong in it takes with it what imports it, and nothing else.
 * @param missing imports that no file is there for.
 */
export async function compileUnit(
  compiler: Compiler,
  { files, wanted }: Unit,
  missing: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<Compiled> {
  const broken = new Map<string, string>();
  const blame = (name: string, reason: string): void => {
    for (const each of importersOf(name, files)) if (!broken.has(each)) broken.set(each, reason);
  };
  for (const [name, { imports }] of files) {
    const gone = imports.find((imported) => missing.has(imported));
    if (gone !== undefined) blame(name, t('{0} imports {1}, which was not found.', name, gone));
  }
  for (let round = 0; round < mostRounds; round++) {
    const left = wanted.filter((name) => !broken.has(name));
    if (left.length === 0) break;
    const outcome = await compiler.compile(files, left, signal);
    if (outcome.problems.length === 0) {
      return { files: new Map(outcome.files.map((file) => [file.name, file])), broken: onlyOf(wanted, broken) };
    }
    const before = broken.size;
    for (const { file, line, column, message } of outcome.problems) {
      const place = line > 0 ? `${file}:${line}:${column}` : file;
      blame(file, place === '' ? message : `${place}: ${message}`);
    }
    if (broken.size === before) {
      // It does not say which file it means.
      for (const name of left) broken.set(name, outcome.problems[0]!.message);
    }
  }
  for (const name of wanted) if (!broken.has(name)) broken.set(name, t('{0} could not be read.', name));
  return { files: new Map(), broken: onlyOf(wanted, broken) };
}

const onlyOf = (wanted: readonly string[], broken: ReadonlyMap<string, string>): Map<string, string> =>
  new Map([...broken].filter(([name]) => wanted.includes(name)));

/** The file, and all that import it, however far away. */
function importersOf(name: string, files: ReadonlyMap<string, ProtoSource>): Set<string> {
  const found = new Set([name]);
  // A Set grows under its own iteration.
  for (const each of found) {
    for (const [other, { imports }] of files) if (imports.includes(each)) found.add(other);
  }
  return found;
}
