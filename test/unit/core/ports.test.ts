import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { freePorts } from '../../../src/core/ports.ts';

describe('free ports', () => {
  it('are distinct, can be listened at, and are none that a system gives to whoever asks for any', async () => {
    const ports = await freePorts(50);
    assert.equal(new Set(ports).size, 50);
    const asked = createServer().listen(0, '127.0.0.1');
    await once(asked, 'listening');
    const given = (asked.address() as AddressInfo).port;
    asked.close();
    assert.ok(
      ports.every((port) => port < 32_768 && port < given),
      `${Math.max(...ports)}, ${given}`,
    );
    const server = createServer().listen(ports[0], '127.0.0.1');
    await once(server, 'listening');
    server.close();
  });

  it('are given once, also to two who ask before the first listens', async () => {
    const asked = await Promise.all(Array.from({ length: 200 }, () => freePorts(4)));
    assert.equal(new Set(asked.flat()).size, 800);
  });
});
