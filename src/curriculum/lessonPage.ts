/** A lesson as a page: its text, what can be done, and what the last check found. No script; actions are command links. */
import { t } from '../core/l10n.ts';
import type { ItemStatus } from './domain.ts';
import type { Evidence, Language, OutlineItem, Report } from './model.ts';
import { needText, stateText } from './tree.ts';

export interface LessonPage {
  readonly item: OutlineItem;
  readonly status: ItemStatus;
  readonly language: Language;
  /** The lesson's text, rendered; undefined when it is not written yet. */
  readonly body: string | undefined;
}

/** Commands that the page's links may run. */
export const pageCommands = [
  'gantry.curriculum.start',
  'gantry.curriculum.check',
  'gantry.curriculum.reset',
  'gantry.curriculum.open',
] as const;
type PageCommand = (typeof pageCommands)[number];

/** The whole document. Everything but `body`, which is our own content, is escaped. */
export function lessonPage({ item, status, language, body }: LessonPage): string {
  const { report } = status;
  return `<!DOCTYPE html>
<html lang="${language === 'zh-cn' ? 'zh-CN' : 'en'}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline';">
<style>${style}</style>
<title>${escape(item.title[language])}</title>
</head>
<body>
<h1>${escape(item.title[language])}</h1>
<p>${escape(item.goal[language])}</p>
<p class="facts">${escape(facts(item, status))}</p>
${actions(item, status)}
${report === undefined ? '' : findings(report)}
${body ?? `<p>${escape(t('This lesson is not available yet.'))}</p>`}
${item.link === undefined ? '' : `<p><a href="${escape(item.link)}">${escape(item.link)}</a></p>`}
</body>
</html>`;
}

function facts({ id, difficulty, needs }: OutlineItem, { lesson, state }: ItemStatus): string {
  return [
    id,
    ...(lesson === 'yes' ? [stateText(state)] : []),
    t('difficulty {0}/5', difficulty),
    t('Needs: {0}', needs.length === 0 ? t('nothing but Go') : needs.map(needText).join(', ')),
  ].join(' · ');
}

function actions({ id }: OutlineItem, { lesson, started, state }: ItemStatus): string {
  if (lesson !== 'yes' || state === 'running') return '';
  const node = { kind: 'item', id };
  const links = started
    ? [
        link('gantry.curriculum.check', t('Check my work'), node),
        link('gantry.curriculum.start', t('Open my files'), node),
        link('gantry.curriculum.reset', t('Reset'), node),
      ]
    : [link('gantry.curriculum.start', t('Start'), node)];
  return `<p class="actions">${links.join(' ')}</p>`;
}

function link(command: PageCommand, label: string, node: object): string {
  return `<a href="command:${command}?${encodeURIComponent(JSON.stringify([node]))}">${escape(label)}</a>`;
}

function findings({ item, verdict, evidence, seed, duration }: Report): string {
  // What does not hold comes first: it is what the person looks for.
  const rows = evidence
    .toSorted((a, b) => Number(a.ok) - Number(b.ok))
    .map((one) => row(item, one))
    .join('\n');
  return `<section class="${verdict.state}" aria-live="polite">
<h2>${escape(verdictText(verdict.state))}</h2>
${verdict.state === 'blocked' ? `<p>${escape(verdict.reason)}</p>` : ''}
${verdict.state === 'failed' && verdict.hint !== undefined ? `<p class="hint">${escape(verdict.hint)}</p>` : ''}
<table>
<tr>${[t('What'), t('Wanted'), t('Got')].map((title) => `<th>${escape(title)}</th>`).join('')}</tr>
${rows}
</table>
<p class="facts">${escape(t('Seed {0}, {1} s', seed, (duration / 1000).toFixed(1)))}</p>
</section>`;
}

function verdictText(state: Report['verdict']['state']): string {
  switch (state) {
    case 'proven':
      return t('Proven');
    case 'failed':
      return t('Not proven yet');
    case 'blocked':
      return t('The check could not run');
  }
}

function row(item: string, { id, ok, what, want, got, where, next }: Evidence): string {
  const place =
    where === undefined || ok ? '' : `<br>${link('gantry.curriculum.open', where, { kind: 'assertion', item, id })}`;
  const advice = next === undefined ? '' : `<br>${escape(next)}`;
  return `<tr class="${ok ? 'ok' : 'wrong'}"><td>${ok ? '✓' : '✗'} ${escape(what)}${advice}${place}</td><td>${escape(want)}</td><td><code>${escape(got)}</code></td></tr>`;
}

/** For text and for attribute values in double quotes. */
export const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const style = `
body { max-width: 60rem; line-height: 1.6; color: var(--vscode-foreground); font-family: var(--vscode-font-family); }
a { color: var(--vscode-textLink-foreground); }
code { font-family: var(--vscode-editor-font-family); white-space: pre-wrap; }
table { border-collapse: collapse; margin: 1em 0; }
th, td { border: 1px solid var(--vscode-widget-border, var(--vscode-panel-border)); padding: .3em .6em; text-align: left; vertical-align: top; }
section td:first-child { min-width: 9em; }
section td:nth-child(2) { overflow-wrap: anywhere; min-width: 9em; }
.facts { color: var(--vscode-descriptionForeground); }
.actions a { display: inline-block; padding: .3em .9em; border-radius: 2px; text-decoration: none;
  background: var(--vscode-button-background); color: var(--vscode-button-foreground); }
.hint { border-left: 3px solid var(--vscode-focusBorder); padding-left: .8em; }
.proven h2, tr.ok td:first-child { color: var(--vscode-testing-iconPassed); }
.failed h2, tr.wrong td:first-child { color: var(--vscode-testing-iconFailed); }
`;
