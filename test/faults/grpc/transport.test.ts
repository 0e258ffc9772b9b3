/**
 * What stands between a call and its server: each row breaks one thing, and the person reads what it is and gets the one
 * fix. Where the fix can be applied here, the call then succeeds.
 */
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { silentLog } from '../../../src/core/log.ts';
import type { ConnectionOptions } from '../../../src/grpc/connection.ts';
import { type Grpc, createGrpc } from '../../../src/grpc/domain.ts';
import type { CallEvent, Explanation } from '../../../src/grpc/events.ts';
import { needGo } from '../../support/go.ts';
import { Caller, each, never } from '../../support/grpcCalls.ts';
import { type GrpcServer, type GrpcServerOptions, startGrpcServer } from '../../support/grpcServers.ts';
import { type RawServerKind, startRawServer } from '../../support/rawServers.ts';

const same = 'gantry.test.Echo/Same';

/** How a call ended: its status, or that there was none. */
interface End {
  readonly code: string;
  readonly explanation: Explanation | undefined;
}

async function endOf(events: AsyncIterable<CallEvent>): Promise<End> {
  for await (const event of events) {
    if (event.kind === 'trailers') return { code: event.codeName, explanation: event.explanation };
    if (event.kind === 'failed') return { code: 'none', explanation: event.explanation };
  }
  throw new Error('the call had no end');
}

describe('gRPC over a broken transport', function () {
  this.timeout(120_000);
  const servers: GrpcServer[] = [];
  const stops: (() => Promise<void>)[] = [];
  let sound: GrpcServer;
  let caller: Caller;
  let connections: Record<string, ConnectionOptions> = {};

  before(async function () {
    await needGo(this);
    sound = await startGrpcServer();
    caller = await Caller.open(sound.address);
  });
  after(async () => {
    await caller?.channels.close();
    await sound?.stop();
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    for (const server of servers.splice(0)) await server.stop();
    connections = {};
  });

  const start = async (options: GrpcServerOptions): Promise<GrpcServer> => {
    const server = await startGrpcServer(options);
    servers.push(server);
    return server;
  };

  /** A call through everything, as the panel makes it: the schema first. */
  async function ask(target: string): Promise<End> {
    const settings = {
      servers: () => [],
      deadline: () => 15,
      connections: () => connections,
      onDidChange: () => ({ dispose: () => {} }),
    };
    const grpc: Grpc = createGrpc({ log: silentLog, settings });
    try {
      return await endOf(grpc.call({ target, method: same, messages: each([{}]) }, never));
    } finally {
      await grpc.close();
    }
  }

  const causeAndFix = ({ explanation }: End): unknown => [explanation?.cause, explanation?.fix?.kind];
  const ok: End = { code: 'OK', explanation: undefined };

  it('plaintext to a TLS server: the address to write', async () => {
    const { address, certificate } = await start({ tls: true });
    const end = await ask(`http://${address}`);
    const fixed = end.explanation!.fix!.value!;
    connections = { [fixed]: { ca: certificate } };
    assert.deepEqual([causeAndFix(end), await ask(fixed)], [['needsTls', 'address'], ok]);
  });

  it('an address without a scheme: TLS is found out', async () => {
    const { address, certificate } = await start({ tls: true });
    connections = { [address]: { ca: certificate } };
    assert.deepEqual(await ask(address), ok);
  });

  it('TLS to a plaintext server: the address to write', async () => {
    const end = await ask(`tls:${sound.address}`);
    assert.deepEqual([causeAndFix(end), await ask(end.explanation!.fix!.value!)], [['needsPlaintext', 'address'], ok]);
  });

  it('a certificate of an unknown authority: choose its file', async () => {
    const { address, certificate } = await start({ tls: true });
    const target = `tls:${address}`;
    const end = await ask(target);
    connections = { [target]: { ca: certificate } };
    assert.deepEqual([causeAndFix(end), await ask(target)], [['unknownAuthority', 'ca'], ok]);
  });

  it('the wrong authority', async () => {
    const [{ address }, other] = await Promise.all([start({ tls: true }), start({ tls: true })]);
    connections = { [`tls:${address}`]: { ca: other.certificate } };
    assert.deepEqual(causeAndFix(await ask(`tls:${address}`)), ['unknownAuthority', 'ca']);
  });

  it('an expired certificate', async () => {
    const { address, certificate } = await start({ tls: true, certificate: 'expired' });
    const target = `tls:${address}`;
    connections = { [target]: { ca: certificate } };
    const end = await ask(target);
    connections = { [target]: { skipVerify: true } };
    assert.deepEqual([causeAndFix(end), await ask(target)], [['expired', 'skipVerify'], ok]);
  });

  it('a certificate for another name: the name to call it by', async () => {
    const { address, certificate } = await start({ tls: true, certificate: 'othername' });
    const target = `tls:${address}`;
    connections = { [target]: { ca: certificate } };
    const end = await ask(target);
    connections = { [target]: { ca: certificate, authority: end.explanation!.fix!.value! } };
    assert.deepEqual(
      [end.explanation?.cause, end.explanation?.fix, await ask(target)],
      ['otherName', { kind: 'authority', value: 'orders.test' }, ok],
    );
  });

  it('no client certificate', async () => {
    const { address, certificate } = await start({ tls: true, certificate: 'client' });
    const target = `tls:${address}`;
    const folder = dirname(certificate);
    connections = { [target]: { ca: certificate } };
    const end = await ask(target);
    const pair = { cert: join(folder, 'client.pem'), key: join(folder, 'client-key.pem') };
    connections = { [target]: { ca: certificate, ...pair } };
    assert.deepEqual([causeAndFix(end), await ask(target)], [['noClientCertificate', 'client'], ok]);
  });

  it('nothing listens, then the server is started', async () => {
    const server = await startGrpcServer();
    const { address } = server;
    await server.stop();
    const end = await ask(address);
    await start({ address });
    assert.deepEqual([causeAndFix(end), await ask(address)], [['refused', 'again'], ok]);
  });

  it('a host that is not there', async () => {
    assert.deepEqual(causeAndFix(await ask('no-such-host.invalid:50051')), ['unknownHost', undefined]);
  });

  it('a socket file that is not there', async () => {
    assert.deepEqual(causeAndFix(await ask('unix:/no/such/file.sock')), ['noSocketFile', 'again']);
  });

  for (const [kind, cause, fix] of [
    ['http1', 'http1', undefined],
    ['web', 'notGrpc', undefined],
    ['lengthOfText', 'notGrpc', undefined],
    ['reset', 'reset', 'again'],
  ] as const) {
    it(`${kind} where a server was expected`, async () => {
      const raw = await startRawServer(kind);
      stops.push(() => raw.stop());
      const end = await ask(raw.address);
      assert.ok(raw.count() > 0, 'the fault took effect');
      assert.deepEqual(causeAndFix(end), [cause, fix]);
    });
  }

  const during = async (kind: RawServerKind, connection: ConnectionOptions = {}): Promise<End> => {
    const raw = await startRawServer(kind);
    stops.push(() => raw.stop());
    const end = await endOf(caller.events(same, each([{}]), { at: raw.address, deadline: 60_000, connection }));
    assert.ok(raw.count() > 0, 'the fault took effect');
    return end;
  };

  for (const [kind, code, cause, fix] of [
    ['cut', 'UNAVAILABLE', 'cut', 'again'],
    ['malformedGzip', 'INTERNAL', 'badCompression', 'again'],
    ['gzipBomb', 'RESOURCE_EXHAUSTED', 'tooLarge', 'messageSize'],
    ['deflateBomb', 'RESOURCE_EXHAUSTED', 'tooLarge', 'messageSize'],
    ['shortMessage', 'OK', 'noMessage', undefined],
    ['tooManyPings', 'RESOURCE_EXHAUSTED', 'tooManyPings', 'again'],
  ] as const) {
    it(`${kind} during a call`, async () => {
      const before = process.memoryUsage().rss;
      const end = await during(kind);
      assert.deepEqual([end.code, ...(causeAndFix(end) as unknown[])], [code, cause, fix]);
      // The accepted 64 MiB and what they are copied through; the bomb itself has 512.
      assert.ok(process.memoryUsage().rss - before < 300e6, 'memory stays bounded');
    });
  }

  it('the deadline passes: a longer one', async () => {
    const end = await endOf(caller.events('gantry.test.Echo/Hang', each([{}]), { deadline: 300 }));
    assert.deepEqual(
      [end.code, end.explanation?.cause, end.explanation?.fix],
      ['DEADLINE_EXCEEDED', 'deadline', { kind: 'deadline', value: '1.2' }],
    );
  });

  it('a message larger than accepted: the size to accept, and then it comes', async () => {
    const big = (connection: ConnectionOptions): Promise<End> =>
      endOf(caller.events('gantry.test.Echo/Big', each(['"5000000"']), { connection }));
    const end = await big({ maxMessageBytes: 4 << 20 });
    const size = Number(end.explanation?.fix?.value);
    assert.deepEqual([end.code, causeAndFix(end)], ['RESOURCE_EXHAUSTED', ['tooLarge', 'messageSize']]);
    assert.deepEqual(await big({ maxMessageBytes: size }), ok);
  });

  it('a quota of the service itself is left as it is', async () => {
    const end = await endOf(caller.events('gantry.test.Echo/Fail', each([{}])));
    assert.deepEqual(end, { code: 'RESOURCE_EXHAUSTED', explanation: undefined });
  });
});
