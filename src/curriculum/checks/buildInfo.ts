/** Check type `build-info`: what Go wrote into the program when it was built. Never enough by itself: an import proves no use. */
import { t } from '../../core/l10n.ts';
import { run } from '../../core/processes.ts';
import type { RunCheck } from './context.ts';
import type { BuildInfoCheck } from './specs.ts';

/** As `go version -m` prints it: the main module, the modules, and the settings of the build. */
export interface BuildInfo {
  readonly module: string;
  readonly modules: ReadonlyMap<string, string>;
  readonly settings: ReadonlyMap<string, string>;
}

export const runBuildInfo: RunCheck<BuildInfoCheck> = async (spec, { binary, record, open, signal }) => {
  const info = parseBuildInfo((await run('go', ['version', '-m', binary], { signal, timeout: 30_000 })).stdout);
  const assert = (id: string, want: readonly string[], wrong: readonly string[]): boolean =>
    record.assert(id, wrong.length === 0, {
      what: t('The program is built of what the lesson asks for'),
      want: want.join(', '),
      got: wrong.length === 0 ? t('all of them') : wrong.join(', '),
      where: open,
      next: t('Look at the output of go version -m for your program.'),
    });
  const { module, modules, settings } = spec;
  if (module !== undefined && !assert('module', [module], module === info.module ? [] : [info.module])) return;
  if (modules !== undefined) {
    const missing = modules.filter((name) => !info.modules.has(name)).map((name) => t('missing: {0}', name));
    if (!assert('modules', modules, missing)) return;
  }
  if (settings === undefined) return;
  const otherwise = Object.entries(settings)
    .map(([name, value]) => ({ name, value, got: info.settings.get(name) ?? '' }))
    .filter(({ value, got }) => value !== got);
  assert(
    'settings',
    Object.entries(settings).map(([name, value]) => `${name}=${value}`),
    otherwise.map(({ name, got }) => `${name}=${got}`),
  );
};

/** Lines of tab-separated words: `path`, `mod NAME VERSION SUM`, `dep NAME VERSION SUM`, `build NAME=VALUE`. */
export function parseBuildInfo(text: string): BuildInfo {
  const rows = text.split('\n').map((line) => line.trim().split('\t'));
  const named = (kind: string): string[][] => rows.filter(([first]) => first === kind);
  return {
    module: named('mod')[0]?.[1] ?? '',
    modules: new Map(named('dep').map(([, name = '', version = '']) => [name, version])),
    settings: new Map(
      named('build').map(([, setting = '']) => {
        const at = setting.indexOf('=');
        return [setting.slice(0, at), setting.slice(at + 1).replaceAll('"', '')];
      }),
    ),
  };
}
