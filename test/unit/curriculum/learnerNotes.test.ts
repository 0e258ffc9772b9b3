import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { type CliIo, exit } from '../../../src/core/cli.ts';
import { silentLog } from '../../../src/core/log.ts';
import { curriculumCommands } from '../../../src/curriculum/cli.ts';
import { type Curriculum, createCurriculum } from '../../../src/curriculum/domain.ts';
import { fittingHints, readItem } from '../../../src/curriculum/items.ts';

const content = join(root, 'curriculum');

describe('what is noted of a learner', () => {
  let workspace: string;
  let curriculum: Curriculum;
  const open = (): Curriculum =>
    createCurriculum({ log: silentLog, content, workspace, trusted: () => true, language: 'en' });
  const proof = async (id: string): Promise<Record<string, unknown>> =>
    JSON.parse(await readFile(join(workspace, `.gantry/proofs/${id}.json`), 'utf8')) as Record<string, unknown>;
  const out: string[] = [];
  const gantry = (line: string, cwd = workspace): Promise<number> => {
    const io: CliIo = {
      out: (text) => out.push(text),
      err: () => {},
      env: {},
      cwd,
      signal: new AbortController().signal,
    };
    const command = curriculumCommands(() => Promise.resolve(curriculum)).find(({ name }) => line.startsWith(name))!;
    return command.run(line.slice(command.name.length).split(' ').filter(Boolean), io);
  };

  beforeEach(async () => {
    workspace = await mkdtemp(join(tmpdir(), 'gantry-notes-'));
    curriculum = open();
    out.length = 0;
  });
  afterEach(async () => {
    curriculum.dispose();
    await rm(workspace, { recursive: true });
  });
  const state = async (id: string): Promise<string | undefined> => (await open().overview()).statuses.get(id)?.state;

  it('reading is attested, never proven, and can be taken back', async () => {
    assert.equal(await gantry('learn attest R1'), exit.done);
    assert.equal(await state('R1'), 'attested');
    const tree = curriculum.tree();
    await tree.children(undefined);
    const { icon, description } = tree.describe({ kind: 'item', id: 'R1' });
    assert.deepEqual([icon?.name, icon?.color], ['book', 'disabledForeground']);
    assert.match(description!, /^attested/);
    await gantry('learn attest R1 --undo');
    assert.equal(await state('R1'), 'todo');
    await assert.rejects(curriculum.attest('B6', true), { kind: 'invalid' });
  });

  it('the solution is shown before a proof only on explicit wish, which is noted', async () => {
    await curriculum.start('B6');
    await assert.rejects(curriculum.solution('B6', false), { kind: 'forbidden', message: /if you insist/ });
    assert.deepEqual(await readdir(join(workspace)), ['gantry-labs'], 'nothing may be noted yet');
    assert.equal(await gantry('learn solution B6 --yes'), exit.done);
    assert.match(out.join('\n'), /^--- a\/main\.go[^]*^\+.*Shutdown/m);
    assert.equal(typeof (await proof('B6'))['assisted'], 'string');
    assert.equal(await state('B6'), 'todo');
  });

  it('there is no hint before a check', async () => {
    await curriculum.start('B6');
    await assert.rejects(curriculum.nextHint('B6'), { kind: 'notFound' });
  });

  it('hints that fit go from the defect to the general', async () => {
    const item = await readItem(join(content, 'T8.1'));
    const evidence = [{ id: 'breaker.isolates', ok: false, what: '', want: '', got: '' }];
    assert.deepEqual(
      fittingHints(item, evidence, {}).map(({ id }) => id),
      ['shared-breaker', 'steps'],
    );
    assert.deepEqual(fittingHints(item, [], {}), []);
  });

  it('the next item is the next that is not proven', async () => {
    assert.equal(await curriculum.nextItem('T7.1'), 'T7.2');
    assert.equal(await curriculum.nextItem('B7'), 'T1.1');
  });

  it('a lesson begins as a copy of one that works', async () => {
    await cp(join(content, 'outline.yaml'), join(workspace, 'outline.yaml'));
    await cp(join(content, 'B6'), join(workspace, 'B6'), { recursive: true });
    assert.equal(await gantry(`learn author new B8 --content ${workspace}`), exit.done);
    const [item, copied] = [await readItem(join(workspace, 'B8')), await readItem(join(content, 'B6'))];
    assert.deepEqual([item.id, item.version, item.impostors], ['B8', 1, copied.impostors]);
    assert.equal(await gantry(`learn author lint B8 --content ${workspace}`), exit.done);
    await assert.rejects(gantry(`learn author new B8 --content ${workspace}`), { kind: 'conflict' });
    await assert.rejects(gantry(`learn author new Q1 --content ${workspace}`), { kind: 'notFound' });
    await assert.rejects(gantry(`learn author lint B8 --all --content ${workspace}`), { kind: 'invalid' });
    await writeFile(join(workspace, 'B8/en.md'), '# Other\n\n## More\n');
    assert.equal(await gantry(`learn author lint --all --content ${workspace}`), exit.problems);
  });
});
