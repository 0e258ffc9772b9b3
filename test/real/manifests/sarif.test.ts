/** What `gantry validate --format sarif` prints is SARIF by the standard's own schema. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { moduleFiles } from '../../../scripts/lib/goModules.ts';
import { root } from '../../../scripts/lib/project.ts';
import { createManifests } from '../../../src/manifests/domain.ts';
import { formats } from '../../../src/manifests/reports.ts';

/** Carries OASIS' schema of SARIF 2.1.0 as a text in Go. */
const source = 'github.com/owenrumney/go-sarif/v3@v3.3.1';

describe('SARIF', () => {
  it('is valid against the schema of the standard, and the schema refuses what is not', async () => {
    const [file] = await moduleFiles(source, (path) => path === 'pkg/report/v210/sarif/schema.go');
    const text = /`(\{[\s\S]*\})\s*`/.exec(file!.read())![1]!;
    const { $schema: _, id: __, ...schema } = JSON.parse(text) as Record<string, unknown>;
    const valid = new Ajv({ strict: false, validateFormats: false, logger: false }).compile(schema);
    const manifests = createManifests({ schemas: join(root, 'schemas') });
    const texts = [
      readFileSync(join(root, 'test/fixtures/manifests/shop.yaml'), 'utf8'),
      readFileSync(join(root, 'examples/shop/deploy/wrong.yaml'), 'utf8'),
      'apiVersion: v1\nkind: Pod\nmetadata: {name: "中文"}\nspec: {containers: [{name: a, image: a}\n',
    ];
    const reports = [];
    for (const [i, each] of texts.entries())
      reports.push({
        path: `a folder/${i}.yaml`,
        text: each,
        validation: await manifests.validate(each, '1.34', { rules: {} }),
      });
    const sarif = JSON.parse(formats.sarif(reports).join('\n')) as { runs: { results: { level: string }[] }[] };
    assert.ok(valid(sarif), JSON.stringify(valid.errors));
    assert.ok(sarif.runs[0]!.results.length > 5);
    sarif.runs[0]!.results[0]!.level = 'fatal';
    assert.equal(valid(sarif), false);
  });
});
