import assert from 'node:assert/strict';
import { withoutColours } from '../../../src/core/log/clean.ts';
import type { LogEntry } from '../../../src/core/log/entry.ts';
import { LogScreen } from '../../../src/core/log/screen.ts';

const entries = (...texts: string[]): LogEntry[] => texts.map((text) => ({ source: '', text }));

function screenOf(limits?: { lines: number; characters: number }) {
  let drawn = '';
  let state = '';
  const screen = new LogScreen(
    {
      // Erasing all is what a redraw begins with.
      write: (text) => (drawn = (drawn + text).split('\u001b[2J\u001b[3J\u001b[H').at(-1)!),
      state: (text) => (state = text),
    },
    limits,
  );
  const type = (...keys: string[]): unknown[] => keys.map((key) => screen.key(key)).filter(Boolean);
  const lines = (): string[] =>
    withoutColours(drawn)
      .split('\r\n')
      .filter((line) => line !== '' && !line.startsWith('Keys'));
  return { screen, type, lines, state: () => state };
}

describe('log screen', () => {
  it('shows lines as they come, each source with its name', () => {
    const { screen, lines } = screenOf();
    screen.push([
      { source: 'checkout/main', text: 'one' },
      { source: 'cart/main', text: 'two' },
    ]);
    assert.deepEqual(lines(), ['checkout/main one', 'cart/main two']);
  });

  it('draws JSON lines readable, and raw at a key', () => {
    const { screen, type, lines } = screenOf();
    screen.push(entries('{"level":"info","msg":"started"}'));
    const readable = lines();
    type('j');
    assert.deepEqual([readable, lines()], [['INFO  started'], ['{"level":"info","msg":"started"}']]);
  });

  it('shows only what is searched for, of what is there and what comes; Esc shows all', () => {
    const { screen, type, lines, state } = screenOf();
    screen.push(entries('an Error', 'fine'));
    type('/', 'e', 'r', 'x', '\u007f', 'r', '\r');
    screen.push(entries('ERR 2', 'fine 2'));
    const narrowed = [lines(), state()];
    type('\u001b');
    assert.deepEqual(
      [narrowed, lines(), state()],
      [[['an Error', 'ERR 2'], 'search: err'], ['an Error', 'fine', 'ERR 2', 'fine 2'], ''],
    );
  });

  it('pauses and goes on without losing a line', () => {
    const { screen, type, lines, state } = screenOf();
    screen.push(entries('1'));
    type('p');
    screen.push(entries('2', '3'));
    const paused = [lines(), state()];
    type('p');
    assert.deepEqual([paused, lines(), state()], [[['1'], 'paused, 2 new'], ['1', '2', '3'], '']);
  });

  it('gives a document of all it holds and says what it dropped', () => {
    const { screen } = screenOf({ lines: 2, characters: 100 });
    screen.push(entries('1', '\u001b[31m2\u001b[0m', '3'));
    assert.equal(screen.text(), '(1 older lines were dropped)\n2\n3\n');
  });

  it('draws the end of a flood and says how to see the rest', () => {
    const { screen, lines } = screenOf();
    screen.push(entries(...Array.from({ length: 20_000 }, (_, i) => `line ${i}`)));
    assert.deepEqual(
      [lines().length, lines()[0], lines().at(-1), screen.text().split('\n').length],
      [5_001, '(15000 lines are not drawn: press d to see them in a document)', 'line 19999', 20_001],
    );
  });

  it('asks to be closed, or for a document', () => {
    assert.deepEqual(screenOf().type('d', '\u0003'), ['document', 'close']);
  });
});
