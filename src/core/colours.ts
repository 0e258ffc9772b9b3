/**
 * What a program wrote, made safe for a terminal: colours stay, every other control sequence goes. A log could otherwise
 * move the cursor over what stands there, set the clipboard (OSC 52) or hide a link. Sequences as in ECMA-48.
 */

/** Longest colour sequence kept; a longer one is no colour. */
const longest = 64;

/** Filters a stream of text; a sequence may be split between two pieces anywhere. */
export class ColourFilter {
  #state: 'text' | 'escape' | 'csi' | 'string' | 'stringEscape' = 'text';
  #sequence = '';

  /** The part of `text` that may be shown. */
  push(text: string): string {
    let shown = '';
    for (const character of text) shown += this.#next(character);
    return shown;
  }

  #next(character: string): string {
    switch (this.#state) {
      case 'text':
        return this.#text(character);
      case 'escape':
        return this.#escape(character);
      case 'csi':
        return this.#csi(character);
      case 'string': // OSC, DCS, APC, PM, SOS: up to BEL or ST.
        if (character === '\u0007' || character === '\u009c') this.#state = 'text';
        else if (character === '\u001b') this.#state = 'stringEscape';
        return '';
      case 'stringEscape':
        this.#state = character === '\\' ? 'text' : 'string';
        return '';
    }
  }

  #text(character: string): string {
    if (character === '\u001b') {
      this.#state = 'escape';
      return '';
    }
    if (character === '\u009b') return this.#beginCsi();
    if ('\u0090\u0098\u009d\u009e\u009f'.includes(character)) {
      this.#state = 'string';
      return '';
    }
    const control = character < ' ' || (character >= '\u007f' && character <= '\u009f');
    return control && !'\t\n\r'.includes(character) ? '' : character;
  }

  #escape(character: string): string {
    if (character === '[') return this.#beginCsi();
    if (']PX^_'.includes(character)) this.#state = 'string';
    // Intermediates (`ESC ( B`) go on; anything else ends a two-character sequence.
    else if (character < ' ' || character > '/') this.#state = 'text';
    return '';
  }

  #beginCsi(): string {
    this.#state = 'csi';
    this.#sequence = '\u001b[';
    return '';
  }

  #csi(character: string): string {
    // A longer one loses its end, and with it the `m` that would make it a colour.
    if (this.#sequence.length < longest) this.#sequence += character;
    if (character < '@' || character > '~') return '';
    this.#state = 'text';
    const isColour = this.#sequence.endsWith('m') && /^[\d;:]*$/.test(this.#sequence.slice(2, -1));
    return isColour ? this.#sequence : '';
  }
}
