import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterCommands } from '../../../src/cluster/cli.ts';
import { type Cluster, createCluster } from '../../../src/cluster/domain.ts';
import { silentLog } from '../../../src/core/log.ts';

describe('gantry cluster', () => {
  let folder: string;
  let cluster: Cluster;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gantry-cli-'));
    cluster = createCluster({ log: silentLog, cacheFolder: folder, stateFolder: folder, labkitFolder: folder });
  });
  afterEach(async () => {
    cluster.dispose();
    await rm(folder, { recursive: true });
  });

  async function run(name: string, ...args: string[]): Promise<unknown> {
    const printed: string[] = [];
    const command = clusterCommands(() => Promise.resolve(cluster)).find((one) => one.name === `cluster ${name}`)!;
    const status = await command.run(args, {
      out: (line) => void printed.push(`out ${line}`),
      err: (line) => void printed.push(`err ${line}`),
      env: {},
      cwd: folder,
      signal: new AbortController().signal,
    });
    return [status, printed];
  }

  it('says what to do when there is none', async () => {
    assert.deepEqual(await run('list'), [0, ['err There is no local cluster. Create one: gantry cluster create']]);
    assert.deepEqual(await run('list', '--json'), [0, ['out []']]);
    const absent = { kind: 'notFound', message: 'No cluster gantry runs. Create it: gantry cluster create gantry' };
    await assert.rejects(run('kubeconfig'), absent);
    await assert.rejects(run('delete'), absent);
  });

  it('refuses names that would leave the folder, and arguments it does not know', async () => {
    for (const name of ['..', 'a/b', 'A', '', 'gantry.lock']) {
      await assert.rejects(run('delete', name), { kind: 'invalid' }, name);
    }
    await assert.rejects(run('create', '--force'), { kind: 'invalid', message: 'Unknown argument: --force' });
    await assert.rejects(run('kubeconfig', 'a', 'b'), { kind: 'invalid', message: 'Unknown argument: b' });
  });
});
