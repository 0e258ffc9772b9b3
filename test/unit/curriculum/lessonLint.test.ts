import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lessonsIn } from '../../../src/curriculum/authorCli.ts';
import { readItem } from '../../../src/curriculum/items.ts';
import { lintItem } from '../../../src/curriculum/lessonLint.ts';
import { curriculumFolder } from '../../support/lessons.ts';

const lessons = await lessonsIn(curriculumFolder);

/** Lints a copy of B7 in which one piece of a file is another. */
async function lintChanged(file: string, good: string, bad: string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-lint-'));
  try {
    await cp(join(curriculumFolder, 'B7'), folder, { recursive: true });
    const text = await readFile(join(folder, file), 'utf8').catch(() => '');
    assert.ok(text.includes(good));
    await mkdir(join(folder, file, '..'), { recursive: true });
    await writeFile(join(folder, file), text.replace(good, bad));
    return await lintItem(await readItem(folder));
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('the files of a lesson', () => {
  for (const id of lessons) {
    it(`${id}: nothing is wrong`, async () => {
      assert.deepEqual(await lintItem(await readItem(join(curriculumFolder, id))), []);
    });
  }

  const spoilt: [string, string, string, RegExp][] = [
    ['zh-CN.md', '`GREETING`', '`GREET`', /differ in their code: .*`GREET`/],
    ['zh-CN.md', '## 步骤', '步骤', /differ in their headings/],
    ['en.md', '6. Check', 'Check', /differ in their steps/],
    ['item.yaml', 'zh-cn: 先让程序通过编译', 'zh-cn: Compile first #', /not in both languages/],
    ['item.yaml', 'hint: exits-zero', 'hint: exits-nought', /no hint exits-nought/],
    [
      'item.yaml',
      '- { name: exits-zero',
      '- { name: exits-nought',
      /exits-zero is not listed.*exits-nought has no folder/s,
    ],
    ['item.yaml', 'open: config.go', 'open: settings.go', /starter\/settings.go is missing/],
    ['item.yaml', 'open: config.go', 'open: config.go\nplaces: { config: a.go }', /starter\/a.go is missing/],
    [
      'item.yaml',
      'open: config.go',
      'open: config.go\nplaces: { con: main.go }',
      /places names con, which is no check/,
    ],
    ['starter/go.mod', 'go 1.26', 'go 1.25', /go.mod of the starter/],
    [
      'impostors/greeting-written-in/config.go',
      'Greeting:   "hello"',
      'Greeting:   env.text("GREETING")',
      /is the solution/,
    ],
    [
      'impostors/exits-zero/main.go',
      'package main',
      `package main\n${'// x\n// y\n'.repeat(40)}`,
      /differs in 8\d lines/,
    ],
    ['impostors/of-nobody/config.go', '', 'package main', /of-nobody is not listed/],
  ];
  for (const [file, good, bad, problem] of spoilt) {
    it(`"${bad.slice(0, 30).trim()}" in ${file} is told`, async () => {
      assert.match((await lintChanged(file, good, bad)).join('\n'), problem);
    });
  }
});
