/** The page that explains every practice rule, in the person's language. */
import { t } from '../../core/l10n.ts';
import { type PracticeRule, practiceRules } from './catalog.ts';

/** Markdown; `lessons` are the curriculum's titles by id. */
export const rulesMarkdown = (lessons: ReadonlyMap<string, string>): string =>
  [introduction(), table(), ...practiceRules.map((rule) => section(rule, lessons))].join('\n\n');

const introduction = (): string =>
  [
    `# ${t('Practice rules for manifests')}`,
    t(
      'These rules are about what an API server accepts and a service suffers from. They are few and mostly hints. The setting {0} gives each another severity ({1}); {2} takes the same as {3}.',
      '`gantry.manifests.rules`',
      '`error`, `warning`, `hint`, `off`',
      '`gantry validate`',
      '`--rule image-tag=error`',
    ),
    t(
      'A comment {0} silences a rule: at the end of a line for that line, above a field or an item for all of it (a container), above the first field for the whole object. Several rules are separated by commas; without any, everything is silenced.',
      '`# gantry-ignore: image-tag`',
    ),
  ].join('\n\n');

const table = (): string =>
  [
    `| ${t('Rule')} | ${t('Severity')} | ${t('About')} |`,
    '| --- | --- | --- |',
    ...practiceRules.map(({ id, severity, title }) => `| [${id}](#${id}) | ${severity} | ${title()} |`),
  ].join('\n');

function section(
  { id, severity, lesson, title, reason, remedy }: PracticeRule,
  lessons: ReadonlyMap<string, string>,
): string {
  const learn = lesson === undefined ? [] : [`${t('Lesson')}: ${lesson}, ${lessons.get(lesson)!}`];
  return [`## ${id}`, `**${title()}** (${severity})`, reason(), `**${t('What to do')}**: ${remedy()}`, ...learn].join(
    '\n\n',
  );
}
