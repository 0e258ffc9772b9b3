import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../../src/core/log.ts';
import { createDocker } from '../../../src/docker/domain.ts';
import type { EndpointWorld } from '../../../src/docker/endpoints.ts';

describe('the Containers view without an engine', () => {
  let folder = '';
  before(async () => void (folder = await mkdtemp(join(tmpdir(), 'gantry-tree-'))));
  after(() => rm(folder, { recursive: true, force: true }));

  /** The rows of a machine on which nothing but `endpoint` is tried. */
  const rows = async (
    endpoint: string,
  ): Promise<{ label: string; tooltip: string | undefined; command: string | undefined }[]> => {
    const world: EndpointWorld = {
      env: {},
      platform: 'linux',
      home: folder,
      uid: undefined,
      read: async () => undefined,
      list: async () => [],
      resolve: async (path) => path,
    };
    const docker = createDocker({ log: silentLog, endpoint: () => endpoint, world });
    try {
      const tree = docker.tree();
      const nodes = await tree.children(undefined);
      return nodes.map((node) => {
        const { label, tooltip, command } = tree.describe(node);
        return { label, tooltip: tooltip?.replaceAll('\\', ''), command: command?.id };
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

  it('explains a setting that is no endpoint', async () => {
    const [, advice] = await rows('ssh://');
    assert.match(advice?.label ?? '', /ssh:\/\/USER@HOST/);
  });
});
