/** `gantry logs|exec|forward` on a real node, `gantry apply|diff|explain` on a real server, and what they say to bad input. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { CliIo } from '../../../src/core/cli.ts';
import { Failure } from '../../../src/core/failure.ts';
import { actionCommands } from '../../../src/kubernetes/actions/cli.ts';
import type { KubeObject } from '../../../src/kubernetes/actions/apiCall.ts';
import { at } from '../../../src/kubernetes/actions/fields.ts';
import type { Kubernetes } from '../../../src/kubernetes/domain.ts';
import { streamCommands } from '../../../src/kubernetes/streams/cli.ts';
import { ask } from '../../support/ask.ts';
import { eventually } from '../../support/controlPlane.ts';
import { kubernetesOn } from '../../support/kubernetes.ts';
import { type TestNode, sharedNode } from '../../support/node.ts';

interface Outcome {
  readonly code: number;
  /** All of standard output. */
  readonly out: string;
  readonly err: string;
}

interface Running {
  readonly ended: Promise<Outcome>;
  readonly out: () => string;
  /** As Ctrl+C does. */
  interrupt(): void;
}

describe('commands of the terminal program', function () {
  this.timeout(10 * 60_000);
  let node: TestNode;
  let kubernetes: Kubernetes;
  let namespace: string;
  let folder: string;

  before(async function () {
    node = await sharedNode(this);
    namespace = await node.cluster.namespace();
    kubernetes = kubernetesOn(node.cluster.kubeconfig);
    await Promise.all([
      node.deploy(namespace, 'web', 2, { args: ['serve', '8080'], image: 'shell' }),
      node.run(namespace, 'counted', { args: ['lines', '5', '0s'] }),
      node.run(namespace, 'shell', { args: ['serve', '8080'], image: 'shell' }),
      node.run(namespace, 'json', { args: ['json'] }),
    ]);
  });
  after(async () => {
    kubernetes?.dispose();
    if (node !== undefined) await node.cluster.removeNamespace(namespace);
  });
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'gantry-commands-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const commands = () => [...streamCommands(async () => kubernetes), ...actionCommands(async () => kubernetes)];

  function begin(words: readonly string[], input?: Buffer): Running {
    const [name, ...args] = words;
    const stop = new AbortController();
    const pieces: Buffer[] = [];
    const err: string[] = [];
    const stdin = new PassThrough();
    if (input !== undefined) stdin.end(input);
    const io: CliIo = {
      out: (line) => void pieces.push(Buffer.from(`${line}\n`)),
      err: (line) => void err.push(line),
      write: async (bytes) => void pieces.push(Buffer.from(bytes)),
      stdin: stdin as unknown as NodeJS.ReadStream,
      env: process.env,
      cwd: folder,
      signal: stop.signal,
    };
    const out = (): string => Buffer.concat(pieces).toString('latin1');
    const command = commands().find((each) => each.name === name)!;
    const ended = command.run(args, io).then((code) => ({ code, out: out(), err: err.join('\n') }));
    ended.catch(() => {});
    return { ended, out, interrupt: () => stop.abort() };
  }
  const gantry = (...words: readonly string[]): Promise<Outcome> => begin(words).ended;
  const here = (): string[] => ['-n', namespace];

  describe('gantry logs', () => {
    it('prints what a pod wrote, the end of it, and JSON lines readable or raw', async () => {
      const all = ['counted 0', 'counted 1', 'counted 2', 'counted 3', 'counted 4', 'counted end 5'];
      await eventually(async () => (await gantry('logs', 'counted', ...here())).out === `${all.join('\n')}\n`);
      const { out, code } = await gantry('logs', 'pod/counted', '--tail', '2', ...here());
      assert.deepEqual([code, out], [0, `${all.slice(-2).join('\n')}\n`]);
      assert.match((await gantry('logs', 'json', ...here())).out, /^03:04:05\.678 INFO {2}started port=8080$/m);
      assert.match((await gantry('logs', 'json', '--raw', ...here())).out, /^\{"time":"2026-01-02T/);
    });

    it('follows all pods of a workload until Ctrl+C', async () => {
      const following = begin(['logs', 'deploy/web', '-f', ...here()]);
      await eventually(() => [...following.out().matchAll(/^web-\S+ .*serving 8080$/gm)].length === 2);
      following.interrupt();
      assert.equal((await following.ended).code, 0);
    });
  });

  describe('gantry exec', () => {
    it('runs a command with its words as they are, and tells its exit code', async () => {
      assert.deepEqual(await gantry('exec', 'shell', ...here(), '--', 'echo', '$(id)', 'a  b'), {
        code: 0,
        out: '$(id) a  b\n',
        err: '',
      });
      const { code, err } = await gantry('exec', 'shell', ...here(), '--', 'sh', '-c', 'exit 7');
      assert.deepEqual([code, err], [1, 'The command ended with exit code 7.']);
    });

    it('passes megabytes of standard input, in order and to their end', async () => {
      const data = randomBytes(5_000_000);
      const { code, out } = await begin(['exec', 'shell', '-i', ...here(), '--', 'cat'], data).ended;
      assert.equal(code, 0);
      assert.ok(Buffer.from(out, 'latin1').equals(data));
    });

    it('ends on Ctrl+C', async () => {
      const running = begin(['exec', 'shell', ...here(), '--', 'sh', '-c', 'echo begun; sleep 1000']);
      await eventually(() => running.out() === 'begun\n');
      running.interrupt();
      await assert.rejects(running.ended, { kind: 'cancelled' });
    });

    it('says what is not there', async () => {
      await assert.rejects(gantry('exec', 'nobody', ...here(), '--', 'ls'), /pods "nobody" not found/);
      await assert.rejects(gantry('exec', 'shell', ...here(), '--', 'no-such-program'), /no-such-program/);
      await assert.rejects(gantry('exec', 'shell', '-c', 'other', ...here(), '--', 'ls'), /other/);
    });
  });

  describe('gantry forward', () => {
    it('forwards several ports until Ctrl+C, and then no more', async () => {
      const running = begin(['forward', 'deploy/web', ':8080', ':8081', ...here()]);
      await eventually(() => running.out().split('\n').length === 3);
      const port = Number(/127\.0\.0\.1:(\d+) forwards to web:8080/.exec(running.out())![1]);
      assert.match((await ask(port, 'name\n')).toString(), /^web-/);
      running.interrupt();
      assert.equal((await running.ended).code, 0);
      kubernetes.dispose(); // As the program does when it ends.
      await assert.rejects(ask(port, 'name\n'), /ECONNREFUSED/);
      kubernetes = kubernetesOn(node.cluster.kubeconfig);
    });

    it('says which port is taken', async () => {
      const port = Number(new URL(node.cluster.server).port);
      await assert.rejects(gantry('forward', 'shell', `${port}:8080`, ...here()), new RegExp(`Port ${port} is taken`));
    });
  });

  describe('gantry apply and diff', () => {
    const configMap = (data: Record<string, string>): string => {
      const file = join(folder, 'map.yaml');
      writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'made' }, data }));
      return file;
    };
    const live = (): Promise<KubeObject> =>
      node.cluster.api<KubeObject>('GET', `/api/v1/namespaces/${namespace}/configmaps/made`);

    it('show what changes, try it, make it, and then there is nothing to do', async () => {
      const file = configMap({ a: '1' });
      const shown = await gantry('diff', '-f', file, ...here());
      assert.equal(shown.code, 1);
      assert.match(shown.out, /^\+ {2}a: "1"$/m);
      assert.match((await gantry('apply', '-f', file, '--dry-run', ...here())).out, /made/);
      await assert.rejects(live(), /404/);
      assert.equal((await gantry('apply', '-f', 'map.yaml', ...here())).code, 0);
      assert.equal(at(await live(), 'data', 'a'), '1');
      assert.deepEqual(await gantry('diff', '-f', file, ...here()), { code: 0, out: '', err: '' });
    });

    it('name who else looks after a field, and take it by force only', async () => {
      const path = `/api/v1/namespaces/${namespace}/configmaps/made?fieldManager=pipeline&force=true`;
      const theirs = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'made' }, data: { a: '2' } };
      await node.cluster.api('PATCH', path, theirs, { 'content-type': 'application/apply-patch+yaml' });
      const file = configMap({ a: '3' });
      const { code, err } = await gantry('apply', '-f', file, ...here());
      assert.equal(code, 1);
      assert.match(err, /pipeline[\s\S]*Nothing was applied\. --force takes these fields/);
      assert.equal(at(await live(), 'data', 'a'), '2');
      assert.equal((await gantry('apply', '-f', file, '--force', ...here())).code, 0);
      assert.equal(at(await live(), 'data', 'a'), '3');
    });

    it('apply nothing of a file of which a part is wrong', async () => {
      const file = join(folder, 'two.yaml');
      const good = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'good' } };
      const bad = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'bad' }, spec: { ports: [{ port: 0 }] } };
      writeFileSync(file, `${JSON.stringify(good)}\n---\n${JSON.stringify(bad)}\n`);
      const { code, err } = await gantry('apply', '-f', file, ...here());
      assert.equal(code, 1);
      assert.match(err, /bad[\s\S]*Nothing was applied\./);
      const { status } = await node.cluster.send('GET', `/api/v1/namespaces/${namespace}/configmaps/good`);
      assert.equal(status, 404);
    });
  });

  describe('gantry explain', () => {
    it('says why, and what to do, and exits with 1; of what is well it says so and exits with 0', async () => {
      await node.cluster.api('POST', `/api/v1/namespaces/${namespace}/pods`, {
        metadata: { name: 'greedy' },
        spec: { nodeSelector: { no: 'node' }, containers: [{ name: 'main', image: 'example.invalid/app:1' }] },
      });
      await eventually(async () => (await gantry('explain', 'pod/greedy', ...here())).code === 1);
      assert.match((await gantry('explain', 'pods', 'greedy', ...here())).out, /No node takes the pod\./);
      assert.equal((await gantry('explain', 'pod/shell', ...here())).code, 0);
    });
  });

  it('refuse what they do not understand, each with its usage', async () => {
    const wrong = [
      ['logs'],
      ['logs', 'web', '--tail', 'many'],
      ['logs', 'web', '--since', '-1'],
      ['logs', 'unheard/web'],
      ['logs', 'web', '--unheard'],
      ['exec'],
      ['exec', 'shell'],
      ['exec', 'shell', '--'],
      ['exec', '--', 'ls'],
      ['forward'],
      ['forward', 'web'],
      ['forward', 'web', 'http'],
      ['forward', 'web', '70000'],
      ['forward', 'node/web', '80'],
      ['apply'],
      ['apply', 'map.yaml'],
      ['apply', '-f', 'missing.yaml'],
      ['diff', '-f'],
      ['diff', '-f', '.'],
      ['explain'],
      ['explain', 'pod'],
      ['explain', 'unheard/x'],
      ['logs', 'web', '--context', 'unheard'],
    ];
    for (const words of wrong) {
      const error = await gantry(...words).then(
        ({ code }) => assert.fail(`${words.join(' ')} ended with ${code}`),
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof Failure && error.kind !== 'cancelled', `${words.join(' ')}: ${String(error)}`);
      assert.ok(error.message.length > 10, words.join(' '));
    }
    for (const text of ['just: words', '{', 'kind: Pod', '']) {
      writeFileSync(join(folder, 'wrong.yaml'), text);
      await assert.rejects(gantry('apply', '-f', 'wrong.yaml', ...here()), { name: 'Failure', kind: 'invalid' }, text);
    }
  });

  it('say that there is no such pod, object or workload', async () => {
    await assert.rejects(gantry('logs', 'nobody', ...here()), /nobody has no pod in namespace/);
    await assert.rejects(gantry('logs', 'deploy/nobody', ...here()), /nobody has no pod in namespace/);
    await assert.rejects(gantry('explain', 'pod/nobody', ...here()), /nobody/);
  });
});
