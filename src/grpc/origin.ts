/** Where a schema comes from, in words: who was asked or who compiled, where imports begin, what could not be read. */
import { basename } from 'node:path';
import { t } from '../core/l10n.ts';
import type { LoadedProtos } from './protos/library.ts';
import type { Origin } from './servers.ts';

/** Lines of lists that are shown. */
const most = 12;

/** Markdown. */
export function describeOrigin(origin: Origin): string {
  if (origin.kind === 'files') {
    const because = origin.selection.paths === undefined ? [t('The server has no reflection.')] : [];
    return [...because, ...describeFiles(origin.loaded)].join('\n\n');
  }
  const found = t('Found by server reflection {0}.', origin.reflected.version);
  if (origin.filled === undefined) return found;
  return [found, t('What it does not publish was taken from the workspace.'), ...describeFiles(origin.filled)].join(
    '\n\n',
  );
}

/** In one line. */
export function summarizeFiles({ protos, sets, compilers, broken }: LoadedProtos): string {
  const texts =
    protos.length > 0 && compilers.length > 0
      ? [t('{0} .proto files, compiled by {1}', protos.length, compilers.join(', '))]
      : [];
  if (sets.length > 0) texts.push(sets.map((path) => basename(path)).join(', '));
  if (broken.size > 0) texts.push(t('{0} not readable', broken.size));
  return texts.length === 0 ? t('no schema in files') : texts.join('; ');
}

function describeFiles({ protos, sets, compilers, roots, broken, notes }: LoadedProtos): string[] {
  const texts: string[] = [];
  if (protos.length > 0 && compilers.length > 0) {
    texts.push(
      protos.length === 1
        ? t('From 1 .proto file, compiled by {0}.', compilers.join(', '))
        : t('From {0} .proto files, compiled by {1}.', protos.length, compilers.join(', ')),
    );
  }
  if (sets.length > 0) texts.push(t('From descriptor sets: {0}', sets.map((path) => basename(path)).join(', ')));
  if (roots.size > 0) {
    const rows = [...roots].map(
      ([root, files]) => `- ${root === '' ? t('paths of Go modules') : `\`${root}\``} (${files})`,
    );
    texts.push([t('Imports begin at:'), ...shown(rows)].join('\n'));
  }
  if (broken.size > 0) {
    const rows = [...broken].map(([path, reason]) => `- \`${basename(path)}\`: ${reason}`);
    texts.push([t('Not readable:'), ...shown(rows)].join('\n'));
  }
  return [...texts, ...notes];
}

const shown = (rows: readonly string[]): string[] =>
  rows.length > most ? [...rows.slice(0, most), `- ${t('{0} more', rows.length - most)}`] : [...rows];
