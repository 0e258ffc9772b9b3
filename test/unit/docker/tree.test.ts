import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../../src/core/log.ts';
import { tooltipOf } from '../../../src/core/node.ts';
import { Emitter } from '../../../src/core/emitter.ts';
import { createDocker } from '../../../src/docker/domain.ts';
import type { EndpointWorld } from '../../../src/docker/endpoints.ts';
import type { ContainerNode } from '../../../src/docker/nodes.ts';
import { FakeClock, settle } from '../../support/fakeClock.ts';
import { fileWatches } from '../../support/fileWatches.ts';
import { ScriptedEngine } from '../../support/scriptedEngine.ts';

describe('the Containers view without an engine', () => {
  let folder = '';
  before(async () => void (folder = await mkdtemp(join(tmpdir(), 'gantry-tree-'))));
  after(() => rm(folder, { recursive: true, force: true }));

  const world: EndpointWorld = {
    env: {},
    platform: 'linux',
    get home() {
      return folder;
    },
    uid: undefined,
    read: async () => undefined,
    list: async () => [],
    resolve: async (path) => path,
  };

  /** The rows of a machine on which nothing but `endpoint` is tried. */
  const rows = async (
    endpoint: string,
  ): Promise<{ label: string; tooltip: string | undefined; command: string | undefined }[]> => {
    const docker = createDocker({ log: silentLog, endpoint: () => endpoint, world });
    try {
      const tree = docker.tree();
      const nodes = await tree.children(undefined);
      return nodes.map((node) => {
        const described = tree.describe(node);
        const { label, command } = described;
        return { label, tooltip: tooltipOf(described)?.replaceAll('\\', ''), command: command?.id };
      });
    } finally {
      docker.dispose();
    }
  };

  it('says that none answers, what to do, and what was tried', async () => {
    const address = `unix://${folder}/none.sock`;
    const sentence = `There is no socket at ${address}: no engine was started there.`;
    const tried = `- gantry.docker.endpoint \`${address}\`: ENOENT: ${sentence}`;
    assert.deepEqual(await rows(address), [
      { label: 'No container engine answers', tooltip: tried, command: 'gantry.docker.refresh' },
      { label: sentence, tooltip: tried, command: 'gantry.docker.doctor' },
    ]);
  });

  it('looks for none once it is disposed', async () => {
    const [clock, before] = [new FakeClock(), fileWatches()];
    const docker = createDocker({ log: silentLog, endpoint: () => `unix://${folder}/none.sock`, world, clock });
    const tree = docker.tree();
    await tree.children(undefined);
    tree.setVisible(true);
    assert.deepEqual([clock.sleeping, fileWatches() - before], [1, 1]);
    docker.dispose();
    tree.setVisible(true);
    await settle();
    assert.deepEqual([clock.sleeping, fileWatches() - before], [0, 0]);
  });

  it('asks where the setting says from then on, whether or not a view of it was ever opened', async () => {
    const engine = await ScriptedEngine.start({ at: join(folder, 'docker.sock') });
    const changed = new Emitter<'gantry.docker.endpoint' | 'gantry.docker.groupBy'>();
    let endpoint = engine.address;
    const docker = createDocker({ log: silentLog, endpoint: () => endpoint, world, onDidChange: changed.event });
    try {
      assert.equal((await docker.preferred()).address, engine.address);
      endpoint = `unix://${folder}/none.sock`;
      changed.fire('gantry.docker.endpoint');
      await assert.rejects(docker.preferred(), { kind: 'unreachable', message: /none\.sock/ });
      endpoint = engine.address;
      changed.fire('gantry.docker.endpoint');
      assert.equal((await docker.preferred()).address, engine.address);
    } finally {
      docker.dispose();
      await engine.close();
    }
  });

  it('explains a setting that is no endpoint', async () => {
    const [, advice] = await rows('ssh://');
    assert.match(advice?.label ?? '', /ssh:\/\/USER@HOST/);
  });
});

describe('the containers of an engine', () => {
  it('by Compose project, by another label, or flat', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gantry-groups-'));
    const engine = await ScriptedEngine.start({ at: join(folder, 'docker.sock') });
    const project = 'com.docker.compose.project';
    engine.change('1', 'running', 'start', 'users', { [project]: 'shop', team: 'red' });
    engine.change('2', 'exited', 'die', 'orders', { [project]: 'shop', team: 'blue' });
    engine.change('3', 'running', 'start', 'cache', { team: 'red' });
    engine.change('4', 'running', 'start', 'alone');
    let label = project;
    const changed = new Emitter<'gantry.docker.endpoint' | 'gantry.docker.groupBy'>();
    const docker = createDocker({
      log: silentLog,
      endpoint: () => engine.address,
      groupBy: () => label,
      onDidChange: changed.event,
    });
    try {
      const tree = docker.tree();
      tree.setVisible(true);
      const [root] = await tree.children(undefined);
      const rows = async (below: ContainerNode | undefined): Promise<string[]> => {
        const nodes = (await tree.children(below)).filter(({ kind }) => kind !== 'folder');
        const described = nodes.map(async (node) => {
          const { label: name, description } = tree.describe(node);
          if (node.kind === 'container') return name;
          assert.equal(tree.parent?.((await tree.children(node))[0]!), node);
          return `${name} (${description}): ${(await rows(node)).join(', ')}`;
        });
        return Promise.all(described);
      };
      assert.deepEqual(await rows(root), ['shop (1 of 2 running): orders, users', 'alone', 'cache']);
      label = 'team';
      changed.fire('gantry.docker.groupBy');
      assert.deepEqual(await rows(root), [
        'blue (0 of 1 running): orders',
        'red (2 of 2 running): cache, users',
        'alone',
      ]);
      label = '';
      changed.fire('gantry.docker.groupBy');
      assert.deepEqual(await rows(root), ['alone', 'cache', 'orders', 'users']);
    } finally {
      docker.dispose();
      await engine.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('files that could not be read say why, and choosing that row asks again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gantry-files-'));
    const engine = await ScriptedEngine.start({ at: join(folder, 'docker.sock') });
    engine.change('1', 'exited', 'die', 'alone');
    const docker = createDocker({ log: silentLog, endpoint: () => engine.address });
    try {
      const tree = docker.tree();
      tree.setVisible(true);
      const below = async (node: ContainerNode | undefined, kind: ContainerNode['kind']): Promise<ContainerNode> => {
        const found = (await tree.children(node)).find((each) => each.kind === kind);
        assert.ok(found !== undefined, kind);
        return found;
      };
      const files = await below(await below(await below(undefined, 'engine'), 'container'), 'file');
      const { label, command } = tree.describe(await below(files, 'fileMessage'));
      assert.match(label, /No such thing/);
      assert.equal(command?.id, 'gantry.docker.refresh');
      const again = new Promise((resolve) => tree.onDidChange(resolve));
      await docker.refresh();
      await again; // VS Code asks for the rows of every open folder then.
      engine.asked.length = 0;
      await tree.children(files);
      assert.ok(engine.asked.includes('/containers/1/archive'), engine.asked.join());
    } finally {
      docker.dispose();
      await engine.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
