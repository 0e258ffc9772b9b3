import assert from 'node:assert/strict';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { readSnippets } from '../../../scripts/lib/snippets.ts';
import { createManifests } from '../../../src/manifests/domain.ts';
import { expandSnippet } from '../../support/snippetSyntax.ts';

describe('YAML snippets', () => {
  const manifests = createManifests({ schemas: join(root, 'schemas') });

  for (const { name, body } of readSnippets('yaml')) {
    it(`${name}: an object without a finding, for every version`, async () => {
      const versions = await manifests.versions();
      const text = expandSnippet(body.join('\n'));
      const judged = await Promise.all(versions.map((version) => manifests.validate(text, version)));
      assert.deepEqual(
        judged,
        versions.map((version) => ({ version, findings: [], checked: 1 })),
      );
    });
  }
});
