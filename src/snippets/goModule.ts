/** What a module lacks of the packages a pattern uses, and getting it. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure } from '../core/failure.ts';
import { whatGoSaid } from '../core/goOutput.ts';
import { t } from '../core/l10n.ts';
import { run } from '../core/processes.ts';
import type { GoImport, PinnedModule } from './model.ts';

/** A module's folder with the text of its go.mod. */
export interface GoModule {
  readonly folder: string;
  readonly text: string;
}

/** The module a file belongs to: the nearest go.mod above it, if any. */
export async function moduleOf(file: string): Promise<GoModule | undefined> {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const text = await readFile(join(folder, 'go.mod'), 'utf8').catch(() => undefined);
    if (text !== undefined) return { folder, text };
    if (dirname(folder) === folder) return undefined;
  }
}

const holds = (module: string, path: string): boolean => path === module || path.startsWith(`${module}/`);

/** The pinned module that has a package: the longest of those whose path begins it. Undefined in the standard library. */
export function pinOf(path: string, modules: readonly PinnedModule[]): PinnedModule | undefined {
  return modules
    .filter((module) => holds(module.path, path))
    .sort((a, b) => b.path.length - a.path.length)
    .at(0);
}

/** Module paths that a go.mod names: its own and those it requires. */
function namedBy(text: string): string[] {
  const lines = text.split('\n').map((one) => one.replace(/\/\/.*/, '').trim());
  return lines.flatMap((one) => /^(?:module\s+|require\s+)?"?([^\s"()]+)"?(?:\s+v\S+)?$/.exec(one)?.[1] ?? []);
}

/** Packages whose module go.mod does not name, each as `go get` takes it: `path@version`. */
export function missingPackages(
  goMod: string,
  imports: readonly GoImport[],
  modules: readonly PinnedModule[],
): { readonly packages: readonly string[]; readonly modules: readonly PinnedModule[] } {
  const named = new Set(namedBy(goMod));
  const missing = imports.flatMap(({ path }) => {
    const pin = pinOf(path, modules);
    return pin === undefined || named.has(pin.path) ? [] : [{ path, pin }];
  });
  return {
    packages: missing.map(({ path, pin }) => `${path}@${pin.version}`),
    modules: [...new Set(missing.map(({ pin }) => pin))],
  };
}

/**
 * Runs `go get` in a module. Packages are named, not modules: go.sum then covers what they in turn need.
 * @throws Failure `toolMissing`, `cancelled`, or `invalid` with what go said.
 */
export async function goGet(folder: string, packages: readonly string[], signal: AbortSignal): Promise<void> {
  const { code, stderr } = await run('go', ['get', ...packages], { cwd: folder, signal });
  if (code === 0) return;
  throw new Failure('invalid', t('go get did not succeed, and go.mod is as it was: {0}', whatGoSaid(stderr)));
}
