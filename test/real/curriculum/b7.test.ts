import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkItem } from '../../../src/curriculum/check.ts';
import { chooseHint, readItem } from '../../../src/curriculum/items.ts';
import { needGo } from '../../support/go.ts';
import { checkProgram, curriculumFolder, describeImpostors, quiet, refused, withLab } from '../../support/lessons.ts';

const item = await readItem(join(curriculumFolder, 'B7'));

describe('B7, externalised configuration', function () {
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
        ...['starts', 'shows', 'defaults', 'missing', 'malformed', 'secret'].map((id) => `config.${id}`),
      ],
    );
  });

  it('refuses the starter, whose values are written in', async () => {
    const report = await checkProgram(item, 'starter');
    assert.deepEqual(refused(report), ['config.shows']);
    assert.equal(chooseHint(item, report.evidence, report.facts)?.id, 'written-in');
  });

  it('evidence masks a secret that the program prints', async () => {
    const report = await withLab(item, 'says-nothing', async (lab) => {
      const path = join(lab, 'main.go');
      const text = await readFile(path, 'utf8');
      const printed = text.replace('"error", err)', '"error", err, "token", os.Getenv("API_TOKEN"))');
      assert.notEqual(printed, text);
      await writeFile(path, printed);
      return checkItem(item, lab, quiet());
    });
    assert.deepEqual(refused(report), ['config.missing']);
    assert.match(report.evidence.at(-1)!.got, /token=•••/);
    assert.doesNotMatch(JSON.stringify(report.evidence), /[0-9a-f]{32}/);
  });

  describeImpostors(item);
});
