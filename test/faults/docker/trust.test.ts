/** S1, S8: a folder nobody trusts runs nothing, and an archive from a container writes nothing but files below its target. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { extractTar } from '../../../src/core/tar/extract.ts';
import { silentLog } from '../../../src/core/log.ts';
import { createDocker } from '../../../src/docker/domain.ts';
import { thisMachine } from '../../../src/docker/endpoints.ts';
import { type TarFile, tar } from '../../support/tar.ts';
import { ScriptedEngine } from '../../support/scriptedEngine.ts';

/**
 * Puts a link where a folder was and a folder back, until its input ends; says a word once it began, and how many links
 * there were. What is written into the folder meanwhile makes some of the steps fail.
 */
const swapping = `
  const fs = require('node:fs');
  const [folder] = process.argv.slice(1);
  const data = folder + '/target/data';
  let [links, next] = [0, undefined];
  const stay = () => { for (const until = performance.now() + 0.1; performance.now() < until;); };
  const attempt = (step) => { try { step(); return true; } catch { return false; } };
  const swap = () => {
    for (let i = 0; i < 20; i++) {
      attempt(() => fs.renameSync(data, folder + '/old-' + links));
      if (attempt(() => fs.symlinkSync(folder + '/elsewhere', data))) links++;
      stay();
      attempt(() => fs.unlinkSync(data));
      attempt(() => fs.mkdirSync(data));
      stay();
    }
    next = setImmediate(swap);
  };
  swap();
  console.log('begun');
  process.stdin.on('end', () => { clearImmediate(next); console.log(links); }).resume();
`;
const never = new AbortController().signal;

describe('what is not trusted', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gt-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('S1 an untrusted workspace: no program of any name is started, for whatever is asked', async () => {
    const ran = join(folder, 'ran');
    const names = [
      'docker',
      'docker-compose',
      'docker-credential-evil',
      'govulncheck',
      'dlv',
      'go',
      'sh',
      'ssh',
      'git',
    ];
    mkdirSync(join(folder, 'bin'));
    for (const name of names) {
      writeFileSync(join(folder, 'bin', name), `#!/bin/sh\necho ${name} >> ${ran}\n`, { mode: 0o755 });
    }
    mkdirSync(join(folder, '.docker'));
    const helpers = { credsStore: 'evil', credHelpers: { '127.0.0.1:1': 'evil' } };
    writeFileSync(join(folder, '.docker/config.json'), JSON.stringify(helpers));
    writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\n');
    writeFileSync(join(folder, 'compose.yaml'), 'services: {}\n');
    writeFileSync(join(folder, 'go.mod'), 'module example.com/a\n');
    writeFileSync(join(folder, 'main.go'), 'package main\nfunc main() {}\n');
    const engine = await ScriptedEngine.start({ at: join(folder, 'docker.sock') });
    let trusted = false;
    const world = { ...thisMachine(), env: { PATH: join(folder, 'bin') }, home: folder, uid: undefined };
    const docker = createDocker({ log: silentLog, endpoint: () => engine.address, world, trusted: () => trusted });
    const all = (): Promise<unknown>[] => [
      docker.build(engine.address, { folder, dockerfile: 'Dockerfile', tag: 'a:1' }, () => {}, never),
      docker.compose(engine.address, { files: [join(folder, 'compose.yaml')] }, 'up', { signal: never, say: () => {} }),
      docker.scan(engine.address, 'a:1', () => {}, never),
      docker.debug(engine.address, { image: 'a:1', workspace: folder, folder, package: '.' }, () => {}, never),
      docker.signIn('127.0.0.1:1', { username: 'a', password: 'b' }, never),
      docker.credentials.header('127.0.0.1:1', never),
    ];
    try {
      await docker.engines.found();
      const answers = await Promise.allSettled(all());
      assert.deepEqual(
        answers.slice(0, 4).map((one) => (one.status === 'rejected' ? (one.reason as { kind: string }).kind : '')),
        ['forbidden', 'forbidden', 'forbidden', 'forbidden'],
      );
      assert.equal(existsSync(ran), false, existsSync(ran) ? readFileSync(ran, 'utf8') : '');
      trusted = true;
      await Promise.allSettled(all());
      assert.ok(existsSync(ran), 'the programs are found by their names: the check can fail');
    } finally {
      docker.dispose();
      await engine.close();
    }
  });

  /** An entry of another type than a file: `1` a hard link, `3` a device, `6` a pipe. */
  const special = (name: string, type: string, target = ''): Buffer => {
    const block = Buffer.from(tar([{ name, data: Buffer.alloc(0), link: target || 'x' }]).subarray(0, 512));
    block.write(type, 156);
    block.fill(0, 157, 257);
    block.write(target, 157);
    block.fill(' ', 148, 156);
    block.write(
      `${block
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    return block;
  };
  const archive = (files: readonly TarFile[], ...more: readonly Buffer[]): Buffer =>
    Buffer.concat([...more, tar(files)]);
  const file = (name: string): TarFile => ({ name, data: Buffer.from('evil'), mode: 0o6755 });

  /** Downloads what a scripted engine gives for a folder of a container. */
  const download = async (bytes: Buffer): Promise<{ readonly target: string; readonly told: unknown }> => {
    const engine = await ScriptedEngine.start({
      at: join(folder, 'docker.sock'),
      answer: (_, response, path) => {
        if (!path.endsWith('/archive')) return false;
        response.writeHead(200, { 'content-type': 'application/x-tar' }).end(bytes);
        return true;
      },
    });
    const target = join(folder, 'target');
    if (!existsSync(target)) mkdirSync(target);
    const docker = createDocker({ log: silentLog, endpoint: () => engine.address });
    try {
      await docker.engines.found();
      const stream = await (await docker.files({ engine: engine.address, id: 'c' })).download('/data', never);
      const told = await extractTar(stream, { target }).catch((error: { kind: string }) => error.kind);
      return { target, told };
    } finally {
      docker.dispose();
      await engine.close();
    }
  };

  for (const name of ['../outside', 'data/../../outside', '/outside', 'data\\..\\..\\outside']) {
    it(`S8 an archive that names ${name}: nothing is written outside`, async () => {
      const { target } = await download(archive([file(name)]));
      assert.deepEqual(
        readdirSync(folder).sort(),
        ['docker.sock', 'target'].filter((one) => existsSync(join(folder, one))),
      );
      for (const one of readdirSync(target, { recursive: true })) assert.doesNotMatch(String(one), /^\.\.(?:\/|$)/);
    });
  }

  it('S8 links, devices and pipes are left out and told; no file is setuid', async () => {
    const links = [special('data/hard', '1', '/etc/passwd'), special('data/device', '3'), special('data/pipe', '6')];
    const soft: TarFile = { name: 'data/soft', data: Buffer.alloc(0), link: '/etc' };
    const { target, told } = await download(archive([soft, file('data/kept')], ...links));
    const { files, skipped } = told as { files: number; skipped: string[] };
    assert.deepEqual([files, [...skipped].sort()], [1, ['data/device', 'data/hard', 'data/pipe', 'data/soft']]);
    assert.deepEqual(readdirSync(join(target, 'data')), ['kept']);
    assert.equal(lstatSync(join(target, 'data/kept')).mode & 0o6000, 0);
  });

  it('S8 a link that stands where the archive wants to write is not followed', async () => {
    mkdirSync(join(folder, 'target'));
    mkdirSync(join(folder, 'elsewhere'));
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'target', 'data'));
    await download(archive([file('data/through')]));
    assert.deepEqual(readdirSync(join(folder, 'elsewhere')), []);
  });

  it('S8 a link put in the place of a folder, again and again while it is written: nothing goes through it', async () => {
    for (const one of ['target', 'target/data', 'elsewhere']) mkdirSync(join(folder, one));
    const swaps = spawn(process.execPath, ['-e', swapping, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(swaps, 'close');
    let said = '';
    swaps.stdout.on('data', (text: Buffer) => (said += text.toString()));
    try {
      await once(swaps.stdout, 'data');
      for (let run = 0; run < 1_000; run++) {
        const archived = Readable.from([archive([file(`data/${run}`)])]);
        await extractTar(archived, { target: join(folder, 'target') }).catch(() => {}); // A link that is met is refused.
      }
    } finally {
      swaps.stdin.end();
      await ended;
    }
    const links = Number(said.split('\n')[1]);
    assert.ok(links > 10, `${links} links were put there`);
    assert.deepEqual(readdirSync(join(folder, 'elsewhere')), []);
  });

  it('S8 more entries than a person can want: it ends there', async () => {
    const many = Array.from({ length: 10_001 }, (_, i) => ({ name: `data/${i}`, data: Buffer.alloc(0) }));
    const { told } = await download(archive(many));
    assert.equal(told, 'invalid');
  });
});
