/** An engine that restarts, drowns in events, dies under a stream, or stands still: what the view says each time. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { lastValue } from '../../../src/core/loadable.ts';
import { silentLog } from '../../../src/core/log.ts';
import { type Docker, createDocker } from '../../../src/docker/domain.ts';
import { type CountingProxy, countingProxy } from '../../support/countingProxy.ts';
import { type OwnEngine, ownEngine } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { long } from '../../support/long.ts';
import { ScriptedEngine } from '../../support/scriptedEngine.ts';

const restarts = long ? 20 : 4;
const never = new AbortController().signal;

const rowsOf = (docker: Docker): Record<string, string> => {
  const [engine] = docker.engines.all;
  const rows = engine === undefined ? undefined : lastValue(engine.store.state);
  return Object.fromEntries([...(rows?.values() ?? [])].map(({ id, state }) => [id, state]));
};
const stateOf = (docker: Docker): string | undefined => docker.engines.all[0]?.store.state.state;

describe('an engine in trouble', function () {
  this.timeout(300_000);
  let engine: OwnEngine;
  let proxy: CountingProxy;
  let docker: Docker;
  before(async function () {
    engine = await ownEngine(this);
    await engine.image();
    proxy = await countingProxy(engine.socketPath);
  });
  after(async () => {
    await proxy?.close();
    await engine?.close();
  });
  beforeEach(async () => {
    docker = createDocker({ log: silentLog, endpoint: () => `unix://${proxy.socketPath}`, heartbeat: 500 });
    docker.tree().setVisible(true);
    await docker.engines.found();
    await eventually(() => stateOf(docker) === 'ready');
  });
  afterEach(async () => {
    docker.dispose();
    await engine.removeContainers();
  });

  const truth = async (): Promise<Record<string, string>> => {
    const rows = await engine.json<{ Id: string; State: string }[]>('GET', '/containers/json?all=1');
    return Object.fromEntries(rows.map(({ Id, State }) => [Id, State]));
  };
  const equal = async (): Promise<void> => {
    const wanted = await truth();
    await eventually(() => stateOf(docker) === 'ready' && isDeepStrictEqual(rowsOf(docker), wanted));
  };

  for (const liveRestore of [false, true]) {
    const kept = liveRestore ? 'its containers live on' : 'its containers end';
    it(`D1 restarted ${restarts} times, ${kept}: equal each time, and no connection is left over`, async () => {
      await engine.kill('SIGTERM');
      await engine.start({ liveRestore });
      await equal();
      const open = await proxy.connections();
      for (let i = 0; i < restarts; i++) {
        await engine.run({ name: `kept-${i}`, command: ['wait'] });
        await engine.kill(i % 2 === 0 ? 'SIGKILL' : 'SIGTERM');
        assert.equal(await engine.answers(), false, 'the fault took effect');
        await eventually(() => stateOf(docker) === 'failed');
        await engine.start({ liveRestore });
        await equal();
        if (liveRestore) assert.deepEqual(new Set(Object.values(await truth())), new Set(['running']));
      }
      await eventually(async () => (await proxy.connections()) <= open + 4);
    });
  }

  it('D3 killed while logs are followed: the reader is told why', async () => {
    const id = await engine.run({ command: ['tick', '20'] });
    const reading = (async () => {
      for await (const { data } of docker.logs(id, { follow: true, tail: 'all' }, never)) {
        if (data.includes('tick 2')) await engine.kill('SIGKILL');
      }
    })();
    await assert.rejects(reading, { name: 'Failure', kind: 'unreachable' });
    await engine.start();
    await equal();
  });

  it('L1 followed across restarts of two containers and of the engine: each line once, in order', async () => {
    const names = ['left', 'right'];
    const refs = [];
    for (const name of names)
      refs.push({
        engine: docker.engines.all[0]!.address,
        name,
        id: await engine.run({ name, command: ['lines', '40', '20'] }),
      });
    const stop = new AbortController();
    const read = new Map<string, string[]>(names.map((name) => [name, []]));
    const remarks: string[] = [];
    const reading = (async () => {
      for await (const batch of docker.follow(refs, 1000)(stop.signal)) {
        for (const { source, text, remark } of batch) {
          if (remark === true) remarks.push(text);
          else read.get(source)!.push(text.trim());
        }
      }
    })();
    const lines = (): number => [...read.values()].reduce((sum, { length }) => sum + length, 0);
    await eventually(() => lines() === 80);
    for (let i = 2; i <= 4; i++) {
      if (i === 3) {
        await engine.kill('SIGKILL');
        await engine.start();
      }
      for (const { id } of refs) await engine.json('POST', `/containers/${id}/start`);
      for (const { id } of refs) await engine.json('POST', `/containers/${id}/wait`);
      await eventually(() => lines() === i * 80);
    }
    await Promise.all(refs.map(({ id }) => engine.json('DELETE', `/containers/${id}`)));
    await reading;
    stop.abort();
    const wanted = Array.from({ length: 160 }, (_, i) => String(i % 40));
    assert.deepEqual([...read.values()], [wanted, wanted]);
    assert.ok(remarks.includes('The container was removed.'), remarks.join('|'));
  });

  it('L1 the connection cut again and again, and silence: each line once, in order', async () => {
    const quiet = long ? 6 * 60_000 : 3000;
    const id = await engine.run({ name: 'cut', command: ['tick', '5'] });
    const stop = new AbortController();
    const read: number[] = [];
    let cuts = 0;
    const ref = { engine: docker.engines.all[0]!.address, id, name: 'cut' };
    const reading = (async () => {
      for await (const batch of docker.follow([ref], 10_000)(stop.signal)) {
        for (const { text, remark } of batch) if (remark !== true) read.push(Number(/\d+/.exec(text)?.[0]));
      }
    })();
    for (const until of [20, 60, 100, 140, 180]) {
      await eventually(() => read.length > until);
      const following = proxy.requests.filter(({ path, open }) => open && path.includes('/logs')).length;
      if (following > 0) cuts++;
      proxy.cut();
    }
    assert.ok(cuts > 0, 'the fault took effect');
    // Paused it says nothing; what it says after is still heard.
    await engine.json('POST', `/containers/${id}/pause`);
    await new Promise((resolve) => setTimeout(resolve, quiet));
    const before = read.length;
    await engine.json('POST', `/containers/${id}/unpause`);
    await eventually(() => read.length > before + 20);
    stop.abort();
    await reading;
    assert.deepEqual(
      read,
      Array.from({ length: read.length }, (_, i) => i + read[0]!),
    );
    assert.ok(read[0]! <= 1);
  });

  it('D4 standing still: marked, few connections meanwhile, and true again after', async () => {
    await engine.run({ name: 'before', command: ['wait'] });
    await equal();
    await engine.kill('SIGSTOP');
    await eventually(async () => !(await engine.answers())); // The fault took effect: its threads stop one by one.
    await eventually(() => stateOf(docker) === 'failed');
    const [mine] = docker.engines.all;
    assert.equal(mine?.store.state.state === 'failed' && mine.store.state.failure.kind, 'timeout');
    const lists = Array.from({ length: 20 }, () => docker.list(AbortSignal.timeout(3000)).catch(() => undefined));
    await Promise.all(lists);
    assert.ok((await proxy.connections()) <= 8, `${await proxy.connections()} connections`);
    await engine.kill('SIGCONT');
    await equal();
  });
});

describe('an engine as newer versions are', function () {
  this.timeout(120_000);
  let folder: string;
  let engine: ScriptedEngine;
  let docker: Docker;
  const slow = { milliseconds: 0 };
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gs-'));
    slow.milliseconds = 0;
    engine = await ScriptedEngine.start({
      at: join(folder, 'docker.sock'),
      answer: (_, response, path) => {
        if (path !== '/containers/json' || slow.milliseconds === 0) return false;
        setTimeout(() => response.writeHead(200).end('[]'), slow.milliseconds);
        return true;
      },
    });
    docker = createDocker({ log: silentLog, endpoint: () => engine.address });
    docker.tree().setVisible(true);
    await docker.engines.found();
  });
  afterEach(async () => {
    docker.dispose();
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('D2 2,000 starts and stops at once, in the shape of API 1.52: equal after the last, images never listed', async () => {
    await eventually(() => engine.listening === 1);
    for (let i = 0; i < 1000; i++) engine.change(`c${i}`, 'running', 'start');
    for (let i = 0; i < 1000; i++)
      engine.change(`c${i}`, i % 2 === 0 ? 'exited' : undefined, i % 2 === 0 ? 'die' : 'destroy');
    await eventually(() => Object.values(rowsOf(docker)).filter((state) => state === 'exited').length === 500);
    assert.equal(Object.keys(rowsOf(docker)).length, 500);
    const inspects = engine.asked.filter((path) => path.endsWith('/json') && path !== '/containers/json').length;
    assert.ok(inspects <= 2000, `${inspects} inspections of 2000 events`);
    assert.deepEqual(
      engine.asked.filter((path) => path.startsWith('/images')),
      [],
    );
  });

  it('a list that takes long: the view waits for it, and events meanwhile are not lost', async () => {
    slow.milliseconds = 1500;
    const lists = (): number => engine.asked.filter((path) => path === '/containers/json').length;
    await eventually(() => lists() === 1);
    await docker.refresh();
    await eventually(() => lists() === 2);
    engine.change('meanwhile', 'running', 'start');
    await eventually(() => rowsOf(docker)['meanwhile'] === 'running');
  });

  it('goes, and comes back at the same socket: found without a search by hand', async () => {
    await engine.close();
    await docker.refresh();
    assert.equal(docker.engines.all.length, 0, 'the fault took effect');
    engine = await ScriptedEngine.start({ at: join(folder, 'docker.sock') });
    await eventually(() => docker.engines.all.length === 1);
  });

  it('does not answer in time when it is first asked: shown as soon as it does, long before the next look', async () => {
    let pings = 0;
    const slow = await ScriptedEngine.start({
      at: join(folder, 'slow.sock'),
      answer: (_, __, path) => path === '/_ping' && ++pings === 1, // Kept waiting.
    });
    const late = createDocker({ log: silentLog, endpoint: () => slow.address, heartbeat: 3_600_000 });
    try {
      const tree = late.tree();
      tree.setVisible(true);
      const labels = async (): Promise<string[]> =>
        (await tree.children(undefined)).map((node) => tree.describe(node).label);
      assert.equal((await labels())[0], 'No container engine answers');
      await eventually(async () => (await labels())[0]?.startsWith('Docker') === true);
    } finally {
      late.dispose();
      await slow.close();
    }
  });

  it('is started after nobody answered, and no view is open: the next who asks for one has it', async () => {
    const at = join(folder, 'started.sock');
    const none = createDocker({ log: silentLog, endpoint: () => `unix://${at}` });
    let started: ScriptedEngine | undefined;
    try {
      await assert.rejects(none.preferred(), { kind: 'unreachable' });
      started = await ScriptedEngine.start({ at });
      assert.equal((await none.preferred()).address, started.address);
    } finally {
      none.dispose();
      await started?.close();
    }
  });

  it('listens at two addresses: shown once', async () => {
    const other = join(folder, 'other.sock');
    const answer = { ID: 'the same' };
    const twin = (at: string): Promise<ScriptedEngine> =>
      ScriptedEngine.start({
        at,
        answer: (_, response, path) => {
          if (path !== '/info') return false;
          response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
          return true;
        },
      });
    const [first, second] = [await twin(other), await twin(join(folder, '.orbstack/run/docker.sock'))];
    const { thisMachine } = await import('../../../src/docker/endpoints.ts');
    const world = { ...thisMachine(), env: { DOCKER_HOST: first.address }, home: folder, uid: undefined };
    const both = createDocker({ log: silentLog, endpoint: () => '', world });
    try {
      await both.engines.found();
      const ours = both.engines.all.map(({ address }) => address).filter((address) => address.includes(folder));
      assert.deepEqual(ours, [first.address]);
      answer.ID = 'another';
    } finally {
      both.dispose();
      await first.close();
      await second.close();
    }
  });
});
