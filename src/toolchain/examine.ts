/** What there is of the tools: found and which version, too old, missing, or there and broken. */
import { toFailure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { run, type RunOptions, type RunResult } from '../core/processes.ts';
import { findProgram } from '../core/programs.ts';
import type { System, Tool } from './tools.ts';

export type Finding =
  | { readonly state: 'found'; readonly tool: Tool; readonly path: string; readonly version: string }
  | { readonly state: 'old'; readonly tool: Tool; readonly path: string; readonly version: string }
  | { readonly state: 'broken'; readonly tool: Tool; readonly path: string; readonly problem: string }
  | { readonly state: 'missing'; readonly tool: Tool };

export type Run = (command: string, args: readonly string[], options?: RunOptions) => Promise<RunResult>;

export interface ExamineDeps {
  readonly env: NodeJS.ProcessEnv;
  /** Where programs are looked for, the first wins. */
  readonly folders: readonly string[];
  readonly signal?: AbortSignal;
  readonly run?: Run;
}

/** Milliseconds a program may take to say its version. */
const patience = 20_000;

/** Asks every tool at once; in the order of the tools. */
export const examine = (tools: readonly Tool[], deps: ExamineDeps): Promise<Finding[]> =>
  Promise.all(tools.map((tool) => examineOne(tool, deps)));

async function examineOne(tool: Tool, deps: ExamineDeps): Promise<Finding> {
  const path = await findProgram(tool.name, deps.folders);
  if (path === undefined) return { state: 'missing', tool };
  try {
    const version = await versionOf(tool, path, deps);
    const old = tool.minimum !== undefined && isOlder(version, tool.minimum);
    return { state: old ? 'old' : 'found', tool, path, version };
  } catch (error) {
    const failure = toFailure(error);
    if (failure.kind === 'cancelled') throw failure;
    return { state: 'broken', tool, path, problem: failure.message };
  }
}

async function versionOf(tool: Tool, path: string, deps: ExamineDeps): Promise<string> {
  const { run: runProgram = run, signal } = deps;
  // These would look for newer releases of themselves, or tell their makers that they were used.
  const env = { ...deps.env, SKAFFOLD_UPDATE_CHECK: 'false', SCOUT_DISABLE: '1', TELEPRESENCE_REPORT_DISABLE: '1' };
  const options = { env, timeout: patience, ...(signal === undefined ? {} : { signal }) };
  const { code, stdout, stderr } = await runProgram(path, tool.asks, options);
  const said = tool.answers.exec(`${stdout}\n${stderr}`)?.[1];
  if (said !== undefined) return said;
  // A program that go install made may not know its version, but carries that of its module.
  const go = await findProgram('go', deps.folders);
  if (go !== undefined) {
    const { stdout: about } = await runProgram(go, ['version', '-m', path], options);
    const built = /^\tmod\t\S+\tv(\S+)/m.exec(about)?.[1];
    if (built !== undefined) return built;
  }
  const words = `${stderr}${stdout}`.trim().split('\n')[0] ?? '';
  throw new Error(t('It does not tell its version, but ended with {0}: {1}', String(code), words));
}

/** Compares by numbers, as far as the second has them: 1.9 is older than 1.26; 20.10.24+dfsg1 is not older than 20.10. */
export function isOlder(version: string, minimum: string): boolean {
  const numbers = (text: string): number[] => text.split(/[.\-+]/).map((part) => Number.parseInt(part, 10) || 0);
  const have = numbers(version);
  for (const [i, wanted] of numbers(minimum).entries()) {
    const own = have[i] ?? 0;
    if (own !== wanted) return own < wanted;
  }
  return false;
}

/** How a tool is got on a system: a line for a terminal, else a page. */
export function howToGet(tool: Tool, system: System | undefined): { readonly line?: string; readonly page: string } {
  const ofSystem = system === undefined ? undefined : tool.lines?.[system];
  const line = tool.goPackage === undefined ? ofSystem : `go install ${tool.goPackage}`;
  return { page: tool.page, ...(line === undefined ? {} : { line }) };
}
