/** A service of somebody's .proto file: it compiles, its calls can be made, and each says that it is to be written. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { readContract } from '../../../src/grpc/protos/contract.ts';
import { goCodeOf } from '../../../src/scaffold/goCode.ts';
import { generated, go, protos, sendRequests, started } from '../../support/generatedServices.ts';
import { needGo } from '../../support/go.ts';

describe('a service of a .proto file', function () {
  this.timeout(40 * 60_000);
  let folder: string;

  before(async function () {
    await needGo(this);
    folder = mkdtempSync(join(tmpdir(), 'gantry-service-'));
    await generated(folder, 'grpc', join(root, 'examples/shop/proto/shop/v1/orders.proto'));
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

  it('answers each request of its file by UNIMPLEMENTED, until somebody writes it', async () => {
    const running = await started(folder);
    try {
      const said = await sendRequests(folder, running);
      assert.match(said, /CreateOrder.*UNIMPLEMENTED[^]*GetOrder.*UNIMPLEMENTED/);
    } finally {
      await running.stop();
    }
  });

  it('the code that the template brings is what its plugins make', async () => {
    const template = join(root, 'templates/service/grpc');
    const read = (path: string): string => readFileSync(join(template, path), 'utf8');
    const { signal } = new AbortController();
    const contract = await readContract(protos, join(template, 'proto/items/v1/items.proto'), signal);
    const code = await goCodeOf(contract, 'example.com/orders', { mod: read('go.mod'), sum: read('go.sum') }, signal);
    assert.deepEqual([...code].map(([path]) => path).toSorted(), ['items/v1/items.pb.go', 'items/v1/items_grpc.pb.go']);
    for (const [path, text] of code) assert.equal(read(`gen/${path}`), text);
  });
});
