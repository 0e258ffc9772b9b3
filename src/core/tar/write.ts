/** Writes tar archives: small ones whole, for what takes archives only, and the pieces of those too large to be held. */

export interface NewEntry {
  /** Relative, with `/`. */
  readonly path: string;
  /** A folder has none. */
  readonly data?: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
  /** Numbers of owner and group; root unless told. */
  readonly owner?: number;
  readonly group?: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
}

/** A ustar archive; names that do not fit the header go into a pax header before it. */
export function writeTar(entries: readonly NewEntry[]): Buffer {
  const parts = entries.flatMap((entry) => {
    const { data = new Uint8Array() } = entry;
    return [tarHeader(entry, entry.data === undefined ? '5' : '0', data.length), data, tarPadding(data.length)];
  });
  return Buffer.concat([...parts, tarEnd]);
}

/** What an entry's header says. */
export interface TarHeader extends Omit<NewEntry, 'data'> {
  /** Where a link leads. */
  readonly target?: string;
}

/** The header of a file (`0`), a symbolic link (`2`) or a folder (`5`), with a pax header before it where names need one. */
export function tarHeader(entry: TarHeader, type: '0' | '2' | '5', size: number): Buffer {
  const { path, target = '' } = entry;
  const records = [
    ...(fits(path) ? [] : [paxRecord('path', path)]),
    ...(fits(target) ? [] : [paxRecord('linkpath', target)]),
  ].join('');
  const own = header(
    { ...entry, path: fits(path) ? path : 'entry', target: fits(target) ? target : 'target' },
    type,
    size,
  );
  if (records === '') return own;
  const pax = Buffer.from(records);
  return Buffer.concat([
    header({ ...entry, path: 'PaxHeader', target: '' }, 'x', pax.length),
    pax,
    tarPadding(pax.length),
    own,
  ]);
}

const fits = (name: string): boolean => /^[\x20-\x7e]{0,100}$/.test(name);

/** What follows the bytes of a file of this size: archives go by blocks of 512. */
export const tarPadding = (size: number): Buffer => Buffer.alloc(-size & 511);

export const tarEnd: Buffer = Buffer.alloc(1024);

/** `LENGTH NAME=VALUE\n`, where the length counts itself. */
function paxRecord(name: string, value: string): string {
  const rest = ` ${name}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + String(bytes).length;
  length = bytes + String(length).length;
  return `${length}${rest}`;
}

function header(
  { path, target = '', mode, owner = 0, group = 0, modified }: TarHeader,
  type: string,
  size: number,
): Buffer {
  const block = Buffer.alloc(512);
  const octal = (value: number, at: number, length: number): void => {
    block.write(
      Math.max(0, Math.floor(value))
        .toString(8)
        .padStart(length - 1, '0'),
      at,
    );
  };
  block.write(path, 0, 100);
  octal(mode, 100, 8);
  octal(owner, 108, 8);
  octal(group, 116, 8);
  octal(size, 124, 12);
  octal(modified / 1000, 136, 12);
  block.fill(' ', 148, 156);
  block.write(type, 156);
  block.write(target, 157, 100);
  block.write('ustar\0', 257);
  block.write('00', 263);
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return block;
}
