/**
 * A pod, an API server, an engine or a node that dies in the middle of what somebody does with a pod: each stream ends with
 * a reason or goes on, none hangs, no half of a file is taken for a whole one. Cluster, engine and node are this file's own.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ControlPlane } from '../../../src/cluster/controlPlane.ts';
import { signalProcess } from '../../../src/core/identity.ts';
import { systemClock } from '../../../src/core/backoff.ts';
import { Failure } from '../../../src/core/failure.ts';
import type { LogEntry } from '../../../src/core/log/entry.ts';
import { passingMemory } from '../../../src/core/memory.ts';
import { awaitRollout } from '../../../src/kubernetes/actions/awaitRollout.ts';
import { type ObjectRef, known, workloadResources } from '../../../src/kubernetes/apiResource.ts';
import type { Kubernetes } from '../../../src/kubernetes/domain.ts';
import { Forwards } from '../../../src/kubernetes/forward/forwards.ts';
import { podLogs } from '../../../src/kubernetes/logs/podLogs.ts';
import { podTarget } from '../../../src/kubernetes/logs/targets.ts';
import { copyFromContainer, copyToContainer } from '../../../src/kubernetes/streams/copy.ts';
import { type RemoteCommand, startRemote } from '../../../src/kubernetes/streams/remoteCommand.ts';
import { ask } from '../../support/ask.ts';
import { TestCluster, eventually, ownControlPlane, sharedControlPlane } from '../../support/controlPlane.ts';
import { type OwnEngine, ownEngine } from '../../support/engine.ts';
import { kubernetesOn } from '../../support/kubernetes.ts';
import { type TestNode, joinNode } from '../../support/node.ts';

const never = new AbortController().signal;
/** Bytes of the files that are copied: more than arrive before the end comes. */
const fileSize = 900 * 1024 * 1024;

/** A rollout that does not come to its end. */
const stuck = {
  metadata: { name: 'stuck' },
  spec: {
    selector: { matchLabels: { app: 'stuck' } },
    template: {
      metadata: { labels: { app: 'stuck' } },
      spec: { nodeSelector: { no: 'node' }, containers: [{ name: 'main', image: 'example.invalid/app:1' }] },
    },
  },
};

/** Everything somebody does with a pod at once, and how each of it ends. */
interface Doings {
  readonly lines: string[];
  readonly remarks: string[];
  /** Bytes that came through the forwarded port. */
  received(): number;
  /** Takes what is still on its way through the forwarded port as fast as it comes. */
  readonly readOn: () => void;
  readonly shell: RemoteCommand;
  readonly shellSaid: () => string;
  readonly forwardPort: number;
  /** What was said of the rollout meanwhile. */
  readonly reported: string[];
  readonly ends: Readonly<
    Record<'log' | 'shell' | 'attached' | 'forward' | 'copyFrom' | 'copyTo' | 'wait' | 'rollout', Promise<unknown>>
  >;
  /** The file that is being copied. */
  readonly copied: string;
  stop(): Promise<void>;
}

describe('what somebody does with a pod when something dies', function () {
  this.timeout(15 * 60_000);
  let controlPlane: ControlPlane;
  let cluster: TestCluster;
  let engine: OwnEngine;
  let node: TestNode;
  let kubernetes: Kubernetes;
  let folder: string;
  let doings: Doings;
  const namespace = 'default';
  const context = 'gantry';
  const pods = `/api/v1/namespaces/${namespace}/pods`;

  const start = async (): Promise<void> => {
    cluster = new TestCluster(controlPlane, await controlPlane.start(() => {}, never));
  };

  before(async function () {
    this.timeout(30 * 60_000);
    await sharedControlPlane(this); // Skips where clusters cannot run.
    engine = await ownEngine(this);
    await engine.kill('SIGTERM');
    await engine.start({ liveRestore: true });
    controlPlane = ownControlPlane();
    await start();
    node = await joinNode(cluster, engine);
    kubernetes = kubernetesOn(cluster.kubeconfig);
    await kubernetes.contexts.loaded();
    const shell = { args: ['serve', '8080'], image: 'shell' } as const;
    await Promise.all([
      node.run(namespace, 'web', shell),
      node.run(namespace, 'spare', shell),
      node.run(namespace, 'counter', { args: ['lines', '0', '10ms'] }),
      node.run(namespace, 'talker', { args: ['talk'], container: { stdin: true } }),
    ]);
    await cluster.api('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, stuck);
  });
  after(async () => {
    kubernetes?.dispose();
    await node?.close().catch(() => undefined);
    await engine?.close();
    await controlPlane?.remove();
  });
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'gantry-dying-'))));
  afterEach(async () => {
    await doings?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Begins with everything, and resolves when each of it is under way. */
  async function begin(pod: string): Promise<Doings> {
    const ending = new AbortController();
    const { signal } = ending;
    const server = kubernetes.contexts.connect(context);
    const place = { namespace, pod, container: 'main' };
    const refOf = (api: Omit<ObjectRef, 'context' | 'namespace' | 'name'>, name: string): ObjectRef => ({
      ...api,
      context,
      namespace,
      name,
    });

    const [lines, remarks]: [string[], string[]] = [[], []];
    const feed = podLogs(
      { store: kubernetes.store, connect: kubernetes.contexts.connect, clock: systemClock },
      podTarget({ context, namespace }, 'counter'),
      { follow: true },
    );
    const note = ({ text, remark }: LogEntry): void => void (remark === true ? remarks : lines).push(text);
    const log = (async () => {
      for await (const batch of feed(signal)) batch.forEach(note);
    })();

    const run = async (name: string, command: readonly string[] | undefined, tty: boolean): Promise<RemoteCommand> =>
      startRemote(server, { ...place, pod: name }, { command, stdin: true, tty }, never);
    const shell = await run(pod, ['sh'], true);
    const attached = await run('talker', undefined, false);
    let shellSaid = '';
    const listen = async ({ output }: RemoteCommand, take: (text: string) => void): Promise<void> => {
      for await (const { data } of output) take(data.toString());
    };
    void listen(shell, (text) => (shellSaid += text)).catch(() => {});
    void listen(attached, () => {}).catch(() => {});
    await shell.write(
      Buffer.from(`dd if=/dev/zero of=/tmp/big bs=1 count=0 seek=${fileSize} && echo sparse-$((1+1))\n`),
    );
    await eventually(() => shellSaid.includes('sparse-2'));

    const forwards = new Forwards({ store: kubernetes.store, connect: kubernetes.contexts.connect }, passingMemory());
    const spec = { context, namespace, kind: 'Pod', name: pod, remotePort: 8080, localPort: 0 };
    const forwardPort = Number((await forwards.start(spec)).address!.split(':')[1]);
    let received = 0;
    // Slowly, so that the machine has time for the rest, until what is on its way is all there is to come.
    let slowly = true;
    const forward = drain(forwardPort, (length) => {
      received += length;
      return slowly;
    });

    let copying = false;
    const copyFrom = copyFromContainer(place, '/tmp/big', folder, { server, signal, report: () => (copying = true) });
    const local = join(folder, 'local');
    writeFileSync(local, '');
    truncateSync(local, fileSize);
    const copyTo = copyToContainer(place, local, '/tmp/copied', { server, signal });
    const wait = kubernetes.actions.awaitObject(refOf(known.pods, pod), () => false, signal);
    const reported: string[] = [];
    const rollout = awaitRollout(
      kubernetes.actions,
      refOf(workloadResources['Deployment']!, 'stuck'),
      (text) => reported.push(text),
      signal,
    );
    const ends = { log, shell: shell.exit, attached: attached.exit, forward, copyFrom, copyTo, wait, rollout };
    for (const end of Object.values(ends)) end.catch(() => {});
    await eventually(() => copying && received > 0 && lines.length > 20 && reported.length > 0);
    return {
      lines,
      remarks,
      received: () => received,
      readOn: () => void (slowly = false),
      shell,
      shellSaid: () => shellSaid,
      forwardPort,
      reported,
      ends,
      copied: join(folder, 'big'),
      stop: async () => {
        ending.abort();
        shell.close();
        attached.close();
        forwards.dispose();
        await Promise.allSettled(Object.values(ends));
      },
    };
  }

  /** Whether a program in the pod is heard: not while the kubelet has not found its engine again. */
  async function echoes(pod: string): Promise<boolean> {
    const signal = AbortSignal.timeout(5000);
    const place = { namespace, pod, container: 'main' };
    const options = { command: ['sh', '-c', 'echo heard'], stdin: false, tty: false };
    const remote = await startRemote(kubernetes.contexts.connect(context), place, options, signal);
    let said = '';
    try {
      for await (const { data } of remote.output) said += data.toString();
    } finally {
      remote.close();
    }
    return said.includes('heard');
  }

  /** It ended with a sentence for people. */
  const told = async (end: Promise<unknown>): Promise<string> => {
    const error = await end.then(
      (value) => assert.fail(`it ended well: ${JSON.stringify(value)}`),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof Failure, String(error));
    assert.notEqual(error.kind, 'cancelled');
    return error.message;
  };
  /** Copies are told why, the forwarded connection ends, and half a file is not left. */
  async function allEnded({ ends, copied, readOn }: Doings, forward = /ECONNRESET|EPIPE/): Promise<void> {
    readOn();
    await Promise.all([told(ends.copyFrom), told(ends.copyTo), assert.rejects(ends.forward, forward)]);
    assert.ok(!existsSync(copied), 'half a file is left');
  }
  const whole = ({ lines }: Doings): void => {
    const first = Number(lines[0]!.split(' ')[1]);
    assert.deepEqual(
      lines,
      Array.from(lines, (_, i) => `counter ${first + i}`),
    );
  };

  it('the engine of the node: nothing ends, for containers outlive it', async () => {
    doings = await begin('web');
    await engine.kill('SIGKILL');
    assert.equal(await engine.answers(), false, 'the fault took effect');
    const [lines, received] = [doings.lines.length, doings.received()];
    await doings.shell.write(Buffer.from('echo still-$((40+2))\n'));
    await eventually(
      () => doings.lines.length > lines + 50 && doings.received() > received && doings.shellSaid().includes('still-42'),
    );
    whole(doings);
    assert.deepEqual(doings.remarks, []);
    await engine.start({ liveRestore: true });
    await eventually(() => echoes('spare').catch(() => false), 180_000);
  });

  it('the pod: each is told, and what waits for it ends', async () => {
    doings = await begin('web');
    await Promise.all(
      ['web', 'counter', 'talker'].map((name) => cluster.api('DELETE', `${pods}/${name}?gracePeriodSeconds=0`)),
    );
    let isOver = false;
    doings.ends.forward.catch(() => (isOver = true));
    doings.readOn();
    await eventually(() => isOver, 60_000); // The node itself noticed after 150 s that its connection led nowhere.
    // The kernel of a node may end the connections of a program that is killed as if it had closed them.
    await allEnded(doings, /ECONNRESET|EPIPE|ended/);
    assert.doesNotMatch(await told(doings.ends.copyFrom), /damaged/);
    assert.match(await told(doings.ends.wait), /no Pod .*web any more|is gone/);
    // What runs in a container is killed with it: 128 and the number of the signal.
    for (const exit of [doings.ends.shell, doings.ends.attached]) {
      assert.ok([137, 143, 0].includes(await exit.then(Number, () => 137)));
    }
    await doings.ends.log;
    assert.deepEqual(doings.remarks, ['The pod is gone.']);
    if (doings.lines.at(-1)!.startsWith('counter end ')) doings.lines.pop(); // It was asked to end before it was killed.
    whole(doings);
    for (const name of ['web', 'counter', 'talker']) {
      await eventually(async () => (await cluster.send('GET', `${pods}/${name}`)).status === 404);
    }
  });

  it('the API server: each is told; logs, forwards and what waits go on when it is back', async () => {
    await node.run(namespace, 'counter', { args: ['lines', '0', '10ms'] });
    await node.run(namespace, 'talker', { args: ['talk'], container: { stdin: true } });
    doings = await begin('spare');
    const before = cluster.server;
    for (const process of Object.values(cluster.running.processes)) signalProcess(process, 'SIGKILL');
    await assert.rejects(cluster.send('GET', '/version'), 'the fault took effect');
    await allEnded(doings);
    for (const exit of [doings.ends.shell, doings.ends.attached]) {
      assert.match(await told(exit), /The connection was lost\. The command may still run/);
    }
    await eventually(() => doings.remarks.some((text) => text.startsWith('Interrupted: ')));
    await eventually(() => doings.reported.some((text) => text.includes('127.0.0.1')));
    await assert.rejects(ask(doings.forwardPort, 'name\n'), /ECONNRESET/);
    await start();
    assert.equal(cluster.server, before);
    await eventually(
      () =>
        ask(doings.forwardPort, 'name\n').then(
          (name) => name.toString() === 'spare\n',
          () => false,
        ),
      120_000,
    );
    const { length } = doings.lines;
    await eventually(() => doings.remarks.includes('Connected again.') && doings.lines.length > length + 50, 120_000);
    whole(doings);
    // The object that is waited for is followed again: it is seen to go.
    await cluster.api('DELETE', `${pods}/spare?gracePeriodSeconds=0`);
    assert.match(await told(doings.ends.wait), /no Pod .*spare any more|is gone/);
    await cluster.api('DELETE', `/apis/apps/v1/namespaces/${namespace}/deployments/stuck`);
    assert.match(await told(doings.ends.rollout), /stuck is gone/);
  });

  it('the node: whatever the API server has not noticed can be cancelled, and leaves nothing', async () => {
    await node.run(namespace, 'web', { args: ['serve', '8080'], image: 'shell' });
    await cluster.api('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, stuck);
    doings = await begin('web');
    // Nobody says goodbye for a machine: the API server's connections to it may stand for a quarter of an hour.
    await engine.json('POST', `/containers/${node.container}/kill`);
    await doings.stop();
    for (const end of [doings.ends.copyFrom, doings.ends.copyTo, doings.ends.wait, doings.ends.rollout]) {
      await assert.rejects(end, Failure);
    }
    await assert.rejects(doings.ends.forward, /ECONNRESET|EPIPE/);
    assert.ok(!existsSync(doings.copied), 'half a file is left');
    whole(doings);
  });
});

/**
 * Reads without end; rejects when the connection is reset.
 * @param take told how many bytes came; answers whether to wait before more are taken.
 */
function drain(port: number, take: (length: number) => boolean): Promise<never> {
  return new Promise((_, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('send 10000000000000\n'));
    socket.on('data', ({ length }) => {
      if (!take(length)) return;
      socket.pause();
      setTimeout(() => socket.resume(), 20);
    });
    socket.on('error', reject).on('end', () => reject(new Error('ended as if it were all')));
  });
}
