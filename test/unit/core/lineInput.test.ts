import assert from 'node:assert/strict';
import { LineInput } from '../../../src/core/lineInput.ts';

describe('a line that is typed for a program without a terminal', () => {
  const typed = (...pieces: string[]): object => {
    const input = new LineInput();
    const all = pieces.map((piece) => input.take(piece));
    return {
      echo: all.map(({ echo }) => echo).join(''),
      lines: all.map(({ lines }) => lines).join(''),
      end: all.find(({ end }) => end !== undefined)?.end,
    };
  };

  it('is shown as it is typed, and given when it is whole', () => {
    assert.deepEqual(typed('he', 'llo'), { echo: 'hello', lines: '', end: undefined });
    assert.deepEqual(typed('he', 'llo', '\r'), { echo: 'hello\r\n', lines: 'hello\n', end: undefined });
    assert.deepEqual(typed('one\r\ntwo\n'), { echo: 'one\r\ntwo\r\n', lines: 'one\ntwo\n', end: undefined });
  });

  it('can be taken back, wide characters by two columns, and no further than its beginning', () => {
    assert.deepEqual(typed('ab', '\u007f\u007f\u007f', 'c\r'), {
      echo: 'ab\b \b\b \bc\r\n',
      lines: 'c\n',
      end: undefined,
    });
    assert.deepEqual(typed('好', '\u007f'), { echo: '好\b \b\b \b', lines: '', end: undefined });
    assert.deepEqual(typed('x😀', '\u0015', 'y\r'), {
      echo: 'x😀\b \b\b \b\b \by\r\n',
      lines: 'y\n',
      end: undefined,
    });
  });

  it('has nothing in it that a program does not expect in a line', () => {
    assert.deepEqual(typed('a\u001b[Db\u001bOCc\u0007\td\r'), { echo: 'abc d\r\n', lines: 'abc\td\n', end: undefined });
  });

  it('ends the input where it is empty, and is given as it is where it is not', () => {
    assert.deepEqual(typed('a\u0004'), { echo: 'a', lines: 'a', end: undefined });
    assert.deepEqual(typed('a\r\u0004'), { echo: 'a\r\n', lines: 'a\n', end: 'input' });
    assert.deepEqual(typed('a\u0003'), { echo: 'a^C\r\n', lines: '', end: 'interrupt' });
  });
});
