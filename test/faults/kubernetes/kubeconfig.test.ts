/** Kubeconfig files that are half written, emptied, removed, doubled: K13. */
import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { passingMemory } from '../../../src/core/memory.ts';
import { silentLog } from '../../../src/core/log.ts';
import { type Kubernetes, createKubernetes } from '../../../src/kubernetes/domain.ts';
import { eventually } from '../../support/eventually.ts';
import { type Footprint, footprint, nothingLeftSince } from '../../support/footprint.ts';
import { noLocalCluster } from '../../support/kubernetes.ts';
import { randomOf, seed } from '../../support/random.ts';

interface Entry {
  readonly name: string;
  readonly server: string;
  readonly more?: object;
}

/** A kubeconfig of contexts that have a cluster and a user of their name. */
const fileOf = (entries: readonly Entry[], user: object = {}): string =>
  JSON.stringify(
    {
      clusters: entries.map(({ name, server, more }) => ({ name, cluster: { server, ...more } })),
      users: entries.map(({ name }) => ({ name, user })),
      contexts: entries.map(({ name }) => ({ name, context: { cluster: name, user: name } })),
      'current-context': entries[0]?.name,
    },
    undefined,
    1,
  );

describe('kubeconfigs that break', function () {
  this.timeout(180_000);
  let folder: string;
  let kubernetes: Kubernetes | undefined;
  let before: Footprint;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gantry-kubeconfig-'));
    before = footprint();
  });
  afterEach(async () => {
    kubernetes?.dispose();
    kubernetes = undefined;
    rmSync(folder, { recursive: true, force: true });
    await nothingLeftSince(before);
  });

  const open = (kubeconfig: string): Kubernetes => {
    const env = { ...process.env, KUBECONFIG: kubeconfig };
    const memories = { memory: passingMemory(), workspaceMemory: passingMemory() };
    const deps = { log: silentLog, local: noLocalCluster, ...memories, trusted: () => true, env };
    return (kubernetes = createKubernetes(deps));
  };

  it(`K13 500 random edits: the last good one is kept, what is wrong is named (GANTRY_SEED=${seed})`, async () => {
    const random = randomOf(seed);
    const [first, second] = [join(folder, 'first'), join(folder, 'second')];
    const entries = ['a', 'b', 'c'].map((name) => ({ name, server: `https://${name}.example.invalid` }));
    const good = fileOf(entries);
    const other = fileOf([{ name: 'a', server: 'https://doubled.example.invalid' }]);
    writeFileSync(first, good);
    writeFileSync(second, other);
    const { contexts } = open([first, second, join(folder, 'missing')].join(delimiter));
    const now = async (): Promise<{
      names: string;
      server: string | undefined;
      current: string | undefined;
      told: string;
    }> => {
      const { contexts: all, current, failures } = await contexts.load();
      const names = all.map(({ name }) => name).join('');
      return {
        names,
        server: all[0]?.cluster.server,
        current,
        told: failures.map(({ message }) => message).join('\n'),
      };
    };
    const whole = { names: 'abc', server: 'https://a.example.invalid', current: 'a' };
    assert.equal((await now()).names, 'abc');
    let broken = 0;
    for (let edit = 0; edit < 500; edit++) {
      const cut = good.slice(0, random(good.length));
      const kinds = ['', cut, `${cut}\u0000{{`, '{'.repeat(200), ':\n- x\n a', good, `${good}\n---\n`];
      const text = kinds[random(kinds.length)]!;
      writeFileSync(first, text);
      const { names, server, current, told } = await now();
      assert.ok(told.includes(join(folder, 'missing')), 'the file that is missing is named');
      const isGood = text === good;
      if (!isGood) broken++;
      if (told.includes(first)) assert.deepEqual({ names, server, current }, whole, 'what it held before is used');
      if (isGood) assert.deepEqual([names, server, told.includes(first)], ['abc', whole.server, false]);
      // Never another current context than the files name, whatever is left of them.
      assert.ok(current === undefined || current === 'a', current);
      writeFileSync(first, good);
      assert.deepEqual((await now()).names, 'abc');
    }
    assert.ok(broken > 300);
  });

  it('K13 replaced and removed for a moment, of 5 MB, and with its current context gone', async () => {
    const file = join(folder, 'config');
    const entries = ['a', 'b'].map((name) => ({ name, server: `https://${name}.example.invalid` }));
    writeFileSync(file, fileOf(entries));
    const { contexts } = open(file);
    assert.equal((await contexts.loaded()).current, 'a');
    contexts.follow();
    renameSync(file, `${file}.away`);
    await eventually(() => contexts.configs().contexts.length === 0);
    assert.match(contexts.configs().failures[0]!.message, /does not exist/);
    const more = { 'certificate-authority-data': 'A'.repeat(100_000) };
    const many = Array.from({ length: 50 }, (_, i) => ({ name: `n${i}`, server: 'https://n.example.invalid', more }));
    const large = fileOf([...entries, ...many]);
    assert.ok(large.length > 5_000_000);
    writeFileSync(`${file}.new`, large);
    renameSync(`${file}.new`, file);
    await eventually(() => contexts.configs().contexts.length === 52);
    writeFileSync(file, fileOf(entries.slice(1)).replace('"current-context": "b"', '"current-context": "a"'));
    await eventually(() => contexts.configs().contexts.length === 1);
    assert.equal(contexts.configs().current, undefined, 'no other context becomes the current one');
  });
});
