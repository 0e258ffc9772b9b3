import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterCommands } from '../../../src/cluster/cli.ts';
import { type Cluster, createCluster } from '../../../src/cluster/domain.ts';
import { silentLog } from '../../../src/core/log.ts';
import { noEngines, noKubeconfigs } from '../../support/noEngines.ts';

describe('gantry cluster', () => {
  let folder: string;
  let cluster: Cluster;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gantry-cli-'));
    const folders = { cacheFolder: folder, stateFolder: folder, labkitFolder: folder };
    cluster = createCluster({ log: silentLog, ...folders, engines: noEngines, kubeconfigs: noKubeconfigs });
  });
  afterEach(async () => {
    cluster.dispose();
    await rm(folder, { recursive: true });
  });

  async function run(name: string, ...args: string[]): Promise<unknown> {
    const printed: string[] = [];
    const commands = clusterCommands(
      () => Promise.resolve(cluster),
      () => Promise.resolve([]),
    );
    const command = commands.find((one) => one.name === `cluster ${name}`)!;
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
    await assert.rejects(run('start'), absent);
    const none = { kind: 'notFound', message: 'No cluster k3s runs. Create it: gantry cluster create --container k3s' };
    await assert.rejects(run('load', 'shop:1'), none);
    await assert.rejects(run('logs'), none);
  });

  it('sets back only what runs, and not what is in a container', async () => {
    const stopped = { kind: 'notFound', message: 'The cluster gantry does not run. Start it first.' };
    await assert.rejects(run('snapshot'), stopped);
    await assert.rejects(run('reset', '--empty', '--yes'), stopped);
    await mkdir(join(folder, 'cluster/k3s'), { recursive: true });
    await writeFile(join(folder, 'cluster/k3s/container.json'), '{}');
    await assert.rejects(run('snapshot', 'k3s'), { kind: 'invalid', message: /only embedded clusters/ });
    await assert.rejects(run('reset', '--all'), { kind: 'invalid', message: 'Unknown argument: --all' });
  });

  it('refuses names that would leave the folder, and arguments it does not know', async () => {
    for (const name of ['..', 'a/b', 'A', '', 'gantry.lock']) {
      await assert.rejects(run('delete', name), { kind: 'invalid' }, name);
    }
    await assert.rejects(run('create', '--force'), { kind: 'invalid', message: /--force/ });
    await assert.rejects(run('kubeconfig', 'a', 'b'), { kind: 'invalid', message: 'Unknown argument: b' });
    await assert.rejects(run('create', '--container', 'x'.repeat(57)), { kind: 'invalid', message: /at most 56/ });
  });

  it('refuses flags that would be without effect, or mean nothing', async () => {
    const wrong = [
      [['create', '--nodes', 'many'], 'A cluster has 1 to 100 nodes, not NaN.'],
      [
        ['create', '--container', '--nodes', '2'],
        '--nodes, --stages is for an embedded cluster: leave --container out.',
      ],
      [['create', '--memory', '2g'], '--memory is for a cluster in a container: add --container.'],
      [['create', '--container', '--cpus', 'two'], 'two is no number of processors. Write 2 or 0.5.'],
      [['create', '--container', '--mirror', 'docker.io'], 'docker.io is no mirror. Write REGISTRY=ADDRESS.'],
      [['load'], 'Name an image: gantry cluster load IMAGE…'],
      [['logs', '--tail', 'all'], 'all is no number of lines.'],
    ] as const;
    for (const [[name, ...args], message] of wrong) {
      await assert.rejects(run(name, ...args), { kind: 'invalid', message });
    }
  });

  it('gives a name to one cluster only, whatever it is made of', async () => {
    await mkdir(join(folder, 'cluster', 'embedded', 'pki'), { recursive: true });
    await mkdir(join(folder, 'cluster', 'contained'), { recursive: true });
    await writeFile(join(folder, 'cluster', 'contained', 'container.json'), '{}');
    const taken = { kind: 'conflict', message: 'embedded is the name of an embedded cluster. Choose another name.' };
    await assert.rejects(run('create', '--container', 'embedded'), taken);
    await assert.rejects(run('create', '--container', 'gantry'), { kind: 'conflict' });
    await assert.rejects(run('create', 'contained'), {
      kind: 'conflict',
      message: /^contained is the name of a cluster in a container\. Start it: gantry cluster start contained\./,
    });
  });
});
