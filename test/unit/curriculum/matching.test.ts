import assert from 'node:assert/strict';
import type { Json } from '../../../src/curriculum/checks/templates.ts';
import { difference, expectedText } from '../../../src/curriculum/checks/matching.ts';

describe('what a check expects, in evidence', () => {
  it('is JSON, with words for what no value says', () => {
    const expected = {
      id: { $type: 'string' },
      price: { $from: 'catalog' },
      items: [{ $matches: '^b' }, { $not: { name: 'tea' } }, null],
      next: { $length: 2 },
      owner: { $type: 'undefined' },
    };
    assert.equal(
      expectedText(expected),
      '{"id":any string,"price":what catalog answers now,"items":[what matches ^b,anything but {"name":"tea"},null],"next":2 of them,"owner":nothing}',
    );
  });
  it('says of what came how it differs, in the same words', () => {
    const said = (expected: Json, got: unknown): string | undefined => difference(expected, got, () => false);
    assert.deepEqual(
      [
        said({ id: { $type: 'string' } }, { id: 7 }),
        said({ owner: { $type: 'undefined' } }, { owner: 'x' }),
        said({ $not: { done: 1 } }, { done: 1 }),
        said({ $matches: '^b' }, 'tea'),
        said({ $length: 2 }, [1]),
        said({ $from: 'catalog' }, 'old'),
      ],
      [
        '$.id is 7, not any string',
        '$.owner is "x" and should not be there',
        '$ is {"done":1}, as it should not be',
        '$ is "tea", not what matches ^b',
        '$ is [1], not 2 of them',
        '$ is "old", which "catalog" did not answer now',
      ],
    );
  });
});
