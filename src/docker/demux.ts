/**
 * Takes apart the stream in which an engine mixes a container's stdout and stderr: frames of an 8-byte header
 * (stream, three zero bytes, length as a big-endian uint32) and their payload. With a TTY there are no frames.
 * https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach
 */
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';

export interface Output {
  readonly stream: 'stdout' | 'stderr';
  /** A piece of what was written; it may end within a line and within a character. */
  readonly data: Buffer;
  /** True when a frame begins with it. Engines put each line, or each piece of a long one, into a frame of its own. */
  readonly begins?: boolean;
}

const headerSize = 8;
/** Engines frame at most what one write held (16 KiB of log, 32 KiB of attach); far more means we read garbage. */
const largestFrame = 64 * 1024 * 1024;

/**
 * Yields the pieces in the order of the stream. Takes the next chunk only when the last piece was taken, so a slow
 * reader slows the engine; holds no more than one chunk. Throws Failure when the stream is not what it should be.
 */
export async function* demux(
  chunks: AsyncIterable<Uint8Array>,
  options: { readonly tty: boolean },
): AsyncGenerator<Output> {
  if (options.tty) {
    for await (const chunk of chunks) yield { stream: 'stdout', data: asBuffer(chunk) };
    return;
  }
  const header = Buffer.alloc(headerSize);
  let headerBytes = 0;
  let frame = { stream: 'stdout' as Output['stream'], left: 0 };
  let begins = false;
  for await (const chunk of chunks) {
    let rest = asBuffer(chunk);
    while (rest.length > 0) {
      if (frame.left > 0) {
        const data = rest.subarray(0, frame.left);
        frame.left -= data.length;
        rest = rest.subarray(data.length);
        yield { stream: frame.stream, data, begins };
        begins = false;
        continue;
      }
      const copied = rest.copy(header, headerBytes);
      headerBytes += copied;
      rest = rest.subarray(copied);
      if (headerBytes === headerSize) {
        headerBytes = 0;
        frame = readHeader(header);
        begins = true;
      }
    }
  }
  if (headerBytes > 0 || frame.left > 0) {
    throw new Failure('unreachable', t('The output broke off: the engine closed the connection in the middle.'));
  }
}

const asBuffer = (chunk: Uint8Array): Buffer => Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);

function readHeader(header: Buffer): { stream: Output['stream']; left: number } {
  const left = header.readUInt32BE(4);
  // Stream 0 is stdin echoed back, which the docker command prints to stdout too.
  const stream = (['stdout', 'stdout', 'stderr'] as const)[header[0]!];
  if (stream === undefined || header.readUIntBE(1, 3) !== 0 || left > largestFrame) {
    throw new Failure(
      'invalid',
      t('The engine sent output that is not framed as it should be: {0}', header.toString('hex')),
    );
  }
  return { stream, left };
}
