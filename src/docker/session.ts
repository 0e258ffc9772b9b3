/**
 * A terminal into a container: a command of its own (exec), or the container's own process (attach). The connection is
 * ours both ways; ending it ends the terminal, not what runs in the container.
 */
import type { Duplex } from 'node:stream';
import type { EngineClient } from './client.ts';
import { type Output, demux } from './demux.ts';
import { engineFailure } from './failures.ts';
import { number, record, text } from './fields.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Session {
  /** Whether the program has a terminal of its own, which echoes and edits what is typed. */
  readonly tty: boolean;
  /** What comes out, until the end. Throws Failure when the engine goes away. */
  readonly output: AsyncIterable<Output>;
  write(data: string | Uint8Array): void;
  /** Everything that comes as the input, then its end, at the pace of what reads it. Ends early when the terminal does. */
  feed(input: AsyncIterable<Uint8Array>): Promise<void>;
  /** The end of the input; the output goes on. */
  endInput(): void;
  /** Tells the terminal's size; does nothing where there is no terminal, or it is gone. */
  resize(size: Size): Promise<void>;
  /** Exit status once the output has ended; undefined when there is none to tell. */
  exitCode(): Promise<number | undefined>;
  close(): void;
}

export interface ExecOptions {
  readonly command: readonly string[];
  /** A terminal with echo and line editing, as a person wants; false for programs. */
  readonly tty: boolean;
}

/** The shell of a container: bash where there is one, in a form that any `sh` understands. */
export const shell = ['sh', '-c', 'if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi'] as const;

/** Exit statuses with which engines say that there is no such program, or none that can be run. */
export const noProgram = (code: number | undefined): boolean => code === 126 || code === 127;

const never = new AbortController().signal;

/** Starts a command in a running container. Throws Failure `conflict` when it does not run, `notFound` when it is gone. */
export async function exec(
  client: EngineClient,
  container: string,
  { command, tty }: ExecOptions,
  signal: AbortSignal,
): Promise<Session> {
  const streams = { AttachStdin: true, AttachStdout: true, AttachStderr: true };
  const path = `/containers/${encodeURIComponent(container)}/exec`;
  const env = tty ? ['TERM=xterm-256color'] : [];
  const body = { ...streams, Tty: tty, Cmd: command, Env: env };
  const id = text(record(await client.ask({ method: 'POST', path, body }, signal))['Id']);
  const start = { method: 'POST', path: `/exec/${id}/start`, body: { Detach: false, Tty: tty } } as const;
  const socket = await client.api.hijack(start, signal);
  return session(client, socket, {
    tty,
    resizePath: `/exec/${id}/resize`,
    exitCode: async () => {
      const answer = record(await client.ask({ method: 'GET', path: `/exec/${id}/json` }, never));
      return answer['Running'] === true ? undefined : number(answer['ExitCode']);
    },
  });
}

/** Joins a container's own input and output. What was written before is not repeated. */
export async function attach(client: EngineClient, container: string, signal: AbortSignal): Promise<Session> {
  const tty = await client.hasTty(container, signal);
  const path = `/containers/${encodeURIComponent(container)}/attach`;
  const query = { stream: 1, stdin: 1, stdout: 1, stderr: 1 };
  const socket = await client.api.hijack({ method: 'POST', path, query }, signal);
  return session(client, socket, {
    tty,
    resizePath: `/containers/${encodeURIComponent(container)}/resize`,
    exitCode: async () => {
      const found = await client.container(container, never);
      return found?.state === 'running' ? undefined : found?.exitCode;
    },
  });
}

interface SessionParts {
  readonly tty: boolean;
  readonly resizePath: string;
  readonly exitCode: () => Promise<number | undefined>;
}

function session(client: EngineClient, socket: Duplex, parts: SessionParts): Session {
  const { tty, resizePath } = parts;
  let closed = false;
  socket.on('error', () => {}); // Told by the reader of the output; before it reads, there is nobody to tell.
  return {
    tty,
    output: output(client.address, socket, parts, () => closed),
    write: (data) => void (socket.writable && socket.write(data)),
    async feed(input) {
      for await (const piece of input) {
        if (!socket.writable) return;
        if (!socket.write(piece)) await drained(socket);
      }
      socket.end();
    },
    endInput: () => socket.end(),
    async resize({ columns, rows }) {
      if (!tty || closed) return;
      const query = { w: columns, h: rows };
      // A process that has ended meanwhile has no terminal any more.
      await client.ask({ method: 'POST', path: resizePath, query }, never).catch(() => undefined);
    },
    exitCode: () => parts.exitCode(),
    close: () => {
      closed = true;
      socket.destroy();
    },
  };
}

/** Resolves when there is room again, or nobody who would take more. */
const drained = (socket: Duplex): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
  });

async function* output(
  address: string,
  socket: Duplex,
  { tty, exitCode }: SessionParts,
  closed: () => boolean,
): AsyncGenerator<Output> {
  try {
    yield* demux(socket, { tty });
    // A connection that an engine's death has closed ends like one that is done; only the engine can tell them apart.
    if (!closed()) await exitCode();
  } catch (error) {
    if (!closed()) throw engineFailure(error, address);
  } finally {
    socket.destroy();
  }
}
