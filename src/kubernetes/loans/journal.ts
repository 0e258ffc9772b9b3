/**
 * Which objects this machine's processes have on loan: a file each, written before anything in a cluster is touched, and
 * gone once all is given back. A file whose process is gone tells what has to be mended, and where; no other cluster is
 * asked about it.
 */
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectRef } from '../apiResource.ts';
import { isMap, textAt } from '../actions/fields.ts';
import { type Holder, isHeld, readHolder } from './loan.ts';

export interface Entry {
  readonly session: string;
  readonly holder: Holder;
  /** The file that the context is in, for another program may not show it. */
  readonly kubeconfig: string;
  /** The context's name in it. */
  readonly context: string;
  /** Its `context` is an id of the program that wrote it. */
  readonly ref: ObjectRef;
}

export class Journal {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async add(entry: Entry): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await writeFile(this.#file(entry.session), JSON.stringify(entry), { mode: 0o600 });
  }

  async remove(session: string): Promise<void> {
    await rm(this.#file(session), { force: true });
  }

  /** Those whose process is gone. */
  async orphans(): Promise<readonly Entry[]> {
    const names = (await readdir(this.#folder).catch(() => [])).filter((name) => name.endsWith('.json'));
    const entries = await Promise.all(names.map((name) => this.#read(join(this.#folder, name))));
    return entries.filter((entry) => entry !== undefined && !isHeld(entry.holder)) as Entry[];
  }

  /** Undefined for what is no entry: it may be half written, or gone. */
  async #read(file: string): Promise<Entry | undefined> {
    try {
      const value: unknown = JSON.parse(await readFile(file, 'utf8'));
      const holder = readHolder(isMap(value) ? value['holder'] : undefined);
      if (holder === undefined || textAt(value, 'ref', 'resource') === '') return undefined;
      return { ...(value as Entry), holder };
    } catch {
      return undefined;
    }
  }

  #file(session: string): string {
    return join(this.#folder, `${session}.json`);
  }
}
