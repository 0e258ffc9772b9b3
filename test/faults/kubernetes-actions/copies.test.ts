/** S8: containers whose tar means harm. Nothing is written outside the folder that was chosen, and there is an end. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WebSocket } from 'ws';
import { Failure } from '../../../src/core/failure.ts';
import type { Extracted } from '../../../src/core/tar/extract.ts';
import { tarEnd, tarHeader, tarPadding } from '../../../src/core/tar/write.ts';
import { copyFromContainer } from '../../../src/kubernetes/streams/copy.ts';
import { type SocketServer, frame, socketServer } from '../../support/socketServer.ts';

const signal = new AbortController().signal;
const place = { namespace: 'n', pod: 'p', container: 'main' };

const file = (path: string, data = 'x', size = data.length): Buffer =>
  Buffer.concat([tarHeader({ path, mode: 0o644, modified: 0 }, '0', size), Buffer.from(data), tarPadding(size)]);
const link = (path: string, target: string): Buffer => tarHeader({ path, target, mode: 0o777, modified: 0 }, '2', 0);

describe('S8 hostile archives of containers', function () {
  this.timeout(180_000);
  let server: SocketServer;
  let folder: string;
  let target: string;
  beforeEach(async () => {
    server = await socketServer();
    folder = mkdtempSync(join(tmpdir(), 'gantry-hostile-'));
    target = join(folder, 'target');
    mkdirSync(target);
  });
  afterEach(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Pieces that the container's tar has sent. */
  let sent = 0;
  const copy = (archive: Iterable<Buffer>): Promise<Extracted> => {
    server.serve((socket) => void send(socket, archive));
    return copyFromContainer(place, '/data/wanted', target, { server: server.opener, signal });
  };
  async function send(socket: WebSocket, archive: Iterable<Buffer>): Promise<void> {
    sent = 0;
    for (const piece of archive) {
      if (socket.readyState !== socket.OPEN) return;
      sent++;
      socket.send(frame(1, piece));
      while (socket.bufferedAmount > 1_000_000 && socket.readyState === socket.OPEN) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }
    socket.send(frame(3, '{"status":"Success"}'));
    socket.close(1000);
  }
  /** All that stands beside the target, which must stay nothing. */
  const outside = (): string[] => readdirSync(folder).filter((name) => name !== 'target');

  for (const path of [
    'data/../../out',
    '../out',
    '/etc/gantry-out',
    'data',
    'elsewhere/wanted',
    'data/wanted/../../../out',
  ]) {
    it(`a file at ${path}: refused`, async () => {
      const refused = await copy([file(path), tarEnd]).then(
        () => undefined,
        (error: unknown) => error,
      );
      assert.ok(refused instanceof Failure, String(refused));
      assert.match(refused.message, /outside its folder|exists already/);
      assert.deepEqual([outside(), readdirSync(target)], [[], []]);
    });
  }

  it('a link, and a file through it: the one is left out, the other stands where it says', async () => {
    const archive = [link('data/wanted', folder), file('data/wanted/out', 'y'), tarEnd];
    assert.deepEqual(await copy(archive), { files: 1, bytes: 1, skipped: ['data/wanted'] });
    assert.equal(readFileSync(join(target, 'wanted', 'out'), 'utf8'), 'y');
    assert.deepEqual(outside(), []);
  });

  it('a million entries: ends at its bound, and the container is told to stop', async () => {
    const million = 1_000_000;
    function* endless(): Generator<Buffer> {
      for (let i = 0; i < million; i++) yield i % 100 === 0 ? file(`data/wanted/${i}`) : link(`data/wanted/${i}`, '/');
    }
    await assert.rejects(copy(endless()), { kind: 'invalid', message: /more than 10000 entries/ });
    assert.equal(readdirSync(join(target, 'wanted')).length, 100);
    assert.ok(sent > 10_000 && sent < million / 2, `${sent} were sent`);
  });

  it('a file that claims to be larger than what is taken: nothing of it is written', async () => {
    for (const size of [1024 ** 3, 7 * 1024 ** 3]) {
      const archive = [file('data/wanted/a'), file('data/wanted/bomb', 'x', size)];
      await assert.rejects(copy(archive), { kind: 'invalid', message: /more than 1\.1 GB/ });
      assert.deepEqual(readdirSync(join(target, 'wanted')), ['a']);
      rmSync(join(target, 'wanted'), { recursive: true });
    }
  });

  it('a folder that becomes a link while files are written into it: never followed', async function () {
    if (process.platform !== 'linux') return this.skip();
    const out = join(folder, 'out');
    mkdirSync(out);
    const attacker = spawn(process.execPath, ['-e', swapping(join(target, 'wanted', 'here'), out)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      await once(attacker.stdout, 'data'); // It has begun.
      let refused = 0;
      for (let round = 0; refused < 20 || round < 20; round++) {
        const archive = [...Array.from({ length: 100 }, (_, i) => file(`data/wanted/here/${round}-${i}`)), tarEnd];
        // A folder that is a link just then is refused, and so is a path that just then leads nowhere.
        const done = await copy(archive).then(
          () => undefined,
          (error: NodeJS.ErrnoException) => error,
        );
        if (done !== undefined) {
          refused++;
          assert.match(`${(done as { kind?: string }).kind ?? done.code}`, /^(forbidden|ENOENT|EEXIST)$/, String(done));
        }
        assert.ok(round < 2000, `the link was met ${refused} times only`);
      }
    } finally {
      attacker.stdin.end();
      await once(attacker, 'close');
    }
    assert.deepEqual(readdirSync(out), []);
    writeFileSync(join(out, 'proof'), 'x'); // It could have been written to.
  });
});

/** A program that puts a link to `out` in the place of a folder and takes it away again, until its input ends. */
const swapping = (path: string, out: string): string => `
  const fs = require('node:fs');
  const [path, kept, out] = ${JSON.stringify([path, `${path}-kept`, out])};
  const ignore = (work) => { try { work(); } catch {} };
  process.stdin.on('end', () => process.exit(0)).resume();
  process.stdout.write('begun');
  const swap = () => {
    for (let i = 0; i < 200; i++) {
      ignore(() => fs.renameSync(path, kept));
      ignore(() => fs.symlinkSync(out, path));
      ignore(() => fs.unlinkSync(path));
      ignore(() => fs.renameSync(kept, path));
      fs.rmSync(kept, { recursive: true, force: true }); // A copy had made the folder anew: else no swap could follow.
    }
    setImmediate(swap);
  };
  swap();`;
