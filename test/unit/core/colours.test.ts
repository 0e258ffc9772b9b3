import assert from 'node:assert/strict';
import { ColourFilter } from '../../../src/core/colours.ts';

const filter = (...pieces: string[]): string => {
  const colours = new ColourFilter();
  return pieces.map((piece) => colours.push(piece)).join('');
};

describe('colours', () => {
  it('stay', () => {
    const text = 'plain \u001b[1;31mred\u001b[0m \u001b[38;2;1;2;3mown\u001b[m 中文\t\r\n';
    assert.equal(filter(text), text);
  });

  const hostile: Record<string, string> = {
    'the clipboard (OSC 52, BEL)': '\u001b]52;c;cm0gLXJm\u0007',
    'the clipboard (OSC 52, ST)': '\u001b]52;c;cm0gLXJm\u001b\\',
    'the clipboard (8-bit)': '\u009d52;c;cm0gLXJm\u009c',
    'a hidden link': '\u001b]8;;http://example.invalid\u001b\\',
    'the cursor': '\u001b[2A\u001b[10;10H',
    'the screen': '\u001b[2J\u001bc\u001b[?1049h',
    'the title': '\u001b]0;title\u0007',
    'a question to the terminal': '\u001b[6n\u001b[>c',
    'a device string': '\u001bPq#0;2;0;0;0\u001b\\',
    'a character set': '\u001b(0',
    'bells and back spaces': '\u0007\b\u007f\u0000',
  };
  for (const [name, sequence] of Object.entries(hostile)) {
    it(`${name} goes, wherever it is split`, () => {
      assert.equal(filter(`a${sequence}b`), 'ab');
      for (let i = 1; i < sequence.length; i++) {
        assert.equal(filter(`a${sequence.slice(0, i)}`, `${sequence.slice(i)}b`), 'ab');
      }
    });
  }

  it('a sequence that never ends takes no memory', () => {
    const colours = new ColourFilter();
    assert.equal(colours.push(`\u001b[${'1;'.repeat(1_000_000)}mx`), 'x');
  });
});
