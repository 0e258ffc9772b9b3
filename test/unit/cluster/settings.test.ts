import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import type { EngineFacts } from '../../../src/cluster/container/engine.ts';
import { problemsOf } from '../../../src/cluster/container/preflight.ts';
import { parseSettings } from '../../../src/cluster/container/record.ts';
import { registryRequest } from '../../../src/cluster/container/registry.ts';
import { defaultSettings, nodeFiles } from '../../../src/cluster/container/request.ts';

describe('settings of a cluster in a container', () => {
  it('have in VS Code the defaults that the terminal has', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      contributes: { configuration: { properties: Record<string, { default: unknown }> } };
    };
    const { properties } = manifest.contributes.configuration;
    const byDefault = (name: string): unknown => properties[`gantry.cluster.${name}`]?.default;
    assert.deepEqual(
      {
        image: byDefault('image'),
        registry: byDefault('registry'),
        mirrors: byDefault('registryMirrors'),
        proxy: byDefault('proxy'),
        arguments: byDefault('arguments'),
        memory: byDefault('memory'),
        cpus: byDefault('cpus'),
      },
      defaultSettings,
    );
  });

  it('are refused where a part is not of its type', () => {
    assert.deepEqual(parseSettings(defaultSettings), defaultSettings);
    for (const wrong of [{ image: 1 }, { proxy: null }, { arguments: 'x' }, { memory: 2 }, { cpus: '2' }]) {
      assert.equal(parseSettings({ ...defaultSettings, ...wrong }), undefined, JSON.stringify(wrong));
    }
  });

  it('that cannot be are named before anything is made', () => {
    const facts: EngineFacts = {
      os: 'linux',
      architecture: 'amd64',
      cgroupVersion: '2',
      memory: 0,
      rootless: false,
      remapped: false,
      limits: { memory: true, cpu: true, pids: true },
    };
    assert.deepEqual(problemsOf(defaultSettings, facts), []);
    assert.deepEqual(problemsOf({ ...defaultSettings, cpus: -1, memory: '$(touch x)' }, facts), [
      '$(touch x) is no amount of memory. Write 2g or 1500m.',
      '-1 is no number of processors. Write 2 or 0.5.',
    ]);
  });

  it('with a registry have its port lead into the node, which asks for images there by the name that this machine uses', () => {
    const settings = { ...defaultSettings, registry: 'registry:3', mirrors: { 'docker.io': ['http://mirror'] } };
    const [file] = nodeFiles(settings, 5001, 'privileged');
    assert.equal(file!.path, 'etc/rancher/k3s/registries.yaml');
    assert.deepEqual(JSON.parse(file!.text), {
      mirrors: {
        'docker.io': { endpoint: ['http://mirror'] },
        'localhost:5001': { endpoint: ['http://localhost:5001'] },
      },
    });
    assert.deepEqual(nodeFiles(defaultSettings, 0, 'privileged'), []);
    assert.deepEqual(registryRequest('dev', 'registry:3', 5001, 'node'), {
      Image: 'registry:3',
      Labels: { 'gantry.cluster.registry': 'dev' },
      Env: ['REGISTRY_HTTP_ADDR=0.0.0.0:5001'],
      HostConfig: { NetworkMode: 'container:node' },
    });
  });

  it('of before there were registries are read as having none', () => {
    const { registry: _, ...before } = defaultSettings;
    assert.deepEqual(parseSettings(before), defaultSettings);
  });
});
