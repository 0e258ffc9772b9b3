/** Answers of past calls as documents that can only be read, for VS Code's own comparison. */
import * as vscode from 'vscode';
import type { Disposable } from '../../core/disposable.ts';
import { t } from '../../core/l10n.ts';
import type { PastCall } from '../protocol.ts';

const scheme = 'gantry-grpc-answer';
/** What is open; a document asks again when it is drawn anew. */
const texts = new Map<string, string>();
const mostOpen = 40;

export function registerAnswers(): Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(scheme, {
    provideTextDocumentContent: ({ path }) => texts.get(path),
  });
}

export async function compareAnswers(method: string, older: PastCall, newer: PastCall): Promise<void> {
  const [left, right] = [documentOf(method, older), documentOf(method, newer)];
  const title = t('{0}: {1} and {2}', method, timeOf(older), timeOf(newer));
  await vscode.commands.executeCommand('vscode.diff', left, right, title);
}

function documentOf(method: string, { at, answer }: PastCall): vscode.Uri {
  const path = `/${at}/${method}.json`;
  texts.delete(path);
  texts.set(path, `${answer}\n`);
  for (const oldest of texts.keys()) if (texts.size > mostOpen) texts.delete(oldest);
  return vscode.Uri.from({ scheme, path });
}

const timeOf = ({ at }: PastCall): string => new Date(at).toLocaleTimeString(vscode.env.language);
