import assert from 'node:assert/strict';
import { parseExposition, sumOf } from '../../../src/curriculum/checks/exposition.ts';

describe('a scrape', () => {
  it('is read with labels, escapes, time stamps and infinities', () => {
    assert.deepEqual(
      parseExposition(
        [
          '# HELP http_requests_total Requests.',
          '# TYPE http_requests_total counter',
          'http_requests_total{code="200",path="C:\\\\DIR\\n\\"x\\",y"} 3 1395066363000',
          'up 1',
          'h_bucket{le="+Inf",} 1.5e+02',
          'low -Inf',
          '',
        ].join('\n'),
      ),
      [
        { name: 'http_requests_total', labels: { code: '200', path: 'C:\\DIR\n"x",y' }, value: 3 },
        { name: 'up', labels: {}, value: 1 },
        { name: 'h_bucket', labels: { le: '+Inf' }, value: 150 },
        { name: 'low', labels: {}, value: -Infinity },
      ],
    );
  });

  it('is none when a line is no sample', () => {
    assert.equal(parseExposition('<html>\n'), undefined);
    assert.equal(parseExposition('up one\n'), undefined);
  });

  it('is summed over the labels that are not asked for', () => {
    const samples = parseExposition('n{a="1",b="1"} 1\nn{a="1",b="2"} 2\nn{a="2",b="1"} 4\nm{a="1"} 8\n')!;
    assert.deepEqual(
      [sumOf(samples, 'n'), sumOf(samples, 'n', { a: '1' }), sumOf(samples, 'n', { c: '1' })],
      [7, 3, 0],
    );
  });
});
