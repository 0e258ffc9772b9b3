import assert from 'node:assert/strict';
import { parseTo } from '../../../src/devloop/cli.ts';

describe('where an intercept leads', () => {
  it('is read as 8080, or with the port of the Service before it', () => {
    assert.deepEqual(parseTo('8080'), { to: 8080, port: undefined });
    assert.deepEqual(parseTo('http=8080'), { to: 8080, port: 'http' });
    for (const text of ['', '0', '70000', 'x', 'a=b']) assert.throws(() => parseTo(text), { kind: 'invalid' });
  });
});
