/** What `verify` found, for people in a pipeline: a Markdown table, and the file a badge is drawn from. */
import { t } from '../core/l10n.ts';
import type { OutlineItem, Report } from './model.ts';

export interface Verified {
  readonly item: OutlineItem;
  readonly report: Report;
}

/** A Markdown table, one row for each item. */
export function summaryText(all: readonly Verified[], language: 'zh-cn' | 'en'): string {
  const rows = all.map(({ item, report }) => {
    const failed = report.evidence.find(({ ok }) => !ok);
    const why = report.verdict.state === 'blocked' ? report.verdict.reason : (failed?.what ?? '');
    return `| ${item.id} | ${item.title[language]} | ${report.verdict.state} | ${cell(why)} |`;
  });
  return [`| | | | ${t('What does not hold')} |`, '| --- | --- | --- | --- |', ...rows, ''].join('\n');
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');

/** The endpoint format of shields.io (shields.io/badges/endpoint-badge). */
export function badge(all: readonly Verified[], outOf: number): object {
  const proven = all.filter(({ report }) => report.verdict.state === 'proven').length;
  const color = proven < all.length ? 'red' : proven === 0 ? 'lightgrey' : 'brightgreen';
  return { schemaVersion: 1, label: 'gantry', message: `${proven}/${outOf}`, color };
}
