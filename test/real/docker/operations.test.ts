/** Every operation beside the docker line that it claims to be: the same request reaches the engine. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { silentLog } from '../../../src/core/log.ts';
import { type Docker, createDocker } from '../../../src/docker/domain.ts';
import { thisMachine } from '../../../src/docker/endpoints.ts';
import * as operations from '../../../src/docker/operations.ts';
import { type Operation, type Prune, prune, simple } from '../../../src/docker/operations.ts';
import { changeList, layerTable, processTable } from '../../../src/docker/reports.ts';
import { createContainer } from '../../../src/docker/runSpec.ts';
import { type CountingProxy, type SeenRequest, countingProxy } from '../../support/countingProxy.ts';
import { type OwnEngine, ownEngine, talker } from '../../support/engine.ts';
import { type Registry, startRegistry } from '../../support/registry.ts';

const never = new AbortController().signal;

/** A request without what may differ: the version, the name it is about. */
interface Plain {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

function plain({ method, path, body }: SeenRequest, name: string): Plain {
  const url = new URL(path.replaceAll(name, 'NAME'), 'http://engine');
  const text = body.replaceAll(name, 'NAME');
  return {
    method,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    body: text.startsWith('{') ? JSON.parse(text, inOrder) : '',
  };
}

/** What the docker command reads out of a map, so that its order is chance. */
const unordered = new Set(['Env', 'Binds']);

const inOrder = (key: string, value: unknown): unknown =>
  unordered.has(key) && Array.isArray(value) ? value.map(String).sort((one, other) => one.localeCompare(other)) : value;

/** Whether all of `part` stands in `whole`; the docker command names every default. */
function within(part: unknown, whole: unknown): boolean {
  if (typeof part !== 'object' || part === null) return part === whole || (part === '' && whole === undefined);
  if (Array.isArray(part)) return JSON.stringify(part) === JSON.stringify(whole ?? []);
  const other = (whole ?? {}) as Record<string, unknown>;
  return Object.entries(part).every(([key, value]) => within(value, other[key]));
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const item of items) read.push(item);
  return read;
}

describe('operations, beside the docker command', function () {
  this.timeout(180_000);
  let engine: OwnEngine;
  let proxy: CountingProxy;
  let docker: Docker;
  let folder: string;
  let registry: Registry;
  before(async function () {
    engine = await ownEngine(this);
    await engine.image();
    proxy = await countingProxy(engine.socketPath);
    folder = mkdtempSync(join(tmpdir(), 'gantry-operations-'));
    registry = await startRegistry('gantry:letmein');
    const world = { ...thisMachine(), env: { ...process.env, DOCKER_CONFIG: folder } };
    docker = createDocker({ log: silentLog, endpoint: () => `unix://${proxy.socketPath}`, world });
  });
  after(async () => {
    docker?.dispose();
    await proxy?.close();
    await registry?.close();
    await engine?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });
  afterEach(() => engine.removeContainers());

  const at = (): string => `unix://${proxy.socketPath}`;
  /** The docker command on the proxy, with its own empty configuration. */
  const command = (line: readonly string[]): Promise<{ stdout: string }> =>
    promisify(execFile)('docker', line, { env: { ...process.env, DOCKER_HOST: at(), DOCKER_CONFIG: folder } });
  const seen = async (name: string, work: () => Promise<unknown>): Promise<Plain[]> => {
    const before = proxy.requests.length;
    await work();
    return proxy.requests.slice(before).map((request) => plain(request, name));
  };

  /** Runs a line on one thing and the operation on its twin, and compares what reached the engine. */
  const same = async (
    make: (name: string) => Operation | Promise<Operation>,
    perform: (operation: Operation) => Promise<unknown> = (operation) => docker.perform(at(), operation, never),
  ): Promise<void> => {
    const theirs = await make('their-one');
    const line = await seen('their-one', () => command(theirs.line));
    const mine = await make('our-one');
    const ours = (await seen('our-one', () => perform(mine))).find(({ path }) => !path.endsWith('_ping'));
    const match = line.some(
      (one) =>
        one.method === ours!.method &&
        one.path === ours!.path &&
        within(ours!.query, one.query) &&
        within(ours!.body, one.body),
    );
    assert.ok(match, `ours ${JSON.stringify(ours)}\ntheirs ${JSON.stringify(line, undefined, 1)}`);
  };

  /** A container by that name, running unless told. */
  const container = async (name: string, state = 'running'): Promise<operations.Named> => {
    await engine.create({ name, command: ['wait'] });
    if (state !== 'created') await engine.json('POST', `/containers/${name}/start`);
    if (state === 'paused') await engine.json('POST', `/containers/${name}/pause`);
    return { id: name, name };
  };
  const begins = { start: 'created', unpause: 'paused' } as Readonly<Record<string, string>>;
  for (const [action, make] of Object.entries(simple)) {
    it(action, () => same(async (name) => make(await container(name, begins[action]))));
  }
  it('kill', () => same(async (name) => operations.kill(await container(name), 'SIGTERM')));
  it('rename', () => same(async (name) => operations.rename(await container(name), `${name}-2`)));
  it('remove', () => same(async (name) => operations.removeContainer(await container(name, 'created'), false)));
  it('remove one that runs', () => same(async (name) => operations.removeContainer(await container(name), true)));
  it('commit', () => same(async (name) => operations.commit(await container(name), 'gantry-test/made:1')));

  it('create and run', async () => {
    const make = (name: string): Operation =>
      createContainer({
        image: talker,
        name,
        ports: ['127.0.0.1::8080', '9090/udp'],
        env: ['A=1', 'B=two words'],
        volumes: ['gantry-spec:/data', '/tmp:/host:ro'],
        command: ['wait'],
      });
    try {
      await same(make);
    } finally {
      await engine.api('DELETE', '/containers/their-one?force=1');
      await engine.api('DELETE', '/containers/our-one?force=1');
      await engine.api('DELETE', '/volumes/gantry-spec');
    }
  });

  it('runs what the form says, and leaves one that does not start', async () => {
    const spec = { image: talker, name: 'formed', ports: [], env: [], volumes: [] } as const;
    const id = await docker.run(at(), { ...spec, command: ['wait'] }, never);
    assert.equal((await docker.container({ engine: at(), id }, never)).state, 'running');
    await engine.api('DELETE', `/containers/${id}?force=1`);
    const broken = docker.run(at(), { ...spec, volumes: ['/nowhere/at/all:/data:bogus'], command: ['wait'] }, never);
    await assert.rejects(broken, { name: 'Failure' });
    await engine.api('DELETE', '/containers/formed?force=1');
  });

  it('tag and remove an image', async () => {
    await same((name) => operations.tagImage(talker, `gantry-test/${name}:1`));
    await same((name) => operations.removeImage(`gantry-test/${name}:1`, false));
  });

  it('a volume: create, inspect and remove', async () => {
    await same((name) => operations.createVolume(name));
    await same((name) => operations.inspect.volume({ id: name, name }));
    await same((name) => operations.removeVolume(name));
  });

  it('a network: create, inspect and remove', async () => {
    await same((name) => operations.createNetwork(name));
    await same((name) => operations.inspect.network({ id: name, name }));
    await same((name) => operations.removeNetwork({ id: name, name }));
  });

  it('inspect, top, changes and history', async () => {
    await same(async (name) => operations.inspect.container(await container(name)));
    await same(async (name) => operations.top({ id: name, name }));
    await same(async (name) => operations.changes({ id: name, name }));
    await same(() => operations.inspect.image({ id: talker, name: talker }));
    await same(() => operations.history(talker));
    const one = { id: 'our-one', name: 'our-one' };
    const ask = (operation: Operation): Promise<unknown> => docker.perform(at(), operation, never);
    assert.match(processTable(await ask(operations.top(one))), /^UID[^\n]+\n.*talker wait\n$/s);
    assert.equal(changeList(await ask(operations.changes(one))), 'Nothing differs from the image.\n');
    assert.match(layerTable(await ask(operations.history(talker))), /in 1 layers\n$/);
  });

  it('save and load', async () => {
    const save = async (operation: Operation): Promise<void> => {
      const { api } = await docker.client(at());
      await pipeline(await api.stream(operation.request, never), createWriteStream(join(folder, 'our-one.tar')));
    };
    await same((name) => operations.save(talker, join(folder, `${name}.tar`)), save);
    assert.equal(statSync(join(folder, 'our-one.tar')).size, statSync(join(folder, 'their-one.tar')).size);
    const load = async (operation: Operation): Promise<void> => {
      const lines = docker.progress(at(), operation, never, createReadStream(join(folder, 'our-one.tar')));
      const said = await all(lines);
      assert.match(said.map(({ output = '' }) => output).join(''), /Loaded image: gantry-test\/talker:1/);
    };
    await same((name) => operations.load(join(folder, `${name}.tar`)), load);
  });

  it('sign in, push, pull and sign out; the wrong password is refused and not kept', async () => {
    const image = `${registry.name}/gantry/talker:1`;
    const transfer = (direction: 'push' | 'pull') => (): Promise<unknown> =>
      all(docker.transfer(at(), direction, image, never));
    await docker.perform(at(), operations.tagImage(talker, image), never);
    await assert.rejects(transfer('push')(), { kind: 'unauthorised' });
    await assert.rejects(docker.signIn(registry.name, { username: 'gantry', password: 'wrong' }, never), {
      kind: 'unauthorised',
    });
    assert.deepEqual(await docker.credentials.registries(), []);
    await docker.signIn(registry.name, { username: 'gantry', password: 'letmein' }, never);
    assert.equal(statSync(join(folder, 'config.json')).mode & 0o777, 0o600);
    await same(() => operations.push(image), transfer('push'));
    await docker.perform(at(), operations.removeImage(image, false), never);
    await same(() => operations.pull(image), transfer('pull'));
    await docker.credentials.erase(registry.name, never);
    assert.doesNotMatch(readFileSync(join(folder, 'config.json'), 'utf8'), /127\.0\.0\.1/);
    await assert.rejects(all(docker.transfer(at(), 'pull', `${registry.name}/gantry/talker:2`, never)), {
      name: 'Failure',
    });
  });

  it('prune: the preview names what goes', async () => {
    await container('their-one', 'created');
    await engine.create({ name: 'our-one', command: ['wait'] });
    assert.deepEqual([...(await docker.unused(at(), 'containers', never)).names].sort(), ['our-one', 'their-one']);
    for (const kind of Object.keys(prune) as Prune[]) {
      if (kind !== 'allImages') await same(() => prune[kind]());
    }
    assert.deepEqual((await docker.unused(at(), 'containers', never)).names, []);
    await engine.json('POST', '/networks/create', { Name: 'unwanted', Internal: true });
    assert.deepEqual((await docker.unused(at(), 'networks', never)).names, ['unwanted']);
    await docker.perform(at(), prune.networks(), never);
    assert.deepEqual((await docker.unused(at(), 'networks', never)).names, []);
    const { names, bytes } = await docker.unused(at(), 'allImages', never);
    assert.ok(names.some((name) => name.includes(talker)) && bytes > 1_000_000, `${names.join()} ${bytes}`);
    await same(() => prune.allImages());
    assert.deepEqual((await docker.unused(at(), 'allImages', never)).names, []);
  });
});
