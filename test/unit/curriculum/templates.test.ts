import assert from 'node:assert/strict';
import { Values } from '../../../src/curriculum/checks/templates.ts';
import { seeded } from '../../../src/curriculum/random.ts';

describe('values that are drawn', () => {
  const values = new Values().draw({ k: [3, 3], base: [120, 120] }, seeded(1));

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

  it('are kept from what came, in a copy for itself', () => {
    const came = [{ id: 'a-1', version: 2, tags: ['x'], nothing: null }];
    const copy = values.copy();
    copy.keep('id', came, '0.id');
    copy.keep('version', came, '0.version');
    copy.keep('tags', came, '0.tags');
    copy.keep('deeper', came, '0.nothing.id');
    assert.deepEqual(copy.fillJson({ id: '${id}', version: '${version}', rest: '${k} ${tags} ${deeper}' }), {
      id: 'a-1',
      version: 2,
      rest: '3 ${tags} ${deeper}',
    });
    assert.equal(values.fill('${id}'), '${id}');
  });

  it('must be there where a number is needed', () => {
    assert.throws(() => values.count('1 + ${other}'), { kind: 'invalid', message: /\$\{other\} is no number/ });
    assert.throws(() => values.milliseconds('${other}ms'), { kind: 'invalid' });
  });
});
