/** Output that is hard to read: silence, tiny frames, lines without end, names that paint. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ColourFilter } from '../../../src/core/colours.ts';
import { silentLog } from '../../../src/core/log.ts';
import { tooltipOf } from '../../../src/core/node.ts';
import { type Docker, createDocker } from '../../../src/docker/domain.ts';
import { type Engine, sharedEngine } from '../../support/engine.ts';
import { ScriptedEngine, type ScriptedOptions } from '../../support/scriptedEngine.ts';

const never = new AbortController().signal;

describe('hard output', function () {
  this.timeout(300_000);
  let engine: Engine;
  let docker: Docker;
  before(async function () {
    engine = await sharedEngine(this);
    await engine.image();
    docker = createDocker({ log: silentLog, endpoint: () => engine.address });
  });
  after(async () => {
    docker?.dispose();
    await engine?.removeContainers();
  });

  /** Bytes of stdout, counted, and the end of them. */
  const read = async (
    id: string,
  ): Promise<{ readonly bytes: number; readonly end: string; readonly largest: number }> => {
    let [bytes, end, largest] = [0, '', 0];
    for await (const { data } of docker.logs(id, { follow: true, tail: 'all' }, never)) {
      bytes += data.length;
      largest = Math.max(largest, data.length);
      end = (end + data.toString('latin1')).slice(-20);
    }
    return { bytes, end, largest };
  };

  it('L2 54 kB of frames of one byte: read whole', async () => {
    const id = await engine.run({ command: ['bytes', '6000'] });
    assert.equal((await read(id)).bytes, 6000);
  });

  it('L2 a line of 200 MB: passes through in pieces, and the next line is there', async () => {
    const size = 200_000_000;
    const id = await engine.run({ command: ['huge', String(size)] });
    const { bytes, end, largest } = await read(id);
    assert.equal(bytes, size + '\nafter\n'.length);
    assert.ok(end.endsWith('x\nafter\n'));
    assert.ok(largest < 2_000_000, `a piece of ${largest} bytes`);
  });

  it('L2 100,000 lines a second and more: each once, in order, however slowly they are taken', async () => {
    const lines = 200_000;
    const id = await engine.run({ command: ['lines', String(lines), '10'] });
    let [next, rest] = [0, ''];
    for await (const { data } of docker.logs(id, { follow: true, tail: 'all' }, never)) {
      const pieces = (rest + data.toString()).split('\n');
      rest = pieces.pop()!;
      for (const line of pieces) assert.equal(Number(line), next++);
      if (next % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1)); // What reads is slower than what writes.
    }
    assert.deepEqual([next, rest], [lines, '']);
  });

  it('L2 random bytes where frames should be: told as an answer of no engine, and it ends', async () => {
    for (let run = 0; run < 20; run++) {
      const bytes = randomBytes(64_000);
      bytes[0] = 200; // No stream of that number.
      await withScripted(
        (_, response, path) => {
          if (!path.endsWith('/logs')) return false;
          response.writeHead(200, { 'content-type': 'application/vnd.docker.multiplexed-stream' }).end(bytes);
          return true;
        },
        async (own) => {
          const reading = (async () => {
            for await (const { data } of own.logs('c1', { follow: true, tail: 'all' }, never)) void data;
          })();
          await assert.rejects(reading, { name: 'Failure', kind: 'invalid' });
        },
      );
    }
  });

  it('L1 lines of a container restarted 5 times: each once, in order', async () => {
    const id = await engine.run({ command: ['lines', '50', '20'] });
    for (let i = 0; i < 5; i++) {
      await engine.json('POST', `/containers/${id}/wait`);
      await engine.json('POST', `/containers/${id}/start`);
    }
    await engine.json('POST', `/containers/${id}/wait`);
    let text = '';
    for await (const { data } of docker.logs(id, { follow: false, tail: 'all' }, never)) text += data.toString();
    const numbers = text.trimEnd().split('\n').map(Number);
    assert.deepEqual(
      numbers,
      Array.from({ length: 300 }, (_, i) => i % 50),
    );
  });

  it('S5 escape sequences in logs: only colours reach the terminal', () => {
    const hostile = [
      '\u001b]52;c;aGk=\u0007',
      '\u001b[2J',
      '\u001b]0;title\u001b\\',
      '\u001bP1;2q\u001b\\',
      '\u009b31H',
      '\u001b[?25l',
    ];
    const filter = new ColourFilter();
    const shown = hostile.map((sequence) => filter.push(`${sequence}ok`)).join('');
    assert.equal(shown, 'ok'.repeat(hostile.length));
    assert.equal(filter.push('\u001b[31mred\u001b[0m'), '\u001b[31mred\u001b[0m');
  });

  it('S5, S6 names with controls, directions and markup: printable labels, nothing runs', async () => {
    const name = 'a\u001b[31m\u202egnp.exe\r\n<img src=x onerror=alert(1)> [x](command:gantry.showLog) $(zap)';
    await withScripted(undefined, async (own, scripted) => {
      scripted.change('c1', 'running', 'start', name);
      const tree = own.tree();
      tree.setVisible(true);
      const [root] = await tree.children(undefined);
      const [row] = (await tree.children(root)).filter(({ kind }) => kind === 'container');
      const described = tree.describe(row!);
      const { label, spoken } = described;
      const tooltip = tooltipOf(described) ?? '';
      const control = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/; // oxlint-disable-line no-control-regex
      for (const text of [label, spoken]) assert.doesNotMatch(text, control);
      assert.doesNotMatch(tooltip.replaceAll('  \n', ''), control);
      assert.doesNotMatch(tooltip, /(?<!\\)<img|(?<!\\)\]\(command:|(?<!\\)\$\(zap/);
    });
  });
});

/** Does something with a scripted engine that has one container, and what talks to it. */
async function withScripted(
  answer: ScriptedOptions['answer'],
  work: (docker: Docker, engine: ScriptedEngine) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gn-'));
  const engine = await ScriptedEngine.start({ at: join(folder, 'docker.sock'), ...(answer && { answer }) });
  engine.change('c1', 'running', 'start');
  const docker = createDocker({ log: silentLog, endpoint: () => engine.address });
  try {
    await work(docker, engine);
  } finally {
    docker.dispose();
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
