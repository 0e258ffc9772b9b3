import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../../src/core/failure.ts';
import type { Report } from '../../../src/curriculum/model.ts';
import {
  type Present,
  type Progress,
  ProofFiles,
  type RunRecord,
  afterRun,
  parseProgress,
  stateOf,
} from '../../../src/curriculum/progress.ts';

const now: Required<Present> = { itemVersion: 1, checkHash: 'c', sourceHash: 's' };
const run = (changes: Partial<RunRecord> = {}): RunRecord => ({
  itemVersion: 1,
  checkHash: 'c',
  sourceHash: 's',
  seed: 7,
  time: '2026-01-02T03:04:05.000Z',
  assertions: { 'drain.answers': 'ok 0123456789abcdef' },
  ...changes,
});
const report = (state: 'proven' | 'failed'): Report => ({
  item: 'B6',
  seed: 7,
  duration: 1,
  verdict: { state },
  evidence: [{ id: 'drain.answers', ok: state === 'proven', what: 'w', want: 'a', got: 'b' }],
  facts: {},
});
const time = new Date('2026-01-02T03:04:05Z');

describe('the state of an item', () => {
  const table: [string, Omit<Progress, 'item'>, string][] = [
    ['nothing was run', {}, 'todo'],
    ['the only run failed', { failure: run() }, 'failed'],
    ['proven', { proof: run() }, 'proven'],
    ['proven with other sources', { proof: run({ sourceHash: 'old' }) }, 'stale'],
    ['proven against an older check', { proof: run({ checkHash: 'old' }) }, 'stale'],
    ['proven for an older version', { proof: run({ itemVersion: 0 }) }, 'stale'],
    ['failed after a proof, with changed code', { proof: run({ sourceHash: 'old' }), failure: run() }, 'regressed'],
    ['failed after a proof, with the same code', { proof: run(), failure: run() }, 'regressed'],
    ['failed in between, proven code is back', { proof: run(), failure: run({ sourceHash: 'worse' }) }, 'proven'],
  ];
  for (const [name, progress, state] of table)
    it(`${name}: ${state}`, () => assert.equal(stateOf(progress, now), state));

  it('a folder that is gone makes a proof stale', () => {
    assert.equal(stateOf({ proof: run() }, { ...now, sourceHash: undefined }), 'stale');
  });
});

describe('progress after a run', () => {
  it('a pass is a proof and clears the failure', () => {
    const after = afterRun({ item: 'B6', failure: run() }, report('proven'), now, time, []);
    assert.deepEqual(Object.keys(after), ['item', 'proof']);
    assert.equal(stateOf(after, now), 'proven');
    assert.match(after.proof!.assertions['drain.answers']!, /^ok [0-9a-f]{16}$/);
  });

  it('a failure keeps the proof there was', () => {
    const after = afterRun({ item: 'B6', proof: run({ sourceHash: 'old' }) }, report('failed'), now, time, ['slow']);
    assert.deepEqual(after.proof, run({ sourceHash: 'old' }));
    assert.equal(stateOf(after, now), 'regressed');
    assert.match(after.failure!.assertions['drain.answers']!, /^failed /);
  });
});

describe('proof files', () => {
  let workspace: string;
  beforeEach(async () => {
    workspace = await mkdtemp(join(tmpdir(), 'gantry-proofs-'));
  });
  afterEach(() => rm(workspace, { recursive: true }));
  const folder = (): string => join(workspace, '.gantry', 'proofs');

  it('come back as they were written, and leave no half file', async () => {
    const progress = { item: 'B6', proof: run() };
    const files = new ProofFiles(workspace);
    assert.deepEqual(await files.read('B6'), { item: 'B6' });
    await files.write(progress);
    await files.write(progress);
    assert.deepEqual(await files.readAll(), new Map([['B6', progress]]));
    assert.deepEqual(await readdir(folder()), ['B6.json']);
  });

  it('a malformed one is told with its cause and put aside, not lost', async () => {
    await mkdir(folder(), { recursive: true });
    await writeFile(join(folder(), 'B6.json'), '{"half');
    const files = new ProofFiles(workspace);
    const found = (await files.readAll()).get('B6');
    assert(found instanceof Failure);
    assert.match(found.message, /B6\.json is malformed/);
    await files.putAside('B6');
    const [kept] = await readdir(folder());
    assert.match(kept!, /^B6\.json\.malformed-/);
    assert.equal(await readFile(join(folder(), kept!), 'utf8'), '{"half');
  });

  const malformed: [string, string][] = [
    ['[]', 'it is not an object'],
    ['{"item":"B6"}', 'format must be 1'],
    ['{"format":1,"item":"B7"}', 'item must be B6'],
    ['{"format":1,"item":"B6","proof":{"seed":1}}', 'proof is not a run'],
  ];
  for (const [text, cause] of malformed) {
    it(`refuses ${text}`, () =>
      assert.throws(() => parseProgress('B6', text), { kind: 'invalid', message: new RegExp(cause) }));
  }
});
