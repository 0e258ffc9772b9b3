import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { type Answer, type AskOptions, ask } from '../../../src/curriculum/checks/ask.ts';
import { FakeHttp } from '../../../src/curriculum/doubles/fakeHttp.ts';
import { FakeRedis } from '../../../src/curriculum/doubles/fakeRedis.ts';
import { seeded } from '../../../src/curriculum/random.ts';

describe('a counting double', () => {
  let double: FakeHttp;
  beforeEach(async () => {
    double = await FakeHttp.start(seeded(1));
  });
  afterEach(() => double.close());

  const send = (path: string, options: AskOptions = {}): Promise<Answer> =>
    ask(Number(new URL(double.address).port), path, 5_000, new AbortController().signal, options).answer;

  const call = async (): Promise<{ status: number; body: string }> => {
    const answer = await send('/');
    if (answer.kind !== 'answer') assert.fail(answer.kind);
    return answer;
  };

  it('gives each call a nonce that can be claimed once, and only until it begins anew', async () => {
    await double.begin({ fails: 'never', delay: 0 });
    const [first, second] = [await call(), await call()];
    assert.equal(double.calls, 2);
    assert.notEqual(first.body, second.body);
    assert.deepEqual(
      [double.claim(first.body), double.claim(first.body), double.claim('made up')],
      [true, false, false],
    );
    await double.begin({ fails: 'never', delay: 0 });
    assert.deepEqual([double.calls, double.claim(second.body)], [0, false]);
  });

  it('fails one of each ten calls, at places that differ', async () => {
    await double.begin({ fails: 'one-in-ten', delay: 0 });
    const places: number[] = [];
    for (let block = 0; block < 5; block++) {
      const statuses: number[] = [];
      for (let i = 0; i < 10; i++) statuses.push((await call()).status);
      assert.equal(statuses.filter((status) => status === 500).length, 1);
      places.push(statuses.indexOf(500));
    }
    assert.ok(new Set(places).size > 1);
  });

  it('fails the first calls of each path as it is told, or cuts them', async () => {
    await double.begin({ fails: 'never', delay: 0, first: { calls: 2, status: 429, headers: { 'Retry-After': '3' } } });
    const seen: string[] = [];
    for (const path of ['/a', '/a', '/b', '/a', '/b', '/b']) {
      const answer = await send(path);
      if (answer.kind !== 'answer') assert.fail(answer.kind);
      seen.push(`${path} ${answer.status} ${answer.headers['retry-after']} ${double.claim(answer.body)}`);
    }
    const [failed, passed] = ['429 3 false', '200 undefined true'];
    assert.deepEqual(seen, [
      `/a ${failed}`,
      `/a ${failed}`,
      `/b ${failed}`,
      `/a ${passed}`,
      `/b ${failed}`,
      `/b ${passed}`,
    ]);
    await double.begin({ fails: 'hangs', delay: 0, first: { calls: 1, cuts: true } });
    assert.deepEqual([(await send('/a')).kind, double.cancelled], ['cut', 0]);
  });

  it('keeps the calls since it began, each with what it brought and when', async () => {
    await double.begin({ fails: 'never', delay: 0 });
    await send('/gone');
    await double.begin({ fails: 'never', delay: 20 });
    const before = performance.now();
    await send('/orders/1', { method: 'POST', headers: { 'Idempotency-Key': 'k' }, body: 'two cups' });
    await send('/orders/1');
    const [first, second] = double.arrivals;
    const { method, path, headers, body } = first!;
    assert.deepEqual(
      [method, path, headers['idempotency-key'], body, second!.method, double.arrivals.length],
      ['POST', '/orders/1', 'k', 'two cups', 'GET', 2],
    );
    // The second was sent when the first was answered, 20 ms after it came.
    assert.ok(before <= first!.at && first!.at + 19 <= second!.at, `${before} ${first!.at} ${second!.at}`);
  });

  it('gives no nonce with a failure', async () => {
    await double.begin({ fails: 'always', delay: 0 });
    const { status, body } = await call();
    assert.deepEqual([status, double.claim(body)], [500, false]);
  });
});

describe('a double of Redis', () => {
  let double: FakeRedis;
  const sockets: Socket[] = [];
  beforeEach(async () => {
    double = await FakeRedis.start(seeded(1));
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await double.close();
  });

  async function open(): Promise<Socket> {
    const [host, port] = double.address.split(':') as [string, string];
    const socket = connect(Number(port), host).setEncoding('utf8');
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  }

  async function reply(socket: Socket, ...requests: string[]): Promise<string> {
    const answer = once(socket, 'data');
    for (const request of requests) socket.write(request);
    return ((await answer) as [string])[0];
  }

  const ping = '*1\r\n$4\r\nPING\r\n';
  const get = '*2\r\n$3\r\nGET\r\n$1\r\nk\r\n';

  it('answers a PING, and each GET with a nonce that can be claimed once', async () => {
    const socket = await open();
    assert.equal(await reply(socket, ping), '+PONG\r\n');
    const [, nonce] = /^\$16\r\n(.{16})\r\n$/.exec(await reply(socket, get.slice(0, 9), get.slice(9)))!;
    assert.deepEqual([double.calls, double.claim(nonce!), double.claim(nonce!)], [2, true, false]);
    assert.match(await reply(socket, '*1\r\n$5\r\nHELLO\r\n'), /^-ERR /);
    assert.equal(double.calls, 2);
  });

  it('answers with an error, with nothing but signs of life, or not at all', async () => {
    const socket = await open();
    await double.begin({ fails: 'always', delay: 0 });
    assert.match(await reply(socket, ping), /^-LOADING /);
    await double.begin({ fails: 'no-data', delay: 0 });
    assert.equal(await reply(socket, get, ping), '+PONG\r\n');
    await double.begin({ fails: 'hangs', delay: 0 });
    socket.write(ping);
    while (double.calls === 0) await new Promise(setImmediate);
    await double.begin({ fails: 'never', delay: 0 });
    assert.equal(await reply(socket, ping), '+PONG\r\n');
  });

  it('refuses and cuts, then is back at the same address', async () => {
    const { address } = double;
    const socket = await open();
    const closed = once(socket, 'close');
    await double.begin({ fails: 'refuses', delay: 0 });
    await closed;
    await assert.rejects(open(), { code: 'ECONNREFUSED' });
    await double.begin({ fails: 'never', delay: 0 });
    assert.equal(double.address, address);
    assert.equal(await reply(await open(), ping), '+PONG\r\n');
  });
});
