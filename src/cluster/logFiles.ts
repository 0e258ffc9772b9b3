/** The logs of an embedded cluster's parts, which are files, as one feed. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { cleanLine } from '../core/log/clean.ts';
import type { LogEntry, LogFeed } from '../core/log/entry.ts';

/** The last `lines` of each file of a folder. Throws Failure `notFound` where there is none. */
export async function logFiles(folder: string, lines: number): Promise<LogFeed> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.log')).sort();
  if (names.length === 0) throw new Failure('notFound', t('The cluster has not written anything yet.'));
  return async function* () {
    for (const name of names) {
      const text = await readFile(join(folder, name), 'utf8');
      const source = name.replace(/\.log$/, '');
      yield text.trimEnd().split('\n').slice(-lines).map((line): LogEntry => ({ source, text: cleanLine(line) })); // prettier-ignore
    }
  };
}
