/** The learner's Go. */
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { run } from '../core/processes.ts';

export interface Toolchain {
  /** `go1.26.8`. */
  readonly version: string;
  /** How many times slower than a quiet machine this one is now, 1 to 4. Every time limit is stretched by it. */
  readonly pace: number;
}

/** What `go version` takes on a quiet machine, in milliseconds (measured: 10 to 60). */
const quietMachine = 100;
/** Beyond this the limits would let programs pass that only wait. */
export const slowestPace = 4;

/** Finds Go and times it. Throws `toolMissing` with the way to install it. */
export async function findGo(signal: AbortSignal): Promise<Toolchain> {
  const before = performance.now();
  const missing = t('Go was not found on PATH. Install it from https://go.dev/dl/, then reload the window and check again.'); // prettier-ignore
  const { stdout, stderr, code } = await run('go', ['version'], { signal, missing, timeout: 30_000 });
  const version = /\bgo\d[\w.]*/.exec(stdout)?.[0];
  if (code !== 0 || version === undefined) {
    throw new Failure(
      'toolMissing',
      t('Go is installed but does not work: {0}', (stderr || stdout).trim().slice(0, 300)),
    );
  }
  return { version, pace: Math.min(slowestPace, Math.max(1, (performance.now() - before) / quietMachine)) };
}
