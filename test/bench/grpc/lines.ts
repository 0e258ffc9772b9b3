/** Lines of grpcurl, read and written back, run by grpcurl itself through a proxy that keeps what the server is asked. */
import { execFile } from 'node:child_process';
import { type IncomingHttpHeaders, type ServerHttp2Stream, connect, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { shellLine } from '../../../src/core/shell.ts';
import {
  callOfGrpcurl,
  grpcurlArguments,
  lineOfCall,
  parseGrpcurl,
  readGrpcurlLine,
} from '../../../src/grpc/grpcurl.ts';
import { grpcurlLines } from '../../support/grpcurlLines.ts';
import type { Figure } from '../figures.ts';

/** What a server is asked in one stream. */
interface Asked {
  readonly path: string;
  readonly headers: readonly string[];
  /** Hexadecimal. */
  readonly body: string;
}

/** @param address of a plaintext server with reflection. */
export async function lineFigures(grpcurl: string, address: string): Promise<Figure[]> {
  const log: Asked[] = [];
  const proxy = await startProxy(address, log);
  const ask = async (line: readonly string[]): Promise<readonly Asked[]> => {
    log.length = 0;
    const args = line.map((word) => (word === 'localhost:1' ? proxy.address : word));
    await promisify(execFile)(grpcurl, args, { timeout: 20_000 }).catch(() => undefined); // Some are to fail.
    return [...log];
  };
  const tally = { equal: 0, asking: 0, calling: 0 };
  try {
    for (const line of grpcurlLines) {
      const asked = await ask(line);
      const again = await ask(grpcurlArguments(readGrpcurlLine(shellLine(['grpcurl', ...line]))));
      const own = ownLine(line);
      const called = own === undefined ? calls(asked) : calls(await ask(own));
      const equal = isEqual(asked, again) && isEqual(calls(asked), called);
      if (equal) tally.equal++;
      else console.error(`differs: ${shellLine(line)}\n${JSON.stringify([asked, again, called], undefined, 1)}`);
      if (asked.length > 0) tally.asking++;
      if (own !== undefined && called.length > 0) tally.calling++;
    }
  } finally {
    proxy.stop();
  }
  const count = grpcurlLines.length;
  console.error(
    `${count} lines of grpcurl: ${tally.asking} ask this server, ${tally.calling} call it also as the panel writes them`,
  );
  return [
    {
      name: 'grpcurl lines read and written back: equal server log',
      value: tally.equal,
      unit: `of ${count}`,
      must: `= ${count}`,
      holds: tally.equal === count && tally.calling > 0,
    },
  ];
}

/** What grpcurl itself makes of metadata and data before they are a call; the panel has its own variables. */
const beforeTheCall = ['-expand-headers', '-allow-unknown-fields'];

/** The line that "Copy as grpcurl" writes of the call that this one means; undefined where it means none here. */
function ownLine(line: readonly string[]): string[] | undefined {
  if (line.some((word) => beforeTheCall.includes(word))) return undefined;
  try {
    const call = callOfGrpcurl(parseGrpcurl(line));
    return call.method === undefined ? undefined : grpcurlArguments(lineOfCall({ ...call, method: call.method }));
  } catch {
    return undefined;
  }
}

const calls = (asked: readonly Asked[]): Asked[] => asked.filter(({ path }) => !path.startsWith('/grpc.reflection.'));

const isEqual = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Hands each stream on to the server, and keeps what was asked in the order in which the streams ended. */
async function startProxy(address: string, log: Asked[]): Promise<{ readonly address: string; stop(): void }> {
  const server = createServer();
  const upstream = connect(`http://${address}`);
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const body: Buffer[] = [];
    const request = upstream.request(headers, { endStream: false });
    stream.on('error', () => request.close());
    request.on('error', () => stream.close());
    stream.on('data', (data: Buffer) => {
      body.push(data);
      request.write(data);
    });
    stream.on('end', () => request.end());
    stream.on('close', () => log.push({ path: String(headers[':path']), headers: told(headers), body: Buffer.concat(body).toString('hex') })); // prettier-ignore
    let trailers: IncomingHttpHeaders = {};
    request.on('trailers', (given) => (trailers = given));
    request.on('response', (given, flags) => {
      stream.respond(given, { waitForTrailers: true, endStream: (flags & 1) === 1 });
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    });
    request.pipe(stream);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      upstream.destroy();
      server.close();
    },
  };
}

/** Without how much of the deadline is left, which is never twice the same. */
const told = (headers: IncomingHttpHeaders): string[] =>
  Object.entries(headers)
    .map(([name, value]) => (name === 'grpc-timeout' ? name : `${name}: ${String(value)}`))
    .toSorted();
