import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { silentLog } from '../../../src/core/log.ts';
import type { TreeSource } from '../../../src/core/tree.ts';
import { dockerCommands } from '../../../src/docker/cli.ts';
import { type ContainerRef, type Docker, createDocker } from '../../../src/docker/domain.ts';
import type { ContainerNode } from '../../../src/docker/nodes.ts';
import { type Simple, removeContainer, simple } from '../../../src/docker/operations.ts';
import { type CountingProxy, countingProxy } from '../../support/countingProxy.ts';
import type { Folder } from '../../../src/docker/resources.ts';
import { type Engine, type OwnEngine, ownEngine, sharedEngine, talker } from '../../support/engine.ts';
import { tar } from '../../support/tar.ts';

const never = new AbortController().signal;

/** Waits until the check holds; fails with what was seen last. */
async function eventually<T>(look: () => T | Promise<T>, holds: (value: T) => boolean): Promise<T> {
  let value = await look();
  for (const until = Date.now() + 30_000; !holds(value); value = await look()) {
    if (Date.now() > until) assert.fail(`never so; last seen: ${JSON.stringify(value)}`);
    await delay(20);
  }
  return value;
}

/** Labels and states of all rows, as the view draws them while the folders and the containers are closed. */
async function drawn(tree: TreeSource<ContainerNode>, node?: ContainerNode): Promise<string[]> {
  const children = (await tree.children(node)).filter(({ kind }) => kind !== 'folder');
  const parts = children.map(async (child) => {
    const { label, description = '' } = tree.describe(child);
    const below = child.kind === 'container' ? [] : await drawn(tree, child);
    return [`${label}: ${description.split(' · ')[0]}`, ...below];
  });
  return (await Promise.all(parts)).flat();
}

describe('the Containers view on a real engine', () => {
  let engine: Engine;
  let docker: Docker;
  before(async function () {
    engine = await sharedEngine(this);
    await engine.image();
  });
  beforeEach(() => {
    docker = createDocker({ log: silentLog, endpoint: () => engine.address });
  });
  afterEach(async () => {
    docker.dispose();
    await engine.removeContainers();
  });

  const act = (action: Simple, { engine, id }: ContainerRef): Promise<unknown> =>
    docker.perform(engine, simple[action]({ id, name: id }), never);
  const remove = ({ engine, id }: ContainerRef, force: boolean): Promise<unknown> =>
    docker.perform(engine, removeContainer({ id, name: id }, force), never);

  const row = async (name: string): Promise<string | undefined> =>
    (await drawn(docker.tree())).find((line) => line.startsWith(`${name}:`));

  it('shows a container made after it was opened, its changes, and its end', async () => {
    docker.tree().setVisible(true);
    assert.equal(await row('late'), undefined);
    const id = await engine.run({ name: 'late', command: ['wait'] });
    await eventually(
      () => row('late'),
      (line) => line === 'late: running',
    );
    await engine.json('POST', `/containers/${id}/pause`);
    await eventually(
      () => row('late'),
      (line) => line === 'late: paused',
    );
    await engine.json('POST', `/containers/${id}/unpause`);
    await engine.json('POST', `/containers/${id}/rename?name=later`);
    await eventually(
      () => row('later'),
      (line) => line === 'later: running',
    );
    await engine.json('POST', `/containers/${id}/stop`);
    await eventually(
      () => row('later'),
      (line) => line === 'later: exited (0)',
    );
    await engine.json('DELETE', `/containers/${id}`);
    await eventually(
      () => row('later'),
      (line) => line === undefined,
    );
  });

  it('shows the exit code of a container that ends by itself', async () => {
    docker.tree().setVisible(true);
    await docker.tree().children(undefined);
    await engine.run({ name: 'failing', command: ['exit', '7'] });
    await eventually(
      () => row('failing'),
      (line) => line === 'failing: exited (7)',
    );
  });

  it('announces which rows changed, as objects that the view knows', async () => {
    const tree = docker.tree();
    tree.setVisible(true);
    const [root] = await tree.children(undefined);
    const id = await engine.run({ name: 'known', command: ['wait'] });
    const node = await eventually(
      async () => (await tree.children(root)).find((child) => child.kind === 'container' && child.id === id),
      (found) => found !== undefined,
    );
    const seen: (readonly ContainerNode[] | undefined)[] = [];
    tree.onDidChange((nodes) => seen.push(nodes));
    await engine.json('POST', `/containers/${id}/pause`);
    await eventually(() => seen.some((nodes) => nodes?.some((one) => one === node)), Boolean);
    await engine.json('POST', `/containers/${id}/unpause`);
  });

  it('gathers a Compose project', async () => {
    for (const service of ['orders', 'users']) {
      await engine.create({
        name: `shop-${service}-1`,
        command: ['wait'],
        labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': service },
      });
    }
    docker.tree().setVisible(true);
    const lines = await drawn(docker.tree());
    const at = lines.indexOf('shop: 0 of 2 running');
    assert.deepEqual(lines.slice(at, at + 3), ['shop: 0 of 2 running', 'orders: created', 'users: created']);
  });

  /** Labels of a folder's rows; asking for them opens it, as in the view. */
  const inFolder = async (folder: Folder): Promise<string[]> => {
    const tree = docker.tree();
    const [root] = await tree.children(undefined);
    const node = (await tree.children(root)).find((child) => child.kind === 'folder' && child.folder === folder)!;
    return (await tree.children(node)).map((child) => {
      const { label, description = '' } = tree.describe(child);
      return `${label}: ${description}`;
    });
  };
  const starts = (text: string) => (rows: readonly string[]) => rows.some((row) => row.startsWith(text));

  it('shows an image that appears, loses its name and goes', async () => {
    docker.tree().setVisible(true);
    const before = await inFolder('images');
    assert.match(before.find((row) => row.startsWith(talker)) ?? '', /: \d+\.\d MB · /);
    assert.ok(!starts('gantry-test/other:7: ')(before));
    try {
      await engine.json('POST', `/images/${talker}/tag?repo=gantry-test/other&tag=7`);
      await eventually(() => inFolder('images'), starts('gantry-test/other:7: '));
    } finally {
      await engine.json('DELETE', '/images/gantry-test/other:7');
    }
    await eventually(
      () => inFolder('images'),
      (rows) => !starts('gantry-test/other:7: ')(rows),
    );
    const archive = tar([{ name: 'file', data: Buffer.from('x'), mode: 0o644 }]);
    const { status } = JSON.parse((await engine.api('POST', '/images/create?fromSrc=-', archive)).body.toString()) as {
      status: string;
    };
    const label = status.replace('sha256:', '').slice(0, 12);
    try {
      await eventually(() => inFolder('images'), starts(`${label}: dangling · `));
    } finally {
      await engine.json('DELETE', `/images/${status}`);
    }
  });

  it('shows a volume that appears, who uses it, and its end', async () => {
    docker.tree().setVisible(true);
    assert.ok(!starts('gantry-data:')(await inFolder('volumes')));
    await engine.json('POST', '/volumes/create', { Name: 'gantry-data' });
    try {
      await eventually(() => inFolder('volumes'), starts('gantry-data: local'));
      await engine.create({ command: ['wait'], more: { HostConfig: { Binds: ['gantry-data:/data'] } } });
      await eventually(() => inFolder('volumes'), starts('gantry-data: local · in use'));
    } finally {
      await engine.removeContainers();
      await engine.json('DELETE', '/volumes/gantry-data');
    }
    await eventually(
      () => inFolder('volumes'),
      (rows) => !starts('gantry-data:')(rows),
    );
  });

  it('shows a network that appears, and its end', async () => {
    docker.tree().setVisible(true);
    assert.ok(starts('bridge: bridge · local')(await inFolder('networks')));
    await engine.json('POST', '/networks/create', { Name: 'gantry-net', Driver: 'bridge', Internal: true });
    try {
      await eventually(() => inFolder('networks'), starts('gantry-net: bridge · local'));
    } finally {
      await engine.json('DELETE', '/networks/gantry-net');
    }
    await eventually(
      () => inFolder('networks'),
      (rows) => !starts('gantry-net:')(rows),
    );
  });

  it('shows what the engine itself lists', async () => {
    await Promise.all([1, 2, 3].map((i) => engine.create({ name: `same-${i}`, command: ['wait'] })));
    const raw = await engine.json<{ Id: string; State: string }[]>('GET', '/containers/json?all=1');
    const listed = await docker.list(never);
    const pairs = (rows: readonly (readonly [string, string])[]): unknown =>
      rows.toSorted(([a], [b]) => a.localeCompare(b));
    assert.deepEqual(
      pairs(listed.map(({ container }) => [container.id, container.state])),
      pairs(raw.map(({ Id, State }) => [Id, State])),
    );
  });

  it('starts, restarts, stops and removes a container, and doing it twice is no fault', async () => {
    docker.tree().setVisible(true);
    const id = await engine.create({ name: 'acted', command: ['wait'] });
    const ref = { engine: engine.address, id };
    const state = async (): Promise<string> => {
      const { State } = await engine.json<{ State: { Status: string } }>('GET', `/containers/${id}/json`);
      return State.Status;
    };
    const started = async (): Promise<string> => {
      const { State } = await engine.json<{ State: { StartedAt: string } }>('GET', `/containers/${id}/json`);
      return State.StartedAt;
    };
    await act('start', ref);
    await act('start', ref);
    assert.equal(await state(), 'running');
    const first = await started();
    await act('restart', ref);
    assert.notEqual(await started(), first);
    await assert.rejects(remove(ref, false), { kind: 'conflict' });
    assert.equal((await docker.container(ref, never)).name, 'acted');
    await act('stop', ref);
    await act('stop', ref);
    assert.equal(await state(), 'exited');
    await eventually(
      () => row('acted'),
      (line) => line === 'acted: exited (0)',
    );
    await act('start', ref);
    await remove(ref, true);
    assert.equal((await engine.api('GET', `/containers/${id}/json`)).status, 404);
    await eventually(
      () => row('acted'),
      (line) => line === undefined,
    );
    await assert.rejects(act('start', ref), { kind: 'notFound' });
    await assert.rejects(docker.container(ref, never), { kind: 'notFound' });
  });

  it('does nothing to a container of an engine that is not there', async () => {
    const id = await engine.run({ name: 'spared', command: ['wait'] });
    const elsewhere = { engine: 'unix:///nowhere', id };
    await assert.rejects(act('stop', elsewhere), { kind: 'notFound' });
    await assert.rejects(remove(elsewhere, true), { kind: 'notFound' });
    assert.equal((await docker.container({ engine: engine.address, id }, never)).state, 'running');
  });

  it('loses no line of 100 000 on each stream, and keeps their order', async () => {
    const count = 100_000;
    const id = await engine.run({ command: ['count', String(count)] });
    // An engine with much to do may end what is followed before its last lines.
    await engine.json('POST', `/containers/${id}/wait`);
    const read = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    for await (const { stream, data } of docker.logs(id, { follow: false, tail: 'all' }, never))
      read[stream].push(data);
    for (const [stream, word] of [
      ['stdout', 'out'],
      ['stderr', 'err'],
    ] as const) {
      const lines = Buffer.concat(read[stream]).toString().split('\n');
      assert.equal(lines.pop(), '');
      assert.equal(lines.length, count);
      assert.equal(
        lines.findIndex((line, i) => line !== `${word} ${i}`),
        -1,
      );
    }
  });

  it('follows until the container stops, and stops when told', async () => {
    const id = await engine.run({ command: ['tick', '20'] });
    const told = new AbortController();
    let text = '';
    for await (const { data } of docker.logs(id, { follow: true, tail: 'all' }, told.signal)) {
      text += data.toString();
      if (text.includes('tick 3\n')) told.abort();
    }
    assert.match(text, /^tick 0\ntick 1\ntick 2\ntick 3\n/);
    const rest = (async () => {
      for await (const { data } of docker.logs(id, { follow: true, tail: 1 }, never)) text += data.toString();
    })();
    await engine.json('POST', `/containers/${id}/stop`);
    await rest;
  });

  it('follows what is removed when it stops', async () => {
    const id = await engine.run({ command: ['tick', '20'], more: { HostConfig: { AutoRemove: true } } });
    let [text, stopped]: [string, Promise<unknown> | undefined] = ['', undefined];
    for await (const { data } of docker.logs(id, { follow: true, tail: 'all' }, never)) {
      text += data.toString();
      if (text.includes('tick 3\n')) stopped ??= engine.json('POST', `/containers/${id}/stop`);
    }
    assert.match(text, /^tick 0\ntick 1\ntick 2\ntick 3\n/);
    await stopped;
  });

  it('reads a terminal’s output as it is', async () => {
    const id = await engine.run({ command: ['count', '2'], more: { Tty: true } });
    let text = '';
    for await (const { data } of docker.logs(id, { follow: true, tail: 'all' }, never)) text += data.toString();
    assert.deepEqual(text.split('\r\n').sort(), ['', 'err 0', 'err 1', 'out 0', 'out 1']);
  });

  it('says which container there is not', async () => {
    await assert.rejects(
      docker.logs('no-such-thing', { follow: false, tail: 'all' }, never)[Symbol.asyncIterator]().next(),
      {
        kind: 'notFound',
        message: /No such container: no-such-thing/,
      },
    );
  });

  it('is found by Engine Doctor', async () => {
    const { used, findings } = await docker.examine();
    assert.equal(used, engine.address);
    assert.match(findings[0]?.engine ?? '', /^(Docker|Podman) \S+, API 1\.\d+$/);
  });

  it('answers the same in a terminal', async () => {
    const id = await engine.run({ name: 'spoken', command: ['count', '2'] });
    await engine.json('POST', `/containers/${id}/wait`);
    const run = async (name: string, args: readonly string[]): Promise<{ out: string[]; err: string[] }> => {
      const [out, err]: [string[], string[]] = [[], []];
      const io = {
        out: (line: string) => out.push(line),
        err: (line: string) => err.push(line),
        env: {},
        cwd: '/',
        signal: never,
      };
      await dockerCommands(async () => docker)
        .find((command) => command.name === name)!
        .run(args, io);
      return { out, err };
    };
    assert.deepEqual(await run('containers logs', ['spoken']), { out: ['out 0', 'out 1'], err: ['err 0', 'err 1'] });
    const listed = JSON.parse((await run('containers list', ['--json'])).out.join('\n')) as {
      id: string;
      state: string;
    }[];
    assert.equal(listed.find((container) => container.id === id)?.state, 'exited');
  });

  describe('asks the engine', () => {
    let proxy: CountingProxy;
    beforeEach(async () => {
      proxy = await countingProxy(engine.socketPath);
      docker.dispose();
      docker = createDocker({ log: silentLog, endpoint: () => `unix://${proxy.socketPath}` });
    });
    afterEach(() => proxy.close());

    const open = (): string[] =>
      proxy.requests.filter((request) => request.open).map(({ path }) => path.replace(/\?.*/, ''));

    it('nothing but for its events in ten idle seconds', async () => {
      docker.tree().setVisible(true);
      await drawn(docker.tree());
      await delay(1500); // The tests before this one removed containers a moment ago; those events come first.
      const before = proxy.requests.length;
      await delay(10_000);
      assert.deepEqual([proxy.requests.slice(before), open()], [[], ['/events']]);
    });

    it('nothing at all once it is hidden, and holds no connection', async () => {
      docker.tree().setVisible(true);
      await drawn(docker.tree());
      docker.tree().setVisible(false);
      await eventually(open, (paths) => paths.length === 0);
      const before = proxy.requests.length;
      await engine.create({ command: ['wait'] });
      await delay(500);
      assert.equal(proxy.requests.length, before);
      docker.dispose();
      await eventually(
        () => proxy.connections(),
        (count) => count === 0,
      );
    });

    it('for images only while their folder is open, and not before two seconds have passed', async () => {
      const lists = (): number => proxy.requests.filter(({ path }) => path.startsWith('/images/json')).length;
      const retag = async (): Promise<void> => {
        await engine.json('POST', `/images/${talker}/tag?repo=gantry-test/again&tag=1`);
        await engine.json('DELETE', '/images/gantry-test/again:1');
      };
      docker.tree().setVisible(true);
      await drawn(docker.tree());
      await retag();
      await delay(3000);
      assert.equal(lists(), 0);
      await inFolder('images');
      const before = lists();
      for (let i = 0; i < 10; i++) await retag();
      await delay(4500);
      assert.ok(lists() > before && lists() <= before + 2, `${lists() - before} lists for one burst`);
      const [root] = await docker.tree().children(undefined);
      for (const node of await docker.tree().children(root)) docker.tree().setExpanded?.(node, false);
      const closed = lists();
      await retag();
      await delay(3000);
      assert.equal(lists(), closed);
    });

    it('at most one question for each event, and no list', async () => {
      docker.tree().setVisible(true);
      await drawn(docker.tree());
      const before = proxy.requests.length;
      const ids = await Promise.all(
        [1, 2, 3, 4].map((i) => engine.run({ name: `burst-${i}`, command: ['exit', '0'] })),
      );
      await Promise.all(ids.map((id) => engine.json('POST', `/containers/${id}/wait`)));
      await Promise.all(
        [1, 2, 3, 4].map((i) =>
          eventually(
            () => row(`burst-${i}`),
            (line) => line === `burst-${i}: exited (0)`,
          ),
        ),
      );
      const asked = proxy.requests.slice(before).map(({ path }) => path);
      const events = ids.length * 3; // create, start, die
      assert.ok(asked.length <= events, `${asked.length} questions for ${events} events`);
      assert.deepEqual(
        asked.filter((path) => !/^\/containers\/\w{64}\/json$/.test(path)),
        [],
      );
    });
  });
});

describe('the Containers view when the engine fails', () => {
  let engine: OwnEngine;
  let docker: Docker;
  before(async function () {
    engine = await ownEngine(this);
    await engine.image();
  });
  after(() => engine?.close());
  beforeEach(() => {
    docker = createDocker({ log: silentLog, endpoint: () => engine.address, heartbeat: 500 });
    docker.tree().setVisible(true);
  });
  afterEach(async () => {
    docker.dispose();
    await engine.removeContainers();
  });

  const lines = (): Promise<string[]> => drawn(docker.tree());
  const has = (text: string) => (seen: string[]) => seen.includes(text);

  it('is made by the tests with a network as its own would be: the bridge keeps its address', async () => {
    const bridge = await engine.json<{ Options: Record<string, string> }>('GET', '/networks/bridge');
    const name = bridge.Options['com.docker.network.bridge.name'];
    // 3: set, and not taken from whatever container happens to run (addr_assign_type in the kernel's sysfs-class-net).
    assert.equal((await readFile(`/sys/class/net/${name}/addr_assign_type`, 'utf8')).trim(), '3');
  });

  it('killed: keeps the rows, marked; started again: shows what is true then', async () => {
    await engine.run({ name: 'before', command: ['wait'] });
    await eventually(lines, has('before: running'));
    await engine.kill('SIGKILL');
    const away = await eventually(lines, (seen) => seen[0]?.includes('not answering') === true);
    assert.ok(away.includes('before: running'));
    await engine.start();
    await engine.run({ name: 'after', command: ['wait'] });
    const back = await eventually(lines, has('after: running'));
    const raw = await engine.json<{ Names: string[]; State: string }[]>('GET', '/containers/json?all=1');
    assert.deepEqual(
      back
        .slice(1)
        .map((line) => line.replace(/ \(.*/, ''))
        .sort(),
      raw.map(({ Names, State }) => `${Names[0]!.slice(1)}: ${State}`).sort(),
    );
  });

  it('killed while logs are followed: the reader is told', async () => {
    const id = await engine.run({ command: ['tick', '20'] });
    const reading = (async () => {
      for await (const { data } of docker.logs(id, { follow: true, tail: 'all' }, never)) {
        if (data.includes('tick 2')) await engine.kill('SIGKILL');
      }
    })();
    await assert.rejects(reading, { name: 'Failure', kind: 'unreachable' });
    await engine.start();
  });

  it('frozen: marked as not answering; thawed: true again', async () => {
    await eventually(lines, has('No containers: run an image…: '));
    await engine.kill('SIGSTOP');
    await eventually(lines, (seen) => seen[0]?.includes('not answering') === true);
    await engine.kill('SIGCONT');
    await engine.run({ name: 'thawed', command: ['wait'] });
    await eventually(lines, has('thawed: running'));
  });

  it('stopped before the view is refreshed: says so; started: found by itself', async () => {
    await engine.kill('SIGTERM');
    await docker.refresh();
    assert.match((await lines())[0] ?? '', /^No container engine answers/);
    await engine.start();
    await eventually(lines, has('No containers: run an image…: '));
  });
});
