/** Writes small tar archives in memory, for images and build contexts. */

export interface TarFile {
  readonly name: string;
  readonly data: Uint8Array;
  /** Permission bits; 0o644 unless told. */
  readonly mode?: number;
  /** Makes it a symbolic link to this; then it has no data. */
  readonly link?: string;
}

/** A ustar archive of regular files and symbolic links (POSIX.1-1988 header, names up to 100 bytes). */
export function tar(files: readonly TarFile[]): Buffer {
  const parts = files.flatMap(({ name, data, mode = 0o644, link }) => [
    header(name, data.length, mode, link),
    data,
    Buffer.alloc(-data.length & 511),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

function header(name: string, size: number, mode: number, link?: string): Buffer {
  const block = Buffer.alloc(512);
  const octal = (value: number, at: number, length: number): void => {
    block.write(value.toString(8).padStart(length - 1, '0'), at);
  };
  block.write(name, 0, 100);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  block.fill(' ', 148, 156);
  block.write(link === undefined ? '0' : '2', 156);
  block.write(link ?? '', 157, 100);
  block.write('ustar\0', 257);
  block.write('00', 263);
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return block;
}
