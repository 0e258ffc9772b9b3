/** A TCP relay on loopback in front of a server: counts connections, and breaks them when a test says so. */
import { type Socket, connect, createServer } from 'node:net';

export interface Relay {
  readonly port: number;
  /** Connections accepted since the relay began. */
  readonly accepted: number;
  /** Connections open now. */
  readonly open: number;
  /** Resets every connection, as a router that restarts does. */
  reset(): void;
  close(): Promise<void>;
}

export async function relayTo(targetPort: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer((incoming) => {
    accepted++;
    const outgoing = connect(targetPort, '127.0.0.1');
    sockets.add(incoming);
    const end = (): void => {
      sockets.delete(incoming);
      incoming.destroy();
      outgoing.destroy();
    };
    for (const socket of [incoming, outgoing]) socket.on('error', end).on('close', end);
    incoming.pipe(outgoing).pipe(incoming);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the relay has no port');
  const reset = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: address.port,
    get accepted() {
      return accepted;
    },
    get open() {
      return sockets.size;
    },
    reset,
    close: async () => {
      reset();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
