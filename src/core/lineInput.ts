/**
 * What a person types for a program that has no terminal of its own: edited and shown here, and given a line at a time, as
 * the kernel does for programs on this machine (canonical mode, termios(3)).
 */
import { displayWidth } from './displayWidth.ts';

export interface Typed {
  /** To be shown. */
  readonly echo: string;
  /** Whole lines for the program. */
  readonly lines: string;
  /** What ended the input, if anything did: Ctrl+D at the beginning of a line, or Ctrl+C. */
  readonly end?: 'input' | 'interrupt';
}

const [interrupt, endOfInput, backspace, eraseLine] = ['\u0003', '\u0004', ['\b', '\u007f'], '\u0015'];
/** What keys like the arrows send: there is nothing to move in. (ECMA-48, 5.4 and 5.5) */
// oxlint-disable-next-line no-control-regex -- keys send them.
const sequence = /\u001b(?:\[[0-?]*[ -/]*[@-~]|O[A-Za-z]|.?)/gsu;

export class LineInput {
  #line: string[] = [];

  /** Takes what was typed or pasted; what stands behind an end of the input is left out. */
  take(text: string): Typed {
    let [echo, lines] = ['', ''];
    for (const character of text.replace(sequence, '').replaceAll('\r\n', '\r')) {
      if (character === '\r' || character === '\n') {
        lines += `${this.#line.join('')}\n`;
        this.#line = [];
        echo += '\r\n';
      } else if (backspace.includes(character)) {
        echo += erased(this.#line.pop());
      } else if (character === eraseLine) {
        echo += this.#line.reverse().map(erased).join('');
        this.#line = [];
      } else if (character === interrupt) {
        this.#line = [];
        return { echo: `${echo}^C\r\n`, lines, end: 'interrupt' };
      } else if (character === endOfInput) {
        if (this.#line.length === 0) return { echo, lines, end: 'input' };
        lines += this.#line.join('');
        this.#line = [];
      } else if (character >= ' ' || character === '\t') {
        this.#line.push(character);
        echo += character === '\t' ? ' ' : character;
      }
    }
    return { echo, lines };
  }
}

/** Takes a character off the screen. */
const erased = (character: string | undefined): string =>
  character === undefined ? '' : '\b \b'.repeat(displayWidth(character));
