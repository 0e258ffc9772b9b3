/** Schemas from files against real servers: with our own compiler, and where neither Go nor a compiler is there. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLog } from '../../../src/core/log.ts';
import { type Grpc, createGrpc } from '../../../src/grpc/domain.ts';
import type { LibraryDeps } from '../../../src/grpc/protos/library.ts';
import { root } from '../../../scripts/lib/project.ts';
import { needGo } from '../../support/go.ts';
import { each, gather, never } from '../../support/grpcCalls.ts';
import { type GrpcServer, startGrpcServer } from '../../support/grpcServers.ts';
import { type ProtoFolder, libraryDeps, makeProtoFolder, protocompileProgram } from '../../support/protoFolders.ts';
import { type Shop, startShop } from '../../support/shop.ts';

const interop = `syntax = "proto3"; package grpc.testing;
  message Payload { int32 type = 1; bytes body = 2; }
  message SimpleRequest { int32 response_size = 2; Payload payload = 3; }
  message SimpleResponse { Payload payload = 1; }
  // The service of the interop tests.
  service TestService { rpc UnaryCall(SimpleRequest) returns (SimpleResponse); }`;

/** What the methods of the interop service take and give. */
const messages = [
  'SimpleRequest',
  'SimpleResponse',
  'StreamingInputCallRequest',
  'StreamingInputCallResponse',
  'StreamingOutputCallRequest',
  'StreamingOutputCallResponse',
  'ReconnectParams',
  'ReconnectInfo',
  'LoadBalancerStatsRequest',
  'LoadBalancerStatsResponse',
  'LoadBalancerAccumulatedStatsRequest',
  'LoadBalancerAccumulatedStatsResponse',
  'ClientConfigureRequest',
  'ClientConfigureResponse',
  'SetReturnStatusRequest',
  'HookRequest',
  'HookResponse',
]
  .map((name) => `message ${name} {}`)
  .join(' ');

describe('schemas from files', function () {
  this.timeout(300_000);
  let server: GrpcServer;
  let folder: ProtoFolder;
  let grpc: Grpc;

  before(async function () {
    await needGo(this);
    server = await startGrpcServer({ reflection: 'none' });
  });
  after(() => server?.stop());
  beforeEach(async () => (folder = await makeProtoFolder()));
  afterEach(async () => {
    await grpc?.close();
    await folder.remove();
  });

  function open(files: LibraryDeps): Grpc {
    const settings = { servers: () => [], deadline: () => 15, onDidChange: () => ({ dispose: () => {} }) };
    return (grpc = createGrpc({ log: silentLog, settings, files }));
  }
  const own = (): Partial<LibraryDeps> => ({ program: () => protocompileProgram(), env: process.env });

  it('are what a server without reflection is called by: an edition, compiled by our own compiler', async () => {
    await folder.write({ 'echo.proto': await readFile(join(root, 'test/support/grpcServers/echo.proto'), 'utf8') });
    open(libraryDeps(folder.path, own()));
    const { messages, code } = await gather(
      grpc.call({ target: server.address, method: 'gantry.test.Echo/Same', messages: each(['{"i64": "7"}']) }, never),
    );
    const comments = await grpc.comments(server.address);
    assert.deepEqual(
      [messages, code, comments.get('gantry.test.Echo.Same')],
      [[{ i64: '7' }], 'OK', 'Answers what it was sent.'],
    );
  });

  it('are read without Go, buf or protoc, too', async () => {
    await folder.write({ 'interop/test.proto': interop });
    open(libraryDeps(folder.path));
    const call = { target: server.address, method: 'grpc.testing.TestService/UnaryCall', messages: each(['{"responseSize": 3}']) }; // prettier-ignore
    const { messages, code } = await gather(grpc.call(call, never));
    assert.deepEqual([messages, code], [[{ payload: { body: 'AAAA' } }], 'OK']);
  });

  it('are read anew when a file changed before a call, and the change is marked', async () => {
    await folder.write({ 'test.proto': interop });
    open(libraryDeps(folder.path));
    await grpc.schema(server.address);
    await folder.write({ 'test.proto': interop.replace('rpc UnaryCall', 'rpc Other(Payload) returns (Payload); $&') });
    const call = { target: server.address, method: 'grpc.testing.TestService/Other', messages: each(['{}']) };
    const { code } = await gather(grpc.call(call, never));
    const marks = (await grpc.methods(server.address)).map(({ method, change }) => [method, change]);
    assert.deepEqual([code, marks], ['UNIMPLEMENTED', [['Other', 'new'], ['UnaryCall', undefined]]]); // prettier-ignore
  });

  it('fill in what a server does not publish of what it imports', async () => {
    const gap = await startGrpcServer({ reflection: 'gap', echo: false });
    try {
      open(libraryDeps(folder.path));
      const [unreadable] = (await grpc.schema(gap.address)).broken;
      const [, missing = ''] = /imports (\S+),/.exec(unreadable!.reason) ?? [];
      const parent = missing.slice(0, missing.lastIndexOf('/'));
      await folder.write({
        [`protos/${parent}/empty.proto`]: 'syntax = "proto3"; package grpc.testing; message Empty {}',
        [`protos/${parent}/messages.proto`]: `syntax = "proto3"; package grpc.testing; ${messages}`,
        // Says where the names begin.
        'protos/all.proto': `syntax = "proto3"; import "${parent}/empty.proto"; import "${parent}/messages.proto";`,
      });
      await grpc.close();
      open(libraryDeps(folder.path));
      const { services, broken } = await grpc.schema(gap.address);
      assert.deepEqual([services.map(({ typeName }) => typeName), broken], [['grpc.testing.TestService'], []]);
    } finally {
      await gap.stop();
    }
  });

  it('of the demo shop are read with Go off PATH, and call it', async () => {
    const shop: Shop = await startShop();
    try {
      open(libraryDeps(join(root, 'examples/shop')));
      const target = shop.addresses.users;
      grpc.configure(target, { files: { paths: [join(root, 'examples/shop/proto')] } });
      const services = (await grpc.schema(target)).services.map(({ typeName }) => typeName);
      const call = { target, method: 'shop.v1.UsersService/GetUser', messages: each(['{"id": "nobody"}']) };
      const { code } = await gather(grpc.call(call, never));
      const calls = await shop.calls();
      assert.deepEqual([services.length, code, calls['/shop.v1.UsersService/GetUser']], [4, 'NOT_FOUND', 1]);
    } finally {
      await shop.stop();
    }
  });
});
