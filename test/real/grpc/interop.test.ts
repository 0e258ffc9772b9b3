/**
 * The interop cases that need no credentials, against grpc-go's own server, JSON in and JSON out.
 * Source: grpc/grpc doc/interop-test-descriptions.md.
 */
import assert from 'node:assert/strict';
import { needGo } from '../../support/go.ts';
import { type GrpcServer, startGrpcServer } from '../../support/grpcServers.ts';
import { Sendable } from '../../../src/grpc/sendable.ts';
import { Caller, each, gather } from '../../support/grpcCalls.ts';

const test = (method: string): string => `grpc.testing.TestService/${method}`;
const zeros = (count: number): { body: string } => ({ body: Buffer.alloc(count).toString('base64') });
const lengthOf = (message: unknown): number =>
  Buffer.from((message as { payload: { body: string } }).payload.body, 'base64').length;

describe('interop with grpc-go', function () {
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

  it('empty_unary', async () => {
    const { messages, sizes, code } = await caller.call(test('EmptyCall'), [{}]);
    assert.deepEqual({ messages, sizes, code }, { messages: [{}], sizes: [0], code: 'OK' });
  });

  it('large_unary', async () => {
    const { messages, code } = await caller.call(test('UnaryCall'), [
      { responseSize: 314_159, payload: zeros(271_828) },
    ]);
    assert.deepEqual([code, messages.map(lengthOf)], ['OK', [314_159]]);
  });

  it('client_streaming', async () => {
    const requests = [27_182, 8, 1828, 45_904].map((size) => ({ payload: zeros(size) }));
    const { messages, code } = await caller.call(test('StreamingInputCall'), requests);
    assert.deepEqual({ messages, code }, { messages: [{ aggregatedPayloadSize: 74_922 }], code: 'OK' });
  });

  it('server_streaming', async () => {
    const responseParameters = [31_415, 9, 2653, 58_979].map((size) => ({ size }));
    const { messages, code } = await caller.call(test('StreamingOutputCall'), [{ responseParameters }]);
    assert.deepEqual([code, messages.map(lengthOf)], ['OK', [31_415, 9, 2653, 58_979]]);
  });

  it('ping_pong', async () => {
    const turns = [
      { size: 31_415, payload: 27_182 },
      { size: 9, payload: 8 },
      { size: 2653, payload: 1828 },
      { size: 58_979, payload: 45_904 },
    ];
    const requests = new Sendable<string>();
    const next = (turn: number): void => {
      const asked = turns[turn];
      if (asked === undefined) requests.end();
      else {
        const { size, payload } = asked;
        requests.push(JSON.stringify({ responseParameters: [{ size }], payload: zeros(payload) }));
      }
    };
    next(0);
    const sizes: number[] = [];
    let code = '';
    for await (const event of caller.events(test('FullDuplexCall'), requests)) {
      if (event.kind === 'message') {
        sizes.push(lengthOf(JSON.parse(event.json)));
        next(sizes.length);
      }
      if (event.kind === 'trailers') code = event.codeName;
    }
    assert.deepEqual([code, sizes], ['OK', turns.map(({ size }) => size)]);
  });

  it('empty_stream', async () => {
    const { messages, code } = await caller.call(test('FullDuplexCall'), []);
    assert.deepEqual({ messages, code }, { messages: [], code: 'OK' });
  });

  it('timeout_on_sleeping_server', async () => {
    const requests = new Sendable<string>();
    requests.push(
      JSON.stringify({ responseParameters: [{ size: 1, intervalUs: 30_000_000 }], payload: zeros(27_182) }),
    );
    const { code } = await gather(caller.events(test('FullDuplexCall'), requests, { deadline: 200 }));
    assert.equal(code, 'DEADLINE_EXCEEDED');
  });

  it('cancel_after_begin', async () => {
    const cancel = new AbortController();
    const outcome = gather(
      caller.events(test('StreamingInputCall'), new Sendable<string>(), { signal: cancel.signal }),
    );
    setTimeout(() => cancel.abort(), 50);
    assert.equal((await outcome).code, 'CANCELLED');
  });

  it('cancel_after_first_response', async () => {
    const cancel = new AbortController();
    const requests = new Sendable<string>();
    requests.push(JSON.stringify({ responseParameters: [{ size: 31_415 }], payload: zeros(27_182) }));
    const seen: string[] = [];
    for await (const event of caller.events(test('FullDuplexCall'), requests, { signal: cancel.signal })) {
      seen.push(event.kind === 'trailers' ? event.codeName : event.kind);
      if (event.kind === 'message') cancel.abort();
    }
    assert.deepEqual(seen, ['headers', 'message', 'CANCELLED']);
  });

  it('custom_metadata', async () => {
    const metadata: [string, string][] = [
      ['x-grpc-test-echo-initial', 'test_initial_metadata_value'],
      ['x-grpc-test-echo-trailing-bin', 'q6ur'],
    ];
    const unary = await caller.call(test('UnaryCall'), [{ responseSize: 314_159, payload: zeros(271_828) }], {
      metadata,
    });
    const duplex = await caller.call(
      test('FullDuplexCall'),
      [{ responseParameters: [{ size: 314_159 }], payload: zeros(271_828) }],
      { metadata },
    );
    for (const { headers, trailers, code } of [unary, duplex]) {
      assert.deepEqual(
        [code, headers['x-grpc-test-echo-initial'], trailers['x-grpc-test-echo-trailing-bin']],
        ['OK', 'test_initial_metadata_value', 'q6ur'],
      );
    }
  });

  it('status_code_and_message', async () => {
    const responseStatus = { code: 2, message: 'test status message' };
    const unary = await caller.call(test('UnaryCall'), [{ responseStatus }]);
    const duplex = await caller.call(test('FullDuplexCall'), [{ responseStatus }]);
    const ended = [unary, duplex].map(({ code, details }) => ({ code, details }));
    const expected = { code: 'UNKNOWN', details: 'test status message' };
    assert.deepEqual(ended, [expected, expected]);
  });

  it('special_status_message', async () => {
    const message = '\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n';
    const { code, details } = await caller.call(test('UnaryCall'), [{ responseStatus: { code: 2, message } }]);
    assert.deepEqual({ code, details }, { code: 'UNKNOWN', details: message });
  });

  it('unimplemented_method', async () => {
    const { code } = await caller.call(test('UnimplementedCall'), [{}]);
    assert.equal(code, 'UNIMPLEMENTED');
  });

  it('unimplemented_service', async () => {
    const service = caller.schema.types.getService('grpc.testing.UnimplementedService');
    const outcome = await gather(caller.eventsOf(service!.methods[0]!, each([{}])));
    assert.equal(outcome.code, 'UNIMPLEMENTED');
  });
});
