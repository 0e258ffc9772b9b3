import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGrpc } from '../../../src/grpc/domain.ts';
import { silentLog } from '../../../src/core/log.ts';
import type { ConnectionOptions } from '../../../src/grpc/connection.ts';
import type { CallEvent } from '../../../src/grpc/events.ts';
import { sampleRequest } from '../../../src/grpc/samples.ts';
import { Sendable } from '../../../src/grpc/sendable.ts';
import { needGo } from '../../support/go.ts';
import { type GrpcServer, startGrpcServer } from '../../support/grpcServers.ts';
import { Caller, each, gather } from '../../support/grpcCalls.ts';

const echo = (method: string): string => `gantry.test.Echo/${method}`;

describe('calls to a real server', function () {
  this.timeout(300_000);
  let server: GrpcServer;
  let caller: Caller;

  before(async function () {
    await needGo(this);
    server = await startGrpcServer();
    caller = await Caller.open(server.address);
  });
  after(async () => {
    await caller?.channels.close();
    await server?.stop();
  });

  /** The hex of the bytes that the server received and wrote again. */
  async function wire(json: string): Promise<string> {
    const { messages } = await caller.call(echo('Wire'), [json]);
    return Buffer.from(messages[0] as string, 'base64').toString('hex');
  }

  describe('64-bit integers at their boundaries', () => {
    const most = { i64: 2n ** 63n - 1n, u64: 2n ** 64n - 1n };
    const values = [1n, 2n ** 31n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 10n ** 18n + 1n];
    const signed = [...values, most.i64 - 1n, most.i64].flatMap((value) => [value, -value]).concat(-(2n ** 63n));
    const unsigned = [...values, most.i64, most.i64 + 1n, most.u64 - 1n, most.u64];

    /** Independent of the code under test: protobuf's encoding of one field. */
    const varint = (number: bigint): string => {
      let hex = '';
      for (let rest = BigInt.asUintN(64, number); ; rest >>= 7n) {
        const more = rest > 127n;
        hex += Number((rest & 127n) | (more ? 128n : 0n)).toString(16).padStart(2, '0'); // prettier-ignore
        if (!more) return hex;
      }
    };
    const fixed = (number: bigint): string => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(BigInt.asUintN(64, number));
      return bytes.toString('hex');
    };
    const zigzag = (value: bigint): string => varint((value << 1n) ^ (value >> 63n));
    const fields = [
      { name: 'i64', tag: '10', encode: varint, values: signed },
      { name: 'u64', tag: '20', encode: varint, values: unsigned },
      { name: 's64', tag: '28', encode: zigzag, values: signed },
      { name: 'f64', tag: '31', encode: fixed, values: unsigned },
      { name: 'sf64', tag: '39', encode: fixed, values: signed },
    ];
    for (const { name, tag, encode, values: cases } of fields) {
      it(`${name}: ${cases.length} values, quoted and not, arrive and return digit by digit`, async () => {
        for (const value of cases) {
          for (const written of [`${value}`, `"${value}"`, `${value}.0`, `${value}0e-1`]) {
            const json = `{"${name}": ${written}}`;
            assert.equal(await wire(json), tag + encode(value), json);
            const { messages } = await caller.call(echo('Same'), [json]);
            assert.deepEqual(messages, [{ [name]: String(value) }], json);
          }
        }
      });
    }

    it('one beyond the boundary is refused at its place', async () => {
      const refused: string[] = [];
      for (const [name, written] of [
        ['i64', String(2n ** 63n)],
        ['i64', String(-(2n ** 63n) - 1n)],
        ['u64', String(2n ** 64n)],
        ['u64', '-1'],
        ['i64', '1.5'],
        ['i64', '1e400'],
      ] as const) {
        const json = `{"${name}": ${written}}`;
        for await (const event of caller.events(echo('Same'), each([json]))) {
          if (event.kind === 'failed') refused.push(json.slice(event.place?.start, event.place?.end));
          else refused.push(event.kind);
        }
      }
      assert.deepEqual(refused, [
        '9223372036854775808',
        '-9223372036854775809',
        '18446744073709551616',
        '-1',
        '1.5',
        '1e400',
      ]);
    });
  });

  it('tells what a new connection took, with the first call over it', async () => {
    const tls = await startGrpcServer({ tls: true });
    const channels = await Caller.open(server.address);
    const steps = async (at: string, connection: ConnectionOptions = {}): Promise<string[]> => {
      for await (const event of channels.events(echo('Same'), each([{}]), { at, connection })) {
        if (event.kind !== 'trailers') continue;
        const { dns, connect, tls: secure } = event.timing;
        for (const time of [dns, connect, secure]) assert.ok(time === undefined || (time > 0 && time < 20_000));
        return Object.keys(event.timing);
      }
      throw new Error('the call had no end');
    };
    try {
      const ours = ['headers', 'firstMessage', 'lastMessage', 'total'];
      const named = `tls:${tls.address.replace('127.0.0.1', 'localhost')}`;
      assert.deepEqual(
        [
          await steps(server.address),
          await steps(server.address),
          await steps(named, { ca: tls.certificate }),
          await steps(named, { ca: tls.certificate }),
        ],
        [['connect', ...ours], ours, ['dns', 'connect', 'tls', ...ours], ours],
      );
    } finally {
      await channels.channels.close();
      await tls.stop();
    }
  });

  it('compresses what it sends when told to', async () => {
    const text = 'again and '.repeat(1000);
    const compressed = async (connection: ConnectionOptions): Promise<number> => {
      const before = (await server.counts()).compressed;
      const { messages } = await caller.call(echo('Same'), [{ text }], { connection });
      assert.deepEqual(messages, [{ text }]);
      return (await server.counts()).compressed - before;
    };
    assert.deepEqual([await compressed({}), await compressed({ compression: 'gzip' })], [0, 1]);
  });

  it('says which message of a stream is wrong', async () => {
    const failures: CallEvent[] = [];
    const requests = ['{"payload": {}}', '{"payload": {"body": "?"}}'];
    for await (const event of caller.events('grpc.testing.TestService/StreamingInputCall', each(requests))) {
      failures.push(event);
    }
    assert.deepEqual(failures.at(-1), {
      kind: 'failed',
      failure: {
        kind: 'invalid',
        message: '“body” cannot take this value. It is bytes, as in "aGVsbG8=" (base64).',
      },
      place: { message: 1, start: 21, end: 24 },
    });
  });

  it('canonical JSON of the well-known types comes back as it went', async () => {
    const message = {
      any: { '@type': 'type.googleapis.com/google.protobuf.Duration', value: '1.500s' },
      at: '2026-11-22T10:00:00.000000001Z',
      span: '-0.250s',
      mask: 'userName,items.price',
      object: { a: 1, b: [true, null, { c: 'd' }] },
      value: 9007199254740991,
      list: [1, 'two'],
      i64Box: '-1',
      u64Box: '18446744073709551615',
      textBox: '',
      dataBox: 'AAE=',
      double: 'NaN',
      single: 0.1,
      totals: { a: '9007199254740993' },
      byId: { '-5': { text: '订单' } },
    };
    const { messages } = await caller.call(echo('Same'), [message]);
    assert.deepEqual(messages, [message]);
  });

  it('shows an Any of an unknown type as its bytes', async () => {
    const { messages, code } = await caller.call(echo('UnknownAny'), [{}]);
    const any = { '@type': 'type.googleapis.com/gantry.test.Unpublished', '@value': 'CCo=' };
    assert.deepEqual({ messages, code }, { messages: [{ any }], code: 'OK' });
  });

  it('decodes the details of a status', async () => {
    const { code, details, decodedDetails } = await caller.call(echo('Fail'), [{}]);
    assert.deepEqual(
      { code, details, decodedDetails },
      {
        code: 'RESOURCE_EXHAUSTED',
        details: 'too many orders: 订单太多',
        decodedDetails: [
          {
            '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
            violations: [{ subject: 'user:7', description: '3 orders a minute' }],
          },
          { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1.500s' },
          { '@type': 'type.googleapis.com/gantry.test.Unpublished', '@value': 'CCo=' },
        ],
      },
    );
  });

  it('a draft of a request can be sent as it is', async () => {
    const schema = caller.schema.types.getMessage('gantry.test.Everything')!;
    const { code } = await caller.call(echo('Same'), [sampleRequest(schema)]);
    assert.equal(code, 'OK');
  });

  it('a reader that stops holds the server back', async () => {
    const sent = async (): Promise<number> => (await server.counts()).sent;
    const first = await sent();
    const events = caller.events(echo('Endless'), each([{}]));
    await events.next();
    await events.next();
    let last = first;
    for (let still = 0; still < 5;) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      const now = await sent();
      still = now === last ? still + 1 : 0;
      last = now;
      // What fits the windows of the connection is some 25,000 of these messages.
      assert.ok(now - first < 200_000, `the server could send ${now - first} messages`);
    }
    await events.return(undefined);
  });

  it('a stream comes in order, and a reader that leaves ends the call', async () => {
    const seen: number[] = [];
    for await (const event of caller.events(echo('Endless'), each([{}]))) {
      if (event.kind === 'message') seen.push(Number(JSON.parse(event.json)));
      if (seen.length === 1000) break;
    }
    assert.deepEqual(seen, [...Array(1000).keys()]);
    await settled(async () => (await server.counts()).running === 0);
  });

  it('closing cancels what runs and leaves no connection', async () => {
    const before = (await server.counts()).connections;
    const socketsBefore = openSockets();
    const other = await Caller.open(server.address);
    const cancel = new AbortController();
    const begun = gather(
      other.events('grpc.testing.TestService/StreamingInputCall', new Sendable<string>(), { signal: cancel.signal }),
    );
    const pingPong = await other.call('grpc.testing.TestService/FullDuplexCall', [
      { responseParameters: [{ size: 9 }], payload: { body: 'AAAA' } },
    ]);
    setTimeout(() => cancel.abort(), 20);
    const { code } = await begun;
    const hanging = gather(other.events(echo('Hang'), each([{}])));
    await settled(async () => (await server.counts()).running === 1);
    await other.channels.close();
    const ended = await hanging;
    assert.deepEqual([pingPong.code, code, ended.code], ['OK', 'CANCELLED', 'CANCELLED']);
    await settled(async () => {
      const { running, connections } = await server.counts();
      return running === 0 && connections === before && openSockets() === socketsBefore;
    });
  });

  describe('through the domain', () => {
    const off = (): { dispose(): void } => ({ dispose: () => {} });

    it('asks for the schema again before each call, for the service alone while nothing changed', async () => {
      const settings = { servers: () => [server.address], deadline: () => 15, onDidChange: off };
      const grpc = createGrpc({ log: silentLog, settings });
      const called = async (): Promise<number[]> => {
        const { calls } = await server.counts();
        return [
          calls['/gantry.test.Echo/Same'] ?? 0,
          calls['/grpc.reflection.v1.ServerReflection/ServerReflectionInfo'] ?? 0,
        ];
      };
      try {
        const [same = 0, reflected = 0] = await called();
        for (const i64 of ['7', '8']) {
          const request = { target: server.address, method: echo('Same'), messages: each([{ i64 }]) };
          const { messages } = await gather(grpc.call(request, new AbortController().signal));
          assert.deepEqual(messages, [{ i64 }]);
        }
        assert.deepEqual(await called(), [same + 2, reflected + 2]);
      } finally {
        await grpc.close();
      }
    });

    it('knows a service that the server has only now', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'gantry-grpc-test-'));
      const unix = join(folder, 'server.sock');
      const settings = { servers: () => [], deadline: () => 15, onDidChange: off };
      const grpc = createGrpc({ log: silentLog, settings });
      let changing = await startGrpcServer({ unix, echo: false });
      try {
        const before = (await grpc.schema(`unix:${unix}`)).services.map(({ typeName }) => typeName);
        await changing.stop();
        await rm(unix, { force: true });
        changing = await startGrpcServer({ unix });
        const request = { target: `unix:${unix}`, method: echo('Same'), messages: each([{}]) };
        const { code } = await gather(grpc.call(request, new AbortController().signal));
        assert.deepEqual([before, code], [['grpc.testing.TestService'], 'OK']);
      } finally {
        await grpc.close();
        await changing.stop();
        await rm(folder, { recursive: true, force: true });
      }
    });

    it('lists servers, services and methods, and why a server cannot be listed', async () => {
      const dead = await startGrpcServer();
      await dead.stop();
      const settings = { servers: () => [server.address, dead.address], deadline: () => 15, onDidChange: off };
      const grpc = createGrpc({ log: silentLog, settings });
      try {
        const tree = grpc.tree();
        const rows: string[] = [];
        for (const root of await tree.children(undefined)) {
          const services = await tree.children(root);
          const { label, description } = tree.describe(root);
          rows.push(`${label}: ${description}`);
          for (const service of services) {
            rows.push(`  ${tree.describe(service).label}`);
            for (const method of await tree.children(service)) {
              const { label, description } = tree.describe(method);
              rows.push(`    ${label} ${description}`);
            }
          }
        }
        const refused = `Nothing listens on ${dead.address}. Start the server, or correct its address.`;
        assert.deepEqual(rows, [
          `${server.address}: 2 services`,
          '  Echo',
          '    Same unary',
          '    Wire unary',
          '    Fail unary',
          '    UnknownAny unary',
          '    Hang unary',
          '    Endless server streaming',
          '    Count server streaming',
          '    Quiet server streaming',
          '    Big unary',
          '    Bomb unary',
          '    Old unary, deprecated',
          '  TestService',
          '    EmptyCall unary',
          '    UnaryCall unary',
          '    CacheableUnaryCall unary',
          '    StreamingOutputCall server streaming',
          '    StreamingInputCall client streaming',
          '    FullDuplexCall bidirectional streaming',
          '    HalfDuplexCall bidirectional streaming',
          '    UnimplementedCall unary',
          `${dead.address}: ${refused}`,
          `  ${refused}`,
        ]);
      } finally {
        await grpc.close();
      }
    });
  });
});

/** TCP connections of this process. */
const openSockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

/** Waits until it is so; the suite's own limit ends it. */
async function settled(check: () => Promise<boolean>): Promise<void> {
  while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 20));
}
