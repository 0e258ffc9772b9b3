/**
 * A lesson as a page: its text, what can be done, and what the last check found. Actions are command links; the one script
 * there is shows what a running check is at, so that the page need not be drawn anew under a person's hands, and keeps the
 * keyboard where it was when the page is drawn anew after all.
 */
import { t } from '../core/l10n.ts';
import { codicon } from '../core/page/codicons.ts';
import { pageStyle } from '../core/page/style.ts';
import type { ItemStatus, ShownHints } from './domain.ts';
import type { Evidence, ItemState, Language, OutlineItem, Remedy, Report } from './model.ts';
import { remedyCommand, remedyOf } from './remedies.ts';
import { linkText } from './subjects.ts';
import { foundOf } from './found.ts';
import { itemFacts, stateText } from './tree.ts';

export interface LessonPage {
  readonly item: OutlineItem;
  readonly status: ItemStatus;
  readonly language: Language;
  /** The lesson's text, rendered; undefined when it is not written yet. */
  readonly body: string | undefined;
  /** What a running check is at. */
  readonly step?: string;
  /** Hints that were asked for since the last check failed. */
  readonly hints?: ShownHints;
  /** What a checkpoint sums up. */
  readonly required?: readonly { readonly item: OutlineItem; readonly state: ItemState }[];
  /** The item that comes after this one. */
  readonly next?: OutlineItem;
  /** Drawn for each page: only our script has it. */
  readonly nonce: string;
}

/** What the editor tells the page of a running check. */
export interface StepMessage {
  readonly step: string;
}

/** What the page tells the editor: the link of a button that Space pressed. */
export interface PressedMessage {
  readonly pressed: string;
}

/** Commands that the page's links may run. */
export const pageCommands = [
  'gantry.curriculum.start',
  'gantry.curriculum.check',
  'gantry.curriculum.checkAndKeep',
  'gantry.curriculum.cancel',
  'gantry.curriculum.hint',
  'gantry.curriculum.solution',
  'gantry.curriculum.changes',
  'gantry.curriculum.reset',
  'gantry.curriculum.undoReset',
  'gantry.curriculum.attest',
  'gantry.curriculum.open',
  'gantry.curriculum.openSubject',
  'gantry.cluster.create',
  'gantry.docker.doctor',
  'gantry.toolchain.doctor',
] as const;
type PageCommand = (typeof pageCommands)[number];

/** The whole document. Everything but `body`, which is our own content, is escaped. */
export function lessonPage(page: LessonPage): string {
  const { item, status, language, body, nonce, hints } = page;
  const { state, held } = status;
  const found = state === 'running' ? held : foundOf(status);
  return `<!DOCTYPE html>
<html lang="${language === 'zh-cn' ? 'zh-CN' : 'en'}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-${nonce}';">
<style>${lessonStyle}</style>
<title>${escape(item.title[language])}</title>
</head>
<body>
<main>
<h1>${escape(item.title[language])}</h1>
<p>${escape(item.goal[language])}</p>
<p class="quiet">${escape(itemFacts(item, status))}</p>
${summedUp(page)}
${actions(page)}
${state === 'running' ? `<p id="step" role="status">${escape(page.step ?? '')}</p>` : ''}
${found === undefined ? '' : findings(found, { state, held: held !== undefined, hints })}
${body ?? (item.attested ? '' : `<p>${escape(t('This lesson is not available yet.'))}</p>`)}
${item.link === undefined ? '' : `<p><a href="${escape(item.link)}">${escape(item.link)}</a></p>`}
</main>
<script nonce="${nonce}">${script}</script>
</body>
</html>`;
}

/** What a checkpoint stands on, each a click away. */
function summedUp({ required = [], language }: LessonPage): string {
  if (required.length === 0) return '';
  const rows = required.map(({ item: { id, title }, state }) => {
    const open = link('gantry.curriculum.open', `${id} ${title[language]}`, [{ kind: 'item', id }]);
    return `<li>${open} · ${escape(stateText(state))}</li>`;
  });
  return `<p>${escape(t('A checkpoint: green while these are proven, and its own check holds.'))}</p><ul>${rows.join('')}</ul>`;
}

type Action = readonly [command: PageCommand, label: string, item?: string];

function actions({ item, status, hints, next, language }: LessonPage): string {
  const offered = item.attested ? reading(status) : proving(status, hints);
  const done = status.state === 'proven' || status.state === 'attested';
  const onward: Action[] =
    done && next !== undefined ? [['gantry.curriculum.open', t('Next: {0}', next.title[language]), next.id]] : [];
  // The first is what most people want next, unless something has to be had before.
  const first = remedyOf(status) === undefined ? 'primary' : 'secondary';
  const links = [...onward, ...offered].map(([command, label, id = item.id], i) =>
    link(command, label, [{ kind: 'item', id }], i === 0 ? first : 'secondary'),
  );
  return links.length === 0 ? '' : `<p class="actions">${links.join(' ')}</p>`;
}

const reading = ({ state }: ItemStatus): Action[] => [
  ['gantry.curriculum.attest', state === 'attested' ? t('Take back that I have read it') : t('I have read it')],
];

function proving(status: ItemStatus, hints: ShownHints | undefined): Action[] {
  const { lesson, started, state, undoable, held, keepable } = status;
  if (lesson !== 'yes') return [];
  const hint: Action[] =
    foundOf(status)?.verdict.state === 'failed' && hints !== undefined && hints.left > 0
      ? [['gantry.curriculum.hint', t('Another hint ({0} left)', hints.left)]]
      : [];
  if (held !== undefined) return [['gantry.curriculum.cancel', t('End what still runs')], ...hint];
  if (state === 'running') return [['gantry.curriculum.cancel', t('Cancel')]];
  if (!started) return [['gantry.curriculum.start', t('Start')]];
  return [
    ['gantry.curriculum.check', t('Check my work')],
    ...(keepable === true ? [['gantry.curriculum.checkAndKeep', t('Check and keep running')] as const] : []),
    ...hint,
    ['gantry.curriculum.start', t('Open my files')],
    ...(state === 'stale' || state === 'regressed'
      ? [['gantry.curriculum.changes', t('What changed since it was proven')] as const]
      : []),
    ['gantry.curriculum.solution', t('Compare with the solution')],
    ['gantry.curriculum.reset', t('Reset')],
    ...(undoable === true ? [['gantry.curriculum.undoReset', t('Undo Reset')] as const] : []),
  ];
}

function link(
  command: PageCommand,
  label: string,
  args: readonly (object | string)[],
  looks?: 'primary' | 'secondary',
): string {
  const role = looks === undefined ? '' : ` role="button" class="${looks}"`;
  return `<a${role} href="command:${command}?${encodeURIComponent(JSON.stringify(args))}">${escape(label)}</a>`;
}

function findings(
  { item, verdict, evidence, seed, duration }: Report,
  { state, held, hints }: { readonly state: ItemState; readonly held: boolean; readonly hints: ShownHints | undefined },
): string {
  // A proof of sources that are others now is history, and must not look like the present.
  const heading = verdict.state === 'proven' && state !== 'proven' ? 'past' : verdict.state;
  const first = verdict.state === 'failed' && verdict.hint !== undefined ? [verdict.hint] : [];
  // What does not hold comes first: it is what the person looks for.
  const rows = evidence
    .toSorted((a, b) => Number(a.ok) - Number(b.ok))
    .map((one) => row(item, one, held))
    .join('\n');
  return `<section class="${heading}" aria-live="polite">
<h2><span class="mark">${codicon(marks[heading])}</span> ${escape(headingText(heading))}</h2>
${verdict.state === 'blocked' ? `<p>${escape(verdict.reason)}</p>${remedyLink(verdict.remedy)}` : ''}
${(hints?.hints ?? first).map((hint) => `<p class="hint">${escape(hint)}</p>`).join('\n')}
<table>
<thead><tr>${[t('What'), t('Wanted'), t('Got')].map((title) => `<th scope="col">${escape(title)}</th>`).join('')}</tr></thead>
<tbody>
${rows}
</tbody>
</table>
<p class="quiet">${escape(t('Seed {0}, {1} s', seed, (duration / 1000).toFixed(1)))}</p>
</section>`;
}

/** What would unblock it, where that is a click away. */
function remedyLink(remedy: Remedy | undefined): string {
  if (remedy === undefined) return '';
  const { id, args } = remedyCommand(remedy);
  return `<p class="actions">${link(id, remedyLabel(remedy), args, 'primary')}</p>`;
}

function remedyLabel(remedy: Remedy): string {
  switch (remedy) {
    case 'podCluster':
      return t('Create a cluster in a container');
    case 'engine':
      return t('See why no engine answers');
    case 'tools':
      return t('See how to get what is missing');
  }
}

type Heading = Report['verdict']['state'] | 'past';

/** As in the tree. */
const marks = { proven: 'pass-filled', failed: 'error', blocked: 'circle-slash', past: 'history' } as const;

function headingText(heading: Heading): string {
  switch (heading) {
    case 'proven':
      return t('Proven');
    case 'past':
      return t('What the last check found, before your code changed');
    case 'failed':
      return t('Not proven yet');
    case 'blocked':
      return t('The check could not run');
  }
}

/** @param held whether what it is about is still there. */
function row(item: string, { id, ok, what, want, got, where, next, subject }: Evidence, held: boolean): string {
  const mark = `<span class="mark" role="img" aria-label="${escape(ok ? t('holds') : t('does not hold'))}">${codicon(ok ? 'pass-filled' : 'error')}</span>`;
  const advice = next === undefined || ok ? '' : `<br>${escape(next)}`;
  const place =
    where === undefined || ok ? '' : `<br>${link('gantry.curriculum.open', where, [{ kind: 'assertion', item, id }])}`;
  const thing =
    subject === undefined || !held
      ? ''
      : `<br>${link('gantry.curriculum.openSubject', linkText(subject), [{ kind: 'assertion', item, id }])}`;
  // Where there is no room for three columns, each cell says which it is.
  return `<tr class="${ok ? 'ok' : 'wrong'}"><td>${mark} <span class="what">${escape(what)}</span>${advice}${place}${thing}</td>
<td data-title="${escape(t('Wanted'))}"><span>${escape(want)}</span></td>
<td data-title="${escape(t('Got'))}"><code>${escape(got)}</code></td></tr>`;
}

/** For text and for attribute values in double quotes. */
export const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/**
 * Space presses what is drawn as a button; VS Code follows a command link for the mouse and Enter alone. What had the focus
 * gets it again, or what took its place.
 */
const script = `
const vscode = acquireVsCodeApi();
const actions = [...document.querySelectorAll('a[href^="command:"]')];
const nameOf = (action) => action.textContent.replace(/[0-9]+/g, ''); // One hint less is the same action.
addEventListener('message', ({ data }) => {
  const step = document.getElementById('step');
  if (step !== null) step.textContent = data.step;
});
addEventListener('keydown', (event) => {
  if (event.key !== ' ' || event.target.getAttribute('role') !== 'button') return;
  event.preventDefault();
  vscode.postMessage({ pressed: event.target.href });
});
addEventListener('focusin', ({ target }) => {
  if (actions.includes(target)) vscode.setState({ focused: nameOf(target) });
});
addEventListener('focus', () => {
  const { focused } = vscode.getState() ?? {};
  if (focused === undefined || document.activeElement !== document.body) return;
  (actions.find((action) => nameOf(action) === focused) ?? actions[0])?.focus({ preventScroll: true });
});
`;

/** In the colours of the theme, whatever it is. */
export const lessonStyle = `${pageStyle}
body { max-width: 60rem; padding: 8px 24px 24px; background: var(--vscode-editor-background); line-height: 1.6; }
main > p, main > ul, main > ol { margin: 6px 0; }
/* The names in the first column of a table stay whole; the second gives way. */
td:first-child code { overflow-wrap: break-word; }
table { margin: 12px 0; }
th, td { border: 1px solid var(--gantry-border); padding: 4px 8px; }
section { overflow-wrap: anywhere; }
section td code { color: inherit; background: none; padding: 0; white-space: pre-wrap; }
section td:first-child { min-width: 12em; }
section td:nth-child(2) { min-width: 9em; }
@media (max-width: 40rem) {
  main, td:first-child code { overflow-wrap: anywhere; }
  section table, section tbody, section tr, section td { display: block; border: none; padding: 0; }
  section thead { display: none; }
  section tr { border-top: 1px solid var(--gantry-border); padding: 8px 0; }
  section td[data-title] { display: flex; gap: 8px; padding-left: 20px; }
  section td[data-title]::before { content: attr(data-title); flex: 0 0 4em; color: var(--vscode-descriptionForeground); }
}
.actions a { padding: 1px 13px; border-radius: 4px; line-height: 22px; text-decoration: none;
  border: 1px solid var(--vscode-button-border, transparent); }
.actions .primary { background: var(--vscode-button-background); color: var(--vscode-button-foreground); }
.actions .primary:hover { background: var(--vscode-button-hoverBackground); }
.actions .secondary { background: var(--vscode-button-secondaryBackground); color: var(--vscode-button-secondaryForeground); }
.actions .secondary:hover { background: var(--vscode-button-secondaryHoverBackground); }
#step { border-left: 3px solid var(--vscode-progressBar-background); padding-left: 12px; min-height: 1.6em; }
.hint { border-left: 3px solid var(--vscode-focusBorder); padding-left: 12px; }
.proven h2 .mark, tr.ok .mark { color: var(--vscode-testing-iconPassed); }
.failed h2 .mark, tr.wrong .mark { color: var(--vscode-testing-iconFailed); }
.past h2 .mark, .blocked h2 .mark { color: var(--vscode-list-warningForeground); }
tr.wrong .what { font-weight: 600; }
`;
