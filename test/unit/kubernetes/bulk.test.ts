/** Bytes in bulk, past the library that keeps the rest of the WebSocket protocol. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, type Socket, connect, createServer as createTcpServer } from 'node:net';
import { WebSocketServer } from 'ws';
import { ApiFailure } from '../../../src/kubernetes/apiFailure.ts';
import type { KubeContext } from '../../../src/kubernetes/kubeconfig.ts';
import { FrameReader } from '../../../src/kubernetes/streams/frames.ts';
import { openPort } from '../../../src/kubernetes/streams/portStream.ts';
import { openSocket } from '../../../src/kubernetes/streams/socket.ts';
import { randomOf } from '../../support/random.ts';

const never = new AbortController().signal;

/** A frame as servers write it. */
function frameOf(opcode: number, payload: Buffer, fin = true): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = (fin ? 0x80 : 0) | opcode;
  if (length < 126) head[1] = length;
  else if (length < 65_536) {
    head[1] = 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
}

interface Read {
  readonly messages: Buffer[];
  readonly controls: Buffer[];
  broken: number;
}

function readIn(pieces: readonly Buffer[]): Read {
  const read: Read = { messages: [], controls: [], broken: 0 };
  const reader = new FrameReader({
    content: (piece, begins) => {
      if (begins) read.messages.push(Buffer.from(piece));
      else read.messages.push(Buffer.concat([read.messages.pop()!, piece]));
    },
    control: (frame) => read.controls.push(Buffer.from(frame)),
    broken: () => read.broken++,
  });
  for (const piece of pieces) reader.push(piece);
  return read;
}

describe('frames of a WebSocket', () => {
  it('are the same however their bytes come', () => {
    const random = randomOf(7);
    const sizes = [1, 125, 126, 65_535, 65_536, 3];
    const messages = sizes.map((size) => Buffer.alloc(size, size % 251));
    const ping = frameOf(9, Buffer.from('are you there'));
    const whole = Buffer.concat([
      ...messages.flatMap((message) => [frameOf(2, message), ping]),
      frameOf(2, Buffer.from('in '), false),
      ping,
      frameOf(0, Buffer.from('two')),
      frameOf(8, Buffer.alloc(0)),
    ]);
    for (let round = 0; round < 200; round++) {
      const pieces: Buffer[] = [];
      for (let at = 0; at < whole.length;) {
        const length = random(round % 2 === 0 ? 9 : 40_000) + 1;
        pieces.push(whole.subarray(at, at + length));
        at += length;
        if (round % 2 === 0 && at > 300) {
          pieces.push(whole.subarray(at));
          break;
        }
      }
      const { messages: read, controls, broken } = readIn(pieces);
      assert.equal(broken, 0);
      assert.deepEqual(
        read.map((message) => message.length),
        [...sizes, 6],
      );
      assert.ok(messages.every((message, i) => message.equals(read[i]!)));
      assert.equal(controls.length, sizes.length + 2);
      assert.ok(controls.slice(0, -1).every((control) => control.equals(ping)));
    }
  });

  it('that no server may send end the reading', () => {
    const wrong = [
      Buffer.of(0xc2, 1, 0), // An extension that nobody agreed on.
      Buffer.of(0x82, 0x81, 0, 0, 0, 0, 0), // Masked.
      Buffer.of(0x83, 0), // An opcode that does not exist.
      Buffer.of(0x09, 0), // A ping in parts.
      Buffer.of(0x89, 126, 0, 200), // A ping that is too long.
      Buffer.of(0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255), // More bytes than there are.
    ];
    assert.deepEqual(
      wrong
        .map((bytes) => readIn([bytes, frameOf(2, Buffer.from('x'))]))
        .map(({ broken, messages }) => [broken, messages]),
      wrong.map(() => [1, []]),
    );
  });
});

describe('a way into a pod', () => {
  const context = (server: string): KubeContext =>
    ({ name: 'ctx', id: 'ctx', cluster: { server, skipTLSVerify: false } }) as unknown as KubeContext;

  /** A kubelet's side of a forwarded port, and a local connection joined with it. */
  async function joined(
    serve: (
      send: (channel: number, data: string | Buffer) => void,
      end: () => void,
      on: (listener: (data: Buffer) => void) => void,
    ) => void,
  ) {
    const http = createServer();
    const server = new WebSocketServer({ server: http, handleProtocols: ([first]) => first ?? false });
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    server.on('connection', (socket) => {
      const send = (channel: number, data: string | Buffer): void =>
        socket.send(Buffer.concat([Buffer.of(channel), Buffer.from(data)]));
      // In the same piece as the answer to the handshake, as kubelets do.
      for (const channel of [0, 1]) send(channel, Buffer.of(0x90, 0x1f));
      serve(
        send,
        () => socket.close(1000),
        (listener) => socket.on('message', (data: Buffer) => listener(data.subarray(1))),
      );
    });
    const opener = {
      socket: (asked: Parameters<typeof openSocket>[3]) =>
        openSocket(
          context(`http://127.0.0.1:${(http.address() as AddressInfo).port}`),
          { headers: {} } as never,
          {},
          asked,
        ),
    };
    const remote = await openPort(opener, { namespace: 'n', pod: 'p', port: 8080 }, never);
    const listener = createTcpServer({ allowHalfOpen: true });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const client: Socket = connect({ port: (listener.address() as AddressInfo).port, allowHalfOpen: true });
    const [local] = (await once(listener, 'connection')) as [Socket];
    const failure = remote.join(local);
    local.resume();
    const close = (): void => {
      client.destroy();
      listener.close();
      for (const each of server.clients) each.terminate();
      http.close();
    };
    return { client, failure, close };
  }

  async function all(client: Socket): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of client) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }

  it('gives every byte once and in order, and ends as the pod ends', async () => {
    const sent = Buffer.from(Array.from({ length: 5_000_000 }, (_, i) => i % 251));
    const { client, failure, close } = await joined((send, end) => {
      for (let at = 0, size = 1; at < sent.length; at += size, size = (size * 7) % 50_000 || 1) {
        send(0, sent.subarray(at, Math.min(at + size, sent.length)));
      }
      end();
    });
    const received = await all(client);
    assert.equal(received.length, sent.length);
    assert.ok(received.equals(sent));
    client.end();
    assert.equal(await failure, undefined);
    close();
  });

  it('waits for a slow reader, and takes what is written', async () => {
    let echoed = 0;
    const { client, close } = await joined((send, end, on) => {
      on((data) => {
        echoed += data.length;
        send(0, data);
        if (echoed === 3_000_000) end();
      });
    });
    const reading = (async () => {
      let length = 0;
      for await (const chunk of client) {
        length += (chunk as Buffer).length;
        if (length < 500_000) await new Promise((resolve) => setTimeout(resolve, 2));
      }
      return length;
    })();
    client.write(Buffer.alloc(3_000_000, 'x'));
    assert.equal(await reading, 3_000_000);
    close();
  });

  it('tells what the kubelet says, and resets the connection', async () => {
    const { client, failure, close } = await joined((send) => send(1, 'connection refused'));
    await assert.rejects(all(client), /ECONNRESET/);
    assert.equal((await failure)?.message, 'connection refused');
    close();
  });

  it('is refused in words', async () => {
    const http = createServer((_, response) => {
      response.writeHead(403, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ message: 'pods "p" is forbidden' }));
    });
    http.on('upgrade', (_, socket) => {
      const body = JSON.stringify({ message: 'pods "p" is forbidden' });
      socket.end(`HTTP/1.1 403 Forbidden\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    });
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    const opener = {
      socket: (asked: Parameters<typeof openSocket>[3]) =>
        openSocket(
          context(`http://127.0.0.1:${(http.address() as AddressInfo).port}`),
          { headers: {} } as never,
          {},
          asked,
        ),
    };
    await assert.rejects(
      openPort(opener, { namespace: 'n', pod: 'p', port: 1 }, never),
      (error) => error instanceof ApiFailure && error.status === 403 && /pods "p" is forbidden/.test(error.message),
    );
    http.close();
  });
});
