/** A question to a forwarded port, as the worker in the pods of tests takes it. */
import { connect } from 'node:net';

/** Sends a line and resolves with all that comes back, but for what `take` takes; rejects when the connection is reset. */
export function ask(port: number, line: string, take?: (piece: Buffer) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(line));
    socket.on('data', take ?? ((chunk) => chunks.push(chunk)));
    socket.on('error', reject).on('end', () => {
      socket.end();
      resolve(Buffer.concat(chunks));
    });
  });
}
