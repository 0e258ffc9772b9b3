/** Names from elsewhere, made safe for a row: nothing in them moves a cursor or turns the reading direction. */

/** Controls (C0, C1, line and paragraph separators) and the characters that change direction (UAX #9), shown as `�`. */
const unprintable = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

export const printable = (text: string): string => text.replace(unprintable, '\ufffd');

/** As `printable`, on one line: what breaks a line becomes a blank. */
export const printableLine = (text: string): string => printable(text.replace(/\s*[\n\r\t]\s*/g, ' '));

/** As `printable`, for documents: line feeds and tabs stay. */
export const printableText = (text: string): string =>
  text.replace(unprintable, (character) => (character === '\n' || character === '\t' ? character : '\ufffd'));
