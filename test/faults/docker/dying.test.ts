/** D3: an engine that dies in the middle of each stream; the reader is told, and nothing hangs. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../../src/core/log.ts';
import { BuildLines } from '../../../src/docker/build/lines.ts';
import { type ContainerRef, type Docker, createDocker } from '../../../src/docker/domain.ts';
import { thisMachine } from '../../../src/docker/endpoints.ts';
import { load, save, tagImage } from '../../../src/docker/operations.ts';
import { type OwnEngine, ownEngine, talker } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';

const never = new AbortController().signal;

async function drain(items: AsyncIterable<unknown>, onFirst: () => void = () => {}): Promise<void> {
  let first = true;
  for await (const _ of items) {
    if (first) onFirst();
    first = false;
  }
}

describe('an engine that dies in the middle', function () {
  this.timeout(180_000);
  let engine: OwnEngine;
  let docker: Docker;
  let registry: Server;
  let held: number;
  before(async function () {
    engine = await ownEngine(this);
    await engine.image();
    // No docker command: the engine itself is asked to build.
    const world = { ...thisMachine(), env: { PATH: '/nonexistent' } };
    docker = createDocker({ log: silentLog, endpoint: () => engine.address, world });
    await docker.engines.found();
  });
  after(async () => {
    docker?.dispose();
    await engine?.close();
  });
  beforeEach(async () => {
    held = 0;
    // A registry that takes every question and never answers the one that matters.
    registry = createServer((request, response) => {
      if (request.url === '/v2/') response.writeHead(200).end('{}');
      else held++;
    });
    await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    registry.closeAllConnections();
    registry.close();
    if (!(await engine.answers())) await engine.start();
    await engine.removeContainers();
  });

  const at = (): string => engine.address;
  const container = async (...command: string[]): Promise<ContainerRef> => ({
    engine: at(),
    id: await engine.run({ command }),
  });
  const name = (): string => {
    const address = registry.address();
    return `127.0.0.1:${typeof address === 'object' ? address?.port : 0}/talker:1`;
  };
  const told = (work: Promise<unknown>): Promise<void> =>
    assert.rejects(work, { name: 'Failure', kind: 'unreachable' });
  const kill = async (): Promise<void> => {
    await engine.kill('SIGKILL');
    assert.equal(await engine.answers(), false, 'the fault took effect');
  };

  it('pull', async () => {
    const pulling = told(drain(docker.transfer(at(), 'pull', name(), never)));
    await eventually(() => held > 0);
    await kill();
    await pulling;
  });

  it('push', async () => {
    await docker.perform(at(), tagImage(talker, name()), never);
    const pushing = told(drain(docker.transfer(at(), 'push', name(), never)));
    await eventually(() => held > 0);
    await kill();
    await pushing;
  });

  it('build', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gantry-dying-'));
    try {
      const base = await engine.shellImage();
      writeFileSync(join(folder, 'Dockerfile'), `FROM ${base}\nRUN ["sh", "-c", "while :; do echo on; done"]\n`);
      const request = { folder, dockerfile: 'Dockerfile', tag: 'never:1', network: 'none' };
      const lines = new BuildLines();
      let killed: Promise<void> | undefined;
      const building = told(
        docker.build(
          at(),
          request,
          (news) => {
            if (lines.of(news).some(({ output }) => output)) killed ??= kill();
          },
          never,
        ),
      );
      await building;
      assert.ok(killed !== undefined, 'it was building');
      await killed;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('exec', async () => {
    const ref = await container('wait');
    const session = await docker.exec(ref, { command: ['/talker', 'tick', '50'], tty: false }, never);
    await told(drain(session.output, () => void kill()));
  });

  it('stats', async () => {
    const ref = await container('wait');
    await told(drain(docker.stats(ref, never), () => void kill()));
  });

  it('save', async () => {
    const { api } = await docker.client(at());
    const archive = await api.stream(save(talker, 'x').request, never);
    await kill();
    // What was on its way arrives; an archive that is not whole must not look like one.
    await assert.rejects(drain(archive), { code: 'ECONNRESET' });
  });

  it('load, of what never ends', async () => {
    const { PassThrough } = await import('node:stream');
    const endless = new PassThrough();
    endless.write(Buffer.alloc(1024));
    const loading = assert.rejects(drain(docker.progress(at(), load('x'), never, endless)), { name: 'Failure' });
    await eventually(() => endless.readableLength === 0);
    await kill();
    await loading;
    endless.destroy();
  });

  it('an image deleted under us: the next question says that it is gone', async () => {
    await docker.perform(at(), tagImage(talker, 'gantry-test/short:1'), never);
    await engine.json('DELETE', '/images/gantry-test/short:1');
    const spec = { image: 'gantry-test/short:1', ports: [], env: [], volumes: [], command: [] };
    await assert.rejects(docker.run(at(), spec, never), { kind: 'notFound', message: /gantry-test\/short/ });
  });
});
