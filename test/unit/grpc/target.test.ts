import assert from 'node:assert/strict';
import { messageOf } from '../../../src/core/failure.ts';
import { parseTarget } from '../../../src/grpc/target.ts';

describe('the address of a server', () => {
  for (const [written, address, tls, host, port] of [
    ['localhost:50051', 'dns:localhost:50051', false, 'localhost', 50_051],
    [' 127.0.0.1:80 ', 'dns:127.0.0.1:80', false, '127.0.0.1', 80],
    ['http://orders.shop:8080/', 'dns:orders.shop:8080', false, 'orders.shop', 8080],
    ['https://api.example.com', 'dns:api.example.com:443', true, 'api.example.com', 443],
    ['tls:localhost:9090', 'dns:localhost:9090', true, 'localhost', 9090],
    ['dns:///orders:50051', 'dns:orders:50051', false, 'orders', 50_051],
    ['[::1]:50051', 'dns:[::1]:50051', false, '::1', 50_051],
    ['unix:/run/app.sock', 'unix:/run/app.sock', false, undefined, undefined],
    ['unix:///run/app.sock', 'unix:/run/app.sock', false, undefined, undefined],
  ] as const) {
    it(`reads ${written}`, () => {
      const target = parseTarget(written);
      assert.deepEqual([target.address, target.tls, target.host, target.port], [address, tls, host, port]);
    });
  }

  for (const [written, sentence] of [
    ['', '“” is no server address. Write host:port, tls:host:port for TLS, or unix:path.'],
    ['two words:80', '“two words:80” is no server address. Write host:port, tls:host:port for TLS, or unix:path.'],
    ['localhost', '“localhost” has no port. Write it as localhost:50051.'],
    ['tls:localhost', '“tls:localhost” has no port. Write it as tls:localhost:50051.'],
    ['localhost:99999', 'A port is a number from 1 to 65535.'],
    ['localhost:0', 'A port is a number from 1 to 65535.'],
    ['user@host:80', '“user@host:80” is no server address. Write host:port, tls:host:port for TLS, or unix:path.'],
    ['unix:', 'A path must follow unix:, as in unix:/run/app.sock.'],
  ] as const) {
    it(`refuses ${JSON.stringify(written)}`, () => {
      assert.throws(
        () => parseTarget(written),
        (error) => messageOf(error) === sentence,
      );
    });
  }
});
