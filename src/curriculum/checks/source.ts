/** Check type `source`: questions to the learner's Go source, by its syntax and not by its text. */
import { join } from 'node:path';
import { t } from '../../core/l10n.ts';
import { LabkitRefusal } from '../labkit.ts';
import type { CheckContext, RunCheck } from './context.ts';
import type { SourceCheck } from './specs.ts';

interface Found {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The function or method around it. */
  readonly inside: string;
}

type Query = SourceCheck['queries'][number];

export const runSource: RunCheck<SourceCheck> = async (spec, context) => {
  const { record, language, open } = context;
  context.report(t('Reading your source'));
  for (const query of spec.queries) {
    const found = await search(query, context);
    if (typeof found === 'string') {
      record.assert(query.id, false, {
        what: query.what[language],
        want: wantText(query),
        got: found,
        where: open,
        next: query.next[language],
      });
      return;
    }
    const inside = found.filter((one) => query.inside === undefined || new RegExp(query.inside, 'u').test(one.inside));
    const ok = inside.length >= query.least && inside.length <= (query.most ?? Infinity);
    record.fact(query.id, ok ? 'ok' : found.length === 0 ? 'none' : inside.length === 0 ? 'elsewhere' : 'count');
    const [first] = inside.length > 0 ? inside : found;
    const held = record.assert(query.id, ok, {
      what: query.what[language],
      want: wantText(query),
      got:
        found.length === 0
          ? t('none')
          : found
              .map(({ file, line }) => `${file}:${line}`)
              .slice(0, 6)
              .join(', '),
      where: first === undefined ? open : `${first.file}:${first.line}:${first.column}`,
      next: query.next[language],
    });
    if (!held) return;
  }
};

/** What was found, or why the source cannot be read, in words. */
async function search(
  { find, name, folder = '.' }: Query,
  { lab, labkit, signal }: CheckContext,
): Promise<Found[] | string> {
  const parameter = { calls: 'call', uses: 'name', declares: 'name', variables: 'name', literals: 'text' }[find];
  try {
    const helper = await labkit();
    const asked = { folder: join(lab, folder), [parameter]: name };
    return (await helper.ask<{ found: Found[] }>(`source.${find}`, asked, signal)).found;
  } catch (error) {
    if (error instanceof LabkitRefusal) return error.message.replaceAll(`${lab}/`, '');
    throw error;
  }
}

const wantText = ({ find, name, inside, least, most }: Query): string => {
  const count = most === undefined ? `≥ ${least}` : least === most ? String(least) : `${least}–${most}`;
  return `${find} ${name}${inside === undefined ? '' : t(' in {0}', inside)}: ${count}`;
};
