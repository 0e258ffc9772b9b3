/** P2: servers that send what no server should, in the middle of a command. */
import assert from 'node:assert/strict';
import type { WebSocket } from 'ws';
import { Failure } from '../../../src/core/failure.ts';
import type { Credentials } from '../../../src/kubernetes/credentials.ts';
import type { KubeContext } from '../../../src/kubernetes/kubeconfig.ts';
import { startRemote } from '../../../src/kubernetes/streams/remoteCommand.ts';
import { type SocketOpener, openSocket } from '../../../src/kubernetes/streams/socket.ts';
import { type SocketServer, frame, socketServer } from '../../support/socketServer.ts';

const never = new AbortController().signal;

describe('P2 a server that sends what no server should', () => {
  let server: SocketServer;
  beforeEach(async () => {
    server = await socketServer();
  });
  afterEach(() => server.close());
  /** The product's own way to a server, at the address of this one. */
  const opener: SocketOpener = {
    socket: (request) => {
      const cluster = { server: `http://127.0.0.1:${server.port}`, skipTLSVerify: false };
      return openSocket(
        { name: 'ctx', id: 'ctx', cluster } as KubeContext,
        { headers: {} } as Credentials,
        {},
        request,
      );
    },
  };
  const wrong: Record<string, (socket: WebSocket) => void> = {
    'a channel that does not exist': (socket) => socket.send(frame(9, 'x')),
    'text in the place of bytes': (socket) => socket.send('hello'),
    'a status that is none': (socket) => socket.send(frame(3, '{"status":')),
    'a status without end': (socket) => socket.send(frame(3, 'x'.repeat(1_000_000))),
    'a message larger than any': (socket) => socket.send(frame(1, Buffer.alloc(17 * 1024 * 1024))),
    'the end of the connection': (socket) => socket.terminate(),
    'an end without a status': (socket) => socket.close(1000),
  };
  for (const [name, misbehave] of Object.entries(wrong)) {
    it(`${name}: the command ends with a sentence`, async () => {
      server.serve((socket) => {
        socket.send(frame(1, 'first'));
        misbehave(socket);
        setTimeout(() => socket.close(), 500);
      });
      const place = { namespace: 'n', pod: 'p', container: undefined };
      const options = { command: ['true'], stdin: false, tty: false };
      const remote = await startRemote(opener, place, options, never);
      const reading = (async () => {
        for await (const _ of remote.output);
      })().catch(() => {});
      const failure = await remote.exit.then(
        (code) => assert.fail(`exit code ${code}`),
        (error: unknown) => error,
      );
      assert.ok(failure instanceof Failure && failure.message.length > 10, String(failure));
      await reading;
    });
  }
});
