/** `gantry validate`. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { type CliCommand, type CliIo, exit, type Exit } from '../core/cli.ts';
import { errnoOf, Failure, messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { definesKinds } from './detect.ts';
import type { Manifests } from './domain.ts';
import { type FileReport, formats, isFormat } from './reports.ts';

export interface ValidateDefaults {
  /** The version when none is asked for: `1.34`. */
  readonly kubernetesVersion: string;
  readonly stdin?: () => Promise<string>;
}

const usage = 'PATH... [--kubernetes-version V] [--format text|json|sarif]';

/** The commands of the manifests domain for the terminal program. */
export function manifestsCommands(domain: () => Promise<Manifests>, defaults: ValidateDefaults): CliCommand[] {
  const readStdin = defaults.stdin ?? (() => readAll(process.stdin));
  return [
    {
      name: 'validate',
      usage,
      summary: () => t('Checks Kubernetes manifests: files, folders (*.yaml, *.yml), or - for standard input.'),
      run: async (args, io) => {
        const { paths, version, format } = readArguments(args, defaults.kubernetesVersion);
        const manifests = await domain();
        const texts = new Map<string, string>();
        for (const path of await manifestFiles(paths, io)) {
          const text = path === '-' ? await readStdin() : await readFile(resolve(io.cwd, path), 'utf8');
          // Editors hide the byte order mark; without it both count columns alike.
          texts.set(path, text.replace(/^\uFEFF/, ''));
        }
        for (const [path, text] of texts) if (definesKinds(text)) await manifests.learn(path, text);
        const reports: FileReport[] = [];
        for (const [path, text] of texts) {
          io.signal.throwIfAborted();
          reports.push({ path, validation: await manifests.validate(text, version) });
        }
        return report(reports, format, io);
      },
    },
  ];
}

function readArguments(
  args: readonly string[],
  kubernetesVersion: string,
): { paths: readonly string[]; version: string; format: keyof typeof formats } {
  const { values, positionals } = parse(args);
  const format = values.format ?? 'text';
  if (!isFormat(format))
    throw new Failure('invalid', t('There is no format "{0}"; choose text, json or sarif.', format));
  if (positionals.length === 0) throw new Failure('invalid', `${t('Usage:')} gantry validate ${usage}`);
  return { paths: positionals, version: values['kubernetes-version'] ?? kubernetesVersion, format };
}

function parse(args: readonly string[]): {
  values: { format?: string; 'kubernetes-version'?: string };
  positionals: string[];
} {
  try {
    const options = { format: { type: 'string' }, 'kubernetes-version': { type: 'string' } } as const;
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new Failure('invalid', `${messageOf(error)}\n${t('Usage:')} gantry validate ${usage}`, error);
  }
}

/** The files to check, as the person would name them, in a stable order. */
async function manifestFiles(paths: readonly string[], io: CliIo): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    io.signal.throwIfAborted();
    if (path === '-') files.push(path);
    else if (await isFolder(path, io))
      files.push(...(await filesBelow(resolve(io.cwd, path))).map((file) => shortest(file, io)));
    else files.push(path);
  }
  return [...new Set(files)];
}

async function isFolder(path: string, io: CliIo): Promise<boolean> {
  try {
    return (await stat(resolve(io.cwd, path))).isDirectory();
  } catch (error) {
    const missing = errnoOf(error) === 'ENOENT';
    throw new Failure('notFound', missing ? t('There is no file or folder {0}.', path) : messageOf(error), error);
  }
}

/** Folders that hold other people's files. Links are not followed: they may lead in circles. */
const skippedFolders = new Set(['node_modules', '.git']);

async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = [];
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !skippedFolders.has(entry.name)) files.push(...(await filesBelow(path)));
    else if (entry.isFile() && /\.ya?ml$/i.test(entry.name)) files.push(path);
  }
  return files;
}

function shortest(file: string, io: CliIo): string {
  const path = relative(io.cwd, file);
  return path.startsWith('..') ? file : path;
}

function report(reports: readonly FileReport[], format: keyof typeof formats, io: CliIo): Exit {
  for (const line of formats[format](reports)) io.out(line);
  const count = reports
    .flatMap(({ validation }) => validation.findings)
    .filter(({ severity }) => severity === 'error').length;
  const checked = reports.reduce((sum, { validation }) => sum + validation.checked, 0);
  const version = reports[0]?.validation.version ?? '';
  io.err(
    t('Files: {0}; objects checked: {1}; problems: {2}; Kubernetes {3}.', reports.length, checked, count, version),
  );
  return count === 0 ? exit.done : exit.problems;
}
