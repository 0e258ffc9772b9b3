import assert from 'node:assert/strict';
import { createConnection } from 'node:net';
import { Client, credentials } from '@grpc/grpc-js';
import { messageOf } from '../../src/core/failure.ts';
import { needGo } from '../support/go.ts';
import { type Shop, shopServices, startShop } from '../support/shop.ts';

describe('the demo shop', function () {
  this.timeout(600_000); // The first build compiles grpc-go.
  let shop: Shop;

  before(async function () {
    await needGo(this);
    shop = await startShop();
  });
  after(() => shop?.stop());

  it('serves four healthy services and counts what they are asked', async () => {
    const answers = await Promise.all(
      shopServices.map((name) => ask(shop.addresses[name], '/grpc.health.v1.Health/Check')),
    );
    // HealthCheckResponse {status: SERVING}: field 1, varint 1.
    assert.deepEqual(
      answers,
      shopServices.map(() => Buffer.from([8, 1])),
    );
    assert.deepEqual(await shop.calls(), { '/grpc.health.v1.Health/Check': 4 });
  });

  it('lists products at once, named in Chinese and English', async () => {
    const products = await ask(shop.addresses.products, '/shop.v1.ProductsService/ListProducts');
    assert.match(products.toString('utf8'), /西湖龙井 West Lake Longjing tea/);
  });

  it('stops without leaving a process or a listener', async () => {
    const own = await startShop();
    await own.stop();
    assert.throws(() => process.kill(own.pid, 0), { code: 'ESRCH' });
    const outcomes = await Promise.all(shopServices.map((name) => connectError(own.addresses[name])));
    assert.deepEqual(
      outcomes,
      shopServices.map(() => 'ECONNREFUSED'),
    );
  });

  it('refuses to start on a port that another process has', async () => {
    const port = Number(shop.addresses.users.split(':')[1]);
    await assert.rejects(startShop({ ports: [port, 0, 0, 0] }), (error) =>
      /address already in use/.test(messageOf(error)),
    );
  });
});

/** Calls a unary method with an empty message; resolves to the answer's bytes. */
async function ask(address: string, method: string): Promise<Buffer> {
  const client = new Client(address, credentials.createInsecure());
  const bytes = (value: Buffer): Buffer => value;
  try {
    return await new Promise((resolve, reject) => {
      client.makeUnaryRequest(method, bytes, bytes, Buffer.alloc(0), (error, answer) =>
        error === null ? resolve(answer!) : reject(error),
      );
    });
  } finally {
    client.close();
  }
}

/** The system's error code of a connection attempt, or `connected`. */
function connectError(address: string): Promise<string | undefined> {
  const [host, port] = address.split(':');
  return new Promise((resolve) => {
    const socket = createConnection({ host: host!, port: Number(port) });
    socket.once('connect', () => (socket.destroy(), resolve('connected')));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
  });
}
