import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BoundedWorker } from '../../../src/core/boundedWorker.ts';
import { toFailure } from '../../../src/core/failure.ts';

interface Endless {
  readonly requests: { readonly turn: { readonly params: undefined; readonly result: undefined } };
  readonly events: Record<string, never>;
}

/** Starts slowly, as on a busy machine, and runs away at the first request. */
const slowAndEndless = `
  import { parentPort } from 'node:worker_threads';
  const until = Date.now() + 600;
  while (Date.now() < until);
  parentPort.on('message', () => { for (;;); });
`;

describe('work in a bounded thread', function () {
  this.timeout(30_000);

  it('is ended when it runs away, also when the thread was slow to start', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gantry-bounded-'));
    const module = join(folder, 'worker.mjs');
    writeFileSync(module, slowAndEndless);
    const worker = new BoundedWorker<Endless>({ module, data: () => ({}), cpuSeconds: 0.2, heapMegabytes: 64 });
    try {
      const failure = await worker.request('turn', undefined).then(
        () => undefined,
        (error: unknown) => toFailure(error).kind,
      );
      assert.equal(failure, 'timeout');
    } finally {
      worker.dispose();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
