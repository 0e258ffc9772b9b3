import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Channels } from '../../../src/grpc/channels.ts';
import { type Failure } from '../../../src/core/failure.ts';
import { reflectServer } from '../../../src/grpc/reflection.ts';
import { findMethod, linkSchema } from '../../../src/grpc/schema.ts';
import { shippedDescriptorSet } from '../../../src/grpc/shippedDescriptors.ts';
import { parseTarget } from '../../../src/grpc/target.ts';
import { needGo } from '../../support/go.ts';
import {
  type GrpcServer,
  type GrpcServerOptions,
  buildGrpcServers,
  startGrpcServer,
} from '../../support/grpcServers.ts';
import { never } from '../../support/grpcCalls.ts';

describe('reflection of real servers', function () {
  this.timeout(300_000);
  let server: GrpcServer | undefined;
  let channels: Channels;
  let folder: string;

  before(async function () {
    await needGo(this);
    await buildGrpcServers();
  });
  beforeEach(async () => {
    channels = new Channels();
    folder = await mkdtemp(join(tmpdir(), 'gantry-grpc-test-'));
  });
  afterEach(async () => {
    await channels.close();
    await server?.stop();
    server = undefined;
    await rm(folder, { recursive: true, force: true });
  });

  /** What a server with these options gives, in a few words. */
  async function reflected(options: GrpcServerOptions): Promise<unknown> {
    server = await startGrpcServer(options);
    const target = parseTarget(options.unix === undefined ? server.address : `unix:${options.unix}`);
    const { version, services, files, unavailable } = await reflectServer(channels, target, never);
    const schema = linkSchema(services, files, unavailable);
    return {
      version,
      services: schema.services.map(({ typeName }) => typeName),
      // Go's protobuf writes its errors with either kind of space, so that nobody relies on them.
      broken: schema.broken.map(({ service, reason }) => ({ service, reason: reason.replace(/\s/g, ' ') })),
      same: findMethod(schema, 'gantry.test.Echo/Same')?.input.typeName,
    };
  }

  const whole = {
    services: ['gantry.test.Echo', 'grpc.testing.TestService'],
    broken: [],
    same: 'gantry.test.Everything',
  };

  for (const [reflection, version, why] of [
    ['both', 'v1', 'both versions'],
    ['v1', 'v1', 'v1 alone'],
    ['v1alpha', 'v1alpha', 'v1alpha alone, v1 unimplemented'],
    ['v1unavailable', 'v1alpha', 'v1 unavailable behind a proxy'],
    ['v1reset', 'v1alpha', 'v1 reset'],
    ['lean', 'v1', 'one file at a time, imports asked for by name'],
  ] as const) {
    it(`reads everything: ${why}`, async () => {
      assert.deepEqual(await reflected({ reflection }), { version, ...whole });
    });
  }

  it('reads everything over a socket file', async () => {
    assert.deepEqual(await reflected({ unix: join(folder, 'server.sock') }), { version: 'v1', ...whole });
  });

  it('lists what can be listed, with the reason beside the rest', async () => {
    assert.deepEqual(await reflected({ reflection: 'broken' }), {
      version: 'v1',
      ...whole,
      broken: [{ service: 'gantry.test.Ghost', reason: 'The server answers: proto: not found' }],
    });
  });

  /** Kind and sentence of the refusal. */
  async function refusal(address: string): Promise<string> {
    try {
      await reflectServer(channels, parseTarget(address), never);
      return 'none';
    } catch (error) {
      return `${(error as Failure).kind}: ${(error as Failure).message}`;
    }
  }

  it('says what to do when there is no reflection', async () => {
    server = await startGrpcServer({ reflection: 'none' });
    assert.equal(
      await refusal(server.address),
      `notFound: ${server.address} does not publish its services. Turn on server reflection in it, in Go with reflection.Register(server).`,
    );
  });

  it('says which side speaks TLS', async () => {
    server = await startGrpcServer({ tls: true });
    const { address } = server;
    assert.equal(
      await refusal(`http://${address}`),
      `unreachable: http://${address} speaks TLS. Write the address as tls:${address}.`,
    );
    await server.stop();
    server = await startGrpcServer();
    assert.equal(
      await refusal(`tls:${server.address}`),
      `unreachable: tls:${server.address} does not speak TLS. Write the address without tls: or https://.`,
    );
  });

  it('refuses a certificate nobody vouches for', async () => {
    server = await startGrpcServer({ tls: true });
    const port = server.address.split(':')[1];
    assert.match(
      await refusal(`tls:localhost:${port}`),
      /^unreachable: The certificate of tls:localhost:[0-9]+ is signed by an authority this system does not trust\./,
    );
  });

  it('takes a certificate the system vouches for', async () => {
    server = await startGrpcServer({ tls: true });
    const port = server.address.split(':')[1];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--no-warnings', join(import.meta.dirname, 'listServices.ts'), `tls:localhost:${port}`],
      { env: { ...process.env, NODE_EXTRA_CA_CERTS: server.certificate } },
    );
    assert.deepEqual(JSON.parse(stdout), whole.services);
  });

  it('says that nothing listens', async () => {
    server = await startGrpcServer();
    const { address } = server;
    await server.stop();
    assert.equal(
      await refusal(address),
      `unreachable: Nothing listens on ${address}. Start the server, or correct its address.`,
    );
  });

  it('reaches a server that comes back, at once', async () => {
    const unix = join(folder, 'server.sock');
    const ask = (): Promise<string> => refusal(`unix:${unix}`);
    server = await startGrpcServer({ unix });
    const first = await ask();
    await server.stop();
    await rm(unix, { force: true });
    const gone = await ask();
    server = await startGrpcServer({ unix });
    const missing = `unreachable: There is no socket file at unix:${unix}. Start the server.`;
    assert.deepEqual([first, gone, await ask()], ['none', missing, 'none']);
  });

  it('ships the descriptors that the published .proto files make', async () => {
    const { stdout } = await promisify(execFile)(join(await buildGrpcServers(), 'descriptors'), {
      encoding: 'buffer',
    });
    const names = fromBinary(FileDescriptorSetSchema, stdout).file.map(({ name }) => name);
    assert.deepEqual([names.length, stdout.toString('base64')], [5, shippedDescriptorSet]);
  });
});
