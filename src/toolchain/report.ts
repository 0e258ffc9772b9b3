/** The findings as text: lines of a terminal, and a document. */
import { t } from '../core/l10n.ts';
import { plain } from '../core/markdown.ts';
import { type Finding, howToGet } from './examine.ts';
import type { System } from './tools.ts';

/** What became of a tool, in a few words. */
export function stateOf(finding: Finding): string {
  switch (finding.state) {
    case 'found':
      return finding.version;
    case 'old':
      return t('{0}, too old: {1} or later is needed', finding.version, finding.tool.minimum!);
    case 'broken':
      return t('does not work');
    case 'missing':
      return t('missing');
  }
}

/** How to mend it, or nothing to mend. */
export function remedyOf(finding: Finding, system: System | undefined): string | undefined {
  if (finding.state === 'found') return undefined;
  const { line, page } = howToGet(finding.tool, system);
  return line ?? page;
}

/** Whether something that nothing works without is not there. */
export const lacksNeeded = (findings: readonly Finding[]): boolean =>
  findings.some(({ tool, state }) => tool.required === true && state !== 'found');

export interface ToolsReport {
  readonly findings: readonly Finding[];
  readonly system: System | undefined;
  /** Where go install puts what is installed from here. */
  readonly folder: string;
}

/** The report as a Markdown document: what is needed and lacking first. */
export function toolsDocument({ findings, system, folder }: ToolsReport): string {
  const there = findings.filter(({ state }) => state === 'found');
  const lacking = findings.filter(({ state }) => state !== 'found');
  const [needed, optional] = [true, false].map((is) => lacking.filter(({ tool }) => (tool.required === true) === is));
  const entries = (of: readonly Finding[]): string[] => of.map((finding) => entry(finding, system));
  const sections = [`# ${t('Toolchain Doctor')}`];
  if (needed!.length > 0) sections.push(`## ${t('Gantry needs this')}`, ...entries(needed!));
  if (optional!.length > 0) {
    sections.push(
      `## ${t('Missing, too old or broken')}`,
      t('Each is only needed for what stands beside it.'),
      ...entries(optional!),
      t('What go install makes is installed by the command Gantry: Install Tools, into {0}.', `\`${folder}\``),
    );
  }
  if (there.length > 0) sections.push(`## ${t('Found')}`, ...entries(there));
  return `${sections.join('\n\n')}\n`;
}

function entry(finding: Finding, system: System | undefined): string {
  const lines = [`**${finding.tool.name}** ${plain(stateOf(finding))}`, finding.tool.purpose()];
  if (finding.state !== 'missing') lines.push(`\`${finding.path}\``);
  if (finding.state === 'broken') lines.push(plain(finding.problem));
  if (finding.state !== 'found') {
    const { line, page } = howToGet(finding.tool, system);
    if (line !== undefined) lines.push(`\`${line}\``);
    lines.push(`<${page}>`);
  }
  return lines.map((line, i) => `${i === 0 ? '- ' : '  '}${line}`).join('  \n');
}
