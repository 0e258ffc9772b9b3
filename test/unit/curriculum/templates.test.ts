import assert from 'node:assert/strict';
import { Values } from '../../../src/curriculum/checks/templates.ts';
import { seeded } from '../../../src/curriculum/random.ts';

describe('values that are drawn', () => {
  const values = new Values({ k: [3, 3], base: [120, 120] }, seeded(1));

  it('stand in texts, sums and durations', () => {
    assert.deepEqual(
      [
        values.fill('/items/${k}-${other}'),
        values.count('100 + ${k}'),
        values.count(7),
        values.milliseconds('${base}ms'),
      ],
      ['/items/3-${other}', 103, 7, 120],
    );
    assert.deepEqual(values.texts, { k: '3', base: '120' });
  });

  it('must be there where a number is needed', () => {
    assert.throws(() => values.count('1 + ${other}'), { kind: 'invalid', message: /\$\{other\} is no number/ });
    assert.throws(() => values.milliseconds('${other}ms'), { kind: 'invalid' });
  });
});
