/** Terminals, commands and forwarded ports on a real node. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { passingMemory } from '../../../src/core/memory.ts';
import type { Kubernetes } from '../../../src/kubernetes/domain.ts';
import { Forwards } from '../../../src/kubernetes/forward/forwards.ts';
import type { ForwardSpec } from '../../../src/kubernetes/forward/spec.ts';
import { type RemoteOptions, isNoSuchProgram, startRemote } from '../../../src/kubernetes/streams/remoteCommand.ts';
import { shellCommand } from '../../../src/kubernetes/streams/shell.ts';
import { ask } from '../../support/ask.ts';
import { eventually } from '../../support/controlPlane.ts';
import { kubeconfigAt, kubernetesOn } from '../../support/kubernetes.ts';
import { type TestNode, sharedNode } from '../../support/node.ts';
import { relayTo } from '../../support/relay.ts';

describe('streams', function () {
  this.timeout(10 * 60_000);
  let node: TestNode;
  let kubernetes: Kubernetes;
  let context: string;
  let namespace: string;
  const never = new AbortController().signal;

  const open = async (kubeconfig: string): Promise<[Kubernetes, string]> => {
    const opened = kubernetesOn(kubeconfig);
    const { contexts } = await opened.contexts.load();
    return [opened, contexts[0]!.id];
  };

  before(async function () {
    node = await sharedNode(this);
    namespace = await node.cluster.namespace();
    [kubernetes, context] = await open(node.cluster.kubeconfig);
    await Promise.all([
      node.run(namespace, 'web', { args: ['serve', '8080'], image: 'shell', labels: { app: 'web' } }),
      node.run(namespace, 'bare', { args: ['wait'] }),
      node.run(namespace, 'talker', { args: ['talk'], container: { stdin: true } }),
    ]);
  });
  after(async () => {
    kubernetes?.dispose();
    if (node !== undefined) await node.cluster.removeNamespace(namespace);
  });

  describe('commands in containers', () => {
    const start = (pod: string, options: Partial<RemoteOptions>) =>
      startRemote(
        kubernetes.contexts.connect(context),
        { namespace, pod, container: 'main' },
        { command: undefined, stdin: false, tty: false, ...options },
        never,
      );
    const run = async (command: string[], input?: Buffer): Promise<{ out: string; err: string; code: number }> => {
      const remote = await start('web', { command, stdin: input !== undefined });
      const text = { stdout: '', stderr: '' };
      if (input !== undefined) void remote.write(input).then(() => remote.endInput());
      for await (const { stream, data } of remote.output) text[stream] += data.toString();
      return { out: text.stdout, err: text.stderr, code: await remote.exit };
    };

    it('give both outputs apart, and the exit code', async () => {
      assert.deepEqual(await run(['sh', '-c', 'echo out; echo err >&2; exit 3']), {
        out: 'out\n',
        err: 'err\n',
        code: 3,
      });
    });

    it('take their words as they are', async () => {
      assert.deepEqual(await run(['echo', '$(id)', 'a  b', '; exit 1', '中']), {
        out: '$(id) a  b ; exit 1 中\n',
        err: '',
        code: 0,
      });
    });

    it('read input to its end', async () => {
      assert.deepEqual(await run(['wc', '-c'], Buffer.alloc(3_000_000, 'x')), { out: '3000000\n', err: '', code: 0 });
    });

    it('lose no byte of an output that is still under way when the command has ended', async () => {
      const remote = await start('web', { command: ['sh', '-c', 'head -c 6000000 /dev/zero; touch /tmp/written'] });
      let bytes = 0;
      for await (const { data } of remote.output) {
        if (bytes === 0) await eventually(async () => (await run(['cat', '/tmp/written'])).code === 0);
        bytes += data.length;
      }
      assert.deepEqual([bytes, await remote.exit], [6_000_000, 0]);
    });

    it('have a terminal whose size follows the window', async () => {
      const remote = await start('web', { command: shellCommand('auto'), stdin: true, tty: true });
      let text = '';
      const reading = (async () => {
        for await (const { data } of remote.output) text += data.toString();
      })();
      remote.resize(101, 37);
      await eventually(async () => {
        await remote.write(Buffer.from('stty size\n'));
        return text.includes('37 101');
      });
      for (let i = 0; i < 500; i++) remote.resize(80 + (i % 50), 24);
      await remote.write(Buffer.from('exit 7\n'));
      assert.equal(await remote.exit, 7);
      await reading;
    });

    it('of which there is none in the container say so', async () => {
      const remote = await start('bare', { command: shellCommand('sh'), stdin: true, tty: true });
      const failure = await remote.exit.then(
        () => undefined,
        (error: unknown) => error,
      );
      assert.ok(isNoSuchProgram(failure), String(failure));
    });

    it('say when there is no such pod', async () => {
      await assert.rejects(start('nobody', { command: ['true'] }), /pods "nobody" not found/);
    });

    it('can be the main process, attached to', async () => {
      const remote = await start('talker', { stdin: true });
      let text = '';
      const reading = (async () => {
        for await (const { data } of remote.output) text += data.toString();
      })();
      await remote.write(Buffer.from('hello\n'));
      await eventually(() => text.includes('you said hello'));
      remote.close();
      await reading;
    });

    it('are told from a lost connection', async () => {
      const relay = await relayTo(Number(new URL(node.cluster.server).port));
      const [kubeconfig, remove] = kubeconfigAt(node.cluster.kubeconfig, relay.port);
      const [through, id] = await open(kubeconfig);
      try {
        const place = { namespace, pod: 'web', container: 'main' };
        const options = { command: ['sleep', '1000'], stdin: true, tty: true };
        const remote = await startRemote(through.contexts.connect(id), place, options, never);
        relay.reset();
        await assert.rejects(remote.exit, /The connection was lost/);
        await assert.rejects(remote.write(Buffer.from('typed into nothing')));
      } finally {
        through.dispose();
        remove();
        await relay.close();
      }
    });
  });

  describe('forwarded ports', () => {
    let forwards: Forwards;
    beforeEach(() => {
      const { store, contexts } = kubernetes;
      forwards = new Forwards({ store, connect: contexts.connect }, passingMemory());
    });
    afterEach(() => forwards.dispose());

    const spec = (more: Partial<ForwardSpec>): ForwardSpec => ({
      context,
      namespace,
      kind: 'Pod',
      name: 'web',
      remotePort: 8080,
      localPort: 0,
      ...more,
    });
    const portOf = (address: string | undefined): number => Number(address!.split(':')[1]);

    it('answer like the pod', async () => {
      const { address } = await forwards.start(spec({}));
      assert.equal((await ask(portOf(address), 'name\n')).toString(), 'web\n');
    });

    it('carry megabytes both ways, whole', async () => {
      const { address } = await forwards.start(spec({}));
      const received = await ask(portOf(address), 'send 20000000\n');
      assert.equal(received.length, 20_000_000);
      assert.ok(received.every((byte, i) => byte === i % 251));
    });

    it('reach a Service by its own port and a workload by its pods', async () => {
      await node.cluster.api('POST', `/api/v1/namespaces/${namespace}/services`, {
        metadata: { name: 'front' },
        spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
      });
      const { address } = await forwards.start(spec({ kind: 'Service', name: 'front', remotePort: 80 }));
      assert.equal((await ask(portOf(address), 'name\n')).toString(), 'web\n');
    });

    it('go on with the pod that replaces another', async () => {
      await node.deploy(namespace, 'replaced', 1, { args: ['serve', '8080'] });
      const { address } = await forwards.start(spec({ kind: 'Deployment', name: 'replaced' }));
      const before = (await ask(portOf(address), 'name\n')).toString().trim();
      await node.cluster.api('DELETE', `/api/v1/namespaces/${namespace}/pods/${before}`);
      let after = before;
      await eventually(async () => {
        after = (await ask(portOf(address), 'name\n').catch(() => Buffer.from(before))).toString().trim();
        return after !== before && after !== '';
      });
      assert.match(after, /^replaced-/);
    });

    it('survive clients that leave in the middle', async () => {
      const { address } = await forwards.start(spec({}));
      for (let i = 0; i < 30; i++) await leave(portOf(address), 'send 100000000\n');
      assert.equal((await ask(portOf(address), 'name\n')).toString(), 'web\n');
      await eventually(() => forwards.states()[0]!.connections === 0);
    });

    it('reset a connection that nobody serves, and say why', async () => {
      const { address } = await forwards.start(spec({ remotePort: 9 }));
      await assert.rejects(ask(portOf(address), 'name\n'), /ECONNRESET/);
      await eventually(() => forwards.states()[0]!.problem !== undefined);
      assert.match(forwards.states()[0]!.problem!.message, /refused|failed/i);
    });

    it('listen on loopback only, and name a port that is taken', async () => {
      const { address } = await forwards.start(spec({}));
      await assert.rejects(
        forwards.start(spec({ remotePort: 8081, localPort: portOf(address) })),
        /is taken by another program/,
      );
      assert.equal(forwards.states().length, 1);
    });

    it('come back with the workspace', async () => {
      const memory = passingMemory();
      const { store, contexts } = kubernetes;
      const first = new Forwards({ store, connect: contexts.connect }, memory);
      const { address } = await first.start(spec({}));
      first.dispose();
      const second = new Forwards({ store, connect: contexts.connect }, memory);
      await second.restore();
      assert.equal((await ask(portOf(address), 'name\n')).toString(), 'web\n');
      second.dispose();
    });
  });
});

/** Begins to read an answer and goes away. */
function leave(port: number, line: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(line));
    socket.on('error', () => resolve());
    socket.once('data', () => socket.resetAndDestroy());
    socket.once('close', () => resolve());
  });
}
