/** A gRPC service as a person gets it: tested, and looked at from outside while it runs. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as grpcJs from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { parseExposition } from '../../../src/curriculum/checks/exposition.ts';
import { eventually } from '../../support/eventually.ts';
import {
  followReadme,
  generated,
  go,
  proveOn,
  provenItems,
  type Running,
  started,
} from '../../support/generatedServices.ts';
import { needGo } from '../../support/go.ts';

describe('a generated gRPC service', function () {
  this.timeout(40 * 60_000); // The first build compiles gRPC, with the race detector.
  let folder: string;
  let running: Running;
  let client: grpcJs.Client & Record<'addItem' | 'getItem' | 'addItems' | 'invented', (...args: unknown[]) => unknown>;

  before(async function () {
    await needGo(this);
    folder = mkdtempSync(join(tmpdir(), 'gantry-service-'));
    await generated(folder, 'grpc');
  });
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    running = await started(folder);
    const definition = loadSync('items/v1/items.proto', { includeDirs: [join(folder, 'proto')] });
    const { items } = grpcJs.loadPackageDefinition(definition) as never as {
      items: { v1: { ItemsService: grpcJs.ServiceClientConstructor } };
    };
    client = new items.v1.ItemsService(`127.0.0.1:${running.port}`, grpcJs.credentials.createInsecure()) as never;
  });
  afterEach(async () => {
    client?.close();
    await running?.stop();
  });

  /** The answer, or the code of the failure. */
  const call = (method: 'addItem' | 'getItem', request: object): Promise<unknown> =>
    new Promise((resolve) =>
      client[method](request, (error: grpcJs.ServiceError | null, answer: unknown) => {
        resolve(error === null ? answer : error.code);
      }),
    );

  it('is formatted and tidy, satisfies go vet, and its tests pass with the race detector', async () => {
    assert.equal(await go(folder, 'fmt', './...'), '');
    await go(folder, 'mod', 'tidy', '-diff');
    await go(folder, 'vet', './...');
    await go(folder, 'test', '-race', '-shuffle=on', '-trimpath', './...');
  });

  for (const item of provenItems('grpc')) {
    it(`proves ${item} with its own packages`, async () => {
      const { verdict, evidence } = await proveOn(folder, item, 'grpc');
      assert.equal(verdict.state, 'proven', JSON.stringify([verdict, evidence.filter(({ ok }) => !ok)]));
    });
  }

  it('counts each call by method and code, and none that nobody registered', async () => {
    for (let i = 0; i < 5; i++) await call('addItem', { name: 'tea', quantity: 1 });
    for (let i = 0; i < 3; i++) assert.equal(await call('getItem', { id: `none-${i}` }), grpcJs.status.NOT_FOUND);
    const invented = await new Promise<number>((resolve) =>
      client.makeUnaryRequest(
        '/items.v1.ItemsService/Invented',
        () => Buffer.alloc(0),
        (bytes) => bytes,
        {},
        (error) => resolve(error!.code),
      ),
    );
    assert.equal(invented, grpcJs.status.UNIMPLEMENTED);
    const shown = parseExposition(await (await fetch(`http://127.0.0.1:${running.admin}/metrics`)).text())!;
    const handled = shown
      .filter(({ name }) => name === 'grpc_server_handled_total')
      .map(({ labels, value }) => `${labels['grpc_method']} ${labels['grpc_code']} ${value}`)
      .toSorted();
    assert.deepEqual(handled, ['AddItem OK 5', 'GetItem NotFound 3']);
  });

  it('at SIGTERM says so, answers the call in flight, takes no new one, and ends in order', async () => {
    const { promise: answered, resolve, reject } = Promise.withResolvers<{ items: { name: string }[] }>();
    const open = client.addItems((error: Error | null, answer: { items: { name: string }[] }) => {
      if (error === null) resolve(answer);
      else reject(error);
    }) as grpcJs.ClientWritableStream<object>;
    open.write({ name: 'tea', quantity: 1 });
    await call('getItem', { id: 'none' }); // By its answer the stream before it on the connection has arrived, too.
    running.signal('SIGTERM');
    await eventually(async () => !(await accepts(running.port)));
    assert.equal((await fetch(`http://127.0.0.1:${running.admin}/readyz`)).status, 503);
    open.write({ name: 'rice', quantity: 2 });
    open.end();
    const { items } = await answered;
    assert.deepEqual(
      items.map(({ name }) => name),
      ['tea', 'rice'],
    );
    assert.equal(await running.ended, 0);
  });

  it('does what its README says', async () => {
    assert.match(await followReadme(folder), /grpc_server_handled_total\{/);
  });
});

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
