/** What became of a request, as a text to read: YAML, so that it is folded and coloured. */
import { t } from '../../core/l10n.ts';
import type { Outcome, RunEvent } from './run.ts';

/** @param events all of them, of the request and those it needed. @param whole every event of a call with its time. */
export function resultText(events: readonly RunEvent[], whole: boolean): string {
  const parts: string[] = [];
  for (const event of events) {
    if (event.kind === 'call' && whole) parts.push(`# ${JSON.stringify(event.event)}`);
    if (event.kind === 'ended') parts.push(...outcomeText(event.entry.name, event.outcome));
  }
  return `${parts.join('\n')}\n`;
}

function outcomeText(name: string, { answer, complaints, target }: Outcome): string[] {
  const verdict = complaints.length === 0 ? t('as expected') : t('not as expected');
  const lines = ['---', `# ${name}: ${verdict}`, `# ${target}`];
  for (const { message } of complaints) lines.push(`# ✘ ${message.replaceAll('\n', ' ')}`);
  if (answer === undefined) return lines;
  const { status, details, messages, headers, trailers, milliseconds } = answer;
  const shown = {
    status: details === '' ? status : `${status}: ${details}`,
    milliseconds: Number(milliseconds.toFixed(1)),
    headers,
    ...(Object.keys(trailers).length === 0 ? {} : { trailers }),
  };
  for (const [key, value] of Object.entries(shown)) lines.push(`${key}: ${JSON.stringify(value)}`);
  if (messages.length === 1) lines.push(`message: ${JSON.stringify(messages[0], undefined, 2)}`);
  else lines.push('messages:', ...messages.map((message) => `  - ${JSON.stringify(message, undefined, 2).replaceAll('\n', '\n    ')}`)); // prettier-ignore
  return lines;
}
