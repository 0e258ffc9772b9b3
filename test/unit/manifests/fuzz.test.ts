/** Edited at random, a manifest may mean anything; checking it must still end, without a throw, at places in the text. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { loadPool } from '../../../src/manifests/pool.ts';
import { validate } from '../../../src/manifests/validate.ts';
import { randomOf, seed } from '../../support/random.ts';

const valid = readFileSync(join(root, 'test/fixtures/manifests/shop.yaml'), 'utf8');
/** What breaks parsers: indicators, line ends, a byte order mark, NUL, half a surrogate pair. */
const scraps = [
  ...'{}[]:,-?&*!|>\'"%@`#~<=\t\n \r\0'.split(''),
  '\r\n',
  '\uFEFF',
  '\ud800',
  '---\n',
  '...',
  '<<: *a',
  '&a ',
  '*a',
  '{{ x }}',
  '__proto__: 1\n',
  '<<<<<<< HEAD\n',
  '9'.repeat(400),
];

function edited(text: string, random: (below: number) => number): string {
  const at = random(text.length);
  const length = random(30);
  switch (random(4)) {
    case 0:
      return text.slice(0, at) + text.slice(at + length);
    case 1:
      return text.slice(0, at) + scraps[random(scraps.length)] + text.slice(at);
    case 2:
      return text.slice(0, at) + text.slice(at, at + length).repeat(3) + text.slice(at + length);
    default:
      return text.slice(0, at);
  }
}

describe(`manifest validation of random edits (GANTRY_SEED=${seed})`, function () {
  this.timeout(120_000);

  it('finds nothing in the text before it is edited', async () => {
    const catalog = (await loadPool(join(root, 'schemas'))).catalog('1.34');
    assert.deepEqual(validate(valid, { catalog, custom: [] }).findings, []);
  });

  it('always ends, with ranges inside the text', async () => {
    const catalog = (await loadPool(join(root, 'schemas'))).catalog('1.34');
    const random = randomOf(seed);
    for (let round = 0; round < 300; round++) {
      let text = valid;
      for (let edits = random(6); edits >= 0; edits--) text = edited(text, random);
      for (const { range, from, to } of validate(text, { catalog, custom: [] }).findings) {
        const inside = 0 <= range.start && range.start <= range.end && range.end <= text.length;
        assert.ok(inside && from.line <= to.line && from.column >= 0, JSON.stringify({ range, text }));
      }
    }
  });
});
