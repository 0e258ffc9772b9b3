/** Programs of labkit, built once and kept where the programs that people use keep theirs. */
import { type GoTarget, type Report, buildLabkit } from '../../src/cluster/build.ts';
import { silentLog } from '../../src/core/log.ts';
import { cacheFolder } from '../../src/core/platform.ts';
import { root } from '../../scripts/lib/project.ts';

export const labkitProgram = (
  name: string,
  report: Report = () => {},
  signal: AbortSignal = new AbortController().signal,
  target?: GoTarget,
): Promise<string> => {
  const place = { labkitFolder: `${root}/labkit`, cacheFolder: cacheFolder(), log: silentLog, env: process.env };
  return buildLabkit(name, { ...place, ...(target === undefined ? {} : { target }) }, report, signal);
};
