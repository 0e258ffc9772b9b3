/**
 * Files of a container, carried by its own tar. What comes is unpacked by `core/tar/extract.ts`, which trusts nothing; a
 * container without tar says so.
 */
import { open } from 'node:fs/promises';
import { posix } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { type Extracted, extractTar } from '../../core/tar/extract.ts';
import { tarEnd, tarHeader, tarPadding } from '../../core/tar/write.ts';
import { isFolderCommand, packCommand, unpackCommand } from './copyCommands.ts';
import {
  type RemoteCommand,
  type RemoteOptions,
  type RemotePlace,
  isNoSuchProgram,
  startRemote,
} from './remoteCommand.ts';
import type { SocketOpener } from './socket.ts';

/** Characters of what a program says on its error output that are kept. */
const mostSaid = 2_000;
/** What a signal ended has this and the signal's number for its exit code (POSIX shells, runc). */
const signalBase = 128;

export interface CopyDeps {
  readonly server: SocketOpener;
  readonly signal: AbortSignal;
  /** Told of what is being copied. */
  readonly report?: (what: string) => void;
}

/** Throws Failure `invalid` for what is no path of a file or folder. */
export function checkRemotePath(path: string): string {
  const tidy = posix.normalize(path).replace(/(?<=.)\/+$/, '');
  if (tidy.startsWith('/') && tidy !== '/') return tidy;
  throw new Failure('invalid', t('Type the whole path of a file or folder, such as /etc/hosts.'));
}

/**
 * Copies a file, or a folder with what is in it, into a folder of this machine; nothing that is there is written over.
 * Throws Failure.
 */
export async function copyFromContainer(
  place: RemotePlace,
  path: string,
  target: string,
  { server, signal, report }: CopyDeps,
): Promise<Extracted> {
  const remote = checkRemotePath(path);
  return withCommand(server, place, { command: packCommand(remote), stdin: false }, signal, async (command, said) => {
    // Tar leaves the first slash out of the names in an archive.
    const within = posix.dirname(remote).slice(1);
    const archive = async function* (): AsyncGenerator<Buffer> {
      yield* said.stdout();
      const code = await command.exit;
      // The end of the stream may end an archive, too: who is killed between two files must not seem to be done.
      if (code > signalBase)
        throw new Failure('unreachable', t('tar in the container was killed: exit code {0}.', code));
    };
    const extracted = await extractTar(archive(), {
      target,
      within,
      ...(report === undefined ? {} : { onEntry: report }),
    });
    const code = await command.exit;
    if (code === 0 || extracted.files > 0) return extracted;
    if (/no such file/i.test(said.stderr)) {
      throw new Failure('notFound', t('There is no {0} in the container.', remote));
    }
    throw new Failure('invalid', t('tar in the container failed: {0}', said.stderr.trim() || code));
  });
}

/** Whether there is something at a path of the container, and whether it is a folder. Throws Failure. */
export async function remoteKind(
  place: RemotePlace,
  path: string,
  deps: CopyDeps,
): Promise<'folder' | 'file' | undefined> {
  const holds = (command: string[]): Promise<boolean> =>
    withCommand(deps.server, place, { command, stdin: false }, deps.signal, async (remote, said) => {
      for await (const _ of said.stdout());
      return (await remote.exit) === 0;
    });
  if (await holds(isFolderCommand(path))) return 'folder';
  return (await holds(['test', '-e', path])) ? 'file' : undefined;
}

/** Copies a file into the container, over what is there. Throws Failure. */
export async function copyToContainer(
  place: RemotePlace,
  local: string,
  path: string,
  { server, signal }: CopyDeps,
): Promise<{ readonly bytes: number }> {
  const remote = checkRemotePath(path);
  const file = await open(local, 'r');
  try {
    const { size, mode, mtimeMs } = await file.stat();
    const command = unpackCommand(posix.dirname(remote));
    return await withCommand(server, place, { command, stdin: true }, signal, async (remoteCommand, said) => {
      const sending = (async () => {
        const entry = { path: posix.basename(remote), mode: mode & 0o777, modified: mtimeMs };
        await remoteCommand.write(tarHeader(entry, '0', size));
        let sent = 0;
        for await (const piece of file.createReadStream({ autoClose: false, end: Math.max(0, size - 1) })) {
          sent += (piece as Buffer).length;
          await remoteCommand.write(piece as Buffer);
        }
        if (sent !== size) throw new Failure('conflict', t('{0} changed while it was copied. Try again.', local));
        await remoteCommand.write(Buffer.concat([tarPadding(size), tarEnd]));
        if (!(await remoteCommand.endInput())) throw cannotEnd();
      })();
      sending.catch(() => remoteCommand.close()); // Told below; a program that waits for more would keep us.
      for await (const _ of said.stdout());
      const code = await remoteCommand.exit.catch(async (error: unknown) => {
        await sending;
        throw error;
      });
      if (code !== 0) throw new Failure('invalid', t('tar in the container failed: {0}', said.stderr.trim() || code));
      await sending;
      return { bytes: size };
    });
  } finally {
    await file.close();
  }
}

const cannotEnd = (): Failure =>
  new Failure('invalid', t('API servers before 1.30 cannot be told where a file ends. Use kubectl cp here.'));

interface Said {
  /** Kept up to a bound. */
  readonly stderr: string;
  stdout(): AsyncIterable<Buffer>;
}

async function withCommand<T>(
  server: SocketOpener,
  place: RemotePlace,
  { command, stdin }: Pick<RemoteOptions, 'stdin'> & { readonly command: readonly string[] },
  signal: AbortSignal,
  work: (command: RemoteCommand, said: Said) => Promise<T>,
): Promise<T> {
  const remote = await startRemote(server, place, { command, stdin, tty: false }, signal);
  const onAbort = (): void => remote.close();
  signal.addEventListener('abort', onAbort, { once: true });
  const said = {
    stderr: '',
    async *stdout(): AsyncGenerator<Buffer> {
      for await (const { stream, data } of remote.output) {
        if (stream === 'stdout') yield data;
        else said.stderr = (said.stderr + data.toString('utf8')).slice(0, mostSaid);
      }
    },
  };
  try {
    return await work(remote, said);
  } catch (error) {
    if (signal.aborted) throw new Failure('cancelled', t('Cancelled.'), error);
    if (!isNoSuchProgram(error)) throw error;
    throw new Failure(
      'toolMissing',
      t('There is no {0} in this container, which copying needs. A debug container brings one.', command[0]!),
      error,
    );
  } finally {
    signal.removeEventListener('abort', onAbort);
    remote.close();
  }
}
