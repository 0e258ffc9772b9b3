/** A terminal of VS Code on a command in a container. What it writes is a program's the person opened: nothing is filtered. */
import { StringDecoder } from 'node:string_decoder';
import * as vscode from 'vscode';
import { isAbort, messageOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { RemoteCommand } from '../streams/remoteCommand.ts';

export interface RemoteTerminalOptions {
  readonly name: string;
  readonly icon: string;
  /** Starts the command; also again, when the person asks for it after its end. */
  readonly start: (signal: AbortSignal) => Promise<RemoteCommand>;
  /** Words for a failure to start, when there is something better to say than the server's sentence. */
  readonly explain?: (error: unknown) => string | undefined;
  /** What closes the command politely before its connection closes: `exit` for a shell, nothing for an attached one. */
  readonly farewell?: string;
  /** Said before the first output. */
  readonly greeting?: string;
}

export function openRemoteTerminal(options: RemoteTerminalOptions): vscode.Terminal {
  const terminal = vscode.window.createTerminal({
    name: options.name,
    pty: new RemotePty(options),
    iconPath: new vscode.ThemeIcon(options.icon),
    isTransient: true,
  });
  terminal.show();
  return terminal;
}

/** Bytes given to the terminal after which it gets a moment to draw: it has no way to tell that it is late. */
const drawnAtOnce = 256 * 1024;
const moment = 20;

class RemotePty implements vscode.Pseudoterminal {
  readonly #options: RemoteTerminalOptions;
  readonly #written = new vscode.EventEmitter<string>();
  readonly #closed = new vscode.EventEmitter<void>();
  readonly #ended = new AbortController();
  readonly onDidWrite = this.#written.event;
  readonly onDidClose = this.#closed.event;
  #command: RemoteCommand | undefined;
  #running = false;
  #size: vscode.TerminalDimensions | undefined;

  constructor(options: RemoteTerminalOptions) {
    this.#options = options;
  }

  open(size: vscode.TerminalDimensions | undefined): void {
    this.#size = size;
    void this.#run();
  }

  close(): void {
    const { farewell } = this.#options;
    const command = this.#command;
    this.#ended.abort();
    if (command === undefined) return;
    // Closing the connection ends no command in a pod; the end of a terminal's input does.
    const said = farewell === undefined ? Promise.resolve() : command.write(Buffer.from(farewell));
    void said.catch(() => {}).finally(() => command.close());
  }

  handleInput(text: string): void {
    if (this.#running) {
      // Typed before the loss is known: it goes nowhere, and the loss is told.
      void this.#command?.write(Buffer.from(text)).catch(() => {});
    } else if (text === '\r') {
      void this.#run();
    } else if (text === '\u0003' || text === '\u0004') {
      this.#closed.fire();
    }
  }

  setDimensions(size: vscode.TerminalDimensions): void {
    this.#size = size;
    this.#command?.resize(size.columns, size.rows);
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      const command = await this.#options.start(this.#ended.signal);
      this.#command = command;
      if (this.#size !== undefined) command.resize(this.#size.columns, this.#size.rows);
      if (this.#options.greeting !== undefined) this.#remark(this.#options.greeting);
      await this.#show(command);
      this.#remark(t('Ended with exit code {0}. Press Enter to start it again.', await command.exit));
    } catch (error) {
      if (isAbort(error)) return;
      const sentence = this.#options.explain?.(error) ?? messageOf(error);
      this.#remark(`${sentence} ${t('Press Enter to try again.')}`);
    } finally {
      this.#command = undefined;
      this.#running = false;
    }
  }

  async #show(command: RemoteCommand): Promise<void> {
    const decoder = new StringDecoder('utf8');
    let drawn = 0;
    for await (const { data } of command.output) {
      this.#written.fire(decoder.write(data));
      drawn += data.length;
      if (drawn < drawnAtOnce) continue;
      drawn = 0;
      await new Promise((resolve) => setTimeout(resolve, moment));
    }
  }

  /** A line of ours, dimmed, so that it is not taken for the program's. */
  #remark(sentence: string): void {
    if (!this.#ended.signal.aborted) this.#written.fire(`\r\n\u001b[2m${sentence}\u001b[0m\r\n`);
  }
}
