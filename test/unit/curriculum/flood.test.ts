import assert from 'node:assert/strict';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { flood } from '../../../src/curriculum/checks/flood.ts';

describe('a flood of requests', () => {
  let server: Server;
  const seen = new Set<string>();
  beforeEach(async () => {
    seen.clear();
    server = createServer((request, response) => {
      const name = String(request.headers['x-name']);
      seen.add(`${request.url} ${name}`);
      response.writeHead(name.endsWith('7') ? 429 : 200).end(name);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const port = (): number => (server.address() as AddressInfo).port;
  const names = Array.from({ length: 1_000 }, (_, i) => String(i));
  const signal = new AbortController().signal;

  it('sends each value once and counts what answers 200', async () => {
    assert.equal(await flood(port(), { path: '/q', header: 'X-Name', values: names }, signal), 900);
    assert.deepEqual([seen.size, seen.has('/q 0'), seen.has('/q 999')], [1_000, true, true]);
  });

  it('ends with what it has when connections break, and at once when it is aborted', async () => {
    server.on('request', (request) => {
      if (seen.size > 100) request.socket.destroy();
    });
    const passed = await flood(port(), { path: '/q', header: 'X-Name', values: names }, signal);
    assert.ok(passed < 900, String(passed));
    const aborted = AbortSignal.abort();
    await assert.rejects(flood(port(), { path: '/q', header: 'X-Name', values: names }, aborted), {
      name: 'AbortError',
    });
  });
});
