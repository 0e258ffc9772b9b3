/** Patterns in the editor: completions of Go files, the picker, and the offer to get what go.mod lacks. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import { executeCommand, registerCommand, showFailure, withProgress } from '../../editor/commands.ts';
import type { Missing, Snippets } from '../domain.ts';
import type { Pattern } from '../model.ts';
import { PatternCompletions } from './completion.ts';
import { fits, insertPattern } from './insert.ts';
import { PatternDocuments, pickPattern, previewScheme } from './picker.ts';

export interface RegisterSnippetsDeps {
  readonly log: Log;
  readonly domain: () => Promise<Snippets>;
}

/** Registers everything the editor does with patterns. */
export function registerSnippets({ log, domain }: RegisterSnippetsDeps): Disposable {
  const store = new DisposableStore();
  const { registerCompletionItemProvider } = vscode.languages;
  // The dash is no part of a word in Go, so it has to ask again.
  store.add(registerCompletionItemProvider({ language: 'go', scheme: '*' }, new PatternCompletions(domain), '-'));
  store.add(vscode.workspace.registerTextDocumentContentProvider(previewScheme, new PatternDocuments(domain)));
  store.add(
    registerCommand(log, 'gantry.snippets.insert', async (prefix) => {
      const snippets = await domain();
      const editor = vscode.window.activeTextEditor;
      const all = await snippets.patterns();
      const fitting = editor === undefined ? [] : all.filter((pattern) => fits(pattern, editor.document));
      const offered = fitting.length > 0 ? fitting : all;
      const pattern = prefix === undefined ? await pickPattern(offered, snippets) : await snippets.pattern(prefix);
      if (pattern === undefined) return;
      const place = editor !== undefined && fits(pattern, editor.document) ? editor : undefined;
      const document = await insertPattern(pattern, place);
      offer(log, snippets, pattern, document);
    }),
  );
  store.add(
    registerCommand(log, 'gantry.snippets.getModules', async (prefix) => {
      const document = vscode.window.activeTextEditor?.document;
      const snippets = await domain();
      if (prefix === undefined || document === undefined) return;
      offer(log, snippets, await snippets.pattern(prefix), document);
    }),
  );
  return store;
}

/** Not awaited by the command: the message may stay for long. */
function offer(log: Log, snippets: Snippets, pattern: Pattern, document: vscode.TextDocument): void {
  if (pattern.file !== 'go' || document.uri.scheme !== 'file') return;
  void offerModules(snippets, pattern, document.uri.fsPath).catch(async (error: unknown) => {
    log.error(`the modules of ${pattern.prefix} could not be had`, error);
    await showFailure(error);
  });
}

async function offerModules(snippets: Snippets, pattern: Pattern, file: string): Promise<void> {
  const missing = await snippets.missing(pattern, file);
  if (missing === undefined) return;
  const [lesson] = await snippets.lessons(pattern);
  const get = t('Run go get');
  const open = lesson === undefined ? [] : [t('Open {0}', lesson.id)];
  const answer = await vscode.window.showInformationMessage(await question(snippets, pattern, missing), get, ...open);
  if (answer === get) await getModules(snippets, missing);
  else if (answer !== undefined && lesson !== undefined) {
    await executeCommand('gantry.curriculum.open', { kind: 'item', id: lesson.id });
  }
}

/** What would be got, why, and what teaches it. */
async function question(snippets: Snippets, pattern: Pattern, { modules }: Missing): Promise<string> {
  const lessons = (await snippets.lessons(pattern)).map(({ id, title }) => `${id} ${title}`).join(', ');
  const names = modules.map(({ path, version }) => `${path} ${version}`).join(', ');
  return [
    t('{0} needs what go.mod does not have: {1}.', pattern.prefix, names),
    pattern.reason?.[snippets.language],
    t('Taught by: {0}', lessons),
  ].join(' ');
}

async function getModules(snippets: Snippets, missing: Missing): Promise<void> {
  const title = t('Getting {0}', missing.modules.map(({ path }) => path).join(', '));
  await withProgress(title, (_, signal) => snippets.get(missing, signal));
}
