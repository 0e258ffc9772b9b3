/** Servers that are none: what listens where a gRPC server was expected, down to the bytes it answers. */
import { type Server as HttpServer, createServer as createHttpServer } from 'node:http';
import { type Http2Server, type ServerHttp2Stream, constants, createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, type Server, createServer } from 'node:net';
import { deflateSync, gzipSync } from 'node:zlib';

export interface RawServer {
  readonly address: string;
  /** How often it did what it stands for, so that a test knows that the fault took effect. */
  count(): number;
  stop(): Promise<void>;
}

type Counted = (did: () => void) => Server | HttpServer | Http2Server;

/** Bytes of a gRPC frame: flag, length, message. */
export function grpcFrame(message: Uint8Array, compressed = false, length = message.length): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(compressed ? 1 : 0, 0);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}

/** Answers each call with these bytes as the body of a gRPC response. */
const answering =
  (body: Buffer, headers: Readonly<Record<string, string>> = {}): Counted =>
  (did) =>
    http2((stream) => {
      did();
      stream.respond({ 'content-type': 'application/grpc', ...headers }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(body);
    });

const megabyte = 1 << 20;
/** A BytesValue of as many zeros. */
const zeros = (count: number): Buffer => Buffer.concat([Buffer.from([0x0a]), varint(count), Buffer.alloc(count)]);

const kinds = {
  /** A web server of the old protocol, as a proxy is. */
  http1: (did) =>
    createHttpServer((_, response) => {
      did();
      response.statusCode = 404;
      response.end('no such page');
    }).on('clientError', (_, socket) => {
      did();
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    }),
  /** Accepts and resets. */
  reset: (did) =>
    createServer((socket) => {
      did();
      socket.on('error', () => {});
      socket.resetAndDestroy();
    }),
  /** Accepts and never says a word. */
  silent: (did) =>
    createServer((socket) => {
      did();
      socket.on('error', () => {});
      socket.resume();
    }),
  /** Answers the headers and a message, then cuts the connection. */
  cut: (did) =>
    http2((stream) => {
      did();
      stream.respond({ 'content-type': 'application/grpc' });
      stream.write(grpcFrame(Buffer.from([0x08, 0x01])), () => {
        const { socket } = stream.session as unknown as { socket: { destroy(): void } };
        setImmediate(() => socket.destroy());
      });
    }),
  /** A web server of today: HTTP/2, but not gRPC. */
  web: (did) =>
    http2((stream) => {
      did();
      stream.respond({ ':status': 404, 'content-type': 'text/html' });
      stream.end('<html>no such page</html>');
    }),
  /** What a proxy's error page looks like when its text is read as a length. */
  lengthOfText: answering(Buffer.from('HTTP/1.1 404 Not Found')),
  malformedGzip: answering(grpcFrame(Buffer.from('this is not gzip'), true), { 'grpc-encoding': 'gzip' }),
  gzipBomb: answering(grpcFrame(gzipSync(zeros(512 * megabyte)), true), { 'grpc-encoding': 'gzip' }),
  deflateBomb: answering(grpcFrame(deflateSync(zeros(512 * megabyte)), true), { 'grpc-encoding': 'deflate' }),
  /** Claims more than it sends. */
  shortMessage: answering(grpcFrame(Buffer.from([0x08]), false, 1000)),
  /** Says that the client pings too often, as a Go server does. */
  tooManyPings: (did) =>
    http2((stream) => {
      did();
      stream.respond({ 'content-type': 'application/grpc' });
      stream.session!.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, Buffer.from('too_many_pings'));
      stream.session!.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
    }),
} satisfies Record<string, Counted>;

export type RawServerKind = keyof typeof kinds;

/** Starts one on a loopback port of its own. */
export async function startRawServer(kind: RawServerKind): Promise<RawServer> {
  let count = 0;
  const server = kinds[kind](() => count++);
  const open = new Set<{ destroy(): void }>();
  server.on('connection', (socket: { destroy(): void; once(event: 'close', listener: () => void): void }) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: () => count,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

function http2(handle: (stream: ServerHttp2Stream) => void): Http2Server {
  const server = createHttp2Server();
  server.on('session', (session) => session.on('error', () => {}));
  server.on('stream', (stream) => {
    stream.on('error', () => {});
    handle(stream);
  });
  return server;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
}
