/** The front door of the toolchain domain: what tools there are, and installing one. */
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { findProgram, pathFolders } from '../core/programs.ts';
import { examine, type Finding } from './examine.ts';
import { currentSystem } from './system.ts';
import { install } from './install.ts';
import type { ToolsReport } from './report.ts';
import { type Tool, tools } from './tools.ts';

export interface ToolchainDeps {
  readonly env: NodeJS.ProcessEnv;
  /** Where tools that Gantry installs go. */
  readonly folder: string;
}

export interface Toolchain {
  readonly folder: string;
  /** PATH for programs that we start: the person's folders, and then those that tools are installed into. */
  readonly path: string;
  /** Where a program of this name is, without asking it anything. */
  pathOf(name: string): Promise<string | undefined>;
  examine(signal?: AbortSignal): Promise<ToolsReport>;
  /** Throws `notFound` for a name that is none, else as `install` does. Resolves to what there is afterwards. */
  install(name: string, report: (sentence: string) => void, signal: AbortSignal): Promise<Finding>;
}

export function createToolchain({ env, folder }: ToolchainDeps): Toolchain {
  // What the person has comes first; then where go install puts things by itself, often not on PATH; then ours.
  const goBin = env['GOBIN'] || join((env['GOPATH'] ?? '').split(delimiter)[0] || join(homedir(), 'go'), 'bin');
  const folders = (): string[] => [...pathFolders(env), goBin, folder];
  const look = (of: readonly Tool[], signal?: AbortSignal): Promise<Finding[]> =>
    examine(of, { env, folders: folders(), ...(signal === undefined ? {} : { signal }) });
  return {
    folder,
    get path() {
      return folders().join(delimiter);
    },
    pathOf: (name) => findProgram(name, folders()),
    examine: async (signal) => {
      const [findings, system] = await Promise.all([look(tools, signal), currentSystem()]);
      return { findings, system, folder };
    },
    install: async (name, report, signal) => {
      const tool = tools.find((one) => one.name === name);
      if (tool === undefined) throw new Failure('notFound', t('There is no tool {0}. gantry doctor lists them.', name));
      await install(tool, { env, folder, report, signal });
      // Ours alone: an older one that stands earlier on PATH would say nothing of what was made.
      const [finding] = await examine([tool], { env, folders: [folder, ...folders()], signal });
      return finding!;
    },
  };
}
