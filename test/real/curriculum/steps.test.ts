/** Steps of a project, which run the proofs of the steps before again, and checkpoints, which sum other lessons up. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../../src/core/log.ts';
import { type Curriculum, createCurriculum } from '../../../src/curriculum/domain.ts';
import type { Report } from '../../../src/curriculum/model.ts';

const both = (text: string): string => `{ zh-cn: ${text}, en: ${text} }`;

/** A lesson whose program must stand in a file that holds a word. */
const lesson = (id: string, word: string, more = ''): string => `
id: ${id}
version: 1
open: main.go
${more}
program: { package: ., env: { PORT: '\${port}' }, ready: /, readyWithin: 5s }
checks:
  - { id: build, type: build }
  - id: ${word}
    type: files
    files: [{ id: said, what: ${both(`It says ${word}`)}, next: ${both('Say it')}, path: words.txt, contains: [${word}] }]
hints:
  - { id: say-${word}, when: { failed: ${word}.said }, zh-cn: ${word}, en: Say ${word}. }
  - { id: other, zh-cn: 再读一遍, en: Read again. }
starter: { refusedBy: ${word}.said, hint: say-${word} }
impostors: [${['one', 'two', 'three'].map((name) => `{ name: ${name}, refusedBy: ${word}.said, hint: say-${word} }`).join(', ')}]
`;

describe('steps of a project and checkpoints', function () {
  this.timeout(120_000);
  let folder: string;
  let curriculum: Curriculum;
  const signal = new AbortController().signal;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gantry-steps-'));
    write('content/outline.yaml', `title: ${both('Course')}\ngoal: ${both('Learn')}\ngroups:\n  - id: all\n    title: ${both('All')}\n    goal: ${both('All')}\n    items:\n${['A1', 'A2', 'K1'].map((id) => `      - { id: ${id}, title: ${both(id)}, goal: ${both(id)}, difficulty: 1, phase: 1, weeks: '1' }\n`).join('')}`); // prettier-ignore
    write('content/A1/item.yaml', lesson('A1', 'first'));
    write('content/A2/item.yaml', lesson('A2', 'second', 'after: A1'));
    write('content/K1/item.yaml', lesson('K1', 'sum', 'requires: [A1, A2]'));
    for (const id of ['A1', 'A2', 'K1']) {
      write(`content/${id}/starter/go.mod`, 'module example.com/words\n\ngo 1.24\n');
      write(`content/${id}/starter/main.go`, 'package main\n\nfunc main() {}\n');
      write(`content/${id}/starter/words.txt`, '');
    }
    mkdirSync(join(folder, 'work'));
    curriculum = open();
  });
  afterEach(() => {
    curriculum.dispose();
    rmSync(folder, { recursive: true });
  });

  function write(path: string, text: string): void {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const open = (): Curriculum =>
    createCurriculum({
      log: silentLog,
      content: join(folder, 'content'),
      workspace: join(folder, 'work'),
      trusted: () => true,
      language: 'en',
    });
  const state = async (id: string): Promise<string | undefined> =>
    (await curriculum.overview()).statuses.get(id)?.state;
  const checkWith = async (id: string, words: string): Promise<Report> => {
    await curriculum.start(id);
    write(`work/gantry-labs/${id}/words.txt`, words);
    return curriculum.check(id, { signal });
  };
  const failed = ({ evidence }: Report): string[] => evidence.filter(({ ok }) => !ok).map(({ id }) => id);

  it('a later step is refused by the proof of an earlier one, with the hint of that one', async () => {
    const broken = await checkWith('A2', 'second');
    assert.deepEqual([failed(broken), broken.verdict], [['first.said'], { state: 'failed', hint: 'Say first.' }]);
    const half = await checkWith('A2', 'first');
    assert.deepEqual([failed(half), half.verdict], [['second.said'], { state: 'failed', hint: 'Say second.' }]);
    const whole = await checkWith('A2', 'first second');
    assert.deepEqual(
      whole.evidence.map(({ id }) => id),
      ['build.compiles', 'first.said', 'second.said'],
    );
    assert.equal(await state('A2'), 'proven');
  });

  it('a harder earlier step makes the proof of a later one stale', async () => {
    await checkWith('A2', 'first second');
    write('content/A1/item.yaml', lesson('A1', 'first').replace('contains: [first]', 'contains: [first, first]'));
    curriculum.dispose();
    curriculum = open();
    assert.equal(await state('A2'), 'stale');
  });

  it('a checkpoint is blocked until what it sums up is proven, and green only while it is', async () => {
    const early = await checkWith('K1', 'sum');
    assert.deepEqual(early.verdict, {
      state: 'blocked',
      reason: 'It sums up other lessons. Prove these first: A1, A2.',
    });
    assert.equal(await state('K1'), 'blocked');
    await checkWith('A1', 'first');
    await checkWith('A2', 'first second');
    assert.deepEqual(failed(await checkWith('K1', 'nothing')), ['sum.said']); // Its own check is asked, too.
    assert.equal((await checkWith('K1', 'sum')).verdict.state, 'proven');
    assert.equal(await state('K1'), 'proven');

    write('work/gantry-labs/A1/words.txt', 'none');
    await curriculum.refresh();
    assert.deepEqual([await state('A1'), await state('K1')], ['stale', 'stale']);
  });

  it('steps that come after each other, or after none that is there, are told', async () => {
    write('content/A1/item.yaml', lesson('A1', 'first', 'after: A2'));
    const circle = (await open().overview()).statuses.get('A1')?.lesson;
    assert.match(String(circle), /a step cannot come after itself/);
    write('content/A1/item.yaml', lesson('A1', 'first', 'after: A9'));
    const missing = (await open().overview()).statuses.get('A1')?.lesson;
    assert.match(String(missing), /A9/);
  });
});
