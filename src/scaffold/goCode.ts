/** Go code of .proto files, made by the plugins that go.mod pins. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { CodeGeneratorRequestSchema, CodeGeneratorResponseSchema } from '@bufbuild/protobuf/wkt';
import { errnoOf, Failure, isAbort } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Contract } from './contract.ts';

/** Milliseconds for a plugin, which is downloaded and built when it was never used. */
const patience = 5 * 60_000;
const mostOutput = 64 * 1024 * 1024;

/** Where the Go code of a file goes below `gen`, and what its package is called. */
export interface GoPackage {
  readonly folder: string;
  readonly name: string;
}

/** As the file's folder has it; a file without one is placed by its package. */
export function goPackageOf(file: string, protoPackage: string): GoPackage {
  const own = dirname(file);
  const folder =
    own !== '.' ? own : protoPackage === '' ? posix.basename(file, '.proto') : protoPackage.replaceAll('.', '/');
  const steps = folder.split('/');
  // items/v1 is itemsv1: v1 alone says nothing.
  const name = /^v\d/.test(steps.at(-1)!) ? steps.slice(-2).join('') : steps.at(-1)!;
  return { folder, name: name.replaceAll(/[^A-Za-z0-9_]/g, '').toLowerCase() };
}

/** What both plugins are told: `M` says which Go package a file is, whatever its option go_package says. */
export const pluginOptions = ({ sources, files }: Contract, module: string): string[] => [
  `module=${module}/gen`,
  ...files
    .filter(({ name }) => sources.has(name))
    .map((file) => {
      const { folder, name } = goPackageOf(file.name, file.package);
      return `M${file.name}=${module}/gen/${folder};${name}`;
    }),
];

/**
 * Path below `gen` → code.
 * @param goMod go.mod and go.sum, of which the plugins are tools.
 */
export async function goCodeOf(
  contract: Contract,
  module: string,
  goMod: { readonly mod: string; readonly sum: string },
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-plugins-'));
  try {
    await writeFile(join(folder, 'go.mod'), goMod.mod);
    await writeFile(join(folder, 'go.sum'), goMod.sum);
    const asked = toBinary(
      CodeGeneratorRequestSchema,
      create(CodeGeneratorRequestSchema, {
        fileToGenerate: [...contract.sources.keys()],
        parameter: pluginOptions(contract, module).join(','),
        protoFile: [...contract.files],
      }),
    );
    const code = new Map<string, string>();
    for (const plugin of ['protoc-gen-go', 'protoc-gen-go-grpc']) {
      const { error, file } = fromBinary(CodeGeneratorResponseSchema, await goTool(plugin, folder, asked, signal));
      if (error) throw new Failure('invalid', `${plugin}: ${error}`);
      for (const { name, content } of file) code.set(name, content);
    }
    return code;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the tool answers to this input; both are bytes. */
function goTool(name: string, cwd: string, input: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const options = { cwd, signal, timeout: patience, encoding: 'buffer', maxBuffer: mostOutput } as const;
    const child = execFile('go', ['tool', name], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      if (isAbort(error)) return reject(new Failure('cancelled', t('Cancelled.'), error));
      if (errnoOf(error) === 'ENOENT') {
        return reject(
          new Failure('toolMissing', t('Go makes the code of a .proto file, and it was not found on PATH.'), error),
        );
      }
      const said = stderr.toString('utf8').trim().split('\n').at(-1) ?? '';
      return reject(new Failure('internal', t('{0} made no code: {1}', name, said || error.message), error));
    });
    child.stdin!.on('error', () => {}); // A tool may end without reading its input.
    child.stdin!.end(input);
  });
}
