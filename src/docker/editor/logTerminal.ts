/** A container's logs in a terminal of VS Code: colours, search and scrollback are the editor's own. */
import { StringDecoder } from 'node:string_decoder';
import * as vscode from 'vscode';
import { ColourFilter } from '../../core/colours.ts';
import { messageOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Output } from '../demux.ts';

/** Opens a terminal that follows `logs`. Closing it ends the reading. */
export function openLogTerminal(name: string, logs: (signal: AbortSignal) => AsyncIterable<Output>): vscode.Terminal {
  const terminal = vscode.window.createTerminal({
    name,
    pty: new LogPty(logs),
    iconPath: new vscode.ThemeIcon('output'),
    isTransient: true,
  });
  terminal.show();
  return terminal;
}

class LogPty implements vscode.Pseudoterminal {
  readonly #logs: (signal: AbortSignal) => AsyncIterable<Output>;
  readonly #written = new vscode.EventEmitter<string>();
  readonly #closed = new vscode.EventEmitter<void>();
  readonly #ended = new AbortController();
  readonly onDidWrite = this.#written.event;
  readonly onDidClose = this.#closed.event;

  constructor(logs: (signal: AbortSignal) => AsyncIterable<Output>) {
    this.#logs = logs;
  }

  open(): void {
    void this.#follow();
  }

  close(): void {
    this.#ended.abort();
  }

  /** Ctrl-C and Ctrl-D close it, as they would end `docker logs`. */
  handleInput(text: string): void {
    if (text === '\u0003' || text === '\u0004') this.#closed.fire();
  }

  async #follow(): Promise<void> {
    const decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
    const colours = { stdout: new ColourFilter(), stderr: new ColourFilter() };
    try {
      for await (const { stream, data } of this.#logs(this.#ended.signal)) {
        this.#written.fire(colours[stream].push(decoders[stream].write(data)).replace(/\r?\n/g, '\r\n'));
      }
      this.#remark(t('The container stopped.'));
    } catch (error) {
      this.#remark(messageOf(error));
    }
  }

  /** A line of ours, dimmed, so that it is not taken for the container's. */
  #remark(sentence: string): void {
    if (!this.#ended.signal.aborted) this.#written.fire(`\r\n\u001b[2m${sentence}\u001b[0m\r\n`);
  }
}
