/** Names from elsewhere, made safe for a row: nothing in them moves a cursor or turns the reading direction. */

/** Controls (C0, C1, line and paragraph separators) and the characters that change direction (UAX #9), shown as `�`. */
const unprintable = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

export const printable = (text: string): string => text.replace(unprintable, '\ufffd');
