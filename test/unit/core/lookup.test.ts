import assert from 'node:assert/strict';
import { lookup } from '../../../src/core/lookup.ts';

describe('lookup', () => {
  it('has what it was given, and nothing that every object has', () => {
    const table = lookup({ port: 1 });
    assert.equal(table['port'], 1);
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) assert.equal(table[name], undefined);
  });
});
