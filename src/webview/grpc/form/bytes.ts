/** A field of bytes is base64 in JSON; here it is written as text, hexadecimal digits or base64. Pure. */

export type BytesFace = 'text' | 'hex' | 'base64';

/**
 * Marks digits that are no whole bytes yet. No base64 holds a colon, so what is half typed is kept, is refused at its
 * place and never sent as something else.
 */
const unfinished = 'hex:';

/** What is shown of a value; undefined where the value cannot be shown so. */
export function shownBytes(value: string, face: BytesFace): string | undefined {
  if (value.startsWith(unfinished)) return face === 'hex' ? value.slice(unfinished.length) : undefined;
  if (face === 'base64') return value;
  const bytes = fromBase64(value);
  if (bytes === undefined) return undefined;
  if (face === 'hex') return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The value of what was typed. */
export function typedBytes(typed: string, face: BytesFace): string {
  if (face === 'base64') return typed;
  if (face === 'text') return toBase64(new TextEncoder().encode(typed));
  const digits = typed.replaceAll(/\s+|0x/g, '');
  if (digits.length % 2 === 1 || !/^[0-9a-fA-F]*$/.test(digits)) return unfinished + typed;
  return toBase64(Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16)));
}

/** The face that a value is best looked at in: text where it is readable. */
export function bestFace(value: string): BytesFace {
  if (value.startsWith(unfinished)) return 'hex';
  const text = shownBytes(value, 'text');
  return text !== undefined && !/[^\P{Cc}\n\r\t]/u.test(text) ? 'text' : 'base64';
}

function fromBase64(value: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(value.replaceAll('-', '+').replaceAll('_', '/')), (unit) => unit.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function toBase64(bytes: Uint8Array): string {
  let binary = '';
  // In pieces: a call takes only so many arguments.
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}
