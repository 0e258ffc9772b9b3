/** The learner's work through everything that can happen to it: not a byte is lost, and what is broken is named. */
import assert from 'node:assert/strict';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../../src/core/log.ts';
import { type Curriculum, createCurriculum } from '../../../src/curriculum/domain.ts';
import type { Snapshot } from '../../../src/curriculum/labs.ts';
import { seeded } from '../../../src/curriculum/random.ts';
import { curriculumFolder } from '../../support/lessons.ts';

describe("the learner's work", function () {
  this.timeout(600_000);
  let workspace: string;
  let content: string;
  beforeEach(() => {
    workspace = mkdtempSync(join(tmpdir(), 'gantry-work-'));
    content = mkdtempSync(join(tmpdir(), 'gantry-content-'));
    cpSync(join(curriculumFolder, 'outline.yaml'), join(content, 'outline.yaml'));
    cpSync(join(curriculumFolder, 'B6'), join(content, 'B6'), { recursive: true });
  });
  afterEach(() => {
    rmSync(workspace, { recursive: true, force: true });
    rmSync(content, { recursive: true, force: true });
  });
  const open = (): Curriculum =>
    createCurriculum({ log: silentLog, content, workspace, trusted: () => true, language: 'en' });

  it('is all there after 1,000 resets, undos, updates, renames and restarts', async () => {
    const seed = Number(process.env['GANTRY_SEED'] ?? 1 + Math.floor(Math.random() * 1e9));
    const random = seeded(seed);
    let curriculum = open();
    const lab = curriculum.labFolder('B6');
    const snapshots: Snapshot[] = [];
    /** Everything the learner wrote and did not overwrite or delete. */
    const written = new Map<string, string>();
    const done: string[] = [];
    const files = (): string[] => (exists(lab) ? filesBelow(lab) : []);
    const owned = (): string[] => files().filter((file) => written.has(readFileSync(file, 'utf8')));
    await curriculum.start('B6');
    for (let step = 0; step < 1000; step++) {
      const what = ['write', 'write', 'rename', 'reset', 'undo', 'update', 'restart', 'start'][random.between(0, 7)]!;
      done.push(what);
      if (what === 'write') {
        const text = `package main // ${random.nonce()}\n`;
        mkdirSync(join(lab, 'inner'), { recursive: true });
        const path = join(lab, ['main.go', 'work.go', 'mine.go', 'inner/more.go', 'notes.txt'][random.between(0, 4)]!);
        if (exists(path)) written.delete(readFileSync(path, 'utf8'));
        writeFileSync(path, text);
        written.set(text, path);
      }
      if (what === 'rename') {
        const [file] = owned();
        const to = join(lab, `renamed-${step}.go`);
        if (file !== undefined) renameSync(file, to);
      }
      if (what === 'reset' && exists(lab)) snapshots.push(await curriculum.reset('B6'));
      if (what === 'undo' && snapshots.length > 0) {
        await curriculum.undoReset(snapshots.splice(random.between(0, snapshots.length - 1), 1)[0]!);
      }
      if (what === 'update') {
        const starter = join(content, 'B6/starter/main.go');
        writeFileSync(starter, `${readFileSync(starter, 'utf8').split('// update')[0]}// update ${step}\n`);
        curriculum.dispose();
        curriculum = open();
      }
      if (what === 'restart') {
        curriculum.dispose();
        curriculum = open();
      }
      if (what === 'start') await curriculum.start('B6');
      if (step % 50 === 49 || step === 999) {
        const there = new Set(filesBelow(workspace).map((file) => readFileSync(file, 'utf8')));
        const lost = [...written].filter(([text]) => !there.has(text));
        assert.deepEqual(lost, [], `seed ${seed}, step ${step}: ${done.slice(-12).join(' ')}`);
      }
    }
    assert.ok(done.filter((what) => what === 'reset').length > 60, 'the fault must have taken effect');
    curriculum.dispose();
  });

  it('is kept when a reset fails half way', async () => {
    const curriculum = open();
    const main = await curriculum.start('B6');
    writeFileSync(main, 'package main // mine\n');
    // A file where the folder of snapshots should be.
    mkdirSync(join(workspace, '.gantry'), { recursive: true });
    writeFileSync(join(workspace, '.gantry/snapshots'), 'in the way');
    await assert.rejects(curriculum.reset('B6'), { kind: 'internal', message: /nothing was changed/ });
    assert.equal(readFileSync(main, 'utf8'), 'package main // mine\n');
    curriculum.dispose();
  });

  for (const [name, change, message] of [
    ['has a syntax error', (text: string) => text.replace('open: main.go', 'open: "main.go'), /B6\/item\.yaml:\d+: /],
    [
      'has an unknown field',
      (text: string) => text.replace('open: main.go', 'opens: main.go'),
      /B6\/item\.yaml:\d+: .*opens/,
    ],
    ['is empty', () => '', /item\.yaml/],
    [
      'names a check type that is none',
      (text: string) => text.replace('type: process-signal', 'type: telepathy'),
      /B6\/item\.yaml:\d+: /,
    ],
  ] as const) {
    it(`an item.yaml that ${name} is a row that names file, line and cause, and the other lessons go on`, async () => {
      const path = join(content, 'B6/item.yaml');
      const text = readFileSync(path, 'utf8');
      assert.notEqual(change(text), text, 'the fault must have taken effect');
      writeFileSync(path, change(text));
      const curriculum = open();
      const { statuses } = await curriculum.overview();
      const { lesson } = statuses.get('B6')!;
      assert.ok(typeof lesson === 'object');
      assert.match(lesson.message, message);
      const tree = curriculum.tree();
      const rows = await tree.children({ kind: 'item', id: 'B6' });
      assert.deepEqual(
        rows.map((row) => row.kind),
        ['problem'],
      );
      assert.equal(tree.describe(rows[0]!).label, lesson.message);
      assert.equal(statuses.size, 107); // The outline's 104 and the first steps of a project.
      curriculum.dispose();
    });
  }
});

const exists = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
