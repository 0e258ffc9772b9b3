/** Copying with containers whose tar lies: what it sends is written nowhere but into the folder that was chosen. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WebSocket } from 'ws';
import { Failure } from '../../../src/core/failure.ts';
import { checkRemotePath, copyFromContainer, copyToContainer } from '../../../src/kubernetes/streams/copy.ts';
import { type SocketServer, frame, socketServer } from '../../support/socketServer.ts';
import { tar } from '../../support/tar.ts';

const signal = new AbortController().signal;
const place = { namespace: 'shop', pod: 'web', container: 'main' };
const status = (code: number): string =>
  code === 0
    ? JSON.stringify({ status: 'Success' })
    : JSON.stringify({
        reason: 'NonZeroExitCode',
        details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
      });

describe('files of a container', () => {
  let server: SocketServer;
  let folder: string;
  beforeEach(async () => {
    server = await socketServer();
    folder = mkdtempSync(join(tmpdir(), 'gantry-copy-'));
  });
  afterEach(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const sends = (archive: Uint8Array, code = 0, said = ''): void =>
    server.serve((socket) => {
      if (said !== '') socket.send(frame(2, said));
      // In pieces that end nowhere in particular.
      for (let at = 0; at < archive.length; at += 700) socket.send(frame(1, archive.subarray(at, at + 700)));
      socket.send(frame(3, status(code)));
      socket.close();
    });
  const copy = (path: string): ReturnType<typeof copyFromContainer> =>
    copyFromContainer(place, path, folder, { server: server.opener, signal });
  const file = (name: string, text: string): { name: string; data: Buffer } => ({ name, data: Buffer.from(text) });

  it('come under their own name, without the folders above', async () => {
    sends(tar([file('etc/app/config.yaml', 'a: b\n')]));
    assert.deepEqual(await copy('/etc/app/config.yaml'), { files: 1, bytes: 5, skipped: [] });
    assert.equal(readFileSync(join(folder, 'config.yaml'), 'utf8'), 'a: b\n');
  });

  it('come with their folder when that was asked for, links left out', async () => {
    sends(tar([file('var/log/app/1', 'one'), { ...file('var/log/app/passwd', ''), link: '/etc/passwd' }]));
    assert.deepEqual(await copy('/var/log/app/'), { files: 1, bytes: 3, skipped: ['var/log/app/passwd'] });
    assert.deepEqual(readdirSync(join(folder, 'app')), ['1']);
  });

  for (const name of ['../stolen', '/etc/cron.d/stolen', 'etc/../../stolen', 'other/stolen']) {
    it(`are refused when the container says they are ${name}`, async () => {
      sends(tar([file(name, 'x')]));
      await assert.rejects(copy('/etc/app'), (error) => error instanceof Failure && error.kind === 'forbidden');
      assert.deepEqual(readdirSync(folder), []);
    });
  }

  it('are not taken for all when tar was killed, be it between two of them', async () => {
    // Without the end of the archive: what has come ends with a whole file.
    const some = tar([file('var/log/app/1', 'one')]).subarray(0, 1024);
    for (const archive of [some, some.subarray(0, 700), some.subarray(0, 300)]) {
      sends(archive, 137);
      await assert.rejects(copy('/var/log/app'), /tar in the container was killed: exit code 137/);
      rmSync(join(folder, 'app'), { recursive: true, force: true });
    }
  });

  it('never take the place of what is there', async () => {
    writeFileSync(join(folder, 'mine'), 'mine');
    sends(tar([file('tmp/mine', 'theirs')]));
    await assert.rejects(copy('/tmp/mine'), /exists already/);
    assert.equal(readFileSync(join(folder, 'mine'), 'utf8'), 'mine');
  });

  it('that are not there, and containers without tar, are told in words', async () => {
    sends(Buffer.alloc(1024), 1, 'tar: /no: No such file or directory\n');
    await assert.rejects(copy('/no'), (error) => error instanceof Failure && error.kind === 'notFound');
    server.serve((socket) => {
      const message = 'exec: "tar": executable file not found in $PATH';
      socket.send(frame(3, JSON.stringify({ status: 'Failure', reason: 'InternalError', message })));
      socket.close();
    });
    await assert.rejects(copy('/etc'), /There is no tar in this container/);
  });

  it('that break off leave no half file behind', async () => {
    const archive = tar([file('tmp/large', 'x'.repeat(5000))]);
    sends(archive.subarray(0, 2000));
    await assert.rejects(copy('/tmp/large'), /damaged/);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('are named by a whole path', () => {
    assert.equal(checkRemotePath('/var//log/../log/'), '/var/log');
    for (const path of ['', '/', 'log', '../etc', '/..']) assert.throws(() => checkRemotePath(path), Failure);
  });

  it('go in as an archive of one file, whose input ends', async () => {
    const local = join(folder, 'local');
    writeFileSync(local, 'y'.repeat(100_000), { mode: 0o640 });
    const received: Buffer[] = [];
    let command: string[] = [];
    server.serve((socket: WebSocket, query) => {
      command = query.getAll('command');
      socket.on('message', (message: Buffer) => {
        if (message[0] === 0) received.push(message.subarray(1));
        if (message[0] !== 255) return;
        socket.send(frame(3, status(0)));
        socket.close();
      });
    });
    const deps = { server: server.opener, signal };
    assert.deepEqual(await copyToContainer(place, local, '/srv/données/里', deps), { bytes: 100_000 });
    assert.deepEqual(command, ['tar', '-xmf', '-', '-C', '/srv/données']);
    sends(Buffer.concat(received));
    await copyFromContainer(place, '/x', join(folder), deps).catch(() => {}); // Its name is not below the root's x …
    assert.ok(existsSync(join(folder, '里')), 'the archive that was sent can be read');
    assert.equal(readFileSync(join(folder, '里'), 'utf8').length, 100_000);
  });
});
