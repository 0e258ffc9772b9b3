import assert from 'node:assert/strict';
import { checkPorts } from '../../../src/checkPorts.ts';
import { Failure, toFailure } from '../../../src/core/failure.ts';
import { NoPodCluster } from '../../../src/curriculum/ports.ts';
import { remedyFor } from '../../../src/curriculum/remedies.ts';

const absent = (): Promise<never> => Promise.reject(new Failure('internal', 'not asked for'));

describe('what unblocks a check', () => {
  it('the wish for an engine where none answers keeps what was found, and leads to the doctor', async () => {
    const advice = new Failure('unreachable', 'Install Docker or Podman, or start the one you have.');
    const docker = () => Promise.resolve({ preferred: () => Promise.reject(advice) } as never);
    const ports = checkPorts({ docker, cluster: absent, grpc: absent });
    for (const wish of ['engine', 'podCluster'] as const) {
      const failure = toFailure(await ports[wish](new AbortController().signal).catch((error: unknown) => error));
      assert.deepEqual([failure.message, failure.kind, remedyFor(failure)], [advice.message, advice.kind, 'engine']);
    }
  });

  it('a missing tool leads to the tools, a missing cluster to a new one, anything else nowhere', () => {
    const remedies = [
      remedyFor(new Failure('toolMissing', 'no Go')),
      remedyFor(new NoPodCluster()),
      remedyFor(new Failure('unreachable', 'no network')),
    ];
    assert.deepEqual(remedies, ['tools', 'podCluster', undefined]);
  });
});
