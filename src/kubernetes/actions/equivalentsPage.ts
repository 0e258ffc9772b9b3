/** The page that lists every action on a cluster with the kubectl line and the API calls that do the same. */
import { t } from '../../core/l10n.ts';
import { actions } from './registry.ts';

/** What was proven of an action, with placeholders for the names of the test. */
export interface Equivalent {
  readonly kubectl: string;
  /** `PATCH /apis/apps/v1/…`, in their order. */
  readonly calls: readonly string[];
}

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;

/** Markdown. @param proven by the action's id, every action. */
export const equivalentsMarkdown = (proven: ReadonlyMap<string, Equivalent>): string =>
  [
    `# ${t('What each action does to a cluster')}`,
    t(
      'Gantry runs no kubectl. Each action sends these calls; the kubectl line beside them sends the same, which a test proves by running both. "Show Equivalent" in a row’s menu gives both with the names filled in.',
    ),
    [
      `| ${t('Action')} | kubectl | ${t('API calls')} |`,
      '| --- | --- | --- |',
      ...actions.map(({ id, title }) => {
        const { kubectl, calls } = proven.get(id)!;
        return `| ${title()} | ${code(kubectl)} | ${calls.map(code).join('<br>')} |`;
      }),
    ].join('\n'),
  ].join('\n\n');
