/**
 * Reads tar archives as a stream: POSIX ustar with pax headers, and GNU's long names. Nothing is written anywhere; what
 * an entry claims of itself (`..`, links, devices) is told as it is, and `extract.ts` decides.
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13
 */
import { Failure } from '../failure.ts';
import { t } from '../l10n.ts';

export type TarType = 'file' | 'folder' | 'symlink' | 'hardlink' | 'other';

export interface TarEntry {
  /** As it stands in the archive. */
  readonly path: string;
  readonly type: TarType;
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** Numbers of its owner and group. */
  readonly owner: number;
  readonly group: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  /** Where a link leads. */
  readonly target: string;
}

const block = 512;
/** Longest extended header that is kept: paths are at most 4 KiB on Linux, and a header holds few of them. */
const longestHeader = 1024 * 1024;

const types: Readonly<Record<string, TarType>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '5': 'folder',
};

/** What extended headers say about the entry that follows. */
interface Extended {
  readonly path?: string;
  readonly target?: string;
  readonly size?: number;
  readonly modified?: number;
}

/**
 * Calls `visit` with each entry, in the archive's order; the content of a file comes to the writer that it returns, piece
 * by piece, and is passed over when it returns none. Holds no more than a piece. Throws Failure `invalid` for what is no
 * archive, and for one that ends early.
 */
export async function readTar(
  chunks: AsyncIterable<Uint8Array>,
  visit: (entry: TarEntry) => void | Writer | Promise<void | Writer>,
): Promise<void> {
  const bytes = new Bytes(chunks);
  let extended: Extended = {};
  for (;;) {
    const header = await bytes.exactly(block);
    // Two blocks of zeros end an archive; so does the end of the stream, in archives of old programs.
    if (header === undefined || header.every((byte) => byte === 0)) return bytes.drain();
    const entry = parseHeader(header);
    if (entry.kind === 'entry') {
      const told = { ...entry.entry, ...extended };
      extended = {};
      const size = told.type === 'file' ? told.size : 0;
      const writer = await visit({ ...told, size });
      await bytes.pass(told.size, writer ?? undefined);
    } else {
      if (entry.size > longestHeader) throw broken();
      const text = await bytes.text(entry.size);
      if (entry.kind !== 'global') extended = { ...extended, ...readExtended(entry.kind, text) };
    }
  }
}

/** Takes the content of one file. */
export interface Writer {
  write(piece: Buffer): void | Promise<void>;
  end(): void | Promise<void>;
  /** Called instead of `end` when the archive breaks off in the middle. */
  abort?(): void | Promise<void>;
}

const broken = (): Failure => new Failure('invalid', t('The archive is damaged, or it is no tar archive.'));

type Header =
  | { readonly kind: 'entry'; readonly entry: TarEntry }
  | { readonly kind: 'path' | 'target' | 'pax' | 'global'; readonly size: number };

function parseHeader(header: Buffer): Header {
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (number(header, 148, 8) !== sum) throw broken();
  const type = String.fromCharCode(header[156]!);
  const size = number(header, 124, 12);
  const special = ({ L: 'path', K: 'target', x: 'pax', g: 'global' } as const)[type];
  if (special !== undefined) return { kind: special, size };
  const name = words(header, 0, 100);
  const prefix = header.toString('latin1', 257, 262) === 'ustar' && header[263] === 0x30 ? words(header, 345, 155) : '';
  const path = prefix === '' ? name : `${prefix}/${name}`;
  // Before there were types, a folder was a name with a slash at its end.
  const kind = type === '\0' && path.endsWith('/') ? 'folder' : (types[type] ?? 'other');
  const mode = number(header, 100, 8) & 0o7777;
  const [owner, group] = [number(header, 108, 8), number(header, 116, 8)];
  const modified = number(header, 136, 12) * 1000;
  return {
    kind: 'entry',
    entry: { path, type: kind, size, mode, owner, group, modified, target: words(header, 157, 100) },
  };
}

function words(header: Buffer, at: number, length: number): string {
  const field = header.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}

/** Octal digits, or for what does not fit a big-endian number whose first bit is set (GNU). */
function number(header: Buffer, at: number, length: number): number {
  if ((header[at]! & 0x80) !== 0) {
    let value = header[at]! & 0x7f;
    for (let i = 1; i < length; i++) value = value * 256 + header[at + i]!;
    if (!Number.isSafeInteger(value)) throw broken();
    return value;
  }
  const digits = words(header, at, length).trim();
  if (!/^[0-7]*$/.test(digits)) throw broken();
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function readExtended(kind: 'path' | 'target' | 'pax', text: Buffer): Extended {
  if (kind !== 'pax') return { [kind]: text.toString('utf8').replace(/\0.*$/s, '') };
  const records: Record<string, string> = {};
  for (let at = 0; at < text.length;) {
    const space = text.indexOf(0x20, at);
    const length = Number(text.toString('latin1', at, space));
    if (space < 0 || !(length > space - at) || at + length > text.length) throw broken();
    const record = text.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    records[record.slice(0, equals)] = record.slice(equals + 1);
    at += length;
  }
  const { path, linkpath, size, mtime } = records;
  if (size !== undefined && !/^\d{1,15}$/.test(size)) throw broken();
  return {
    ...(path === undefined ? {} : { path }),
    ...(linkpath === undefined ? {} : { target: linkpath }),
    ...(size === undefined ? {} : { size: Number(size) }),
    ...(mtime === undefined ? {} : { modified: Math.floor(Number(mtime) * 1000) }),
  };
}

/** A stream of pieces, taken in the lengths that are needed. */
class Bytes {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#pieces = chunks[Symbol.asyncIterator]();
  }

  /** So many bytes; undefined at the very end; throws when the end comes in their middle. */
  async exactly(length: number): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    let missing = length;
    while (missing > 0) {
      const piece = await this.#some(missing);
      if (piece === undefined) {
        if (missing === length) return undefined;
        throw broken();
      }
      parts.push(piece);
      missing -= piece.length;
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  /** The content of a header, and what fills its last block. */
  async text(size: number): Promise<Buffer> {
    const padded = await this.exactly(size + padding(size));
    if (padded === undefined && size > 0) throw broken();
    return (padded ?? Buffer.alloc(0)).subarray(0, size);
  }

  /** Hands the content on, or passes over it. */
  async pass(size: number, writer: Writer | undefined): Promise<void> {
    try {
      for (let left = size; left > 0;) {
        const piece = await this.#some(left);
        if (piece === undefined) throw broken();
        left -= piece.length;
        await writer?.write(piece);
      }
    } catch (error) {
      await writer?.abort?.();
      throw error;
    }
    await writer?.end();
    for (let left = padding(size); left > 0;) {
      const piece = await this.#some(left);
      if (piece === undefined) return; // Some programs leave the last block short.
      left -= piece.length;
    }
  }

  /** Reads to the end, so that the sender is not cut off. */
  async drain(): Promise<void> {
    while ((await this.#some(Infinity)) !== undefined);
  }

  /** The next bytes, `most` at most. */
  async #some(most: number): Promise<Buffer | undefined> {
    while (this.#rest.length === 0) {
      const next = await this.#pieces.next();
      if (next.done === true) return undefined;
      this.#rest = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
    }
    const piece = this.#rest.subarray(0, Math.min(most, this.#rest.length));
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }
}

const padding = (size: number): number => -size & (block - 1);
