/**
 * Learners' programs at their worst. Each row shows that the fault took effect, what the learner reads, and that nothing
 * is left: no process, no folder, and not a byte of the learner's files lost.
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkItem } from '../../../src/curriculum/check.ts';
import { type Item, readItem } from '../../../src/curriculum/items.ts';
import type { Report } from '../../../src/curriculum/model.ts';
import { eventually } from '../../support/eventually.ts';
import { needGo } from '../../support/go.ts';
import { quiet } from '../../support/lessons.ts';

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
  /** The first assertion that does not hold, and what was seen. */
  const refused = ({ evidence, verdict }: Report): [string | undefined, string | undefined] => {
    assert.equal(verdict.state, 'failed', JSON.stringify(verdict));
    const first = evidence.find(({ ok }) => !ok);
    return [first?.id, first?.got];
  };
  /** Processes whose command line names this, which no other program's does. */
  const running = (name: string): string[] =>
    readdirSync('/proc')
      .filter((pid) => /^\d+$/.test(pid))
      .filter((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(name);
        } catch {
          return false;
        }
      });
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
    await eventually(() => Promise.resolve(running(naptime).length === 5));
    assert.equal(refused(await pending)[0], 'echo.starts');
    assert.deepEqual(running(naptime), []);
  });
});
