/** Output that is hard to read: silence, tiny frames, lines without end, names that paint. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ColourFilter } from '../../../src/core/colours.ts';
import { silentLog } from '../../../src/core/log.ts';
import { tooltipOf } from '../../../src/core/node.ts';
import { type Docker, createDocker } from '../../../src/docker/domain.ts';
import { type Engine, sharedEngine } from '../../support/engine.ts';
import { ScriptedEngine } from '../../support/scriptedEngine.ts';

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
    const folder = mkdtempSync(join(tmpdir(), 'gn-'));
    const name = 'a\u001b[31m\u202egnp.exe\r\n<img src=x onerror=alert(1)> [x](command:gantry.showLog) $(zap)';
    const scripted = await ScriptedEngine.start({ at: join(folder, 'docker.sock') });
    scripted.change('c1', 'running', 'start', name);
    const own = createDocker({ log: silentLog, endpoint: () => scripted.address });
    try {
      const tree = own.tree();
      tree.setVisible(true);
      const [root] = await tree.children(undefined);
      const [row] = (await tree.children(root)).filter(({ kind }) => kind === 'container');
      const described = tree.describe(row!);
      const { label, spoken = '' } = described;
      const tooltip = tooltipOf(described) ?? '';
      const control = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/; // oxlint-disable-line no-control-regex
      for (const text of [label, spoken]) assert.doesNotMatch(text, control);
      assert.doesNotMatch(tooltip.replaceAll('  \n', ''), control);
      assert.doesNotMatch(tooltip, /(?<!\\)<img|(?<!\\)\]\(command:|(?<!\\)\$\(zap/);
    } finally {
      own.dispose();
      await scripted.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
