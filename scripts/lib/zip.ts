/** Reads zip archives: those of Go modules, which `go` keeps even for modules that ask for a newer Go. */
import { readFile } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';

export interface ZipEntry {
  readonly name: string;
  /** The content; inflated at each call. */
  readonly read: () => Buffer;
}

/** The files of an archive (PKWARE APPNOTE 6.3, without ZIP64 and encryption, which module archives do not use). */
export async function openZip(path: string): Promise<ZipEntry[]> {
  const bytes = await readFile(path);
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0) throw new Error(`${path} is no zip archive`);
  const entries: ZipEntry[] = [];
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset));
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength!);
    const [method, size, local] = [
      bytes.readUInt16LE(at + 10),
      bytes.readUInt32LE(at + 20),
      bytes.readUInt32LE(at + 42),
    ];
    entries.push({ name, read: () => contentOf(bytes, local, size, method) });
    at += 46 + nameLength! + extra! + comment!;
  }
  return entries;
}

function contentOf(bytes: Buffer, local: number, size: number, method: number): Buffer {
  const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
  const packed = bytes.subarray(start, start + size);
  return method === 0 ? packed : inflateRawSync(packed);
}
