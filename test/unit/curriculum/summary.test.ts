import assert from 'node:assert/strict';
import type { OutlineItem, Report, Verdict } from '../../../src/curriculum/model.ts';
import { type Verified, badge, summaryText } from '../../../src/curriculum/summary.ts';

const verified = (id: string, verdict: Verdict, what = ''): Verified => ({
  item: { id, title: { en: `Title ${id}`, 'zh-cn': `标题 ${id}` } } as OutlineItem,
  report: {
    verdict,
    evidence: [{ id: 'a.b', ok: verdict.state === 'proven', what, want: '', got: '' }],
  } as unknown as Report,
});

describe('a summary for a pipeline', () => {
  const all = [
    verified('B5', { state: 'proven' }, 'all is well'),
    verified('B6', { state: 'failed' }, 'a | b\nc'),
    verified('B7', { state: 'blocked', reason: 'no Go' }),
  ];

  it('is a table of what was found and what does not hold', () => {
    assert.equal(
      summaryText(all, 'en'),
      [
        '| | | | What does not hold |',
        '| --- | --- | --- | --- |',
        '| B5 | Title B5 | proven |  |',
        '| B6 | Title B6 | failed | a \\| b c |',
        '| B7 | Title B7 | blocked | no Go |',
        '',
      ].join('\n'),
    );
    assert.match(summaryText(all, 'zh-cn'), /标题 B5/);
  });

  it('has a badge that is green only when all that was verified is proven', () => {
    assert.deepEqual(badge(all, 104), { schemaVersion: 1, label: 'gantry', message: '1/104', color: 'red' });
    assert.deepEqual(badge(all.slice(0, 1), 104), {
      schemaVersion: 1,
      label: 'gantry',
      message: '1/104',
      color: 'brightgreen',
    });
  });
});
