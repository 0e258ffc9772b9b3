/**
 * A terminal of VS Code on a program in a container, whoever runs it. What it writes is a program's that the person
 * opened: nothing is filtered. A program without a terminal of its own is given what is typed line by line.
 */
import { StringDecoder } from 'node:string_decoder';
import * as vscode from 'vscode';
import { isAbort, messageOf } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { LineInput } from '../core/lineInput.ts';

export interface RemoteProgram {
  /** Whether it has a terminal of its own, which echoes and edits what is typed. */
  readonly tty: boolean;
  /** What it writes, until its end. Throws Failure when the connection is lost. */
  readonly output: AsyncIterable<{ readonly data: Buffer }>;
  /** May throw Failure when nobody takes it any more. */
  write(data: Buffer): void | Promise<void>;
  endInput(): unknown;
  resize(size: vscode.TerminalDimensions): unknown;
  /** The exit status once the output has ended; undefined when there is none to tell. */
  exit(): Promise<number | undefined>;
  close(): void;
}

export interface RemoteTerminalOptions {
  readonly name: string;
  readonly icon: string;
  /** Starts the program; also again, when the person asks for it after its end. */
  readonly start: (signal: AbortSignal) => Promise<RemoteProgram>;
  /** What to say when it has ended. */
  readonly ended: (code: number | undefined) => string;
  /** Words for a failure to start, when there is something better to say than the server's sentence. */
  readonly explain?: (error: unknown) => string | undefined;
  /** What ends the program politely before its connection closes: `exit` for a shell, nothing for an attached one. */
  readonly farewell?: string;
  /** Said before the first output. */
  readonly greeting?: string;
}

/** Opens it and shows it. Closing it ends the connection. */
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
  readonly #aborted = new AbortController();
  readonly onDidWrite = this.#written.event;
  readonly onDidClose = this.#closed.event;
  #program: RemoteProgram | undefined;
  #line = new LineInput();
  #over = false;
  #size: vscode.TerminalDimensions | undefined;
  /** What was typed before the program runs. */
  #typed = '';

  constructor(options: RemoteTerminalOptions) {
    this.#options = options;
  }

  open(size: vscode.TerminalDimensions | undefined): void {
    this.#size = size;
    void this.#run();
  }

  close(): void {
    const { farewell } = this.#options;
    const program = this.#program;
    this.#aborted.abort();
    if (program === undefined) return;
    // Closing the connection ends no command in a pod; the end of a terminal's input does.
    const said = farewell === undefined ? Promise.resolve() : Promise.resolve(program.write(Buffer.from(farewell)));
    void said.catch(() => {}).finally(() => program.close());
  }

  handleInput(text: string): void {
    if (this.#over) {
      if (text === '\r') void this.#run();
      else if (text === '\u0003' || text === '\u0004') this.#closed.fire();
    } else if (this.#program === undefined) {
      this.#typed += text;
    } else {
      this.#give(this.#program, text);
    }
  }

  setDimensions(size: vscode.TerminalDimensions): void {
    this.#size = size;
    if (this.#program?.tty === true) void this.#program.resize(size);
  }

  async #run(): Promise<void> {
    this.#over = false;
    this.#line = new LineInput();
    try {
      const program = await this.#options.start(this.#aborted.signal);
      this.#program = program;
      if (program.tty && this.#size !== undefined) await program.resize(this.#size);
      if (this.#options.greeting !== undefined) this.#remark(this.#options.greeting);
      this.#give(program, this.#typed);
      this.#typed = '';
      await this.#show(program);
      this.#end(this.#options.ended(await program.exit()));
    } catch (error) {
      if (isAbort(error)) return;
      this.#end(this.#options.explain?.(error) ?? messageOf(error));
    }
  }

  #give(program: RemoteProgram, text: string): void {
    if (text === '') return;
    if (program.tty) return send(program, text);
    const { echo, lines, end } = this.#line.take(text);
    this.#written.fire(echo);
    if (lines !== '') send(program, lines);
    if (end === 'input') program.endInput();
    if (end === 'interrupt') this.#closed.fire();
  }

  async #show(program: RemoteProgram): Promise<void> {
    const decoder = new StringDecoder('utf8');
    let drawn = 0;
    for await (const { data } of program.output) {
      const text = decoder.write(data);
      // Without a terminal nobody has put the return before each new line.
      this.#written.fire(program.tty ? text : text.replace(/\r?\n/g, '\r\n'));
      drawn += data.length;
      if (drawn < drawnAtOnce) continue;
      drawn = 0;
      await new Promise((resolve) => setTimeout(resolve, moment));
    }
  }

  #end(sentence: string): void {
    this.#program = undefined;
    this.#over = true;
    this.#remark(`${sentence} ${t('Press Enter to start it again, Ctrl+D to close.')}`);
  }

  /** A line of ours, dimmed, so that it is not taken for the program's. */
  #remark(sentence: string): void {
    if (!this.#aborted.signal.aborted) this.#written.fire(`\r\n\u001b[2m${sentence}\u001b[0m\r\n`);
  }
}

/** Typed before the loss is known it goes nowhere, and the loss is told. */
function send(program: RemoteProgram, text: string): void {
  void (async () => program.write(Buffer.from(text)))().catch(() => {});
}
