/** Node's garbage collector, at a moment that a test chooses. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Frees everything that nobody holds any more. */
export const collectGarbage = runInNewContext('gc') as () => void;
