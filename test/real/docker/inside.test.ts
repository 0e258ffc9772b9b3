/** Terminals, files and stats of containers: from scratch, stopped, with a shell. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extractTar } from '../../../src/core/tar/extract.ts';
import { dockerCommands } from '../../../src/docker/cli.ts';
import { silentLog } from '../../../src/core/log.ts';
import { type ContainerRef, type Docker, createDocker } from '../../../src/docker/domain.ts';
import { type Session, noProgram, shell } from '../../../src/docker/session.ts';
import { type Engine, sharedEngine, talker } from '../../support/engine.ts';

const never = new AbortController().signal;

/** Reads a session's output until it matches, or to its end. */
async function until(session: Session, pattern?: RegExp): Promise<string> {
  let text = '';
  for await (const { data } of session.output) {
    text += data.toString();
    if (pattern?.test(text) === true) break;
  }
  return text;
}

describe('inside containers', function () {
  this.timeout(180_000);
  let engine: Engine;
  let docker: Docker;
  let image: string;
  before(async function () {
    engine = await sharedEngine(this);
    await engine.image();
    image = await engine.shellImage();
  });
  beforeEach(() => {
    docker = createDocker({ log: silentLog, endpoint: () => engine.address });
  });
  afterEach(async () => {
    docker.dispose();
    await engine.removeContainers();
  });
  const run = async (command: readonly string[], more: object = {}): Promise<ContainerRef> => ({
    engine: engine.address,
    id: await engine.run({ command, more: { ...more } }),
  });
  const withShell = { Image: '', Cmd: ['sh', '-c', 'cat'], OpenStdin: true };

  describe('terminals', () => {
    it('a shell with its size, and the status it ends with', async () => {
      const ref = await run([], { ...withShell, Image: image, Cmd: ['sh', '-c', 'cat'] });
      const session = await docker.exec(ref, { command: shell, tty: true }, never);
      await session.resize({ columns: 101, rows: 33 });
      session.write('echo "a$((40+2))b"; exit 7\n');
      assert.match(await until(session), /a42b/);
      assert.equal(await session.exitCode(), 7);
    });

    it('no shell: told by the status', async () => {
      const ref = await run(['wait']);
      const session = await docker.exec(ref, { command: shell, tty: true }, never);
      const text = await until(session);
      assert.ok(noProgram(await session.exitCode()), `${text} ${await session.exitCode()}`);
    });

    it('input that ends: the command gets it whole, and its answer comes whole', async () => {
      const ref = await run(['wait']);
      const session = await docker.exec(ref, { command: ['/talker', 'echo'], tty: false }, never);
      const sent = 'x'.repeat(3_000_000);
      session.write(sent);
      session.endInput();
      assert.equal((await until(session)).length, sent.length);
      assert.equal(await session.exitCode(), 0);
    });

    it('attached to its own process', async () => {
      const ref = await run(['echo'], { OpenStdin: true, StdinOnce: true });
      const session = await docker.attach(ref, never);
      session.write('hello\n');
      session.endInput();
      assert.equal(await until(session), 'hello\n');
    });

    it('one that does not run, and one that is not there', async () => {
      const id = await engine.create({ command: ['wait'] });
      const options = { command: ['x'], tty: false };
      await assert.rejects(docker.exec({ engine: engine.address, id }, options, never), { kind: 'conflict' });
      await assert.rejects(docker.exec({ engine: engine.address, id: 'none' }, options, never), { kind: 'notFound' });
    });
  });

  describe('files', () => {
    const kinds = {
      'from scratch, running': () => run(['wait']),
      'from scratch, never started': async () => ({
        engine: engine.address,
        id: await engine.create({ command: ['wait'] }),
      }),
      'with a shell': () => run([], { ...withShell, Image: image }),
    };
    for (const [kind, make] of Object.entries(kinds)) {
      it(`${kind}: listed, opened, saved, downloaded`, async () => {
        const ref = await make();
        const files = await docker.files(ref);
        const names = (await files.list('/', never)).map(({ name }) => name);
        assert.ok(names.includes('etc'), names.join());
        const added = Buffer.from('one\ntwo\n');
        await files.write('/etc/gantry.conf', added, never);
        assert.deepEqual(await files.read('/etc/gantry.conf', never), added);
        const entry = (await files.list('/etc', never)).find(({ name }) => name === 'gantry.conf');
        assert.deepEqual([entry?.type, entry?.size, entry?.mode], ['file', added.length, 0o644]);
        const target = mkdtempSync(join(tmpdir(), 'gantry-download-'));
        try {
          await extractTar(await files.download('/etc/gantry.conf', never), { target });
          assert.deepEqual(readFileSync(join(target, 'gantry.conf')), added);
        } finally {
          rmSync(target, { recursive: true });
        }
        await assert.rejects(files.read('/etc/none', never), { kind: 'notFound' });
        await assert.rejects(files.read('/etc', never), { kind: 'invalid' });
      });
    }

    it('saving keeps permissions', async () => {
      const ref = await run([], { ...withShell, Image: image });
      const files = await docker.files(ref);
      await files.write('/etc/motd', Buffer.from('changed\n'), never);
      const session = await docker.exec(ref, { command: ['cat', '/etc/motd'], tty: false }, never);
      assert.equal(await until(session), 'changed\n');
      assert.equal((await files.stat('/etc/motd', never)).mode, 0o640);
      files.refresh();
      assert.equal((await files.stat('/etc/motd', never)).mode, 0o640);
    });

    it('a download does not write over what is there', async () => {
      const ref = await run(['wait']);
      const files = await docker.files(ref);
      const target = mkdtempSync(join(tmpdir(), 'gantry-download-'));
      try {
        await extractTar(await files.download('/talker', never), { target });
        assert.ok(statSync(join(target, 'talker')).size > 100_000);
        await assert.rejects(extractTar(await files.download('/talker', never), { target }), { kind: 'conflict' });
        assert.deepEqual(readdirSync(target), ['talker']);
        assert.ok(existsSync(join(target, 'talker')));
      } finally {
        rmSync(target, { recursive: true });
      }
    });
  });

  it('the same in a terminal: stats, exec, images', async () => {
    const { id } = await run(['wait']);
    const gantry = async (name: string, args: readonly string[]): Promise<{ code: number; out: string[] }> => {
      const out: string[] = [];
      const io = { out: (line: string) => out.push(line), err: () => {}, env: {}, cwd: '/', signal: never };
      const command = dockerCommands(async () => docker).find((one) => one.name === name)!;
      return { code: await command.run(args, io), out };
    };
    const stats = await gantry('containers stats', [id.slice(0, 12), '--once', '--json']);
    assert.ok((JSON.parse(stats.out[0]!) as { memory: number }).memory > 0);
    const count = await gantry('containers exec', [id, '--', '/talker', 'lines', '3', '4']);
    assert.deepEqual(
      [count.code, count.out.filter((line) => line !== '').map((line) => line.trim())],
      [0, ['0', '1', '2']],
    );
    assert.equal((await gantry('containers exec', [id, '/talker', 'exit', '5'])).code, 1);
    await assert.rejects(gantry('containers exec', ['none', 'x']), { kind: 'notFound' });
    await assert.rejects(gantry('containers exec', [id]), { kind: 'invalid' });
    const images = JSON.parse((await gantry('images list', ['--json'])).out.join('')) as { name?: string }[];
    assert.ok(images.some(({ name }) => name === talker));
    await assert.rejects(gantry('images pull', ['127.0.0.1:1/none:1']), { name: 'Failure' });
  });

  it('stats: memory at once, CPU from the second sample, and the end when it stops', async () => {
    const ref = await run(['wait']);
    let samples = 0;
    for await (const sample of docker.stats(ref, never)) {
      assert.ok(
        sample.memory > 0 && sample.memoryLimit > sample.memory && sample.processes > 0,
        JSON.stringify(sample),
      );
      if (++samples === 2) await engine.json('POST', `/containers/${ref.id}/stop`);
    }
    assert.ok(samples >= 2);
  });
});
