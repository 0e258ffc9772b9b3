/** Progress for what is mostly quick: shown only when it takes longer than a second, and then it can be cancelled. */
import * as vscode from 'vscode';
import { within } from '../core/within.ts';
import { withProgress } from './commands.ts';

/** Milliseconds after which a person wonders whether anything happens. */
const patience = 1_000;

export async function withLateProgress<T>(
  title: string,
  work: (report: (message: string) => void, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let said = '';
  let show: (message: string) => void = () => {};
  const done = work((message) => show((said = message)), controller.signal);
  const first = await within(
    done.then(() => 'done' as const),
    patience,
  );
  if (first === 'done') return done;
  return withProgress(title, (report, signal) => {
    show = report;
    if (said !== '') report(said);
    signal.addEventListener('abort', () => controller.abort(), { once: true });
    return done;
  });
}

/** The answer to a modal question; undefined for no. */
export const askModal = (message: string, detail: string, ...buttons: string[]): Thenable<string | undefined> =>
  vscode.window.showWarningMessage(message, { modal: true, detail }, ...buttons);
