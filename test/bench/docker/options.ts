/** What the parts of the bench share. */
import type { OwnEngine } from '../../support/engine.ts';

export const runs = 5;
export const never = new AbortController().signal;
export const dockerEnv = (engine: OwnEngine): NodeJS.ProcessEnv => ({ ...process.env, DOCKER_HOST: engine.address });
