import assert from 'node:assert/strict';
import { type FolderRun, report } from '../../scripts/lib/faultReport.ts';

describe('the report of the faults', () => {
  const row = { file: 'test/faults/grpc/a.test.ts', suites: ['servers', 'dead'], milliseconds: 700 } as const;
  const runs: FolderRun[] = [
    {
      folder: 'grpc',
      date: '2026-11-27',
      host: 'a machine',
      long: false,
      rows: [
        { ...row, title: 'killed: the stream ends | with the reason', state: 'passed' },
        { ...row, title: 'silent but well', state: 'failed' },
      ],
    },
    { folder: 'foundation', date: '2026-11-26', host: 'another', long: true, rows: [] },
  ];

  it('says what is broken, what is seen and the result, in the order of the product', async () => {
    const lines = (await report(runs, 'en')).split('\n').filter((line) => /^[#|]|faults:|s\.$|length/.test(line));
    assert.deepEqual(
      lines.map((line) => line.replaceAll(/ {2,}/g, ' ').replaceAll(/-{2,}/g, '---')),
      [
        '# What is broken, and what a person sees',
        '2 faults: 1 hold, 1 failed, 0 not run.',
        '## Gantry as a whole',
        '2026-11-26, another, 0 s, long rows at full length.',
        '## gRPC',
        '2026-11-27, a machine, 1 s.',
        '### servers, dead',
        '| Fault | Result |',
        '| --- | --- |',
        '| **killed**: the stream ends \\| with the reason | holds |',
        '| silent but well | **FAILED** |',
      ],
    );
  });

  it('is there in Chinese, with the titles as they are', async () => {
    const page = await report(runs, 'zh-cn');
    assert.match(page, /^# 什么被破坏，用户看到什么\n/);
    assert.match(page, /共 2 个故障：1 个通过，1 个失败，0 个未运行。/);
    assert.match(page, /silent but well\s+\| \*\*失败\*\*/);
  });
});
