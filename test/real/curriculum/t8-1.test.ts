import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before } from 'mocha';
import { freePorts } from '../../../src/core/ports.ts';
import { withProgram } from '../../../src/curriculum/authoring.ts';
import { checkItem } from '../../../src/curriculum/check.ts';
import { chooseHint, readItem } from '../../../src/curriculum/items.ts';
import { portsOf } from '../../../src/curriculum/listener.ts';
import { needGo } from '../../support/go.ts';
import { checkChanged, checkProgram, curriculumFolder, quiet, refused } from '../../support/lessons.ts';

const item = await readItem(join(curriculumFolder, 'T8.1'));

describe('T8.1, circuit breaker', function () {
  before(async function () {
    await needGo(this);
  });

  it('refuses the starter, because its calls never stop', async () => {
    const report = await checkProgram(item, 'starter');
    assert.deepEqual(refused(report), ['breaker.opens']);
    assert.equal(report.facts['breaker.opens'], 'too-many-calls');
    assert.match(report.evidence.at(-1)!.got, /; calls: 60; /);
    assert.equal(chooseHint(item, report.evidence, report.facts)?.id, 'failures-not-seen');
  });

  it('refuses answers that are made up', async () => {
    const report = await withProgram(item, 'starter', async (lab) => {
      const body = '\nfunc (*upstream) get(context.Context) (string, error) { return "0123456789abcdef", nil }\n';
      const text = `package main\n\nimport "context"\n\ntype upstream struct{}\n\nfunc newUpstream(_, _ string) *upstream { return nil }\n${body}`;
      await writeFile(join(lab, 'upstream.go'), text);
      return checkItem(item, lab, quiet());
    });
    assert.deepEqual(refused(report), ['breaker.passes']);
    assert.equal(chooseHint(item, report.evidence, report.facts)?.id, 'not-the-answer');
  });

  it('does not grade a wait while open that would be too long unless the machine were slow, as the program makes it look', async () => {
    const report = await checkChanged(item, 'waits-while-open', {
      'main.go': [[/answer, err :=/, 'time.Sleep(55 * time.Millisecond)\n\t\tanswer, err :=']],
      'upstream.go': [
        // Five times only: while it waits, the breaker would let more calls through than it may.
        [/attempt == 20/, 'attempt == 1 || waits.Add(1) > 5'],
        [/"time"/, '"sync/atomic"\n\t"time"'],
        [/\/\/ upstream is/, 'var waits atomic.Int32\n\n// upstream is'],
      ],
    });
    assert.equal(report.verdict.state, 'blocked', JSON.stringify(report));
    assert.match((report.verdict as { reason: string }).reason, /too busy to judge/);
  });

  it('speaks the language it is asked in', async () => {
    const steps: string[] = [];
    const report = await checkProgram(item, 'always-503', {
      language: 'zh-cn',
      report: (step) => steps.push(step),
    });
    assert.match(report.evidence.at(-1)!.what, /上游健康时/);
    assert.match(steps.at(-1)!, /上游健康时/);
  });

  for (const [where, proxy] of [
    ['are switched off', async () => 'off'],
    ['cannot be reached', async () => `http://127.0.0.1:${(await freePorts(1))[0]}`],
    ['are refused by the proxy', refusingProxy],
  ] as const) {
    it(`is blocked, not failed, when downloads ${where}`, async () => {
      const kept = { GOPROXY: process.env['GOPROXY'], GOMODCACHE: process.env['GOMODCACHE'] };
      const cache = await mkdtemp(join(tmpdir(), 'gantry-modules-'));
      process.env['GOPROXY'] = await proxy();
      process.env['GOMODCACHE'] = cache;
      try {
        const report = await checkProgram(item, 'solution');
        assert.equal(report.verdict.state, 'blocked', JSON.stringify(report));
        assert.match((report.verdict as { reason: string }).reason, /modules of this item could not be downloaded/);
        assert.deepEqual(report.evidence, []);
      } finally {
        for (const [name, value] of Object.entries(kept)) {
          if (value === undefined) delete process.env[name];
          else process.env[name] = value;
        }
        await rm(cache, { recursive: true, force: true });
      }
    });
  }

  it('cancelled midway, it stops listening', async () => {
    const mine = (): Promise<number[]> => portsOf(process.pid, new AbortController().signal);
    const before = await mine();
    const controller = new AbortController();
    let doubles: number[] = [];
    const report = (step: string): void => {
      if (!step.startsWith('After a second')) return;
      void mine().then((ports) => {
        doubles = ports.filter((port) => !before.includes(port));
        controller.abort();
      });
    };
    await withProgram(item, 'solution', (lab) =>
      assert.rejects(checkItem(item, lab, { ...quiet(), signal: controller.signal, report }), { kind: 'cancelled' }),
    );
    assert.equal(doubles.length, 2, 'both doubles must have been there when the check was cancelled');
    assert.deepEqual(await mine(), before);
  });
});

/** The address of a module proxy that answers 403 to everything; it lives as long as the tests. */
async function refusingProxy(): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'));
  }).unref();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}
