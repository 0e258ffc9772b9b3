import assert from 'node:assert/strict';
import { verdictOf } from '../../scripts/advisories.ts';

describe('advisories', () => {
  it('a high one is told with its reason, a moderate one is not', () => {
    const vulnerabilities = {
      undici: { severity: 'high', via: [{ title: 'a bomb' }, 'ws'] },
      yaml: { severity: 'moderate', via: [{ title: 'a slow key' }] },
    };
    assert.deepEqual(verdictOf(JSON.stringify({ vulnerabilities, metadata: { dependencies: { prod: 90 } } })), {
      kind: 'answered',
      packages: 90,
      serious: ['undici: high (a bomb; by ws)'],
    });
  });

  it('nothing known, and nothing answered, are two things', () => {
    const none = { vulnerabilities: {}, metadata: { dependencies: { prod: 90 } } };
    assert.deepEqual(verdictOf(JSON.stringify(none)), { kind: 'answered', packages: 90, serious: [] });
    assert.deepEqual(verdictOf('{"error":{"code":"ENOTFOUND","summary":"no such host"}}'), {
      kind: 'silent',
      why: 'no such host',
    });
    assert.deepEqual(verdictOf('{"message":"404 Not Found - POST /-/npm/v1/security/advisories/bulk"}').kind, 'silent');
    assert.deepEqual(verdictOf(''), { kind: 'silent', why: 'npm said nothing' });
    assert.deepEqual(verdictOf('<html>busy</html>').kind, 'silent');
  });
});
