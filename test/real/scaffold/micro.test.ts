/** A Go-micro service as a person gets it: tested, proven, and looked at from outside while it runs. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseExposition } from '../../../src/curriculum/checks/exposition.ts';
import { followReadme, generated, go, proveOn, type Running, started } from '../../support/generatedServices.ts';
import { needGo } from '../../support/go.ts';

describe('a generated Go-micro service', function () {
  this.timeout(40 * 60_000);
  let folder: string;

  before(async function () {
    await needGo(this);
    folder = mkdtempSync(join(tmpdir(), 'gantry-service-'));
    await generated(folder, 'gomicro');
  });
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  it('is formatted and tidy, satisfies go vet, and its tests pass with the race detector', async () => {
    assert.equal(await go(folder, 'fmt', './...'), '');
    await go(folder, 'mod', 'tidy', '-diff');
    await go(folder, 'vet', './...');
    await go(folder, 'test', '-race', '-shuffle=on', '-trimpath', './...');
  });

  // What B5 and B7 prove, it has from the service on net/http.
  it('proves B6 with its own packages', async () => {
    const { verdict, evidence } = await proveOn(folder, 'B6', 'gomicro');
    assert.equal(verdict.state, 'proven', JSON.stringify([verdict, evidence.filter(({ ok }) => !ok)]));
  });

  it('counts each call by endpoint and code, and none that nobody registered', async () => {
    const running = await started(folder);
    try {
      for (let i = 0; i < 5; i++) await call(running, 'Items.Add', { name: 'tea', quantity: 1 });
      for (let i = 0; i < 3; i++) await call(running, 'Items.Find', { id: `none-${i}` });
      await call(running, 'Items.Invented', {});
      const shown = parseExposition(await (await fetch(`http://127.0.0.1:${running.port}/metrics`)).text())!;
      const handled = shown
        .filter(({ name }) => name === 'rpc_server_handled_total')
        .map(({ labels, value }) => `${labels['endpoint']} ${labels['code']} ${value}`)
        .toSorted();
      assert.deepEqual(handled, ['Items.Add 200 5', 'Items.Find 404 3']);
    } finally {
      await running.stop();
    }
  });

  it('does what its README says', async () => {
    assert.match(await followReadme(folder), /"name":"tea","quantity":2\}[^]*rpc_server_handled_total\{/);
  });
});

const call = ({ port }: Running, endpoint: string, asked: object): Promise<string> =>
  fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Micro-Endpoint': endpoint, Connection: 'close' },
    body: JSON.stringify(asked),
  }).then((response) => response.text());
