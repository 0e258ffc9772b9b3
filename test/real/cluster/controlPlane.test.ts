import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { ControlPlane, Running } from '../../../src/cluster/controlPlane.ts';
import { type ProcessIdentity, isAlive } from '../../../src/core/identity.ts';
import { type PartName, partNames } from '../../../src/cluster/parts.ts';
import { isAbort } from '../../../src/core/failure.ts';
import {
  TestCluster,
  builtPrograms,
  eventually,
  ownControlPlane,
  pod,
  sharedControlPlane,
} from '../../support/controlPlane.ts';

const never = new AbortController().signal;
const quiet = (): void => {};

/** Command lines of processes that name a folder: a second source beside the cluster's own record. */
function processesOf({ layout }: ControlPlane): string[] {
  const listed = execFileSync('ps', ['-axo', 'pid=,stat=,args='], { encoding: 'utf8', maxBuffer: 1 << 26 });
  return listed
    .split('\n')
    .filter((line) => line.includes(layout.folder) && line.includes('gantry-'))
    .filter((line) => !/^\s*\d+\s+Z/.test(line));
}

const pids = ({ processes }: Running): number[] => partNames.map((name) => processes[name]!.pid);

describe('embedded cluster', () => {
  let cluster: TestCluster;
  before(async function () {
    cluster = await sharedControlPlane(this);
  });

  it('is Kubernetes 1.34.4', async () => {
    const { gitVersion, major, minor } = await cluster.api<Record<string, string>>('GET', '/version');
    assert.deepEqual({ gitVersion, major, minor }, { gitVersion: 'v1.34.4', major: '1', minor: '34' });
  });

  it('refuses who shows no certificate, and whom RBAC gives nothing', async () => {
    const status = (headers: Record<string, string>): Promise<number> =>
      new Promise((resolve, reject) => {
        request(`${cluster.server}/api/v1/pods`, { ca: cluster.ca, agent: false, headers }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        })
          .on('error', reject)
          .end();
      });
    const namespace = await cluster.namespace();
    const account = `/api/v1/namespaces/${namespace}/serviceaccounts/default/token`;
    const { status: issued } = await cluster.api<{ status: { token: string } }>('POST', account, {});
    assert.deepEqual(
      [
        await status({}),
        await status({ authorization: 'Bearer x' }),
        await status({ authorization: `Bearer ${issued.token}` }),
      ],
      [403, 401, 403],
    );
  });

  it('runs pods of a Deployment as soon as it is ready', async () => {
    const namespace = await cluster.namespace();
    const labels = { app: 'web' };
    await cluster.api('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, {
      metadata: { name: 'web' },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'example.invalid/app:1' }] } },
      },
    });
    let rows: unknown[] = [];
    await eventually(async () => {
      const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=app%3Dweb`;
      const { items } = await cluster.api<{ items: { status: { phase: string }; spec: { nodeName: string } }[] }>(
        'GET',
        path,
      );
      rows = items.map(({ status, spec }) => [status.phase, spec.nodeName]);
      return items.length === 2 && items.every(({ status }) => status.phase === 'Running');
    });
    const running = ['Running', 'gantry-node'];
    assert.deepEqual(rows, [running, running]);
  });

  it('keeps keys and kubeconfigs from other people', () => {
    const { layout } = cluster.controlPlane;
    const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);
    assert.equal(mode(layout.kubeconfig), '600');
    assert.equal(mode(layout.partKubeconfig('kwok')), '600');
    assert.equal(mode(layout.certificate('ca.key')), '600');
    assert.equal(mode(layout.state), '600');
    assert.equal(mode(layout.folder), '700');
  });

  it('lets nobody into etcd with a certificate of the cluster', async () => {
    const args = readFileSync(`/proc/${cluster.running.processes.etcd!.pid}/cmdline`, 'utf8').split('\0');
    const url = args.find((arg) => arg.startsWith('--listen-client-urls='))!.split('=')[1]!;
    const ca = readFileSync(cluster.controlPlane.layout.certificate('etcd-ca.crt'), 'utf8');
    const ask = (cert?: string, key?: string): Promise<unknown> =>
      new Promise((resolve, reject) => {
        request(`${url}/version`, { ca, cert, key, agent: false }, resolve).on('error', reject).end();
      });
    await assert.rejects(ask());
    await assert.rejects(ask(cluster.adminCert, cluster.adminKey));
    const own = (file: string): string => readFileSync(cluster.controlPlane.layout.certificate(file), 'utf8');
    await ask(own('etcd.crt'), own('etcd.key'));
  });

  it('listens on the loopback interface only', () => {
    const ours = new Set(pids(cluster.running).map(String));
    const inodes = new Set<string>();
    for (const pid of ours) {
      const listed = execFileSync('sh', ['-c', `ls -l /proc/${pid}/fd`], { encoding: 'utf8' });
      for (const [, inode] of listed.matchAll(/socket:\[(\d+)\]/g)) inodes.add(inode!);
    }
    const listening = ['tcp', 'tcp6']
      .flatMap((file) => readFileSync(`/proc/net/${file}`, 'utf8').trim().split('\n').slice(1))
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === '0A' && inodes.has(fields[9]!))
      .map((fields) => fields[1]!.split(':')[0]);
    assert.deepEqual(listening, Array(3).fill('0100007F'));
  });
});

describe('embedded cluster, one of its own', function () {
  this.timeout(10 * 60_000);
  let controlPlane: ControlPlane;
  let running: Running;

  before(async function () {
    await sharedControlPlane(this); // Skips without Go; builds.
    controlPlane = ownControlPlane();
    running = await controlPlane.start(quiet, never);
  });
  afterEach(async () => {
    running = await controlPlane.start(quiet, never);
  });
  after(() => controlPlane?.remove());

  const podsOfDefault = async (): Promise<string[]> => {
    const path = '/api/v1/namespaces/default/pods';
    const { items } = await new TestCluster(controlPlane, running).api<{ items: { metadata: { name: string } }[] }>(
      'GET',
      path,
    );
    return items.map(({ metadata }) => metadata.name);
  };

  it('is reused by a second start, also through another object', async () => {
    const other = ownControlPlane({ folder: join(controlPlane.layout.folder, '..') });
    assert.deepEqual(await other.start(quiet, never), running);
    assert.equal(processesOf(controlPlane).length, 5);
    assert.equal(await other.status(), 'running');
  });

  for (const name of partNames) {
    it(`comes back on the same address with its data after ${name} was killed`, async () => {
      await new TestCluster(controlPlane, running).api(
        'POST',
        '/api/v1/namespaces/default/pods',
        pod(`before-${name}`),
      );
      const killed = running.processes[name]!;
      process.kill(killed.pid, 'SIGKILL');
      await eventually(() => !isAlive(killed));
      assert.equal(await controlPlane.status(), 'broken');

      const again = await controlPlane.start(quiet, never);
      assert.equal(again.server, running.server);
      assert.ok((await podsOfDefault()).includes(`before-${name}`));
      assert.equal(processesOf(controlPlane).length, 5);
    });
  }

  it('comes back after the API server froze', async () => {
    const { pid } = running.processes['kube-apiserver']!;
    process.kill(pid, 'SIGSTOP');
    const again = await controlPlane.start(quiet, never);
    assert.notEqual(again.processes['kube-apiserver']!.pid, pid);
    assert.equal(processesOf(controlPlane).length, 5);
  });

  it('leaves no process behind when stopped, and keeps its data', async () => {
    await new TestCluster(controlPlane, running).api('POST', '/api/v1/namespaces/default/pods', pod('kept'));
    await controlPlane.stop();
    assert.deepEqual(processesOf(controlPlane), []);
    assert.equal(await controlPlane.status(), 'stopped');
    running = await controlPlane.start(quiet, never);
    assert.ok((await podsOfDefault()).includes('kept'));
  });

  it('chooses other ports when another program has taken one', async () => {
    await controlPlane.stop();
    const thief = createServer().listen(Number(new URL(running.server).port), '127.0.0.1');
    await once(thief, 'listening');
    try {
      const again = await controlPlane.start(quiet, never);
      assert.notEqual(again.server, running.server);
      assert.ok(readFileSync(again.kubeconfig, 'utf8').includes(again.server));
    } finally {
      thief.close();
    }
  });

  it('never touches a process that was given the id of one of its own', async () => {
    const bystander = spawn('sleep', ['600']);
    try {
      await controlPlane.stop();
      const record = JSON.parse(readFileSync(controlPlane.layout.state, 'utf8')) as {
        processes: Record<PartName, ProcessIdentity>;
      };
      record.processes.kwok = { ...record.processes.kwok, pid: bystander.pid! };
      writeFileSync(controlPlane.layout.state, JSON.stringify(record));
      await controlPlane.start(quiet, never);
      assert.equal(bystander.exitCode ?? bystander.signalCode, null);
    } finally {
      bystander.kill();
    }
  });

  for (const torn of ['', '{"ports":{"api"', '{"ports":{"api":70000}}']) {
    it(`starts on a record cut short: ${JSON.stringify(torn)}`, async () => {
      await controlPlane.stop();
      writeFileSync(controlPlane.layout.state, torn);
      running = await controlPlane.start(quiet, never);
      assert.equal(await controlPlane.status(), 'running');
    });
  }
});

describe('embedded cluster, a start that does not finish', function () {
  this.timeout(10 * 60_000);
  let controlPlane: ControlPlane;
  before(async function () {
    await sharedControlPlane(this);
  });
  beforeEach(() => {
    controlPlane = ownControlPlane({ owned: false });
  });
  afterEach(() => controlPlane.remove());

  /** The sentences of a start, in order; each a moment at which it can be interrupted. */
  const moments = ['Starting the cluster', 'Waiting for the API server', 'Waiting for the service account'];

  for (const moment of moments) {
    it(`leaves no process when cancelled at: ${moment}`, async () => {
      const controller = new AbortController();
      const report = (sentence: string): void => {
        // A little later, so that the work of the moment has begun.
        if (sentence.startsWith(moment)) setTimeout(() => controller.abort(), 100);
      };
      await assert.rejects(controlPlane.start(report, controller.signal), isAbort);
      assert.deepEqual(processesOf(controlPlane), []);
      assert.ok(['absent', 'stopped'].includes(await controlPlane.status()));
    });

    it(`leaves no process when its program is killed at: ${moment}, and can be started then`, async () => {
      const child = await starter(controlPlane, 'free', (output, running) => {
        if (output.includes(moment)) setTimeout(() => running.kill('SIGKILL'), 100);
      });
      assert.equal(child.signalCode, 'SIGKILL');
      await eventually(() => processesOf(controlPlane).length === 0);
      await controlPlane.start(quiet, never);
      assert.equal(processesOf(controlPlane).length, 5);
    });
  }

  it('whose etcd was killed before it wrote its first member down is started anew', async () => {
    const log = join(controlPlane.layout.data, 'member', 'wal', '0000000000000000-0000000000000000.wal');
    let waiting: Promise<void> | undefined;
    await starter(controlPlane, 'free', (output, running) => {
      if (!output.includes('Waiting for the API server')) return;
      waiting ??= eventually(() => firstMember(log) !== undefined).finally(() => running.kill('SIGKILL'));
    });
    await waiting;
    await eventually(() => processesOf(controlPlane).length === 0);
    // What stands before the first member is left, as by an etcd that was killed there.
    writeFileSync(log, readFileSync(log).fill(0, firstMember(log)));
    await controlPlane.start(quiet, never);
    assert.equal(processesOf(controlPlane).length, 5);
  });

  it('outlives the program that started it, and is found by the next', async () => {
    assert.equal((await starter(controlPlane, 'free')).exitCode, 0);
    const found = await controlPlane.running();
    assert.notEqual(found, undefined);
    assert.deepEqual(await controlPlane.start(quiet, never), found);
  });

  it('ends with the program that owns it', async () => {
    let before: string[] = [];
    await starter(controlPlane, 'owned', (output, child) => {
      if (!/^ready$/m.test(output)) return;
      before = processesOf(controlPlane);
      child.kill('SIGKILL');
    });
    assert.equal(before.length, 5);
    await eventually(() => processesOf(controlPlane).length === 0);
  });

  it('is one cluster when two programs start it at once', async () => {
    const ended = await Promise.all([starter(controlPlane, 'free'), starter(controlPlane, 'free')]);
    assert.deepEqual(
      ended.map(({ exitCode }) => exitCode),
      [0, 0],
    );
    assert.equal(processesOf(controlPlane).length, 5);
  });

  it('says which part ended and why', async () => {
    const real = await builtPrograms(quiet, never);
    const script = join(controlPlane.layout.folder, '..', 'broken');
    const text = `#!/bin/sh\n[ "$1" = certs ] && exec ${real.controlPlane} "$@"\necho "panic: $1 is broken" >&2\nexit 1\n`;
    writeFileSync(script, text, { mode: 0o755 });
    const broken = ownControlPlane({ programs: () => Promise.resolve({ ...real, controlPlane: script }) });
    try {
      await assert.rejects(broken.start(quiet, never), {
        kind: 'internal',
        message: `etcd ended while the cluster was starting (panic: etcd is broken). Its log is ${broken.layout.log('etcd')}.`,
      });
    } finally {
      await broken.remove();
    }
    assert.equal(existsSync(broken.layout.folder), false);
  });
});

/**
 * Where etcd's log has its first member; undefined before it has. A record has its length in front, of which the top byte
 * tells the padding, and begins with its type (etcd's wal/encoder.go and wal/wal.go); zeros follow the last one.
 */
function firstMember(file: string): number | undefined {
  if (!existsSync(file)) return undefined;
  const [entry, state] = [2, 3];
  const log = readFileSync(file);
  for (let at = 0; at + 9 < log.length;) {
    const length = log.readUIntLE(at, 6);
    if (length === 0) return undefined;
    const padding = log[at + 7]! & 0b111;
    const type = log[at + 9]!;
    if (type === entry || type === state) return at;
    at += 8 + length + padding;
  }
  return undefined;
}

/** Runs `starter.ts`; resolves at its end. `watch` sees all of its output so far, each time there is more. */
async function starter(
  controlPlane: ControlPlane,
  mode: 'owned' | 'free',
  watch: (output: string, child: ChildProcess) => void = () => {},
): Promise<ChildProcess> {
  const args = [join(import.meta.dirname, 'starter.ts'), join(controlPlane.layout.folder, '..'), mode];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => watch((output += text), child));
  await once(child, 'exit');
  return child;
}
