import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withProgram } from '../../../src/curriculum/authoring.ts';
import { checkItem } from '../../../src/curriculum/check.ts';
import { readItem } from '../../../src/curriculum/items.ts';
import { needGo } from '../../support/go.ts';
import { curriculumFolder, quiet, refused } from '../../support/lessons.ts';

const item = await readItem(join(curriculumFolder, 'B7'));

describe('B7, externalised configuration', function () {
  before(async function () {
    await needGo(this);
  });

  it('evidence masks a secret that the program prints', async () => {
    const report = await withProgram(item, 'says-nothing', async (lab) => {
      const path = join(lab, 'main.go');
      const text = await readFile(path, 'utf8');
      const printed = text.replace('"error", err)', '"error", err, "token", os.Getenv("API_TOKEN"))');
      assert.notEqual(printed, text);
      await writeFile(path, printed);
      return checkItem(item, lab, quiet());
    });
    assert.deepEqual(refused(report), ['config.missing'], JSON.stringify(report.verdict));
    assert.match(report.evidence.at(-1)!.got, /token=•••/);
    assert.doesNotMatch(JSON.stringify(report.evidence), /[0-9a-f]{32}/);
  });
});
