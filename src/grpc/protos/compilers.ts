/** The compilers there are: the person's own buf and protoc, our own made of Go, and the parser that needs nothing. */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Failure, messageOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { type RunResult, run } from '../../core/processes.ts';
import type { Compiler, ProtoProblem } from './compile.ts';
import type { Unit } from './naming.ts';

/** Milliseconds a compiler may take: far above what thousands of files need. */
const patience = 120_000;

/** A program that compiles, made ready when it is first needed. `report` is told what that waits for. */
export type CompilerProgram = (signal: AbortSignal, report: (sentence: string) => void) => Promise<string>;

/** The version of a program on PATH; undefined when there is none that works. */
async function versionOf(program: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { code, stdout, stderr } = await run(program, ['--version'], { env, signal, timeout: 10_000 });
    return code === 0 ? /\d[\d.]*\d/.exec(stdout + stderr)?.[0] : undefined;
  } catch (error) {
    if (error instanceof Failure && error.kind === 'cancelled') throw error;
    return undefined;
  }
}

/** buf, where it is on PATH. */
export async function findBuf(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Compiler | undefined> {
  const version = await versionOf('buf', env, signal);
  if (version === undefined) return undefined;
  return {
    name: `buf ${version}`,
    compile: (files, wanted, stop) =>
      inFolder(async (folder) => {
        await stage(files, join(folder, 'protos'));
        const out = join(folder, 'out.binpb');
        const paths = wanted.flatMap((name) => ['--path', join('protos', name)]);
        const told = await run('buf', ['build', 'protos', '-o', out, ...paths], { env, cwd: folder, signal: stop, timeout: patience }); // prettier-ignore
        return outcomeOf(told, out, (file) => relative('protos', file).replaceAll('\\', '/'));
      }),
  };
}

/** All of a folder that has a buf.yaml, as the project itself builds it. Throws Failure with what buf says. */
export async function buildBufProject(
  folder: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<readonly FileDescriptorProto[]> {
  return inFolder(async (temporary) => {
    const out = join(temporary, 'out.binpb');
    const { code, stdout, stderr } = await run('buf', ['build', '-o', out], { env, cwd: folder, signal, timeout: patience }); // prettier-ignore
    if (code !== 0) throw new Failure('invalid', firstLine(stderr || stdout));
    return readSet(out);
  });
}

export async function findProtoc(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Compiler | undefined> {
  const version = await versionOf('protoc', env, signal);
  if (version === undefined) return undefined;
  return {
    name: `protoc ${version}`,
    compile: (files, wanted, stop) =>
      inFolder(async (folder) => {
        const protos = join(folder, 'protos');
        await stage(files, protos);
        const out = join(folder, 'out.binpb');
        // In a file: a command line of thousands of names is too long for some systems.
        const words = ['--proto_path=protos', '--include_imports', '--include_source_info', `--descriptor_set_out=${out}`]; // prettier-ignore
        await writeFile(join(folder, 'words'), [...words, ...wanted].join('\n'));
        const told = await run('protoc', ['@words'], { env, cwd: folder, signal: stop, timeout: patience });
        return outcomeOf(told, out, (file) => file);
      }),
  };
}

/** labkit/protocompile. */
export const protocompile = (program: string): Compiler => ({
  name: 'protocompile',
  compile: (files, wanted, signal) =>
    inFolder(async (folder) => {
      const out = join(folder, 'out.binpb');
      const paths = Object.fromEntries([...files].map(([name, { path }]) => [name, path]));
      const stdin = JSON.stringify({ files: paths, compile: wanted, out });
      const { code, stdout, stderr } = await run(program, [], { stdin, signal, timeout: patience });
      if (code !== 0) throw new Failure('internal', firstLine(stderr));
      const { problems } = JSON.parse(stdout) as { problems: readonly ProtoProblem[] };
      return { problems, files: problems.length > 0 ? [] : await readSet(out) };
    }),
});

/** The parser of protobufjs. */
export const parser: Compiler = {
  name: 'protobufjs',
  compile: async (files, wanted) => {
    const { declare, describeProto, parseProto } = await import('./parsed.ts');
    const { bundledFiles } = await import('../schema.ts');
    const problems: ProtoProblem[] = [];
    const described = new Map<string, FileDescriptorProto>();
    const attempt = (name: string, work: () => void): void => {
      try {
        work();
      } catch (error) {
        problems.push({ file: name, line: 0, column: 0, message: messageOf(error) });
      }
    };
    const parsed: ReturnType<typeof parseProto>[] = [];
    for (const [name, source] of closureOf(files, wanted)) {
      const text = await readFile(source.path, 'utf8');
      attempt(name, () => parsed.push(parseProto(name, text, source)));
    }
    const symbols: Parameters<typeof declare>[1] = new Map();
    for (const file of bundledFiles.values()) {
      for (const type of file.messages) declareNested(type, symbols);
      for (const type of file.enums) symbols.set(`.${type.typeName}`, 'enum');
    }
    for (const file of parsed) declare(file, symbols);
    for (const file of parsed) attempt(file.name, () => described.set(file.name, describeProto(file, symbols)));
    return { problems, files: problems.length > 0 ? [] : [...described.values()] };
  },
};

function declareNested(
  type: { typeName: string; nestedMessages: readonly unknown[]; nestedEnums: readonly { typeName: string }[] },
  symbols: Map<string, 'message' | 'group' | 'enum'>,
): void {
  symbols.set(`.${type.typeName}`, 'message');
  for (const nested of type.nestedEnums) symbols.set(`.${nested.typeName}`, 'enum');
  for (const nested of type.nestedMessages) declareNested(nested as typeof type, symbols);
}

/** The wanted files and what they import. */
function closureOf(files: Unit['files'], wanted: readonly string[]): Unit['files'] {
  const names = new Set(wanted);
  // A Set grows under its own iteration.
  for (const name of names) for (const imported of files.get(name)?.imports ?? []) names.add(imported);
  return new Map([...files].filter(([name]) => names.has(name)));
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-protos-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Lays the files out by their names. */
async function stage(files: Unit['files'], folder: string): Promise<void> {
  await mkdir(folder);
  for (const [name, { path }] of files) {
    const place = join(folder, name);
    if (relative(folder, place).startsWith('..')) continue; // An import that climbs out is in no root.
    await mkdir(dirname(place), { recursive: true });
    await copyFile(path, place);
  }
}

async function outcomeOf(
  { code, stdout, stderr }: RunResult,
  out: string,
  nameOf: (file: string) => string,
): ReturnType<Compiler['compile']> {
  if (code === 0) return { problems: [], files: await readSet(out) };
  const said = stderr + stdout;
  const problems = [...said.matchAll(/^(\S+\.proto):(?:(\d+):(\d+):)? ?(.*)$/gm)].map(
    ([, file = '', line = '0', column = '0', message = '']): ProtoProblem => ({
      file: nameOf(file),
      line: Number(line),
      column: Number(column),
      message: message.trim(),
    }),
  );
  if (problems.length > 0) return { problems, files: [] };
  return { problems: [{ file: '', line: 0, column: 0, message: firstLine(said) }], files: [] };
}

async function readSet(path: string): Promise<readonly FileDescriptorProto[]> {
  return readDescriptorSet(await readFile(path));
}

/** Throws Failure `invalid` for bytes that are no descriptor set. */
export function readDescriptorSet(bytes: Uint8Array): readonly FileDescriptorProto[] {
  try {
    const { file } = fromBinary(FileDescriptorSetSchema, bytes);
    for (const each of file) delete each.$unknown; // What buf adds beside the descriptors; options keep theirs.
    if (bytes.length > 0 && !file.every(({ name }) => name !== '')) throw new Error('a file has no name');
    return file;
  } catch (error) {
    throw new Failure('invalid', t('It is no set of descriptors: {0}', messageOf(error)), error);
  }
}

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';
