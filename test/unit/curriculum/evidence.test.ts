import assert from 'node:assert/strict';
import { lastLines, placed } from '../../../src/curriculum/evidence.ts';

describe('the place of evidence', () => {
  const item = { open: 'main.go', places: { drain: 'server.go', 'drain.exits': 'exit.go' } };
  const whereOf = (id: string, where?: string): string | undefined =>
    placed({ id, ok: false, what: '', want: '', got: '', ...(where === undefined ? {} : { where }) }, item).where;

  it('is what the lesson names for it, unless the check knew a better one', () => {
    assert.deepEqual(
      [
        whereOf('build.compiles', 'main.go'),
        whereOf('drain.starts', 'main.go'),
        whereOf('drain.exits', 'main.go'),
        whereOf('drain.exits', 'main.go:3:1'),
        whereOf('drain.exits'),
      ],
      ['main.go', 'server.go', 'exit.go', 'main.go:3:1', undefined],
    );
  });
});

describe('what a program printed, as evidence', () => {
  it('is its last lines, and none that is cut', () => {
    const line = (letter: string): string => letter.repeat(150);
    assert.equal(lastLines(`${['a', 'b', 'c', 'd'].map(line).join('\n')}\n`), `${line('c')}\n${line('d')}`);
    assert.deepEqual([lastLines(' short\n'), lastLines('x'.repeat(1000))], ['short', 'x'.repeat(400)]);
  });
});
