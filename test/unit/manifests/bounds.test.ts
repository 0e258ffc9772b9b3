/** Texts made to cost more than they weigh. What would take quadratic time here runs into the time limit of the suite. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { looksLikeManifests } from '../../../src/manifests/detect.ts';
import { loadPool } from '../../../src/manifests/pool.ts';
import { validate } from '../../../src/manifests/validate.ts';

const head = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n';
const lines = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join('\n');

describe('manifest validation within bounds', function () {
  this.timeout(60_000);

  async function codes(text: string): Promise<string[]> {
    const catalog = (await loadPool(join(root, 'schemas'))).catalog('1.34');
    return [...new Set(validate(text, { catalog, custom: [] }).findings.map(({ code }) => code))];
  }

  it('looks at blank lines, spaces and dashes once', () => {
    for (const filler of ['\n', ' ', '-', ', ', '{']) assert.ok(!looksLikeManifests(filler.repeat(1_000_000)));
  });

  it('recognises manifests by their keys, however they are written', () => {
    for (const text of [
      'apiVersion: v1\nkind: Pod',
      '{"apiVersion": "v1", "kind": "Pod"}',
      '- apiVersion : v1\n  "kind": Pod',
      'kind: Pod\nmetadata: {name: a}',
      '{"apiVersion": "v1", "spec": {}}',
    ]) {
      assert.ok(looksLikeManifests(text), text);
    }
    for (const text of ['version: 3\nservices: {}\n# apiVersion: kind:\n', 'kind: pipeline\nsteps: []\n'])
      assert.ok(!looksLikeManifests(text), text);
  });

  it('judges a number of a million digits', async () => {
    const quantity = `${'1'.repeat(1_000_000)}x`;
    assert.deepEqual(
      await codes(`${head}spec: {containers: [{name: a, image: x, resources: {limits: {cpu: "${quantity}"}}}]}`),
      ['wrong-format'],
    );
  });

  it('passes over a comment full of braces', async () => {
    assert.deepEqual(await codes(`${head}spec: {containers: [{name: a, image: x}]}\n# ${'{{'.repeat(500_000)}`), []);
  });

  it('follows aliases that multiply', async () => {
    const bomb = lines(60, (i) => `  a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(9)}]`);
    assert.deepEqual(await codes(`${head}spec:\n  a0: &a0 [x]\n${bomb}\n`), ['missing-field', 'unknown-field']);
  });

  it('stops telling the same of thousands of keys', async () => {
    assert.deepEqual(await codes(`${head}spec:\n${lines(20_000, (i) => `  containrs${i}: 1`)}\n`), ['unknown-field']);
  });
});
