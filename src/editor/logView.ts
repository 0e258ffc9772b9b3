/**
 * The one surface for logs, of pods and containers alike: a terminal, because following, colours, links, copying and
 * finding are what VS Code's terminals do best, and a document of the whole for everything else.
 *
 *   openLogView({ name: 'Logs: checkout', feed: (signal) => follow(…, signal) });
 */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../core/disposable.ts';
import { Failure, isAbort, messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Log } from '../core/log.ts';
import { type LogFeed, remark } from '../core/log/entry.ts';
import { LogScreen } from '../core/log/screen.ts';
import { askText } from './askText.ts';
import { registerCommand } from './commands.ts';

export interface LogViewOptions {
  /** Title of the terminal: `Logs: checkout`. */
  readonly name: string;
  /** Read from the moment the terminal is shown until it is closed. */
  readonly feed: LogFeed;
}

/** Milliseconds between two drawings: a terminal draws what comes together far faster than piece by piece. */
const drawEvery = 50;
const scheme = 'gantry-log';

const open = new Map<vscode.Terminal, LogPty>();
const documents = new Map<string, string>();
let documentCount = 0;

/** Opens a terminal that follows the feed. Closing it ends the reading. */
export function openLogView({ name, feed }: LogViewOptions): vscode.Terminal {
  const pty = new LogPty(name, feed);
  const terminal = vscode.window.createTerminal({
    name,
    pty,
    iconPath: new vscode.ThemeIcon('output'),
    isTransient: true,
  });
  open.set(terminal, pty);
  terminal.show();
  return terminal;
}

/** The commands of log terminals, and the documents made of them. */
export function registerLogView(log: Log): Disposable {
  const store = new DisposableStore();
  const note = (terminal: vscode.Terminal | undefined): void => {
    const isLog = terminal !== undefined && open.has(terminal);
    void vscode.commands.executeCommand('setContext', 'gantry.logs.active', isLog);
  };
  store.add(vscode.window.onDidChangeActiveTerminal(note));
  store.add(vscode.window.onDidCloseTerminal((terminal) => open.delete(terminal)));
  store.add(
    vscode.workspace.registerTextDocumentContentProvider(scheme, {
      provideTextDocumentContent: (uri) => documents.get(uri.toString()) ?? '',
    }),
  );
  store.add(vscode.workspace.onDidCloseTextDocument(({ uri }) => documents.delete(uri.toString())));
  store.add(registerCommand(log, 'gantry.logs.openDocument', () => active().openDocument()));
  store.add(
    registerCommand(log, 'gantry.logs.search', async (text) => {
      const pty = active();
      const typed = text ?? (await askText({ title: t('Show only lines with'), value: '' }));
      if (typed !== undefined) pty.screen.search(typed);
    }),
  );
  return store;
}

/** The log terminal that has the person's attention; the newest when another terminal has it. */
function active(): LogPty {
  const terminal = vscode.window.activeTerminal;
  const pty = (terminal === undefined ? undefined : open.get(terminal)) ?? [...open.values()].at(-1);
  if (pty === undefined)
    throw new Failure('invalid', t('No log is open. Choose Show Logs on a pod or a container first.'));
  return pty;
}

class LogPty implements vscode.Pseudoterminal {
  readonly #name: string;
  readonly #feed: LogFeed;
  readonly #written = new vscode.EventEmitter<string>();
  readonly #renamed = new vscode.EventEmitter<string>();
  readonly #closed = new vscode.EventEmitter<void>();
  readonly #ended = new AbortController();
  readonly onDidWrite = this.#written.event;
  readonly onDidChangeName = this.#renamed.event;
  readonly onDidClose = this.#closed.event;
  readonly screen: LogScreen;
  #pending = '';
  #drawing: NodeJS.Timeout | undefined;

  constructor(name: string, feed: LogFeed) {
    this.#name = name;
    this.#feed = feed;
    this.screen = new LogScreen({
      write: (text) => this.#write(text),
      state: (state) => this.#renamed.fire(state === '' ? name : `${name} (${state})`),
    });
  }

  open(): void {
    void this.#follow();
  }

  close(): void {
    this.#ended.abort();
    clearTimeout(this.#drawing);
  }

  handleInput(typed: string): void {
    const outcome = this.screen.key(typed);
    if (outcome === 'close') this.#closed.fire();
    if (outcome === 'document') void this.openDocument();
  }

  /** A read-only document of all lines that are held and that the search lets through. */
  async openDocument(): Promise<void> {
    const file = this.#name.replace(/[^\p{L}\p{N}._-]+/gu, '-');
    const uri = vscode.Uri.from({ scheme, path: `/${++documentCount}/${file}.log` });
    documents.set(uri.toString(), this.screen.text());
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: false });
  }

  async #follow(): Promise<void> {
    try {
      for await (const batch of this.#feed(this.#ended.signal)) this.screen.push(batch);
      if (!this.#ended.signal.aborted) this.screen.push([remark('', t('The log ended.'))]);
    } catch (error) {
      if (!this.#ended.signal.aborted && !isAbort(error)) this.screen.push([remark('', messageOf(error))]);
    }
  }

  #write(text: string): void {
    this.#pending += text;
    this.#drawing ??= setTimeout(() => {
      this.#drawing = undefined;
      const pending = this.#pending;
      this.#pending = '';
      this.#written.fire(pending);
    }, drawEvery);
  }
}
