/** Writes small tar archives: one file or folder each, for what takes archives only. */

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
    const { path, data = new Uint8Array() } = entry;
    const folder = entry.data === undefined;
    const plain = /^[\x20-\x7e]*$/.test(path) && path.length <= 100;
    const pax = plain ? [] : withContent({ ...entry, path: 'PaxHeader' }, 'x', Buffer.from(paxRecord('path', path)));
    return [...pax, ...withContent({ ...entry, path: plain ? path : 'entry' }, folder ? '5' : '0', data)];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

const withContent = (entry: NewEntry, type: string, data: Uint8Array): Uint8Array[] => [
  header(entry, type, data.length),
  data,
  Buffer.alloc(-data.length & 511),
];

/** `LENGTH NAME=VALUE\n`, where the length counts itself. */
function paxRecord(name: string, value: string): string {
  const rest = ` ${name}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + String(bytes).length;
  length = bytes + String(length).length;
  return `${length}${rest}`;
}

function header({ path, mode, owner = 0, group = 0, modified }: NewEntry, type: string, size: number): Buffer {
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
  block.write('ustar\0', 257);
  block.write('00', 263);
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return block;
}
