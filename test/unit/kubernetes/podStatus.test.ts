import assert from 'node:assert/strict';
import { podStatus } from '../../../src/kubernetes/podStatus.ts';
import { shapes, toPod } from '../../support/podShapes.ts';

describe('pod status, as kubectl prints it', () => {
  for (const [name, shape, expected] of shapes) {
    it(name, () => {
      const { ready, containers, status, restarts } = podStatus(toPod(shape));
      assert.equal(`${ready}/${containers} ${status} ${restarts}`, expected);
    });
  }

  it('knows when the container that ended last did', () => {
    const at = (finishedAt: string) => ({
      ready: true,
      restartCount: 1,
      state: { running: {} },
      lastState: { terminated: { finishedAt } },
    });
    const pod = toPod({ main: [at('2026-01-01T00:00:05Z'), at('2026-01-01T00:00:09Z')] });
    assert.equal(podStatus(pod).lastRestart, Date.parse('2026-01-01T00:00:09Z'));
  });
});
