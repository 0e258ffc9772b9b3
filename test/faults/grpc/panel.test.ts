/** A server that wants to run code in the panel, and a page that sends what no page of ours sends. */
import assert from 'node:assert/strict';
import { silentLog } from '../../../src/core/log.ts';
import { type Grpc, createGrpc } from '../../../src/grpc/domain.ts';
import { needGo } from '../../support/go.ts';
import { PanelHarness } from '../../support/grpcPanel.ts';
import { type GrpcServer, startGrpcServer } from '../../support/grpcServers.ts';

describe('the gRPC panel under attack', function () {
  this.timeout(120_000);
  let names: GrpcServer;
  let sound: GrpcServer;
  let grpc: Grpc;
  let harness: PanelHarness;

  before(async function () {
    await needGo(this);
    [names, sound] = await Promise.all([startGrpcServer({ reflection: 'names' }), startGrpcServer()]);
    const settings = { servers: () => [], deadline: () => 15, onDidChange: () => ({ dispose: () => {} }) };
    grpc = createGrpc({ log: silentLog, settings });
    harness = await PanelHarness.start();
  });
  after(async () => {
    await harness?.stop();
    await grpc?.close();
    await names?.stop();
    await sound?.stop();
  });
  afterEach(() => harness?.closePages());

  it('names that are code stand on the page as text', async () => {
    const methods = await grpc.methods(names.address);
    assert.ok(methods.length > 0);
    for (const { service, method } of methods) {
      const page = await harness.open(grpc, names.address, `${service}/${method}`);
      assert.ok((await page.locator('header p').innerText()).includes(service), service);
      await page.locator('#send').click();
      await page.locator('#status p').first().waitFor();
      const pwned = await page.evaluate(() => (globalThis as { pwned?: boolean }).pwned);
      assert.deepEqual([pwned, harness.problems], [undefined, []], service);
      await harness.closePages();
    }
  });

  it('a code that runs is noticed', async () => {
    const page = await harness.open(grpc, sound.address, 'gantry.test.Echo/Same');
    await page.evaluate(() => {
      const { document } = globalThis as unknown as { document: { body: { innerHTML: string } } };
      document.body.innerHTML = '<img src=x onerror="globalThis.pwned = true">';
    });
    while (harness.problems.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.match(harness.problems.join(), /Content Security Policy/);
  });

  it('messages that are none of the panel’s are ignored or refused, and the panel works on', async () => {
    const page = await harness.open(grpc, sound.address, 'gantry.test.Echo/Same');
    const requests = [
      'start',
      'send',
      'sendMore',
      'halfClose',
      'cancel',
      'fix',
      'copyGrpcurl',
      'keep',
      '__proto__',
      'no',
    ];
    const values = [undefined, 'x', { messages: [1] }, { metadata: [[]], request: {} }];
    for (const message of [undefined, null, 1, 'text', [], {}, { type: 'request' }, { type: 'answer', id: 'x' }]) {
      harness.deliver(message);
    }
    let id = 1000;
    for (const method of requests.filter((name) => !['fix', 'start'].includes(name))) {
      for (const params of values) harness.deliver({ type: 'request', id: id++, method, params });
    }
    for (const name of ['__proto__', 'constructor', 'x']) harness.deliver({ type: 'event', name, value: {} });
    await page.locator('#send').click();
    await page.locator('#status', { hasText: 'OK' }).waitFor({ timeout: 100_000 });
    assert.deepEqual([(await sound.counts()).calls['/gantry.test.Echo/Same'], harness.problems], [1, []]);
  });
});
