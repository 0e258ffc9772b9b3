import { join } from 'node:path';
import { cacheFolder } from '../core/platform.ts';

/** Where tools that Gantry installs go. */
export const toolsFolder = (env: NodeJS.ProcessEnv = process.env): string => join(cacheFolder(env), 'bin');
