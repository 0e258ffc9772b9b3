import assert from 'node:assert/strict';
import { ask } from '../../../src/curriculum/checks/ask.ts';
import { FakeHttp } from '../../../src/curriculum/checks/fakeHttp.ts';
import { seeded } from '../../../src/curriculum/random.ts';

describe('a counting double', () => {
  let double: FakeHttp;
  beforeEach(async () => {
    double = await FakeHttp.start(seeded(1));
  });
  afterEach(() => double.close());

  const call = async (): Promise<{ status: number; body: string }> => {
    const { port } = new URL(double.address);
    const answer = await ask(Number(port), '/', 5_000, new AbortController().signal).answer;
    if (answer.kind !== 'answer') assert.fail(answer.kind);
    return answer;
  };

  it('gives each call a nonce that can be claimed once, and only until it begins anew', async () => {
    double.begin({ fails: 'never', delay: 0 });
    const [first, second] = [await call(), await call()];
    assert.equal(double.calls, 2);
    assert.notEqual(first.body, second.body);
    assert.deepEqual(
      [double.claim(first.body), double.claim(first.body), double.claim('made up')],
      [true, false, false],
    );
    double.begin({ fails: 'never', delay: 0 });
    assert.deepEqual([double.calls, double.claim(second.body)], [0, false]);
  });

  it('fails one of each ten calls, at places that differ', async () => {
    double.begin({ fails: 'one-in-ten', delay: 0 });
    const places: number[] = [];
    for (let block = 0; block < 5; block++) {
      const statuses: number[] = [];
      for (let i = 0; i < 10; i++) statuses.push((await call()).status);
      assert.equal(statuses.filter((status) => status === 500).length, 1);
      places.push(statuses.indexOf(500));
    }
    assert.ok(new Set(places).size > 1);
  });

  it('gives no nonce with a failure', async () => {
    double.begin({ fails: 'always', delay: 0 });
    const { status, body } = await call();
    assert.deepEqual([status, double.claim(body)], [500, false]);
  });
});
