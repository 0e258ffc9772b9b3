/** Looks for texts in all that an image is made of, as `docker save` writes it: also in files that a later layer removes. */
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { readTar, type Writer } from '../core/tar/read.ts';

/** @param archive what the engine answers to `GET /images/NAME/get`. */
export async function findInImage(
  archive: AsyncIterable<Uint8Array>,
  texts: readonly string[],
): Promise<'layer' | 'settings' | undefined> {
  let found: 'layer' | 'settings' | undefined;
  await readTar(archive, ({ type }) => (type === 'file' ? searcher(texts, (place) => (found ??= place)) : undefined));
  return found;
}

/** Layers are archives, compressed by some engines; what is JSON holds the settings and the history. */
function searcher(texts: readonly string[], found: (place: 'layer' | 'settings') => void): Writer {
  const longest = Math.max(...texts.map(({ length }) => length));
  let plain: PassThrough | undefined;
  let done: Promise<void> = Promise.resolve();
  let place: 'layer' | 'settings' = 'layer';
  let rest = '';
  const look = (piece: Buffer): void => {
    const all = rest + piece.toString('latin1');
    if (texts.some((text) => all.includes(text))) found(place);
    rest = all.slice(1 - longest);
  };
  const begin = (piece: Buffer): void => {
    if (piece[0] === 0x7b || piece[0] === 0x5b) place = 'settings';
    plain = new PassThrough();
    const consume = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
      for await (const chunk of chunks) look(chunk);
    };
    const compressed = piece[0] === 0x1f && piece[1] === 0x8b;
    done = compressed ? pipeline(plain, createGunzip(), consume) : pipeline(plain, consume);
    done.catch(() => {}); // Told by `end`.
  };
  return {
    async write(piece) {
      if (plain === undefined) begin(piece);
      if (!plain!.write(piece)) await Promise.race([once(plain!, 'drain'), done]);
    },
    async end() {
      plain?.end();
      await done;
    },
  };
}
