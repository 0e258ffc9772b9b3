import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/core/backoff.ts';
import { silentLog } from '../../../src/core/log.ts';
import { Contexts } from '../../../src/kubernetes/contexts.ts';
import { fileWatches } from '../../support/fileWatches.ts';
import { noLocalCluster } from '../../support/kubernetes.ts';

const config = (...names: readonly string[]): string =>
  JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: 'https://c.test' } }],
    users: [{ name: 'u', user: { token: 'x' } }],
    contexts: names.map((name) => ({ name, context: { cluster: 'c', user: 'u' } })),
  });

describe('contexts', () => {
  let folder: string;
  let contexts: Contexts;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gantry-contexts-'));
  });
  afterEach(() => {
    contexts.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Follows a file, and has read it once. */
  async function follow(file: string): Promise<void> {
    const deps = { trusted: () => true, env: { KUBECONFIG: file }, clock: systemClock };
    contexts = new Contexts(deps, noLocalCluster, silentLog);
    contexts.follow();
    await contexts.loaded();
  }

  const names = (): string[] => contexts.configs().contexts.map(({ name }) => name);
  const failures = (): string[] => contexts.configs().failures.map(({ message }) => message);

  /** The ids of replaced connections that the next reading brings, once `change` is made. */
  function reread(change: () => void): Promise<readonly string[]> {
    const read = new Promise<readonly string[]>((resolve) => {
      const listening = contexts.onDidLoad((replaced) => {
        listening.dispose();
        resolve(replaced);
      });
    });
    change();
    return read;
  }

  it('reads a file again that was written or replaced', async () => {
    const file = join(folder, 'config');
    writeFileSync(file, config('a'));
    await follow(file);
    assert.deepEqual(names(), ['a']);
    await reread(() => writeFileSync(file, config('a', 'b')));
    assert.deepEqual(names(), ['a', 'b']);
    await reread(() => {
      writeFileSync(`${file}.new`, config('c'));
      renameSync(`${file}.new`, file);
    });
    assert.deepEqual(names(), ['c']);
  });

  it('keeps what a broken or emptied file held, names it, and takes the mended one', async () => {
    const file = join(folder, 'config');
    writeFileSync(file, config('a'));
    await follow(file);
    await reread(() => writeFileSync(file, config('a', 'b').slice(0, -20)));
    assert.deepEqual(names(), ['a']);
    assert.match(failures()[0]!, /config is not a kubeconfig: .* What it held before is used until it is mended\.$/);
    await reread(() => writeFileSync(file, ''));
    assert.deepEqual(
      [names(), failures()],
      [['a'], [`${file} is empty. What it held before is used until it is mended.`]],
    );
    await reread(() => writeFileSync(file, config('b')));
    assert.deepEqual([names(), failures()], [['b'], []]);
  });

  it('forgets the contexts of a file that is gone', async () => {
    const file = join(folder, 'config');
    writeFileSync(file, config('a'));
    await follow(file);
    await reread(() => unlinkSync(file));
    assert.deepEqual([names(), failures()], [[], [`${file}, named as a kubeconfig, does not exist.`]]);
  });

  it('notices a file whose folder did not exist, and one behind a link', async () => {
    const file = join(folder, 'later', 'config');
    await follow(file);
    assert.deepEqual(names(), []);
    const [home, real] = [join(folder, 'later'), join(folder, 'elsewhere')];
    mkdirSync(real);
    writeFileSync(join(real, 'real'), config('a'));
    await reread(() => {
      mkdirSync(home);
      symlinkSync(join(real, 'real'), file);
    });
    assert.deepEqual(names(), ['a']);
    await reread(() => writeFileSync(join(real, 'real'), config('b')));
    assert.deepEqual(names(), ['b']);
  });

  it('gives up the connection of a context that changed, and of no other', async () => {
    const file = join(folder, 'config');
    writeFileSync(file, config('a', 'b'));
    await follow(file);
    const [a, b] = [contexts.connect('a'), contexts.connect('b')];
    const other = JSON.parse(config('a', 'b')) as { contexts: { context: { namespace?: string } }[] };
    other.contexts[1]!.context.namespace = 'team';
    assert.deepEqual(await reread(() => writeFileSync(file, JSON.stringify(other))), ['b']);
    assert.equal(contexts.connect('a'), a);
    assert.notEqual(contexts.connect('b'), b);
  });

  it('connects to nothing and watches nothing once it is disposed', async () => {
    const before = fileWatches();
    const file = join(folder, 'config');
    writeFileSync(file, config('a'));
    await follow(file);
    assert.ok(fileWatches() > before);
    const reading = contexts.load();
    contexts.dispose();
    await reading;
    contexts.follow();
    assert.throws(() => contexts.connect('a'), { kind: 'cancelled' });
    assert.equal(fileWatches(), before);
  });

  it('says nothing when a file was written as it was', async () => {
    const file = join(folder, 'config');
    writeFileSync(file, config('a'));
    await follow(file);
    let fired = 0;
    contexts.onDidLoad(() => fired++);
    writeFileSync(file, config('a'));
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(fired, 0);
  });
});
