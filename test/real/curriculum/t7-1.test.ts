import assert from 'node:assert/strict';
import { join } from 'node:path';
import { chooseHint, readItem } from '../../../src/curriculum/items.ts';
import { needGo } from '../../support/go.ts';
import { checkProgram, curriculumFolder, describeImpostors, refused } from '../../support/lessons.ts';

const item = await readItem(join(curriculumFolder, 'T7.1'));

describe('T7.1, Prometheus', function () {
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
        ...['starts', 'exposes', 'serves', 'counts', 'routes', 'durations', 'inflight', 'bounded'].map(
          (id) => `red.${id}`,
        ),
      ],
    );
  });

  it('refuses the starter, which measures nothing', async () => {
    const report = await checkProgram(item, 'starter');
    assert.deepEqual(refused(report), ['red.exposes']);
    assert.equal(chooseHint(item, report.evidence, report.facts)?.id, 'no-metrics');
  });

  describeImpostors(item);
});
