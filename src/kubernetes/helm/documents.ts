/** The texts of the documents of a Helm release. */
import { stringify } from 'yaml';
import { table } from '../../core/cli.ts';
import { t } from '../../core/l10n.ts';
import type { DocumentPart } from './documentParts.ts';
import type { Release } from './release.ts';

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
