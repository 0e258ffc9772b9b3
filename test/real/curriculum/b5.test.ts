import assert from 'node:assert/strict';
import { join } from 'node:path';
import { chooseHint, readItem } from '../../../src/curriculum/items.ts';
import { needGo } from '../../support/go.ts';
import { checkProgram, curriculumFolder, describeImpostors, refused } from '../../support/lessons.ts';

const item = await readItem(join(curriculumFolder, 'B5'));

describe('B5, health checks', function () {
  before(async function () {
    await needGo(this);
  });

  it('proves the solution, every assertion executed', async () => {
    const report = await checkProgram(item, 'solution');
    assert.deepEqual(report.verdict, { state: 'proven' }, JSON.stringify(report.evidence));
    assert.deepEqual(
      report.evidence.map(({ id }) => id),
      [
        'build.compiles',
        ...['starts', 'waits', 'lives', 'loads', 'opens', 'serves'].map((id) => `gate.${id}`),
        'probes.starts',
        ...['ready', 'cut', 'lives-without', 'recovers', 'hangs', 'recovers-again', 'complains', 'bounded'].map(
          (id) => `probes.${id}`,
        ),
      ],
    );
  });

  it('refuses the starter, because it is always ready', async () => {
    const report = await checkProgram(item, 'starter');
    assert.deepEqual(refused(report), ['gate.waits']);
    assert.equal(chooseHint(item, report.evidence, report.facts)?.id, 'always-ready');
    assert.match(report.evidence.at(-1)!.got, /200 × 5/);
  });

  describeImpostors(item);
});
