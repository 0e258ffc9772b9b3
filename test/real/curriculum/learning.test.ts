import assert from 'node:assert/strict';
import { appendFile, cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { type CliIo, exit } from '../../../src/core/cli.ts';
import { silentLog } from '../../../src/core/log.ts';
import { run } from '../../../src/core/processes.ts';
import { curriculumCommands } from '../../../src/curriculum/cli.ts';
import { type Curriculum, type CurriculumDeps, createCurriculum } from '../../../src/curriculum/domain.ts';
import { testPorts, useEngine } from '../../support/checkPorts.ts';
import { sharedEngine } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { curriculumFolder } from '../../support/lessons.ts';

/** Beside the titles of the seed. */
const projectSteps = 3;

describe("a learner's way through B6", () => {
  let workspace: string;
  let curriculum: Curriculum;
  const create = (changes: Partial<CurriculumDeps> = {}): Curriculum =>
    createCurriculum({
      log: silentLog,
      content: curriculumFolder,
      workspace,
      trusted: () => true,
      language: 'en',
      ...changes,
    });
  beforeEach(async () => {
    workspace = await mkdtemp(join(tmpdir(), 'gantry-learner-'));
    curriculum = create();
  });
  afterEach(async () => {
    curriculum.dispose();
    await rm(workspace, { recursive: true });
  });
  const state = async (from = curriculum): Promise<string | undefined> =>
    (await from.overview()).statuses.get('B6')?.state;
  const solve = (): Promise<void> =>
    cp(join(curriculumFolder, 'B6/solution'), curriculum.labFolder('B6'), { recursive: true });
  const signal = new AbortController().signal;

  it('starts, fails with evidence, is fixed, turns green, goes stale and regresses', async () => {
    const states = [await state()];
    const seen: Promise<string | undefined>[] = [];
    const main = await curriculum.start('B6');
    assert.equal(main, join(workspace, 'gantry-labs/B6/main.go'));
    const subscription = curriculum.onDidChange(() => seen.push(state()));
    assert.equal((await curriculum.check('B6', { signal })).verdict.state, 'failed');
    assert.deepEqual(await Promise.all(seen), ['running', 'failed']);
    subscription.dispose();
    states.push(await state());
    await solve();
    assert.equal((await curriculum.check('B6', { signal })).verdict.state, 'proven');
    states.push(await state());
    assert.equal(await state(create()), 'proven', 'another window must see the same');

    const solution = await readFile(main, 'utf8');
    await writeFile(main, `${solution}// changed\n`);
    await curriculum.refresh();
    states.push(await state());
    await cp(join(curriculumFolder, 'B6/starter/main.go'), main);
    await curriculum.check('B6', { signal });
    states.push(await state());
    await writeFile(main, solution);
    await curriculum.refresh();
    states.push(await state());
    assert.deepEqual(states, ['todo', 'failed', 'proven', 'stale', 'regressed', 'proven']);
    assert.deepEqual(await readdir(join(workspace, '.gantry/proofs')), ['B6.json']);
  });

  /** What the steps of the checks until `stop` were. */
  const steps = (): { readonly seen: string[]; readonly stop: () => void } => {
    const seen: string[] = [];
    const following = curriculum.onDidProgress(({ step }) => seen.push(step));
    return { seen, stop: () => following.dispose() };
  };

  it('after a save checks only what looks at what changed, and files no failure of a work in progress', async () => {
    const main = await curriculum.start('B6');
    assert.equal(await curriculum.checkSaved('B6'), undefined, 'nobody has asked for a check yet');
    await solve();
    await curriculum.check('B6', { signal });
    const { seen, stop } = steps();
    await writeFile(join(workspace, 'gantry-labs/B6/notes.md'), 'mine');
    await writeFile(join(workspace, 'gantry-labs/B6/main_test.go'), 'package main\n');
    assert.deepEqual((await curriculum.checkSaved('B6'))?.verdict, { state: 'proven' });
    assert.deepEqual([seen, await state()], [[], 'proven'], 'neither is a part of the program');
    const solution = await readFile(main, 'utf8');
    await cp(join(curriculumFolder, 'B6/starter/main.go'), main);
    assert.equal((await curriculum.checkSaved('B6'))?.verdict.state, 'failed');
    assert.ok(seen.length > 0);
    assert.equal(await state(), 'stale', 'the failure is shown, not filed');
    assert.equal(await state(create()), 'stale');
    await writeFile(main, `${solution}// better\n`);
    assert.deepEqual((await curriculum.checkSaved('B6'))?.verdict, { state: 'proven' });
    assert.equal(await state(create()), 'proven');
    stop();
  });

  it("after a save of the program tries the learner's tests with it alone, and with all when the tests changed", async () => {
    curriculum.dispose();
    curriculum = create({ ports: testPorts() });
    await curriculum.start('T8.4');
    const lab = curriculum.labFolder('T8.4');
    await cp(join(curriculumFolder, 'T8.4/solution'), lab, { recursive: true });
    assert.equal((await curriculum.check('T8.4', { signal })).verdict.state, 'proven');
    const triedAfter = async (file: string): Promise<number> => {
      const { seen, stop } = steps();
      await appendFile(join(lab, file), '\n// Changed.\n');
      assert.equal((await curriculum.checkSaved('T8.4'))?.verdict.state, 'proven');
      stop();
      assert.ok(seen.includes('Running your tests'));
      return seen.filter((step) => /^Your tests (find|accept)/.test(step)).length;
    };
    assert.deepEqual([await triedAfter('prices/guard.go'), await triedAfter('chaos/chaos_test.go')], [0, 10]);
  });

  it('a check that was asked for takes over from that of a save, and can be cancelled', async () => {
    await curriculum.start('B6');
    await solve();
    await curriculum.check('B6', { signal });
    await writeFile(join(workspace, 'gantry-labs/B6/data.txt'), 'read by the program, for all we know');
    const saved = curriculum.checkSaved('B6');
    await eventually(() => Promise.resolve(curriculum.running.some(({ step }) => step !== '')));
    const asked = curriculum.check('B6', { signal });
    await assert.rejects(saved, { kind: 'cancelled' });
    await eventually(() => Promise.resolve(curriculum.running.some(({ step }) => step !== '')));
    assert.equal(await curriculum.checkSaved('B6'), undefined);
    curriculum.cancel('B6');
    await assert.rejects(asked, { kind: 'cancelled' });
    assert.deepEqual(curriculum.running, []);
    assert.equal(await state(), 'stale');
  });

  it('a clone shows the same progress, proves it again, and knows what changed since', async () => {
    const git = async (cwd: string, ...args: string[]): Promise<void> => {
      const who = ['-c', 'user.name=Learner', '-c', 'user.email=learner@localhost'];
      const { code, stderr } = await run('git', [...who, ...args], { cwd });
      assert.equal(code, 0, stderr);
    };
    const main = await curriculum.start('B6');
    await solve();
    await curriculum.check('B6', { signal });
    await git(workspace, 'init', '--quiet');
    await git(workspace, 'add', '.');
    await git(workspace, 'commit', '--quiet', '-m', 'B6');
    await writeFile(main, `${await readFile(main, 'utf8')}// mine\n`);
    const parent = await mkdtemp(join(tmpdir(), 'gantry-clone-'));
    const clone = join(parent, 'elsewhere');
    try {
      await git(parent, 'clone', '--quiet', workspace, clone);
      assert.deepEqual(await readdir(join(clone, '.gantry')), ['proofs'], "snapshots are this machine's");
      const there = create({ workspace: clone });
      assert.equal(await state(there), 'proven');
      const out: string[] = [];
      const verify = curriculumCommands(() => Promise.resolve(there)).find(({ name }) => name === 'learn verify')!;
      const io: CliIo = { out: (line) => out.push(line), err: () => {}, env: {}, cwd: clone, signal };
      assert.equal(await verify.run(['--all'], io), exit.done, out.join('\n'));
      assert.match(out.join('\n'), /\| B6 \| Graceful shutdown \| proven \|/);
      await rm(join(clone, '.gantry/snapshots'), { recursive: true }); // Then git has to know.
      const cloned = join(clone, 'gantry-labs/B6/main.go');
      await writeFile(cloned, `${await readFile(cloned, 'utf8')}// theirs\n`);
      for (const [curriculumOf, word] of [
        [curriculum, 'mine'],
        [create({ workspace: clone }), 'theirs'],
      ] as const) {
        await curriculumOf.refresh();
        assert.equal(await state(curriculumOf), 'stale');
        const found = await curriculumOf.changes('B6');
        assert.deepEqual(
          found.map(({ path, mine, theirs }) => [path, mine.replace(theirs, '')]),
          [['main.go', `// ${word}\n`]],
        );
      }
      const changes = curriculumCommands(() => Promise.resolve(curriculum)).find(
        ({ name }) => name === 'learn changes',
      )!;
      out.length = 0;
      assert.equal(await changes.run(['B6'], io), exit.done);
      assert.match(out.join('\n'), /^\+\/\/ mine$/m);
    } finally {
      await rm(parent, { recursive: true });
    }
  });

  it('shows what this machine can run', async () => {
    const shown = async (): Promise<string[]> => {
      const { statuses, hidden } = await curriculum.overview();
      return [...statuses.keys()].filter((id) => !hidden.has(id)).sort();
    };
    assert.equal((await shown()).length, 104 + projectSteps);
    await curriculum.setFilter('runnable');
    assert.deepEqual(await shown(), [
      'B5',
      'B6',
      'B7',
      'K3',
      'O2',
      'P5',
      'P5.1',
      'P5.2',
      'P5.3',
      'T1.1',
      'T2.4',
      'T3.1',
      'T3.2',
      'T3.3',
      'T5.3',
      'T6.1',
      'T6.2',
      'T7.1',
      'T7.2',
      'T7.4',
      'T8.1',
      'T8.2',
      'T8.3',
      'T8.4',
    ]);
    await curriculum.start('B6');
    await solve();
    await curriculum.check('B6', { signal });
    await curriculum.setFilter('open');
    assert.deepEqual(await shown(), [
      'B5',
      'B7',
      'K3',
      'O2',
      'P5',
      'P5.1',
      'P5.2',
      'P5.3',
      'T1.1',
      'T2.4',
      'T3.1',
      'T3.2',
      'T3.3',
      'T5.3',
      'T6.1',
      'T6.2',
      'T7.1',
      'T7.2',
      'T7.4',
      'T8.1',
      'T8.2',
      'T8.3',
      'T8.4',
    ]);
  });

  it('shows a lesson on images where an engine answers', async function () {
    const shown = async (from: Curriculum): Promise<boolean> => {
      await from.setFilter('runnable');
      return !(await from.overview()).hidden.has('T4.2');
    };
    useEngine((await sharedEngine(this)).address);
    const there = create({ ports: testPorts() });
    assert.deepEqual([await shown(curriculum), await shown(there)], [false, true]);
    there.dispose();
  });

  it('reset brings the starter back, undo the work', async () => {
    const main = await curriculum.start('B6');
    const starter = await readFile(main, 'utf8');
    await writeFile(main, 'package main // mine\n');
    const snapshot = await curriculum.reset('B6');
    assert.equal(await readFile(main, 'utf8'), starter);
    await curriculum.undoReset(snapshot);
    assert.equal(await readFile(main, 'utf8'), 'package main // mine\n');
  });

  it('a malformed proof and one of an unknown item are told, and a new proof keeps the malformed one', async () => {
    const proofs = join(workspace, '.gantry/proofs');
    await mkdir(proofs, { recursive: true });
    await writeFile(join(proofs, 'B6.json'), 'not json');
    await writeFile(join(proofs, 'Z9.json'), '{"format":1,"item":"Z9"}');
    const { problems } = await curriculum.overview();
    assert.equal(problems.length, 2);
    await curriculum.start('B6');
    await curriculum.check('B6', { signal });
    const [proof, kept, unknown] = (await readdir(proofs)).sort();
    assert.deepEqual([proof, unknown], ['B6.json', 'Z9.json']);
    assert.equal(await readFile(join(proofs, kept!), 'utf8'), 'not json');
  });

  it('refuses what it cannot do with a sentence that says why', async () => {
    await assert.rejects(create({ trusted: () => false }).start('B6'), { kind: 'forbidden' });
    await assert.rejects(create({ trusted: () => false }).check('B6', { signal }), { kind: 'forbidden' });
    await assert.rejects(create({ workspace: undefined }).start('B6'), { kind: 'notFound', message: /Open a folder/ });
    await assert.rejects(curriculum.check('B6', { signal }), { kind: 'notFound', message: /not started yet/ });
    await assert.rejects(curriculum.start('T2.1'), { kind: 'notFound', message: /not available yet/ });
    await assert.rejects(curriculum.start('X1'), { kind: 'notFound', message: /no item X1/ });
    assert.equal(await curriculum.lesson('T2.1'), undefined);
  });

  it('in a terminal: the exit status says how it went', async () => {
    const out: string[] = [];
    const said: string[] = [];
    const io: CliIo = {
      out: (line) => out.push(line),
      err: (line) => said.push(line),
      env: {},
      cwd: workspace,
      signal,
    };
    // Each line is a program of its own, which knows what the ones before it have written.
    const gantry = async (line: string): Promise<number> => {
      const own = create();
      try {
        const command = curriculumCommands(() => Promise.resolve(own)).find(({ name }) => line.startsWith(name))!;
        return await command.run(line.slice(command.name.length).split(' ').filter(Boolean), io);
      } finally {
        own.dispose();
      }
    };
    assert.equal(await gantry('learn list --json'), exit.done);
    assert.equal((JSON.parse(out.join('\n')) as unknown[]).length, 104 + projectSteps);
    assert.equal(await gantry('learn start B6'), exit.done);
    out.length = 0;
    assert.equal(await gantry('learn check B6 --seed 7'), exit.problems);
    assert.match(
      out.join('\n'),
      /✗ Every request in flight is answered\n {4}Wanted: .*\n {4}Got: .*\n {4}Where: main\.go/,
    );
    assert.match(out.at(-1)!, /--seed 7/);
    out.length = 0;
    assert.equal(await gantry('learn hint B6'), exit.done);
    assert.match(out.join('\n'), /^SIGTERM killed the process because nothing catches it/);
    assert.equal(await gantry('learn reset B6'), exit.done);
    await solve();
    out.length = 0;
    assert.equal(await gantry('learn check B6 --json'), exit.done, out.join('\n'));
    assert.deepEqual((JSON.parse(out.join('\n')) as { verdict: unknown }).verdict, { state: 'proven' });
    out.length = 0;
    assert.equal(await gantry('learn verify'), exit.done);
    assert.match(out.join('\n'), /\| B6 \| Graceful shutdown \| proven \|/);
    assert.equal(await readFile(join(workspace, '.gantry/summary.md'), 'utf8'), `${out.join('\n')}\n`);
    assert.match(await readFile(join(workspace, '.gantry/badge.json'), 'utf8'), /"message": "1\/107"/);
    await assert.rejects(gantry('learn prove gantry-labs/B6 --item B6'), { kind: 'notFound', message: /contract/ });
    await writeFile(join(workspace, 'gantry-labs/B6/gantry.contract.yaml'), 'package: .\n');
    out.length = 0;
    assert.equal(await gantry('learn prove gantry-labs/B6 --item B6'), exit.done, out.join('\n'));
    const path = process.env['PATH'];
    process.env['PATH'] = workspace;
    try {
      assert.equal(await gantry('learn check B6'), exit.unable);
    } finally {
      process.env['PATH'] = path;
    }
    said.length = 0;
    assert.equal(await gantry('learn start K3'), exit.done);
    assert.match(
      said.join('\n'),
      /Prove these first: T3\.1, T3\.2\.\n {4}gantry learn start T3\.1\n {4}gantry learn start T3\.2/,
    );
    out.length = 0;
    assert.equal(await gantry('learn check K3'), exit.unable);
    assert.match(out.join('\n'), /^[^\n]+: .*Prove these first: T3\.1, T3\.2\.$/, 'and no seed: nothing was drawn');
    await assert.rejects(gantry('learn check'), { kind: 'invalid' });
    await assert.rejects(gantry('learn check B6 --seed x'), { kind: 'invalid' });
    await assert.rejects(gantry('learn list --no'), { kind: 'invalid' });
  });

  it('a .proto file of the workspace does not stand in for the reflection that a lesson asks for', async () => {
    const gantry = async (...args: string[]): Promise<string> => {
      const env = { ...process.env, LANG: 'C', LC_ALL: 'C', XDG_STATE_HOME: workspace };
      const words = ['--disable-warning=ExperimentalWarning', join(root, 'src/cli.ts'), ...args];
      return (await run(process.execPath, words, { cwd: workspace, env, timeout: 60_000 })).stdout;
    };
    await gantry('learn', 'start', 'T3.2');
    assert.match(await gantry('learn', 'check', 'T3.2'), /Call reflection\.Register in register/);
  });
});
