/** `gantry doctor`: the tools, then the engines. */
import { type CliCommand, type CliIo, type Exit, exit, table } from '../core/cli.ts';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Toolchain } from './domain.ts';

/** `engines` is the command that tells of the container engines. */
export function toolchainCommands(domain: () => Promise<Toolchain>, engines: CliCommand): CliCommand[] {
  return [
    {
      name: 'doctor',
      usage: '[--json]',
      summary: () => t('Tell which tools and engines there are, which are too old or missing, and how to get them'),
      run: (args, io) => doctor(args, io, domain, engines),
    },
    {
      name: 'doctor install',
      usage: 'TOOL…',
      summary: () => t('Install tools with go install, pinned, into a folder of their own'),
      run: (args, io) => install(args, io, domain),
    },
  ];
}

async function doctor(
  args: readonly string[],
  io: CliIo,
  domain: () => Promise<Toolchain>,
  engines: CliCommand,
): Promise<Exit> {
  const unknown = args.find((arg) => arg !== '--json');
  if (unknown !== undefined) throw new Failure('invalid', t('Unknown argument: {0}', unknown));
  const [toolchain, { lacksNeeded, remedyOf, stateOf }] = await Promise.all([domain(), import('./report.ts')]);
  const { findings, system } = await toolchain.examine(io.signal);
  const own = lacksNeeded(findings) ? exit.problems : exit.done;
  if (args.includes('--json')) {
    const rows = findings.map((finding) => {
      const { tool, state, ...rest } = finding;
      const remedy = remedyOf(finding, system);
      return { name: tool.name, state, ...rest, ...(remedy === undefined ? {} : { remedy }) };
    });
    io.out(JSON.stringify(rows, null, 2));
    return own;
  }
  const rows = findings.map((finding) => [
    finding.tool.name,
    stateOf(finding),
    finding.state === 'found' ? finding.path : (remedyOf(finding, system) ?? ''),
  ]);
  for (const line of table([[t('TOOL'), t('VERSION'), t('WHERE, OR HOW TO GET IT')], ...rows])) io.out(line);
  for (const finding of findings)
    if (finding.state === 'broken') io.out(`${finding.tool.name} (${finding.path}): ${finding.problem}`);
  io.out('');
  const engine = await engines.run([], io);
  return own === exit.done ? engine : own;
}

async function install(names: readonly string[], io: CliIo, domain: () => Promise<Toolchain>): Promise<Exit> {
  if (names.length === 0) throw new Failure('invalid', t('Name the tools to install. gantry doctor lists them.'));
  const { stateOf } = await import('./report.ts');
  const toolchain = await domain();
  for (const name of names) {
    let last = '';
    const report = (sentence: string): void => {
      if (sentence !== last) io.err((last = sentence));
    };
    const finding = await toolchain.install(name, report, io.signal);
    io.out(`${name} ${stateOf(finding)}`);
  }
  io.err(t('They are in {0}. Put it on PATH to call them by name.', toolchain.folder));
  return exit.done;
}
