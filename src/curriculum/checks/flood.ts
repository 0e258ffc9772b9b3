/** Very many requests in little time: a few connections, on each of which requests do not wait for their answers. */
import { type Socket, connect } from 'node:net';

const connections = 4;
/** Requests on their way on each connection. */
const ahead = 64;

/**
 * Sends GET requests, each with a header of its own value; resolves with how many answered 200.
 * A connection that breaks sends no more, and its answers are missing.
 */
export async function flood(
  port: number,
  { path, header, values }: { readonly path: string; readonly header: string; readonly values: Iterable<string> },
  signal: AbortSignal,
): Promise<number> {
  const left = values[Symbol.iterator]();
  const next = (): string | undefined => {
    const { value, done } = left.next();
    return done === true ? undefined : `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${header}: ${value}\r\n\r\n`;
  };
  const sockets = Array.from({ length: connections }, () => connect(port, '127.0.0.1'));
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  signal.addEventListener('abort', cut, { once: true });
  try {
    const counts = await Promise.all(sockets.map((socket) => pump(socket, next)));
    signal.throwIfAborted();
    return counts.reduce((sum, count) => sum + count, 0);
  } finally {
    signal.removeEventListener('abort', cut);
    cut();
  }
}

/** Milliseconds without any answer after which a connection counts as broken. */
const patience = 10_000;

function pump(socket: Socket, next: () => string | undefined): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  let [sent, answered, passed] = [0, 0, 0];
  let rest = '';
  const end = (): void => resolve(passed);
  const send = (): void => {
    let batch = '';
    while (sent - answered < ahead) {
      const request = next();
      if (request === undefined) break;
      batch += request;
      sent++;
    }
    if (batch !== '') socket.write(batch);
    if (sent === answered) end();
  };
  socket.setEncoding('latin1');
  socket.setTimeout(patience, end);
  socket.on('error', end);
  socket.on('close', end);
  socket.on('connect', send);
  socket.on('data', (text: string) => {
    const whole = rest + text;
    // A status line that is not whole yet stays for the next time.
    const lines = whole.match(/HTTP\/1\.1 \d{3}/g) ?? [];
    rest = lines.length === 0 ? whole.slice(-12) : whole.slice(whole.lastIndexOf(lines.at(-1)!) + 12).slice(-12);
    answered += lines.length;
    passed += lines.filter((line) => line.endsWith(' 200')).length;
    send();
  });
  return promise;
}
