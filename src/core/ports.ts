/** Free loopback ports. */
import { createServer } from 'node:net';

/**
 * `count` distinct TCP ports of 127.0.0.1 that were free a moment ago. All are held until all are known, so none comes twice.
 * Another program may take one before its user does: whoever listens must check that the listener is theirs.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  try {
    return await Promise.all(
      servers.map(
        (server) =>
          new Promise<number>((resolve, reject) => {
            server.once('error', reject);
            server.listen(0, '127.0.0.1', () => {
              const address = server.address();
              if (address !== null && typeof address === 'object') resolve(address.port);
            });
          }),
      ),
    );
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}
