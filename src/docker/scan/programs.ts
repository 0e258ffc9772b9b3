/** The programs of Go in an archive of files, put where a tool can read them. Nothing else of the archive is kept. */
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { type Writer, readTar } from '../../core/tar/read.ts';

/** A program as it stands in the image, and its copy. */
export interface FoundProgram {
  readonly path: string;
  readonly file: string;
  /** True when its table of symbols was left out, as `-ldflags=-s` does: which functions it holds cannot be told then. */
  readonly stripped: boolean;
}

const elf = Buffer.from('\u007fELF', 'latin1');
/** Stands before what Go notes in each program of how it was built. */
const buildInfo = Buffer.from('\xff Go buildinf:', 'latin1');
/** More programs, or larger ones, are no image of services. */
const most = { programs: 100, bytes: 2 * 1024 ** 3 };

/** Copies them into a folder that is there. Throws Failure `invalid` when there is more than a person could want. */
export async function goPrograms(archive: AsyncIterable<Uint8Array>, folder: string): Promise<readonly FoundProgram[]> {
  const found: FoundProgram[] = [];
  let bytes = 0;
  await readTar(archive, ({ path, type, size }) => {
    if (type !== 'file' || size < 64) return undefined;
    const file = join(folder, String(found.length));
    return new Sieve(file, async (isGo) => {
      if (!isGo) return rm(file, { force: true });
      found.push({ path: posix.join('/', path), file, stripped: await isStripped(file) });
      bytes += size;
      if (found.length > most.programs || bytes > most.bytes) {
        throw new Failure('invalid', t('The image holds too many Go programs to look at.'));
      }
    });
  });
  return found;
}

/** An ELF program of 64 bits without a section of symbols; of others it is not known. */
async function isStripped(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const header = (await file.read(Buffer.alloc(64), 0, 64, 0)).buffer;
    if (header[4] !== 2 || header[5] !== 1) return false;
    const at = Number(header.readBigUInt64LE(40));
    const [size, count] = [header.readUInt16LE(58), header.readUInt16LE(60)];
    const table = (await file.read(Buffer.alloc(size * count), 0, size * count, at)).buffer;
    const symbols = 2; // SHT_SYMTAB
    return !Array.from({ length: count }, (_, i) => table.readUInt32LE(i * size + 4)).includes(symbols);
  } catch {
    return false; // Not a program any loader would take; govulncheck will say so.
  } finally {
    await file.close();
  }
}

/** Writes a file down while it may be a program of Go. */
class Sieve implements Writer {
  readonly #file: string;
  readonly #told: (isGo: boolean) => Promise<void>;
  #state: 'unknown' | 'program' | 'other' = 'unknown';
  #handle: FileHandle | undefined;
  /** What was not looked at yet: the beginning, then ends in which the mark may begin. */
  #rest: Buffer = Buffer.alloc(0);
  #isGo = false;

  constructor(file: string, told: (isGo: boolean) => Promise<void>) {
    this.#file = file;
    this.#told = told;
  }

  async write(piece: Buffer): Promise<void> {
    if (this.#state === 'other') return;
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    if (this.#state === 'unknown') {
      if (bytes.length < elf.length) {
        this.#rest = Buffer.from(bytes);
        return;
      }
      this.#state = bytes.subarray(0, elf.length).equals(elf) ? 'program' : 'other';
      if (this.#state === 'other') return;
      this.#handle = await open(this.#file, 'wx', 0o600);
      await this.#handle.writeFile(bytes);
    } else await this.#handle!.writeFile(piece);
    this.#isGo ||= bytes.includes(buildInfo);
    this.#rest = this.#isGo ? Buffer.alloc(0) : Buffer.from(bytes.subarray(-(buildInfo.length - 1)));
  }

  async end(): Promise<void> {
    await this.#handle?.close();
    if (this.#handle !== undefined) await this.#told(this.#isGo);
  }

  async abort(): Promise<void> {
    await this.#handle?.close();
  }
}
