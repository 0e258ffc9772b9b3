/** A session in a container as a terminal of VS Code. */
import { StringDecoder } from 'node:string_decoder';
import * as vscode from 'vscode';
import { messageOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Session } from '../session.ts';

export interface SessionTerminalOptions {
  readonly name: string;
  readonly start: (signal: AbortSignal) => Promise<Session>;
  /** What to say when it has ended with a status; the terminal stays open to be read. */
  readonly ended: (code: number | undefined) => string;
}

/** Opens it and shows it. Closing it ends the connection; what runs in the container is the container's. */
export function openSessionTerminal(options: SessionTerminalOptions): vscode.Terminal {
  const terminal = vscode.window.createTerminal({
    name: options.name,
    pty: new SessionPty(options),
    iconPath: new vscode.ThemeIcon('terminal'),
    isTransient: true,
  });
  terminal.show();
  return terminal;
}

class SessionPty implements vscode.Pseudoterminal {
  readonly #options: SessionTerminalOptions;
  readonly #written = new vscode.EventEmitter<string>();
  readonly #closed = new vscode.EventEmitter<void>();
  readonly #aborted = new AbortController();
  readonly onDidWrite = this.#written.event;
  readonly onDidClose = this.#closed.event;
  #session: Session | undefined;
  #over = false;
  #size: vscode.TerminalDimensions | undefined;
  /** What was typed before the session began. */
  #typed = '';

  constructor(options: SessionTerminalOptions) {
    this.#options = options;
  }

  open(size: vscode.TerminalDimensions | undefined): void {
    this.#size = size;
    void this.#run();
  }

  close(): void {
    this.#aborted.abort();
    this.#session?.close();
  }

  handleInput(text: string): void {
    if (this.#over) this.#closed.fire();
    else if (this.#session === undefined) this.#typed += text;
    else this.#session.write(text);
  }

  setDimensions(size: vscode.TerminalDimensions): void {
    this.#size = size;
    void this.#session?.resize(size);
  }

  async #run(): Promise<void> {
    const decoder = new StringDecoder('utf8');
    try {
      const session = (this.#session = await this.#options.start(this.#aborted.signal));
      if (this.#size !== undefined) await session.resize(this.#size);
      if (this.#typed !== '') session.write(this.#typed);
      for await (const { data } of session.output)
        this.#written.fire(decoder.write(data).replace(/(?<!\r)\n/g, '\r\n'));
      this.#remark(this.#options.ended(await session.exitCode()));
    } catch (error) {
      this.#remark(messageOf(error));
    }
  }

  /** A line of ours, dimmed, so that it is not taken for the container's. */
  #remark(sentence: string): void {
    this.#over = true;
    if (this.#aborted.signal.aborted) return;
    this.#written.fire(`\r\n\u001b[2m${sentence} ${t('Press any key to close.')}\u001b[0m\r\n`);
  }
}
