import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verdictOf } from '../../../src/curriculum/check.ts';
import { type Item, chooseHint, readItem } from '../../../src/curriculum/items.ts';
import type { Evidence } from '../../../src/curriculum/model.ts';
import { curriculumFolder } from '../../support/lessons.ts';

const failed = (id: string): Evidence => ({ id, ok: false, what: '', want: '', got: '' });

/** Reads an item with one piece of its text replaced. */
async function readChanged(id: string, good: string, bad: string): Promise<Item> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-item-'));
  try {
    const text = await readFile(join(curriculumFolder, id, 'item.yaml'), 'utf8');
    assert.ok(text.includes(good));
    await writeFile(join(folder, 'item.yaml'), text.replace(good, bad));
    return await readItem(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('an item', () => {
  let b6: Item;
  before(async () => {
    b6 = await readItem(join(curriculumFolder, 'B6'));
  });

  it('is read with its durations in milliseconds', () => {
    assert.deepEqual(b6.checks[1], {
      id: 'drain',
      type: 'process-signal',
      signal: 'SIGTERM',
      inflight: { count: 10, path: '/work?ms=${ms}&nonce=${nonce}', shortest: 800, longest: 3700 },
      expect: { refusedAfter: 500, exitWithin: 8000, endsAfter: 1000, exitCode: 0 },
    });
  });

  it('nothing asserted is an error, never a pass', () => {
    assert.throws(() => verdictOf(b6, [], {}, 'en'), { kind: 'internal', message: /asserted nothing/ });
  });

  it('the hint follows the evidence, the last resort follows nothing', () => {
    const hint = (facts: Record<string, string>, ...ids: string[]): string | undefined =>
      chooseHint(b6, ids.map(failed), facts)?.id;
    assert.deepEqual(
      [
        hint({}, 'build.compiles'),
        hint({ 'drain.ended': 'SIGTERM' }, 'drain.exits'),
        hint({ 'drain.accepting': 'yes' }, 'drain.refuses'),
        hint({ 'drain.inflight': 'own', 'drain.ended': '1' }, 'drain.exits'),
        hint({}, 'drain.ends'),
        hint({}),
      ],
      [
        'does-not-compile',
        'signal-not-caught',
        'sleeps-instead-of-draining',
        'error-treated-as-failure',
        'steps',
        undefined,
      ],
    );
  });

  // In the language in which the walk by clicks (test/editor/curriculum.test.ts) does not read them.
  const firstAndLast = [
    ['T5.3', 'en', 'There is no ConfigMap yet.', 'First the finalizer'],
    ['T6.1', 'en', 'The port of the Service is not named grpc.', 'Write the three objects of mesh.yaml first'],
    ['T4.2', 'zh-cn', '程序以 root 运行', '两个阶段：'],
    ['T8.1', 'zh-cn', '上游失败了 60 次，调用却没有停止', '三步：'],
  ] as const;
  for (const [id, language, first, last] of firstAndLast) {
    it(`${id}, ${language}: what the starter lacks is hinted at first, and all of it last`, async () => {
      const { hints, starter } = await readItem(join(curriculumFolder, id));
      const shown = [hints.find((hint) => hint.id === starter.hint), hints.at(-1)];
      assert.deepEqual(
        shown.map((hint, i) => hint?.text[language].startsWith([first, last][i]!)),
        [true, true],
        JSON.stringify(shown),
      );
    });
  }

  it('a step that names no double of the program is told', async () => {
    await assert.rejects(readChanged('T8.1', 'double: prices', 'double: pricse'), {
      kind: 'invalid',
      message: /isolates/,
    });
  });

  it('other words leave its proofs as they are, another demand does not', async () => {
    const { checkHash } = await readItem(join(curriculumFolder, 'T8.1'));
    const reworded = await readChanged('T8.1', 'en: The other upstream is not affected', 'en: The other one is well');
    const harder = await readChanged('T8.1', 'most: 10', 'most: 9');
    assert.equal(reworded.checkHash, checkHash);
    assert.notEqual(harder.checkHash, checkHash);
  });

  const spoilt: [string, string, RegExp][] = [
    ['longest: 3700ms', 'longest: 4200', /item\.yaml:\d+: .*longest/],
    ['signal: SIGTERM', 'signal: SIGNAL', /item\.yaml:\d+: /],
    ['version: 1', 'verison: 1', /item\.yaml:\d+: .*version/],
    ['type: build', 'type: no-such-type', /item\.yaml:\d+: /],
    ['id: B6', 'id: [B6', /item\.yaml:\d+: /],
  ];
  for (const [good, bad, message] of spoilt) {
    it(`"${bad}" is told with file and line`, async () => {
      await assert.rejects(readChanged('B6', good, bad), { kind: 'invalid', message });
    });
  }
});
