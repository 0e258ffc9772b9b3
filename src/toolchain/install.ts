/** Makes a tool with `go install`, pinned, into a folder of ours. */
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../core/failure.ts';
import { whatGoSaid } from '../core/goOutput.ts';
import { t } from '../core/l10n.ts';
import { run } from '../core/processes.ts';
import { programFile } from '../core/programs.ts';
import type { Tool } from './tools.ts';

export interface InstallDeps {
  readonly env: NodeJS.ProcessEnv;
  /** Where the program goes. */
  readonly folder: string;
  readonly report: (sentence: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Resolves to the program's path, once it is whole: one that is cancelled or fails leaves what was there before.
 * @throws Failure `invalid` when go cannot make it, `toolMissing` without go, `cancelled`.
 */
export async function install(tool: Tool, { env, folder, report, signal }: InstallDeps): Promise<string> {
  if (tool.goPackage === undefined) {
    throw new Failure('invalid', t('{0} is not made by go install. How to get it: {1}', tool.name, tool.page));
  }
  await mkdir(folder, { recursive: true });
  // In the same folder, so that it can be renamed into its place.
  const making = await mkdtemp(join(folder, '.making-'));
  try {
    const { code, stderr } = await run('go', ['install', '-v', '-trimpath', '-ldflags=-s -w', tool.goPackage], {
      // Outside of any module and workspace: what they require must not decide what is built.
      cwd: making,
      env: { ...env, GOBIN: making, GOFLAGS: '', GOWORK: 'off', CGO_ENABLED: '0' },
      signal,
      onOutput: (text) => report(progressOf(text)),
    });
    if (code !== 0) {
      throw new Failure('invalid', t('{0} could not be installed: {1}', tool.name, whatGoSaid(stderr)));
    }
    const program = join(folder, programFile(tool.name));
    await rename(join(making, programFile(tool.name)), program);
    return program;
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

/** The last thing go says it does: it names modules while it gets them and packages while it compiles them. */
export function progressOf(text: string): string {
  const last = text.trimEnd().split('\n').at(-1)!;
  const module = /^go: downloading (\S+)/.exec(last)?.[1];
  return module === undefined ? t('Compiling {0}', last) : t('Getting {0}', module);
}
