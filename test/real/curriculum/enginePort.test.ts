import assert from 'node:assert/strict';
import { useEngine, testPorts } from '../../support/checkPorts.ts';
import { type Engine, sharedEngine } from '../../support/engine.ts';

const never = new AbortController().signal;

describe('the container engine of checks', () => {
  let engine: Engine;
  before(async function () {
    engine = await sharedEngine(this);
    await engine.image();
    useEngine(engine.address);
  });
  afterEach(() => engine.removeContainers());

  it('is asked while others wait for containers to end', async () => {
    const port = await testPorts().engine(never);
    const id = await engine.run({ command: ['wait'] });
    const waiting = Array.from({ length: 8 }, () => port.wait(id, never));
    assert.equal((await port.state(id, never)).running, true);
    await port.kill(id, 'SIGKILL', never);
    assert.deepEqual(await Promise.all(waiting), Array(8).fill(137));
  });

  it('begins to stop a container by the signal that is set for it, or SIGTERM', async () => {
    const port = await testPorts().engine(never);
    const endedBy = async (more: object): Promise<number> => {
      const id = await engine.run({ command: ['wait'], more: { ...more } });
      await port.askToStop(id, never);
      return port.wait(id, never);
    };
    assert.deepEqual([await endedBy({}), await endedBy({ StopSignal: 'SIGKILL' })], [0, 137]);
  });
});
