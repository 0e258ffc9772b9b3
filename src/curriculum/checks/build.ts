/** Check type `build`: the learner's package compiles. */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { run } from '../../core/processes.ts';
import type { RunCheck } from './context.ts';
import type { BuildCheck } from './specs.ts';

/** Two minutes: a first build compiles the standard library too. */
const limit = 120_000;

export const runBuild: RunCheck<BuildCheck> = async (_, { lab, program, binary, pace, record, signal, report }) => {
  report(t('Building'));
  const others = Object.entries(program.others ?? {}).map(([name, other]) => [`${binary}-${name}`, other.package]);
  for (const [path, name] of [...others, [binary, program.package]] as [string, string][]) {
    // Without tables for debuggers, a large program is linked half a second sooner; a panic still names its lines.
    const args = ['build', '-ldflags=-s -w', '-o', path, name];
    const options = { cwd: lab, env: goEnvironment(), signal, timeout: limit * pace };
    const { code, stderr } = await run('go', args, options);
    const trouble = code === 0 ? undefined : environmentTrouble(stderr);
    if (trouble !== undefined) throw trouble;
    if (code === 0 && path !== binary) continue;
    const where = /^(?:\.\/)?([^\s:]+\.go:\d+(?::\d+)?): /m.exec(stderr)?.[1];
    const held = record.assert('compiles', code === 0, {
      what: t('Your program compiles'),
      want: t('go build ends with code 0'),
      got: code === 0 ? t('it does') : firstLines(stderr),
      ...(where === undefined ? {} : { where }),
      next: t('Fix the first error the compiler names; the later ones often follow from it.'),
    });
    if (!held) return;
  }
};

/** A go.work further up in the learner's repository does not list the lab. */
export const goEnvironment = (): NodeJS.ProcessEnv => ({ ...process.env, GOWORK: 'off' });

/** What Go said that no edit of the learner's code would mend; undefined when it is about the code. */
export function environmentTrouble(stderr: string): Failure | undefined {
  if (isDownload(stderr)) {
    return new Failure(
      'unreachable',
      t(
        'The Go modules of this item could not be downloaded. They are needed once; check the network and GOPROXY, then check again: {0}',
        firstLines(stderr),
      ),
    );
  }
  if (!isEnvironment(stderr)) return undefined;
  return new Failure('unreachable', t('Go could not build, and not because of your code: {0}', firstLines(stderr)));
}

/** A module of go.mod is neither in the module cache nor to be had. A proxy's refusal reads `reading https://…: 403 Forbidden`. */
const isDownload = (stderr: string): boolean =>
  /module lookup disabled by GOPROXY=off|reading https?:\/\/\S+: \d{3} |: Get "https?:\/\//.test(stderr);

/** What no edit of the learner's code would mend: an old toolchain, no module proxy, a full disk. */
const isEnvironment = (stderr: string): boolean =>
  /requires go >= |toolchain not available|no space left on device|dial tcp|proxyconnect|i\/o timeout|TLS handshake/.test(
    stderr,
  );

/** The compiler's report without its `# package` heading, short enough for a row. */
export const firstLines = (stderr: string): string =>
  stderr
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('# '))
    .slice(0, 5)
    .join('\n')
    .slice(0, 600);
