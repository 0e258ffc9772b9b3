import assert from 'node:assert/strict';
import { Failure } from '../../../src/core/failure.ts';
import { silentLog } from '../../../src/core/log.ts';
import { passingMemory } from '../../../src/core/memory.ts';
import { type ForwardState, Forwards } from '../../../src/kubernetes/forward/forwards.ts';
import { parsePorts, readSpec } from '../../../src/kubernetes/forward/spec.ts';
import { LogPosition, parseTime } from '../../../src/kubernetes/logs/position.ts';
import { readStatus } from '../../../src/kubernetes/streams/remoteCommand.ts';
import { shellCommand } from '../../../src/kubernetes/streams/shell.ts';
import { Store } from '../../../src/kubernetes/store.ts';
import { describeForward } from '../../../src/kubernetes/tree/forwardTypes.ts';
import { FakeClock, settle } from '../../support/fakeClock.ts';

describe('times of log lines', () => {
  it('keep their fractions, whatever their length and zone', () => {
    assert.deepEqual(
      [
        '2026-11-23T20:17:39.250000000Z',
        '2026-11-23T20:17:39Z',
        '2026-11-23T20:17:39.5Z',
        '2026-11-24T04:17:39.5+08:00',
        'unable to retrieve container logs',
        '',
      ].map((text) => parseTime(text)),
      [1_795_465_059_250, 1_795_465_059_000, 1_795_465_059_500, 1_795_465_059_500, undefined, undefined],
    );
  });
});

describe('position in a log', () => {
  const received = (...times: number[]): LogPosition => {
    const position = new LogPosition();
    for (const time of times) position.note(time);
    return position;
  };
  /** What is new of a log that is read again from the position's `since`. */
  const unseen = (position: LogPosition, file: readonly number[]): number[] => {
    const from = Date.parse(position.since()!);
    const seen = position.replay();
    return file.filter((time) => time >= from).filter((time) => !seen(time));
  };

  it('is the beginning before the first line', () => assert.equal(new LogPosition().since(), undefined));

  it('passes every line once wherever a connection broke, also lines of one time and lines out of order', () => {
    const file = [1000, 1000, 1000, 2500, 2400, 2500, 3999, 4001, 3998, 9000, 9000, 9001];
    for (let at = 1; at <= file.length; at++) {
      assert.deepEqual(unseen(received(...file.slice(0, at)), file), file.slice(at), `broken after ${at}`);
    }
  });

  it('passes every line of a log that begins anew', () => {
    assert.deepEqual(unseen(received(1000, 1001, 1002), [5000, 5001]), [5000, 5001]);
  });

  it('remembers no more than the last seconds', () => {
    const position = received(...Array.from({ length: 100_000 }, (_, i) => i * 1000));
    assert.equal(position.since(), new Date(99_998_000).toISOString());
  });
});

describe('the end of a remote command', () => {
  it('is its exit code, or a sentence; a broken status is one, too', () => {
    const nonZero = {
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '3' }] },
    };
    const outcomes = [
      '{"status":"Success"}',
      JSON.stringify(nonZero),
      '{"status":"Failure","message":"no"}',
      '{',
      '[]',
    ].map(readStatus);
    assert.deepEqual(
      outcomes.map((outcome) => (outcome instanceof Failure ? outcome.message : outcome)),
      [
        0,
        3,
        'no',
        'The server did not say how the command ended: {',
        'The server did not say how the command ended: []',
      ],
    );
  });

  it('has a shell that is looked for, or the one that was chosen', () => {
    assert.deepEqual([shellCommand('auto')[0], shellCommand('/bin/zsh -l')], ['sh', ['/bin/zsh', '-l']]);
  });
});

describe('forwarded ports', () => {
  it('are listened at no more, but kept, when the end comes while another one begins', async () => {
    const listeners = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPServerWrap').length;
    const before = listeners();
    const memory = passingMemory();
    const connect = (): never => assert.fail('nobody connects');
    const store = new Store({ connect, clock: new FakeClock(), log: silentLog });
    const forwards = new Forwards({ store, connect }, memory);
    const spec = { context: 'c', namespace: 'n', kind: 'Pod', name: 'one', remotePort: 1, localPort: 0 };
    await forwards.start(spec);
    assert.ok(listeners() > before);
    const kept = memory.get('kubernetes.forwards');
    const starting = forwards.start({ ...spec, name: 'two' });
    forwards.dispose();
    await assert.rejects(starting, { kind: 'cancelled' });
    await settle();
    assert.equal(listeners(), before);
    assert.deepEqual(memory.get('kubernetes.forwards'), kept);
  });

  it('are written as kubectl takes them', () => {
    assert.deepEqual(
      ['8080', '9000:8080', ':8080'].map((text) => Object.values(parsePorts(text))),
      [
        [8080, 8080],
        [9000, 8080],
        [0, 8080],
      ],
    );
    for (const text of ['', 'http', '0', '70000', '1:2:3', '-1']) assert.throws(() => parsePorts(text), Failure, text);
  });

  it('that were kept are read with care', () => {
    const spec = { context: 'c', namespace: 'n', kind: 'Pod', name: 'p', remotePort: 80, localPort: 0 };
    assert.deepEqual(
      [readSpec(spec), readSpec({ ...spec, remotePort: '80' }), readSpec(null), readSpec('x')],
      [spec, undefined, undefined, undefined],
    );
  });

  it('say where they go, and why they cannot', () => {
    const spec = { context: 'c', namespace: 'n', kind: 'Service', name: 'web', remotePort: 80, localPort: 9000 };
    const state: ForwardState = { spec, key: 'k', address: '127.0.0.1:9000', connections: 2, problem: undefined };
    const problem = new Failure('unreachable', 'No pod is ready.');
    const rows = [state, { ...state, connections: 0, problem }].map((each) => describeForward('f', each, 'prod'));
    assert.deepEqual(
      rows.map(({ label, description, contextValue, icon }) => [label, description, contextValue, icon?.name]),
      [
        ['127.0.0.1:9000 → web:80', '2 connections', 'forward', 'arrow-swap'],
        ['127.0.0.1:9000 → web:80', 'No pod is ready.', 'forward;problem', 'warning'],
      ],
    );
  });
});
