/** Folders of .proto files that a test makes, and the library that reads them. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { silentLog } from '../../src/core/log.ts';
import { lazy } from '../../src/core/lazy.ts';
import { type LibraryDeps, ProtoLibrary } from '../../src/grpc/protos/library.ts';
import { root } from '../../scripts/lib/project.ts';
import { labkitProgram } from './labkit.ts';

export interface ProtoFolder {
  readonly path: string;
  /** Writes files below it by their relative paths. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  remove(): Promise<void>;
}

export async function makeProtoFolder(files: Readonly<Record<string, string>> = {}): Promise<ProtoFolder> {
  const path = await mkdtemp(join(tmpdir(), 'gantry-protos-test-'));
  const write = async (more: Readonly<Record<string, string>>): Promise<void> => {
    for (const [name, text] of Object.entries(more)) {
      await mkdir(dirname(join(path, name)), { recursive: true });
      await writeFile(join(path, name), text);
    }
  };
  await write(files);
  return { path, write, remove: () => rm(path, { recursive: true, force: true }) };
}

/** labkit's compiler. */
export const protocompileProgram = lazy(() => labkitProgram('protocompile'));

export const shippedProtos = join(root, 'schemas', 'protos');

/** An environment in which no program is found. */
export const withoutPrograms: NodeJS.ProcessEnv = { HOME: process.env['HOME'], PATH: join(tmpdir(), 'nothing-here') };

/** Without more, what a machine has that has neither Go nor a compiler. */
export const libraryDeps = (folder: string, more: Partial<LibraryDeps> = {}): LibraryDeps => ({
  log: silentLog,
  folders: () => [folder],
  trusted: () => true,
  env: withoutPrograms,
  shipped: shippedProtos,
  ...more,
});

export const makeLibrary = (folder: string, more: Partial<LibraryDeps> = {}): ProtoLibrary =>
  new ProtoLibrary(libraryDeps(folder, more));
