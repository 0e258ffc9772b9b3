/** Debug containers and files, in and out of containers of a real node. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../../src/core/failure.ts';
import { debug, debuggerName, isDebuggerReady } from '../../../src/kubernetes/actions/debug.ts';
import { type ObjectRef, known } from '../../../src/kubernetes/apiResource.ts';
import type { Kubernetes } from '../../../src/kubernetes/domain.ts';
import { copyFromContainer, copyToContainer, remoteKind } from '../../../src/kubernetes/streams/copy.ts';
import { startRemote } from '../../../src/kubernetes/streams/remoteCommand.ts';
import { eventually } from '../../support/controlPlane.ts';
import { kubernetesOn } from '../../support/kubernetes.ts';
import { type TestNode, sharedNode } from '../../support/node.ts';

const signal = new AbortController().signal;

describe('debug streams and files of containers', function () {
  this.timeout(5 * 60_000);
  let node: TestNode;
  let kubernetes: Kubernetes;
  let context: string;
  let namespace: string;
  let folder: string;

  before(async function () {
    node = await sharedNode(this);
    namespace = await node.cluster.namespace();
    kubernetes = kubernetesOn(node.cluster.kubeconfig);
    context = (await kubernetes.contexts.load()).contexts[0]!.id;
    await Promise.all([
      node.run(namespace, 'web', { args: ['serve', '8080'], image: 'shell' }),
      node.run(namespace, 'bare', { args: ['wait'] }),
    ]);
  });
  after(async () => {
    kubernetes?.dispose();
    if (node !== undefined) await node.cluster.removeNamespace(namespace);
  });
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'gantry-copied-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const deps = () => ({ server: kubernetes.contexts.connect(context), signal });
  const place = (pod: string, container = 'main') => ({ namespace, pod, container });
  const refOf = (name: string): ObjectRef => ({ ...known.pods, context, namespace, name });

  it('a file goes in and comes back as it was, by any name and of any size', async () => {
    for (const [name, size] of [
      ['empty', 0],
      ['one block', 512],
      ['größe 数据', 3_000_001],
    ] as const) {
      const data = randomBytes(size);
      writeFileSync(join(folder, 'local'), data);
      assert.deepEqual(await copyToContainer(place('web'), join(folder, 'local'), `/tmp/${name}`, deps()), {
        bytes: size,
      });
      assert.deepEqual(await copyFromContainer(place('web'), `/tmp/${name}`, folder, deps()), {
        files: 1,
        bytes: size,
        skipped: [],
      });
      assert.ok(readFileSync(join(folder, name)).equals(data), name);
    }
    assert.deepEqual(
      [
        await remoteKind(place('web'), '/tmp', deps()),
        await remoteKind(place('web'), '/tmp/empty', deps()),
        await remoteKind(place('web'), '/tmp/none', deps()),
      ],
      ['folder', 'file', undefined],
    );
  });

  it('a folder comes with what is in it, links left out', async () => {
    const { skipped, files } = await copyFromContainer(place('web'), '/bin', folder, deps());
    assert.ok(files >= 1 && skipped.includes('bin/sh'), `${files} files, without ${skipped.join()}`);
    assert.ok(readFileSync(join(folder, 'bin', 'busybox')).length > 100_000);
  });

  it('what is not there, and a container without tar, are told in words', async () => {
    await assert.rejects(
      copyFromContainer(place('web'), '/no/such', folder, deps()),
      (error) => error instanceof Failure && error.kind === 'notFound',
    );
    await assert.rejects(copyFromContainer(place('bare'), '/etc', folder, deps()), /no tar in this container/);
  });

  it('a container without a shell gets one beside it, that sees its processes', async () => {
    const subject = await kubernetes.actions.subject(refOf('bare'), signal);
    const name = debuggerName(subject.object);
    const added = { image: 'gantry.test/tools:1', name, target: 'main', profile: 'general' } as const;
    await kubernetes.actions.run(debug, subject, added);
    await kubernetes.actions.awaitObject(refOf('bare'), (pod) => isDebuggerReady(pod, name), signal);
    const server = kubernetes.contexts.connect(context);
    const options = { command: undefined, stdin: true, tty: true };
    const remote = await startRemote(server, place('bare', name), options, signal);
    let text = '';
    const reading = (async () => {
      for await (const { data } of remote.output) text += data.toString();
    })();
    await eventually(async () => {
      await remote.write(Buffer.from('cat /proc/1/cmdline\r'));
      return text.includes('/worker');
    });
    remote.close();
    await reading;
    const again = await kubernetes.actions.subject(refOf('bare'), signal);
    assert.equal(debuggerName(again.object), 'debugger-2');
  });

  it('an image that the node does not have is given up with its reason', async () => {
    const subject = await kubernetes.actions.subject(refOf('web'), signal);
    const added = { image: 'example.invalid/none:1', name: 'hopeless', target: 'main', profile: 'general' } as const;
    await kubernetes.actions.run(debug, subject, added);
    const waiting = kubernetes.actions.awaitObject(refOf('web'), (pod) => isDebuggerReady(pod, 'hopeless'), signal);
    await assert.rejects(waiting, /cannot start: .*Choose an image that the node can pull/);
  });
});
