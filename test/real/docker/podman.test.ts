/** Podman as the second engine beside Docker: found, told apart, and used like it. */
import assert from 'node:assert/strict';
import { silentLog } from '../../../src/core/log.ts';
import { lastValue } from '../../../src/core/loadable.ts';
import { type Docker, createDocker } from '../../../src/docker/domain.ts';
import { type EndpointWorld, thisMachine } from '../../../src/docker/endpoints.ts';
import { removeContainer, simple } from '../../../src/docker/operations.ts';
import { type Engine, sharedEngine } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { OwnPodman } from '../../support/podman.ts';

const never = new AbortController().signal;

describe('Podman beside Docker', function () {
  this.timeout(180_000);
  let podman: OwnPodman;
  let other: Engine;
  let docker: Docker;
  let world: EndpointWorld;
  before(async function () {
    podman = await OwnPodman.launch(this);
    other = await sharedEngine(this);
    await podman.image();
    // Nothing but Podman's own socket names it: neither a setting nor a variable.
    world = { ...thisMachine(), env: { DOCKER_HOST: other.address, XDG_RUNTIME_DIR: podman.runtimeFolder } };
    docker = createDocker({ log: silentLog, endpoint: () => '', world });
    docker.tree().setVisible(true);
    await docker.engines.found();
  });
  after(async () => {
    docker?.dispose();
    await podman?.close();
  });
  afterEach(() => podman?.removeContainers());

  const mine = () => docker.engines.byAddress(podman.address)!;
  const states = (): Record<string, string> => {
    const rows = lastValue(mine().store.state) ?? new Map();
    return Object.fromEntries([...rows.values()].map(({ name, state }) => [name, state]));
  };
  const offline = { HostConfig: { NetworkMode: 'none' } };

  it('is found and told from Docker, each with its version; the docker command’s engine comes first', async () => {
    const told = docker.engines.all.filter(({ address }) => [other.address, podman.address].includes(address));
    assert.deepEqual(
      told.map(({ address, runtime }) => [address, runtime]),
      [
        [other.address, 'docker'],
        [podman.address, 'podman'],
      ],
    );
    assert.equal(mine().version, podman.version());
    const { findings } = await docker.examine();
    assert.match(findings.find(({ address }) => address === podman.address)?.engine ?? '', /^Podman 4\./);
  });

  it('its containers are listed with the others, and follow its events', async () => {
    const ran = await podman.run({ name: 'one', command: ['wait'], more: offline });
    await eventually(() => states()['one'] === 'running');
    const listed = (await docker.list(never)).filter(({ engine }) => engine === podman.address);
    assert.deepEqual(
      listed.map(({ container: { id, name, state } }) => [id, name, state]),
      [[ran, 'one', 'running']],
    );
    await podman.json('POST', `/containers/${ran}/stop?t=1`);
    await eventually(() => states()['one'] === 'exited');
    await podman.api('DELETE', `/containers/${ran}?force=1`);
    await eventually(() => !('one' in states()));
  });

  it('start, stop, remove', async () => {
    const on = { id: await podman.create({ name: 'two', command: ['wait'], more: offline }), name: 'two' };
    await eventually(() => states()['two'] === 'created');
    await docker.perform(podman.address, simple.start(on), never);
    await eventually(() => states()['two'] === 'running');
    await docker.perform(podman.address, simple.stop(on), never);
    await eventually(() => states()['two'] === 'exited');
    await docker.perform(podman.address, removeContainer(on, true), never);
    await eventually(() => !('two' in states()));
  });

  it('logs, each line once', async () => {
    const id = await podman.run({ command: ['lines', '200', '20'], more: offline });
    let text = '';
    for await (const { data } of docker.logs(id, { follow: true, tail: 'all' }, never, podman.address)) {
      text += data.toString();
    }
    assert.deepEqual(
      text.trimEnd().split('\n').map(Number),
      Array.from({ length: 200 }, (_, i) => i),
    );
  });

  it('a command in a container, with its exit code', async () => {
    const id = await podman.run({ command: ['wait'], more: offline });
    const session = await docker.exec(
      { engine: podman.address, id },
      { command: ['/talker', 'exit', '3'], tty: false },
      never,
    );
    for await (const _ of session.output); // To its end.
    assert.equal(await session.exitCode(), 3);
  });

  it('files of a stopped container', async () => {
    const id = await podman.create({ command: ['wait'], more: offline });
    const files = await docker.files({ engine: podman.address, id });
    assert.ok((await files.list('/', never)).some(({ name, type }) => name === 'talker' && type === 'file'));
    await files.write('/note', Buffer.from('hello\n'), never);
    assert.equal((await files.read('/note', never)).toString(), 'hello\n');
  });

  it('images, and no build cache, which Podman does not have', async () => {
    const tree = docker.tree();
    const root = (await tree.children(undefined)).find((node) => node.engine === podman.address)!;
    const folders = (await tree.children(root)).flatMap((node) => (node.kind === 'folder' ? node.folder : []));
    assert.deepEqual(folders, ['images', 'volumes', 'networks']);
    const images = await mine().client.list('images', never);
    assert.deepEqual(
      images.map(({ name }) => name),
      ['docker.io/gantry-test/talker:1'],
    );
  });
});
