import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Labs } from '../../../src/curriculum/labs.ts';

describe("the learner's folders", () => {
  let workspace: string;
  let starter: string;
  let labs: Labs;
  beforeEach(async () => {
    workspace = await mkdtemp(join(tmpdir(), 'gantry-labs-'));
    starter = join(workspace, 'content');
    await mkdir(join(starter, 'internal'), { recursive: true });
    await writeFile(join(starter, 'main.go'), 'starter\n');
    await writeFile(join(starter, 'internal', 'work.go'), 'work\n');
    labs = new Labs(workspace);
  });
  afterEach(() => rm(workspace, { recursive: true }));
  const file = (name: string): string => join(labs.folder('B6'), name);
  const text = (name: string): Promise<string> => readFile(file(name), 'utf8');

  it('start brings what is missing and overwrites nothing', async () => {
    await labs.start('B6', starter);
    await writeFile(file('main.go'), 'mine\n');
    await rm(file('internal/work.go'));
    await labs.start('B6', starter);
    assert.deepEqual([await text('main.go'), await text('internal/work.go')], ['mine\n', 'work\n']);
  });

  it('reset keeps the work as a snapshot, and undo brings it back', async () => {
    await labs.start('B6', starter);
    await writeFile(file('main.go'), 'mine\n');
    await writeFile(file('.hidden'), 'secret plan\n');
    const snapshot = await labs.reset('B6', starter, new Date('2026-01-02T03:04:05Z'));
    assert.equal(await text('main.go'), 'starter\n');
    assert.equal(await readFile(join(snapshot.folder, 'main.go'), 'utf8'), 'mine\n');
    await writeFile(file('main.go'), 'second try\n');
    await labs.undo(snapshot, new Date('2026-01-02T03:04:05Z'));
    assert.deepEqual([await text('main.go'), await text('.hidden')], ['mine\n', 'secret plan\n']);
    const second = join(workspace, '.gantry/snapshots/B6-2026-01-02T03-04-05-000Z');
    // The first snapshot went back, so its name was free again for what the undo replaced.
    assert.ok(['second try\n'].includes(await readFile(join(`${second}-2`, 'main.go'), 'utf8')));
    assert.equal(await readFile(join(workspace, '.gantry/snapshots/.gitignore'), 'utf8'), '*\n');
  });

  it('a reset that cannot keep the work changes nothing', async () => {
    await labs.start('B6', starter);
    await writeFile(file('main.go'), 'mine\n');
    await writeFile(join(workspace, '.gantry'), 'a file in the way');
    await assert.rejects(labs.reset('B6', starter, new Date()), { kind: 'internal', message: /nothing was changed/ });
    assert.equal(await text('main.go'), 'mine\n');
  });

  it('the hash follows sources and names, not line ends, built programs or hidden files', async () => {
    await labs.start('B6', starter);
    const before = await labs.hash('B6');
    await writeFile(file('main.go'), 'starter\r\n');
    await writeFile(file('program'), Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0]));
    await writeFile(file('.env'), 'x');
    assert.equal(await labs.hash('B6'), before);
    await writeFile(file('main.go'), 'changed\n');
    const changed = await labs.hash('B6');
    assert.notEqual(changed, before);
    await rm(file('main.go'));
    await writeFile(file('other.go'), 'changed\n');
    assert.notEqual(await labs.hash('B6'), changed);
    assert.equal(await labs.hash('B7'), undefined);
  });
});
