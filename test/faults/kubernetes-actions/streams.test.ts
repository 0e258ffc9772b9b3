/** Forwarded ports and commands under stress: P1 pods that go, much data, clients that leave; P2 silence, storms, bad frames. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type Server, connect, createServer } from 'node:net';
import type { WebSocket } from 'ws';
import { Failure } from '../../../src/core/failure.ts';
import { passingMemory } from '../../../src/core/memory.ts';
import type { Kubernetes } from '../../../src/kubernetes/domain.ts';
import { Forwards } from '../../../src/kubernetes/forward/forwards.ts';
import type { ForwardSpec } from '../../../src/kubernetes/forward/spec.ts';
import type { Credentials } from '../../../src/kubernetes/credentials.ts';
import type { KubeContext } from '../../../src/kubernetes/kubeconfig.ts';
import { type RemoteCommand, startRemote } from '../../../src/kubernetes/streams/remoteCommand.ts';
import { type SocketOpener, openSocket } from '../../../src/kubernetes/streams/socket.ts';
import { ask } from '../../support/ask.ts';
import { eventually } from '../../support/controlPlane.ts';
import { kubeconfigAt, kubernetesOn } from '../../support/kubernetes.ts';
import { long } from '../../support/long.ts';
import { type TestNode, sharedNode } from '../../support/node.ts';
import { type SocketServer, frame, socketServer } from '../../support/socketServer.ts';

const never = new AbortController().signal;
/** Bytes by which this process may grow, whatever flows through it. */
const mostGrowth = 40e6;

describe('streams under stress', function () {
  this.timeout(20 * 60_000);
  let node: TestNode;
  let kubernetes: Kubernetes;
  let context: string;
  let namespace: string;
  let forwards: Forwards;

  before(async function () {
    node = await sharedNode(this);
    namespace = await node.cluster.namespace();
    kubernetes = kubernetesOn(node.cluster.kubeconfig);
    context = (await kubernetes.contexts.load()).contexts[0]!.id;
    await node.run(namespace, 'web', { args: ['serve', '8080'], image: 'shell' });
  });
  after(async () => {
    kubernetes?.dispose();
    if (node !== undefined) await node.cluster.removeNamespace(namespace);
  });
  beforeEach(() => {
    const { store, contexts } = kubernetes;
    forwards = new Forwards({ store, connect: contexts.connect }, passingMemory());
  });
  afterEach(() => forwards.dispose());

  const forward = async (more: Partial<ForwardSpec> = {}): Promise<number> => {
    const spec = { context, namespace, kind: 'Pod', name: 'web', remotePort: 8080, localPort: 0, ...more };
    return Number((await forwards.start(spec)).address!.split(':')[1]);
  };
  /** The most by which this process grows during the work. */
  async function growth(work: () => Promise<void>): Promise<number> {
    const before = process.memoryUsage.rss();
    let peak = before;
    const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 100);
    await work().finally(() => clearInterval(timer));
    return peak - before;
  }

  it('P1 a pod deleted in the middle of a transfer: the connection ends, and the next one reaches its successor', async () => {
    await node.deploy(namespace, 'replaced', 1, { args: ['serve', '8080'] });
    const port = await forward({ kind: 'Deployment', name: 'replaced' });
    const before = (await ask(port, 'name\n')).toString().trim();
    let received = 0;
    const broken = ask(port, 'send 10000000000\n', (piece) => (received += piece.length));
    await eventually(() => received > 1e6);
    await node.cluster.api('DELETE', `/api/v1/namespaces/${namespace}/pods/${before}?gracePeriodSeconds=0`);
    // The kernel of a node may end the connections of a program that is killed as if it had closed them.
    await broken.catch((error: unknown) => assert.match(String(error), /ECONNRESET/));
    let after = before;
    await eventually(async () => {
      after = (await ask(port, 'name\n').catch(() => Buffer.from(before))).toString().trim();
      return after !== before && after !== '';
    });
    assert.match(after, /^replaced-/);
  });

  it('P1 much data, both ways: the same bytes, in little memory', async () => {
    const bytes = long ? 1e9 : 60e6;
    const port = await forward();
    const data = pattern(1 << 20);
    const wanted = createHash('sha256');
    for (let left = bytes; left > 0; left -= data.length) wanted.update(data.subarray(0, Math.min(left, data.length)));
    const digest = wanted.digest('hex');
    const grown = await growth(async () => {
      const got = createHash('sha256');
      await ask(port, `send ${bytes}\n`, (piece) => got.update(piece));
      assert.equal(got.digest('hex'), digest);
      assert.equal((await give(port, data, bytes)).trim(), digest);
    });
    assert.ok(grown < mostGrowth, `grew by ${grown} bytes`);
  });

  it('P1 clients that leave in the middle, again and again: nothing stays open, and the next is served', async () => {
    const times = long ? 1000 : 60;
    const port = await forward();
    for (let i = 0; i < 10; i++) await leave(port); // What the first ones load stays.
    const grown = await growth(async () => {
      for (let i = 0; i < times; i++) await leave(port);
    });
    await eventually(() => forwards.states()[0]!.connections === 0);
    assert.equal((await ask(port, 'name\n')).toString(), 'web\n');
    assert.ok(grown < mostGrowth, `grew by ${grown} bytes`);
  });

  const start = (
    command: readonly string[],
    { domain = kubernetes, id = context, tty = false, stdin = false } = {},
  ): Promise<RemoteCommand> =>
    startRemote(
      domain.contexts.connect(id),
      { namespace, pod: 'web', container: 'main' },
      { command, stdin, tty },
      never,
    );

  it('P2 silence behind a proxy that ends what is idle: the command is still there', async () => {
    const [idle, silence] = long ? [60_000, 600_000] : [25_000, 45_000];
    const proxy = await idleProxy(Number(new URL(node.cluster.server).port), idle);
    const [kubeconfig, remove] = kubeconfigAt(node.cluster.kubeconfig, proxy.port);
    const domain = kubernetesOn(kubeconfig);
    try {
      const { id } = (await domain.contexts.load()).contexts[0]!;
      const remote = await start(['cat'], { domain, id, stdin: true });
      const cut = connect(proxy.port, '127.0.0.1');
      const ended = once(cut, 'close');
      await new Promise((resolve) => setTimeout(resolve, silence));
      await ended; // The proxy does end what is idle.
      await remote.write(Buffer.from('still here\n'));
      for await (const { data } of remote.output) {
        assert.equal(data.toString(), 'still here\n');
        break;
      }
      remote.close();
    } finally {
      domain.dispose();
      remove();
      proxy.server.close();
    }
  });

  it('P2 a storm of resizes: the last size holds, and the terminal still answers', async () => {
    const remote = await start(['sh'], { stdin: true, tty: true });
    for (let i = 0; i < 5000; i++) remote.resize(80 + (i % 100), 24 + (i % 10));
    remote.resize(123, 45);
    let text = '';
    const reading = (async () => {
      for await (const { data } of remote.output) text += data.toString();
    })();
    await eventually(async () => {
      await remote.write(Buffer.from('stty size\n'));
      return text.includes('45 123');
    });
    await remote.write(Buffer.from('exit 0\n'));
    assert.equal(await remote.exit, 0);
    await reading;
  });

  it('P2 100 MB of output: every byte, in little memory', async () => {
    const bytes = 100e6;
    let received = 0;
    const grown = await growth(async () => {
      const remote = await start(['head', '-c', String(bytes), '/dev/zero']);
      for await (const { data } of remote.output) received += data.length;
      assert.equal(await remote.exit, 0);
    });
    assert.equal(received, bytes);
    assert.ok(grown < mostGrowth, `grew by ${grown} bytes`);
  });

  it('P2 bytes that are no text go in and out as they are', async () => {
    const data = randomBytes(3_000_000);
    const remote = await start(['cat'], { stdin: true });
    void remote.write(data).then(() => remote.endInput());
    const pieces: Buffer[] = [];
    for await (const piece of remote.output) pieces.push(piece.data);
    assert.ok(Buffer.concat(pieces).equals(data));
    assert.equal(await remote.exit, 0);
  });
});

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

/** Bytes as the worker sends them. */
const pattern = (length: number): Buffer =>
  Buffer.from(Array.from({ length: 251 * Math.floor(length / 251) }, (_, i) => i % 251));

/** Gives the worker bytes, again and again the same, and resolves with what it says of them. */
async function give(port: number, data: Buffer, bytes: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`take ${bytes}\n`);
  for (let left = bytes; left > 0; left -= data.length) {
    if (!socket.write(data.subarray(0, Math.min(left, data.length)))) await once(socket, 'drain');
  }
  let text = '';
  for await (const piece of socket) text += String(piece);
  return text;
}

/** Begins to read an answer and goes away. */
function leave(port: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('send 100000000\n'));
    socket.on('error', () => resolve());
    socket.once('data', () => socket.resetAndDestroy());
    socket.once('close', () => resolve());
  });
}

/** A proxy on loopback that ends connections on which nothing came for a while. */
async function idleProxy(
  target: number,
  milliseconds: number,
): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((incoming) => {
    const outgoing = connect(target, '127.0.0.1');
    const end = (): void => void (incoming.destroy(), outgoing.destroy());
    let timer = setTimeout(end, milliseconds);
    const heard = (): void => {
      clearTimeout(timer);
      timer = setTimeout(end, milliseconds);
    };
    for (const socket of [incoming, outgoing]) socket.on('data', heard).on('error', end).on('close', end);
    incoming.on('close', () => clearTimeout(timer));
    incoming.pipe(outgoing).pipe(incoming);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : 0 };
}
