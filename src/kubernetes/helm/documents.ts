/** What of a Helm release can be opened as a document. */
import { stringify } from 'yaml';
import { table } from '../../core/cli.ts';
import { t } from '../../core/l10n.ts';
import type { Release } from './release.ts';

export const documentParts = ['values', 'manifest', 'notes', 'history'] as const;
export type DocumentPart = (typeof documentParts)[number];

/** The file name in the tab, whose ending chooses the language. */
export const documentNames: Readonly<Record<DocumentPart, string>> = {
  values: 'values.yaml',
  manifest: 'manifest.yaml',
  notes: 'notes.txt',
  history: 'history.txt',
};

/** @param history every revision that is kept, the newest last. */
export function documentText(part: DocumentPart, release: Release, history: readonly Release[]): string {
  switch (part) {
    case 'values':
      return Object.keys(release.values).length === 0
        ? `# ${t('No values were given: the chart has its defaults.')}\n`
        : stringify(release.values);
    case 'manifest':
      return release.manifest.trimStart() || `# ${t('The release has no objects.')}\n`;
    case 'notes':
      return release.notes === '' ? `${t('The chart has no notes.')}\n` : `${release.notes.trim()}\n`;
    case 'history':
      return `${table([historyHeader, ...history.map(historyRow)]).join('\n')}\n`;
  }
}

/** The columns of `helm history`. */
const historyHeader = ['REVISION', 'UPDATED', 'STATUS', 'CHART', 'APP VERSION', 'DESCRIPTION'];

const historyRow = (release: Release): string[] => [
  String(release.revision),
  release.updated.slice(0, 19).replace('T', ' '),
  release.status,
  `${release.chart}-${release.chartVersion}`,
  release.appVersion,
  release.description.split('\n', 1)[0]!,
];
