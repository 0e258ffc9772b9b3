/** Programs of labkit, built once and kept where the programs that people use keep theirs. */
import { buildLabkit } from '../../src/cluster/build.ts';
import { silentLog } from '../../src/core/log.ts';
import { cacheFolder } from '../../src/core/platform.ts';
import { root } from '../../scripts/lib/project.ts';

export const labkitProgram = (name: string): Promise<string> =>
  buildLabkit(
    name,
    { labkitFolder: `${root}/labkit`, cacheFolder: cacheFolder(), log: silentLog, env: process.env },
    () => {},
    new AbortController().signal,
  );
