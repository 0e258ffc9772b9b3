import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { type Server, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'mocha';
import { run } from '../../../src/core/processes.ts';
import { withProgram } from '../../../src/curriculum/authoring.ts';
import { checkItem } from '../../../src/curriculum/check.ts';
import { type Item, chooseHint, readItem } from '../../../src/curriculum/items.ts';
import { listenerOf } from '../../../src/curriculum/listener.ts';
import type { Report } from '../../../src/curriculum/model.ts';
import { needGo } from '../../support/go.ts';
import { type Changes, checkChanged, checkProgram, curriculumFolder, quiet, refused } from '../../support/lessons.ts';

const b6: Item = await readItem(join(curriculumFolder, 'B6'));

describe('B6, graceful shutdown', function () {
  before(async function () {
    await needGo(this);
    if (process.platform !== 'win32') return;
    if (process.env['CI'] === 'true') throw new Error('Windows has no SIGTERM');
    this.skip();
  });

  it('refuses the starter, because nothing catches the signal', async () => {
    const report = await checkProgram(b6, 'starter');
    assert.deepEqual(refused(report), ['drain.answers', 'drain.exits']);
    assert.equal(report.facts['drain.ended'], 'SIGTERM');
    assert.equal(chooseHint(b6, report.evidence, report.facts)?.id, 'signal-not-caught');
  });

  it('draws the same from the same seed, and other nonces from another', async () => {
    const wants = async (seed: number): Promise<string | undefined> =>
      (await checkProgram(b6, 'hard-coded', { seed })).evidence.find(({ id }) => id === 'drain.echoes')?.want;
    const [first, again, other] = [await wants(7), await wants(7), await wants(8)];
    assert.equal(first, again);
    assert.notEqual(first, other);
  });

  /** Checks the solution with some of its text replaced. */
  const checkSolution = (changes: Changes[string]): Promise<Report> =>
    checkChanged(b6, 'solution', { 'main.go': changes });

  it('names the line of code that does not compile', async () => {
    const report = await checkSolution([[/ready\.Store\(false\)/, 'ready.Stor(false)']]);
    const [evidence] = report.evidence;
    const line = (await readFile(join(b6.folder, 'solution/main.go'), 'utf8'))
      .split('\n')
      .findIndex((text) => text.includes('ready.Store(false)'));
    assert.equal(evidence?.where, `main.go:${line + 1}:8`);
    assert.deepEqual(refused(report), ['build.compiles']);
  });

  it('says which port a program listens on instead', async () => {
    const report = await checkSolution([[/os\.Getenv\("PORT"\)/, '"0"']]);
    const starts = report.evidence.find(({ id }) => id === 'drain.starts');
    assert.match(starts?.got ?? '', /^it listens on port \d+ instead/);
  });

  it('an empty main proves nothing', async () => {
    const report = await checkSolution([[/[^]*/, 'package main\n\nfunc main() {}\n']]);
    assert.deepEqual(refused(report), ['drain.starts']);
  });

  it('never grades a server that another process runs on the port', async () => {
    // The program hands the port to a child of its own: what answers is then not what was started.
    const report = await checkSolution([
      [
        /func main\(\) \{/,
        'func main() {\n\tif os.Getenv("CHILD") == "" {\n\t\tchild := exec.Command(os.Args[0])\n\t\tchild.Env = append(os.Environ(), "CHILD=1")\n\t\t_ = child.Run()\n\t\treturn\n\t}',
      ],
      [/"os"\n/, '"os"\n\t"os/exec"\n'],
    ]);
    assert.equal(report.verdict.state, 'blocked', JSON.stringify(report));
    assert.match((report.verdict as { reason: string }).reason, /Another program took port/);
    assert.deepEqual(
      report.evidence.map(({ id }) => id),
      ['build.compiles'],
    );
  });

  it('does not grade who takes the port while the program drains', async () => {
    const report = await checkSolution([
      [
        /\treturn server\.Shutdown\(deadline\)/,
        '\tnext := exec.Command(os.Args[0])\n\tnext.Env = os.Environ()\n\tserver.RegisterOnShutdown(func() { _ = next.Start() })\n\treturn server.Shutdown(deadline)',
      ],
      [/"os"\n/, '"os"\n\t"os/exec"\n'],
    ]);
    assert.deepEqual(report.verdict, { state: 'proven' }, JSON.stringify(report));
  });

  it('does not grade a sleep that would be too long unless the machine were slow, as the program makes it look', async () => {
    const late: readonly [RegExp, string] = [/time\.After\(time\.Duration\(ms\)/, 'time.After(time.Duration(ms+55)'];
    const report = await checkChanged(b6, 'sleeps-longer', { 'work.go': [late] });
    assert.equal(report.verdict.state, 'blocked', JSON.stringify(report));
    assert.match((report.verdict as { reason: string }).reason, /too busy to judge/);
  });

  it('without Go it is blocked, and says how to get it', async () => {
    const path = process.env['PATH'];
    const empty = await mkdtemp(join(tmpdir(), 'gantry-no-go-'));
    process.env['PATH'] = empty;
    try {
      const report = await checkProgram(b6, 'solution');
      assert.equal(report.verdict.state, 'blocked');
      assert.match((report.verdict as { reason: string }).reason, /Go was not found.*go\.dev\/dl/);
      assert.deepEqual(report.evidence, []);
    } finally {
      process.env['PATH'] = path;
      await rm(empty, { recursive: true });
    }
  });

  it('a check that asserts nothing is an error', async () => {
    await withProgram(b6, 'solution', async (lab) => {
      await assert.rejects(checkItem({ ...b6, checks: [] }, lab, quiet()), {
        kind: 'internal',
        message: /asserted nothing/,
      });
    });
  });

  it('cancelled midway, it leaves no process and no file', async () => {
    const [path, scratch] = [process.env['TMPDIR'], await mkdtemp(join(tmpdir(), 'gantry-scratch-'))];
    const controller = new AbortController();
    let running: string[] = [];
    try {
      // A program that would not go by itself.
      await withProgram(b6, 'ignores-sigterm', async (lab) => {
        process.env['TMPDIR'] = scratch;
        const watched = async (step: string): Promise<void> => {
          if (!step.endsWith('requests in flight') || step.startsWith('SIGTERM')) return;
          running = await programsBelow(scratch);
          controller.abort();
        };
        const report = (step: string): void => void watched(step);
        await assert.rejects(checkItem(b6, lab, { ...quiet(), signal: controller.signal, report }), {
          kind: 'cancelled',
        });
      });
      assert.equal(running.length, 1, 'the program must have been running when the check was cancelled');
      assert.deepEqual(await programsBelow(scratch), []);
      assert.deepEqual(await readdir(scratch), []);
    } finally {
      if (path === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = path;
      await rm(scratch, { recursive: true });
    }
  });
});

/** Command lines of running programs below a folder. */
async function programsBelow(folder: string): Promise<string[]> {
  const { stdout } = await run('ps', ['-eo', 'args']);
  return stdout.split('\n').filter((line) => line.startsWith(folder));
}

describe('the owner of a port', function () {
  let server: Server;
  let port: number;
  before(async () => {
    server = createServer();
    port = await new Promise<number>((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
    );
  });
  after(() => new Promise((resolve) => server.close(resolve)));

  const owner = (pid: number, at = port): Promise<string> => listenerOf(at, pid, new AbortController().signal);

  it('is told apart from other processes, and from nobody', async () => {
    assert.deepEqual([await owner(process.pid), await owner(process.ppid)], ['own', 'other']);
    await new Promise((resolve) => server.close(resolve));
    assert.equal(await owner(process.pid), 'none');
    server.listen(0);
  });
});
