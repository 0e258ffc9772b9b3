/** Check type `go-list`: what packages depend on, however it was written. */
import { t } from '../../core/l10n.ts';
import { run } from '../../core/processes.ts';
import { environmentTrouble, firstLines, goEnvironment } from './build.ts';
import type { RunCheck } from './context.ts';
import type { GoListCheck } from './specs.ts';

interface Listed {
  readonly path: string;
  readonly standard: boolean;
  /** Whether it only stands there because others need it. */
  readonly dependency: boolean;
}

export const runGoList: RunCheck<GoListCheck> = async (spec, { lab, record, open, signal, report }) => {
  report(t('Looking at dependencies'));
  const format = '{{.ImportPath}} {{.Standard}} {{.DepOnly}}';
  const args = ['list', '-deps', '-f', format, spec.packages];
  const { code, stdout, stderr } = await run('go', args, { cwd: lab, env: goEnvironment(), signal, timeout: 60_000 });
  const trouble = environmentTrouble(stderr);
  if (trouble !== undefined) throw trouble;
  const listed = stdout.split('\n').flatMap((line): Listed[] => {
    const [path, standard, dependency] = line.split(' ');
    return path === undefined || path === ''
      ? []
      : [{ path, standard: standard === 'true', dependency: dependency === 'true' }];
  });
  const own = listed.filter(({ dependency }) => !dependency);
  const there = record.assert('packages', code === 0 && own.length > 0, {
    what: t('The packages {0} are there', spec.packages),
    want: t('go list finds them'),
    got: own.length > 0 && code === 0 ? own.map(({ path }) => path).join(', ') : firstLines(stderr) || t('none'),
    where: open,
    next: t('Create the package the lesson asks for.'),
  });
  if (!there) return;
  const imports = (wanted: string): boolean =>
    listed.some(({ path }) => path === wanted || path.startsWith(`${wanted}/`));
  const forbidden = (spec.forbids ?? []).filter(imports);
  const foreign = spec.standardOnly === true ? foreignTo(listed, own) : [];
  const found = [...forbidden, ...foreign];
  if (spec.forbids !== undefined || spec.standardOnly === true) {
    record.fact('forbids', found[0] ?? 'ok');
    record.assert('forbids', found.length === 0, {
      what: t('{0} depends on nothing it should not know', spec.packages),
      want: spec.standardOnly === true ? t('only the standard library') : t('none of {0}', spec.forbids!.join(', ')),
      got: found.length === 0 ? t('none') : found.slice(0, 5).join(', '),
      where: open,
      next: t('Turn the dependency around: declare an interface here and let the other package implement it.'),
    });
  }
  const missing = (spec.requires ?? []).filter((wanted) => !imports(wanted));
  if (spec.requires === undefined) return;
  record.assert('requires', missing.length === 0, {
    what: t('{0} uses what the lesson is about', spec.packages),
    want: spec.requires.join(', '),
    got: missing.length === 0 ? t('all of them') : t('missing: {0}', missing.join(', ')),
    where: open,
    next: t('Import it and use it.'),
  });
};

/** Packages of other modules. Those of the same module begin as its own packages do. */
function foreignTo(listed: readonly Listed[], own: readonly Listed[]): string[] {
  const [module = ''] = own[0]!.path.split('/');
  return listed.filter(({ path, standard }) => !standard && path.split('/')[0] !== module).map(({ path }) => path);
}
