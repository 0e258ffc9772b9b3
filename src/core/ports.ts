/** Free loopback ports. */
import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/**
 * Below the ports that systems give to whoever asks for any, outgoing connections among them: Linux begins at 32768
 * (`ip_local_port_range`), macOS and Windows at 49152. One of those could be gone before its user listens.
 */
const [lowest, highest] = [20_000, 32_000];
/** Ports tried before there seem to be none. */
const mostTries = 1_000;
/** Ports that are not given again before so many others were: whoever has one may not listen yet. */
const remembered = 1_000;
const given = new Set<number>();

/**
 * `count` distinct TCP ports of 127.0.0.1 that were free a moment ago. All are held until all are known, so none comes twice;
 * nor do two callers in this process get the same one.
 * Another program may take one before its user does: whoever listens must check that the listener is theirs.
 */
export async function freePorts(count: number): Promise<number[]> {
  const held = new Map<number, Server>();
  try {
    for (let tries = 0; held.size < count; tries++) {
      const port = randomInt(lowest, highest);
      if (given.has(port)) continue;
      given.add(port);
      const server = await hold(port).catch((error: unknown) => {
        if (tries >= mostTries) throw error;
      });
      if (server !== undefined) held.set(port, server);
    }
    for (const oldest of given) if (given.size > remembered) given.delete(oldest);
    return [...held.keys()];
  } finally {
    await Promise.all([...held.values()].map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

const hold = (port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(port, '127.0.0.1', () => resolve(server));
  });
