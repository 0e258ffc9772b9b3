/** Servers that die, freeze, flood or fall silent in the middle of a call, and schemas made to harm. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../../scripts/lib/project.ts';
import { Channels } from '../../../src/grpc/channels.ts';
import type { CallEvent } from '../../../src/grpc/events.ts';
import { reflectServer } from '../../../src/grpc/reflection.ts';
import { parseTarget } from '../../../src/grpc/target.ts';
import { eventually } from '../../support/controlPlane.ts';
import { needGo } from '../../support/go.ts';
import { Caller, each, gather } from '../../support/grpcCalls.ts';
import { type GrpcServer, type GrpcServerOptions, startGrpcServer } from '../../support/grpcServers.ts';
import { long } from '../../support/long.ts';
import { muteServer } from '../../support/muteServer.ts';

/** A quarter of an hour behind `--long`. */
const quietSeconds = long ? 900 : 5;

const echo = (method: string): string => `gantry.test.Echo/${method}`;

describe('gRPC servers at their worst', function () {
  this.timeout(180_000 + quietSeconds * 1000);
  const servers: GrpcServer[] = [];
  let caller: Caller;

  before(async function () {
    await needGo(this);
  });
  afterEach(async () => {
    await caller?.channels.close();
    for (const server of servers.splice(0)) {
      signal(server, 'SIGCONT');
      await server.stop();
    }
  });

  const start = async (options: GrpcServerOptions = {}): Promise<GrpcServer> => {
    const server = await startGrpcServer(options);
    servers.push(server);
    return server;
  };
  const signal = (server: GrpcServer, name: NodeJS.Signals): void => {
    try {
      process.kill(server.pid, name);
    } catch {
      // It has ended already, which is what some of these tests do to it.
    }
  };

  /** Reads events until one is so; what comes later is left to the iterator. */
  async function until(events: AsyncIterator<CallEvent>, wanted: (event: CallEvent) => boolean): Promise<CallEvent> {
    for (;;) {
      const next = await events.next();
      if (next.done === true) throw new Error('the call ended before');
      if (wanted(next.value)) return next.value;
    }
  }

  it('killed in a stream: the stream ends with the reason, and the next server answers', async () => {
    const server = await start();
    caller = await Caller.open(server.address);
    const events = caller.events(echo('Quiet'), each(['"600s"']), { deadline: 600_000 });
    await until(events, ({ kind }) => kind === 'message');
    signal(server, 'SIGKILL');
    const end = await until(events, ({ kind }) => kind === 'trailers');
    assert.deepEqual(end.kind === 'trailers' && [end.codeName, end.explanation?.cause], ['UNAVAILABLE', 'cut']);
    await start({ address: server.address });
    assert.equal((await caller.call(echo('Same'), [{}])).code, 'OK');
  });

  it('frozen in a stream: it is told, the call goes on when the server does', async () => {
    const server = await start();
    caller = await Caller.open(server.address, { silence: 300 });
    const events = caller.events(echo('Quiet'), each(['"2s"']), { deadline: 600_000 });
    await until(events, ({ kind }) => kind === 'message');
    signal(server, 'SIGSTOP');
    const stalled = await until(events, ({ kind }) => kind === 'stalled');
    assert.ok(stalled.kind === 'stalled' && stalled.sentence.includes('does not answer any more'));
    signal(server, 'SIGCONT');
    await until(events, ({ kind }) => kind === 'message');
    const end = await until(events, ({ kind }) => kind === 'trailers');
    assert.equal(end.kind === 'trailers' && end.codeName, 'OK');
  });

  it('frozen for good: the call can be cancelled and leaves no connection', async () => {
    const server = await start();
    const before = sockets();
    caller = await Caller.open(server.address, { silence: 300 });
    const cancel = new AbortController();
    const events = caller.events(echo('Hang'), each([{}]), { deadline: 600_000, signal: cancel.signal });
    const pending = until(events, ({ kind }) => kind === 'stalled');
    await eventually(async () => (await server.counts()).running > 0);
    signal(server, 'SIGSTOP');
    await pending;
    cancel.abort();
    const end = await until(events, ({ kind }) => kind === 'trailers');
    assert.equal(end.kind === 'trailers' && end.codeName, 'CANCELLED');
    await caller.channels.close();
    await eventually(() => sockets() <= before);
  });

  it('accepts and never says a word: what is asked can be cancelled and leaves no connection', async () => {
    const server = await muteServer();
    try {
      const channels = new Channels();
      const cancel = new AbortController();
      const reading = reflectServer(channels, parseTarget(`127.0.0.1:${server.port}`), cancel.signal);
      await eventually(() => server.open > 0);
      cancel.abort();
      await assert.rejects(reading);
      await channels.close();
      await eventually(() => server.open === 0, 10_000);
    } finally {
      await server.close();
    }
  });

  it(`G5 quiet for ${quietSeconds} s, on a server with the policy Go's have: still open, and what comes then arrives`, async () => {
    const server = await start();
    caller = await Caller.open(server.address);
    const kinds: string[] = [];
    const deadline = (quietSeconds + 60) * 1000;
    for await (const { kind } of caller.events(echo('Quiet'), each([`"${quietSeconds}s"`]), { deadline }))
      kinds.push(kind);
    assert.deepEqual(kinds, ['headers', 'message', 'message', 'trailers']);
  });

  it('silent but well: nothing is told', async () => {
    const server = await start();
    caller = await Caller.open(server.address, { silence: 50 });
    const kinds: string[] = [];
    for await (const { kind } of caller.events(echo('Quiet'), each(['"1s"']))) kinds.push(kind);
    assert.deepEqual(kinds, ['headers', 'message', 'message', 'trailers']);
  });

  it('a flood: a reader that stops makes the server wait', async () => {
    const server = await start();
    caller = await Caller.open(server.address);
    const events = caller.events(echo('Endless'), each([{}]), { deadline: 600_000 });
    await until(events, ({ kind }) => kind === 'message');
    let last = -1;
    await eventually(async () => {
      const { sent } = await server.counts();
      const same = sent === last;
      last = sent;
      return same;
    });
    await events.return(undefined);
    await eventually(async () => (await server.counts()).running === 0);
    assert.ok(last > 0);
  });

  it('64 MB and a bomb from a Go server', async () => {
    const server = await start();
    caller = await Caller.open(server.address);
    const big = await caller.call(echo('Big'), ['"60000000"'], { deadline: 100_000 });
    const bomb = await caller.call(echo('Bomb'), ['"100000000"'], { deadline: 100_000 });
    assert.deepEqual([big.code, big.sizes.length, bomb.code], ['OK', 1, 'RESOURCE_EXHAUSTED']);
  });

  describe('schemas, in a program that may not make code from strings', () => {
    const cli = async (...args: string[]): Promise<{ stdout: string; stderr: string; code: number }> => {
      const flags = ['--disallow-code-generation-from-strings', join(root, 'dist/cli.js'), 'grpc', ...args];
      try {
        return { ...(await promisify(execFile)(process.execPath, flags, { timeout: 60_000 })), code: 0 };
      } catch (error) {
        return error as { stdout: string; stderr: string; code: number };
      }
    };

    it('the flag took effect', async () => {
      const script = ['--disallow-code-generation-from-strings', '-e', 'eval("1")'];
      await assert.rejects(promisify(execFile)(process.execPath, script), /Code generation from strings disallowed/);
    });

    it('a sound server is listed and called', async () => {
      const { address } = await start();
      const { stdout, code } = await cli('call', address, echo('Same'), '-d', '{"text": "hello"}');
      assert.deepEqual([JSON.parse(stdout), code], [{ text: 'hello' }, 0]);
    });

    it('imports in a circle cost the services that need them, no other', async () => {
      const { address } = await start({ reflection: 'cyclic' });
      const { stdout, stderr, code } = await cli('list', address);
      assert.deepEqual([stdout.trim(), code], ['cyclic.not.Whole', 0]);
      for (const name of ['a.proto', 'b.proto', 'self.proto']) assert.ok(stderr.includes(name), name);
    });

    it('10,000 types are listed and described', async () => {
      const { address } = await start({ reflection: 'huge' });
      const { stdout, code } = await cli('describe', address, 'huge.Type9999');
      assert.deepEqual([/message huge\.Type9999/.test(stdout), code], [true, 0]);
    });

    it('5,000 levels of types cost the service that has them, no other', async () => {
      const { address } = await start({ reflection: 'deep' });
      const { stdout, stderr, code } = await cli('list', address);
      assert.ok(stdout.includes('deep.not.Whole'), stderr);
      assert.equal(code, 0);
    });

    it('names that are code are text', async () => {
      const { address } = await start({ reflection: 'names' });
      const { stdout, stderr, code } = await cli('list', address, '--json');
      const { services, broken } = JSON.parse(stdout) as { services: string[]; broken: { service: string }[] };
      assert.deepEqual([services.length + broken.length, stderr, code], [8, '', 0]);
    });

    it('reflection that never answers ends in words', async () => {
      const { address } = await start({ reflection: 'never' });
      const { stderr, code } = await cli('list', address);
      assert.deepEqual([/did not answer within 10 s/.test(stderr), code], [true, 3]);
    });
  });

  it('what the person sends is refused at its place', async () => {
    const server = await start();
    caller = await Caller.open(server.address);
    const many = `{${Array.from({ length: 10_000 }, (_, i) => `"no${i}": 1`).join(',')}}`;
    const deep = `${'{"child":'.repeat(5000)}{}${'}'.repeat(5000)}`;
    const places: unknown[] = [];
    for (const text of [
      '{"i32": }',
      '{"i32": "x"}',
      '{"nothing": 1}',
      '{"word": "a", "number": 1}',
      '{"colour": "PINK"}',
      many,
      deep,
    ]) {
      for await (const event of caller.events(echo('Same'), each([text]))) {
        if (event.kind === 'failed') places.push(event.place && text.slice(event.place.start, event.place.end));
        else places.push(event.kind);
      }
    }
    assert.deepEqual(places, ['}', '"x"', '"nothing"', '"number"', '"PINK"', '"no0"', '{']);
    assert.deepEqual((await server.counts()).calls[`/${echo('Same')}`], undefined);
    assert.deepEqual((await gather(caller.events(echo('Same'), each([{}])))).code, 'OK');
  });
});

/** TCP connections of this process. */
const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
