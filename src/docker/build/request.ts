/** What a build is asked for, from what a person types. */
import { basename } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';

/** A name for the image of a folder: `checkout:dev`. */
export function tagFor(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return `${name || 'app'}:dev`;
}

/** `NAME=VALUE` of each word; throws Failure `invalid` for one that is none. */
export function buildArgs(words: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(words.map(buildArg));
}

export function buildArg(word: string): readonly [string, string] {
  const found = /^([A-Za-z_]\w*)=(.*)$/s.exec(word);
  if (found === null) throw new Failure('invalid', t('{0} is no argument of a build. Write NAME=VALUE.', word));
  return [found[1]!, found[2]!];
}
