import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { Tunnel } from '../../../src/kubernetes/intercept/tunnel.ts';

const listen = (serve: (socket: Socket) => void, port = 0): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer(serve).listen(port, '127.0.0.1', () => resolve(server));
  });
const portOf = (server: Server): number => (server.address() as AddressInfo).port;
/** What a caller is told, of the pieces that come; rejects when they say that it broke, or do not say their end. */
const ended = async (socket: Socket): Promise<string> => {
  const said: Buffer[] = [];
  for await (const piece of socket) said.push(piece as Buffer);
  let rest = Buffer.concat(said);
  for (let text = ''; ;) {
    const length = rest.length < 4 ? -1 : rest.readUInt32BE();
    if (length === 0) return text;
    if (length < 0 || length > rest.length) throw new Error(`cut after ${text}`);
    text += rest.subarray(4, 4 + length).toString();
    rest = rest.subarray(4 + length);
  }
};

describe('the tunnel of an intercept', () => {
  let relay: Server;
  let tunnel: Tunnel | undefined;
  /** Connections that wait at the relay. */
  let waiting: Socket[];

  beforeEach(async () => {
    waiting = [];
    relay = await listen((socket) => {
      socket.on('error', () => {});
      socket.write('+');
      waiting.push(socket);
    });
  });
  afterEach(() => {
    tunnel?.dispose();
    relay.close();
  });

  /** A caller at the relay, who says something at once. */
  const call = async (text: string): Promise<Socket> => {
    while (waiting.length === 0) await once(relay, 'connection');
    const machine = waiting.shift()!;
    machine.write(Buffer.concat([Buffer.from([0x1f, 0x90]), Buffer.from(text)]));
    return machine;
  };
  const open = (local: number, patience = 30_000): Tunnel =>
    (tunnel = new Tunnel({ relay: portOf(relay), local, patience }));

  it('joins callers with the program, and is there for the next one', async () => {
    const program = await listen((socket) => socket.once('data', (piece) => socket.end(`got ${piece.toString()}`)));
    await open(portOf(program)).greeted;
    const callers = await Promise.all(Array.from({ length: 9 }, (_, i) => call(`call ${i}`)));
    assert.deepEqual(
      await Promise.all(callers.map(ended)),
      callers.map((_, i) => `got call ${i}`),
    );
    program.close();
  });

  it('lets callers wait for a program that is started anew', async () => {
    const before = await listen(() => {});
    const port = portOf(before);
    await new Promise((resolve) => before.close(resolve));
    open(port);
    const answered = ended(await call('early'));
    const program = await listen((socket) => socket.once('data', () => socket.end('here again')), port);
    assert.equal(await answered, 'here again');
    program.close();
  });

  it('cuts callers off when the program does not come, and says so', async () => {
    const gone = await listen(() => {});
    const port = portOf(gone);
    await new Promise((resolve) => gone.close(resolve));
    const { silent } = open(port, 0);
    await assert.rejects(ended(await call('hello')), { message: 'cut after ' });
    await silent;
  });

  it('tells a caller of half an answer that it is half', async () => {
    const program = await listen((socket) => socket.once('data', () => socket.write('half', () => socket.resetAndDestroy()))); // prettier-ignore
    open(portOf(program));
    await assert.rejects(ended(await call('hello')), { message: 'cut after half' });
    program.close();
  });
});
