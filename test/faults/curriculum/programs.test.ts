/**
 * Learners' programs at their worst. Each row shows that the fault took effect, what the learner reads, and that nothing
 * is left: no process, no folder, and not a byte of the learner's files lost.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { checkItem } from '../../../src/curriculum/check.ts';
import { createCurriculum } from '../../../src/curriculum/domain.ts';
import { type Item, readItem } from '../../../src/curriculum/items.ts';
import type { Report } from '../../../src/curriculum/model.ts';
import { silentLog } from '../../../src/core/log.ts';
import { eventually } from '../../support/eventually.ts';
import { needGo } from '../../support/go.ts';
import { curriculumFolder, quiet } from '../../support/lessons.ts';

const serving = `
	http.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	http.HandleFunc("GET /echo", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Query().Get("n")) })
	go func() { _ = http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil) }()
`;

/** A program of `main`'s body; it imports what the rows need. */
const program = (body: string): string => `package main

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

var _ = []any{bytes.Repeat, fmt.Sprint, net.Dial, http.Get, os.Getenv, exec.Command, signal.Ignore, syscall.Getpid, time.Now}

func main() {
${body}
}
`;

/** One request after a start: enough for a program to show what it does. */
const itemText = `id: X1
version: 1
open: main.go
program: { package: ., env: { PORT: '\${port}' }, ready: /readyz, readyWithin: 2s }
checks:
  - { id: build, type: build }
  - id: echo
    type: exchange
    draw: { n: nonce }
    steps:
      - id: answers
        what: { zh-cn: 会应答, en: It answers }
        next: { zh-cn: 应答。, en: Answer. }
        wait: 3s
        send: { path: '/echo?n=\${n}' }
        expect: { body: '^\${n}$' }
hints: [{ id: other, zh-cn: 再读一遍课文。, en: Read the lesson again. }]
starter: { refusedBy: echo.answers, hint: other }
impostors:
  - { name: i, refusedBy: echo.answers, hint: other }
  - { name: j, refusedBy: echo.answers, hint: other }
  - { name: k, refusedBy: echo.answers, hint: other }
`;

describe("a learner's program that", function () {
  this.timeout(240_000);
  let folder: string;
  let lab: string;
  let item: Item;

  before(async function () {
    await needGo(this);
    if (process.platform !== 'linux') this.skip();
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gantry-worst-'));
    lab = join(folder, 'lab');
    mkdirSync(join(folder, 'item'));
    mkdirSync(lab);
    writeFileSync(join(folder, 'item/item.yaml'), itemText);
    item = await readItem(join(folder, 'item'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const check = (body: string, signal = new AbortController().signal, of = item): Promise<Report> => {
    writeFileSync(join(lab, 'go.mod'), 'module worst.example/lab\n\ngo 1.26\n');
    writeFileSync(join(lab, 'main.go'), program(body));
    return checkItem(of, lab, { ...quiet(), signal });
  };
  /** It serves only once the fault is there, so that no quick answer ends the check before. */
  const checkPatiently = (fault: string): Promise<Report> => {
    const patient = { ...item, program: { ...item.program, readyWithin: 30_000 } };
    return check(`${fault}\n${serving}\n	select {}`, undefined, patient);
  };
  /** The first assertion that does not hold, and what was seen. */
  const refused = ({ evidence, verdict }: Report): [string | undefined, string | undefined] => {
    assert.equal(verdict.state, 'failed', JSON.stringify(verdict));
    const first = evidence.find(({ ok }) => !ok);
    return [first?.id, first?.got];
  };
  /** Processes whose command line names this, which no other program's does. */
  const running = (name: string): string[] => commandLines().filter((line) => line.includes(name));
  /** Whether the program itself runs of a check, whose folder's name begins so, and not only its compiler. */
  const programRuns = (name: string): boolean =>
    running(name).some((line) => line.split('\0', 1)[0]!.endsWith('/program'));
  const scratches = (): string[] =>
    readdirSync(tmpdir()).filter((name) => name.startsWith(`gantry-check-${process.pid}-`));

  it('works is proven, and leaves nothing', async () => {
    const { verdict, evidence } = await check(`${serving}\n	select {}`);
    assert.deepEqual(verdict, { state: 'proven' }, JSON.stringify(evidence));
    assert.deepEqual(scratches(), []);
  });

  it('does not compile is told where', async () => {
    const report = await check('	return 1');
    assert.equal(refused(report)[0], 'build.compiles');
    assert.equal(report.evidence[0]!.where?.split(':')[0], 'main.go');
  });

  it('hangs is told to listen, and ended', async () => {
    const [id, got] = refused(await check('	fmt.Println("hanging"); time.Sleep(time.Hour)'));
    assert.equal(id, 'echo.starts');
    assert.match(got!, /nothing listens on port[^]*hanging/, 'the fault must have taken effect');
  });

  it('listens on another port is told which', async () => {
    const [id, got] = refused(await check('	l, _ := net.Listen("tcp", "127.0.0.1:0"); _ = http.Serve(l, nil)'));
    assert.equal(id, 'echo.starts');
    assert.match(got!, /it listens on port \d+ instead/);
  });

  it('forks, out of its group too, leaves no child', async () => {
    const naptime = `${9000 + process.pid}.5`;
    const body = `	for range 5 {
		c := exec.Command("sleep", "${naptime}")
		c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		_ = c.Start()
	}
	time.Sleep(time.Hour)`;
    const pending = check(body);
    await eventually(() => running(naptime).length === 5);
    assert.equal(refused(await pending)[0], 'echo.starts');
    assert.deepEqual(running(naptime), []);
  });

  it('forks without end is ended', async () => {
    const naptime = `${9000 + process.pid}.7`;
    const { evidence } = await checkPatiently(`	for range 220 { _ = exec.Command("sleep", "${naptime}").Start() }`);
    assert.match(evidence.find(({ id }) => id === 'echo.limits')?.got ?? '', /too many processes/);
    assert.deepEqual(running(naptime), []);
  });

  it('prints 1 GB is ended, and fills no memory of ours', async () => {
    const before = process.memoryUsage.rss();
    const { evidence } = await checkPatiently(`	line := bytes.Repeat([]byte("x"), 1<<20)
	for range 1024 { _, _ = os.Stdout.Write(line) }`);
    assert.match(evidence.find(({ id }) => id === 'echo.limits')?.got ?? '', /printed without end/);
    assert.ok(process.memoryUsage.rss() - before < 300 * 1024 * 1024);
  });

  it('eats memory is ended', async () => {
    const { evidence } = await checkPatiently(`	var kept [][]byte
	for range 3000 {
		kept = append(kept, bytes.Repeat([]byte("x"), 1<<20))
		time.Sleep(time.Millisecond / 2)
	}
	fmt.Println(len(kept))`);
    assert.match(evidence.find(({ id }) => id === 'echo.limits')?.got ?? '', /too much memory/);
  });

  it('ignores SIGTERM is ended all the same', async () => {
    const { verdict } = await check(`${serving}\n	signal.Ignore(syscall.SIGTERM, syscall.SIGINT)\n	select {}`);
    assert.deepEqual(verdict, { state: 'proven' });
    assert.deepEqual(running(`gantry-check-${process.pid}-`), []);
  });

  it('deletes its folder deletes a copy', async () => {
    const body = `	dir, _ := os.Getwd()
	fmt.Println("deleting", dir, os.RemoveAll(dir))
	time.Sleep(time.Hour)`;
    const [, got] = refused(await check(body));
    assert.match(got!, /deleting .*lab <nil>/, 'the fault must have taken effect');
    assert.deepEqual(readdirSync(lab).sort(), ['go.mod', 'main.go']);
    assert.equal(readFileSync(join(lab, 'main.go'), 'utf8'), program(body));
  });

  it('calls out and waits is judged in time', async () => {
    // TEST-NET-1 (RFC 5737): nobody answers there, whatever this machine is connected to.
    const [id, got] = refused(
      await check('	fmt.Println("calling"); _, err := http.Get("http://192.0.2.1/"); fmt.Println(err)'),
    );
    assert.equal(id, 'echo.starts');
    assert.match(got!, /calling/);
  });

  it('is cancelled leaves nothing', async () => {
    const controller = new AbortController();
    const pending = check(`${serving}\n	fmt.Println("cancelled-${process.pid}")\n	select {}`, controller.signal);
    await eventually(() => programRuns(`gantry-check-${process.pid}-`));
    controller.abort();
    await assert.rejects(pending, { kind: 'cancelled' });
    assert.deepEqual(running(`gantry-check-${process.pid}-`), []);
    assert.deepEqual(scratches(), []);
  });

  it('runs while we are killed does not outlive us', async () => {
    const child = checking(lab, folder);
    try {
      writeFileSync(join(lab, 'go.mod'), 'module worst.example/lab\n\ngo 1.26\n');
      writeFileSync(join(lab, 'main.go'), program(`${serving}\n	select {}`));
      child.stdin!.end('go');
      const name = `gantry-check-${child.pid}-`;
      await eventually(() => programRuns(name));
      child.kill('SIGKILL');
      await once(child, 'exit');
      await eventually(() => running(name).length === 0, 10_000);
      // What it left in the folder for temporary files goes with the next check.
      await check(`${serving}\n	select {}`);
      assert.deepEqual(
        readdirSync(tmpdir()).filter((one) => one.startsWith(name)),
        [],
      );
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('two windows check at once is proven in both', async () => {
    const workspace = join(folder, 'workspace');
    mkdirSync(workspace);
    const window = () =>
      createCurriculum({ log: silentLog, content: curriculumFolder, workspace, trusted: () => true, language: 'en' });
    const [one, other] = [window(), window()];
    try {
      await one.start('B6');
      cpSync(join(curriculumFolder, 'B6/solution'), one.labFolder('B6'), { recursive: true });
      const { signal } = new AbortController();
      const reports = await Promise.all([one.check('B6', { signal }), other.check('B6', { signal })]);
      assert.deepEqual(
        reports.map(({ verdict }) => verdict.state),
        ['proven', 'proven'],
      );
      assert.equal((await window().overview()).statuses.get('B6')?.state, 'proven');
      assert.deepEqual(readdirSync(join(workspace, '.gantry/proofs')), ['B6.json']);
    } finally {
      one.dispose();
      other.dispose();
    }
  });
});

/** Of each process: its program and arguments, NUL between them. */
const commandLines = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      } catch {
        return ''; // It has ended meanwhile.
      }
    });

/** A process of its own that checks once something comes on its input. */
function checking(lab: string, folder: string): ChildProcess {
  const script = join(folder, 'check.ts');
  writeFileSync(
    script,
    `import { checkItem } from ${JSON.stringify(join(root, 'src/curriculum/check.ts'))};
import { readItem } from ${JSON.stringify(join(root, 'src/curriculum/items.ts'))};
await new Promise((resolve) => process.stdin.once('data', resolve));
const item = await readItem(${JSON.stringify(join(folder, 'item'))});
await checkItem(item, ${JSON.stringify(lab)}, { seed: 1, language: 'en', signal: new AbortController().signal });
`,
  );
  return spawn(process.execPath, [script], { stdio: ['pipe', 'ignore', 'inherit'] });
}
