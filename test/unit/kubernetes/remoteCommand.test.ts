import assert from 'node:assert/strict';
import type { WebSocket } from 'ws';
import { type RemoteCommand, startRemote } from '../../../src/kubernetes/streams/remoteCommand.ts';
import { type SocketServer, frame, socketServer } from '../../support/socketServer.ts';

const never = new AbortController().signal;
const success = JSON.stringify({ status: 'Success' });

describe('a command at the other end of a socket', () => {
  let server: SocketServer;
  beforeEach(async () => {
    server = await socketServer();
  });
  afterEach(() => server.close());

  async function start(serve: (socket: WebSocket) => void): Promise<RemoteCommand> {
    server.serve(serve);
    const place = { namespace: 'shop', pod: 'web', container: undefined };
    return startRemote(server.opener, place, { command: ['true'], stdin: false, tty: false }, never);
  }

  async function text({ output }: RemoteCommand): Promise<string> {
    let whole = '';
    for await (const { data } of output) whole += data.toString();
    return whole;
  }

  it('gives the output that comes after word of its end', async () => {
    const command = await start((socket) => {
      socket.send(frame(1, 'one '));
      socket.send(frame(3, success));
      socket.send(frame(1, 'two '));
      setImmediate(() => {
        socket.send(frame(2, 'three'));
        socket.close();
      });
    });
    assert.deepEqual([await text(command), await command.exit], ['one two three', 0]);
  });

  it('tells how it ended, and a lost connection from an end', async () => {
    const failed = JSON.stringify({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '7' }] },
    });
    const ended = await start((socket) => {
      socket.send(frame(3, failed));
      socket.close();
    });
    assert.deepEqual([await text(ended), await ended.exit], ['', 7]);
    const lost = await start((socket) => {
      socket.send(frame(1, 'half'));
      setImmediate(() => socket.terminate());
    });
    await assert.rejects(text(lost), { kind: 'unreachable' });
    await assert.rejects(lost.exit, { kind: 'unreachable' });
  });
});
