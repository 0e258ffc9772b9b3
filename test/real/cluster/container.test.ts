import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { clusterEngines } from '../../../src/clusterEngine.ts';
import { ApiClient } from '../../../src/cluster/apiClient.ts';
import { ContainerCluster } from '../../../src/cluster/container/containerCluster.ts';
import type { ContainerEngine, ContainerEngines } from '../../../src/cluster/container/engine.ts';
import { loadImage } from '../../../src/cluster/container/load.ts';
import { loadIntoNodes, otherClusters } from '../../../src/cluster/container/otherClusters.ts';
import { type ContainerSettings, defaultSettings } from '../../../src/cluster/container/request.ts';
import { credentialsIn } from '../../../src/cluster/kubeconfig.ts';
import { silentLog } from '../../../src/core/log.ts';
import { type Docker, createDocker } from '../../../src/docker/domain.ts';
import { thisMachine } from '../../../src/docker/endpoints.ts';
import { type Engine, sharedEngine } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { k3sImage } from '../../support/k3sImage.ts';
import { dlvProgram } from '../../support/peers.ts';
import { registryImage } from '../../support/registry.ts';
import { type TestedPlace, devLoopTests } from './devLoop.ts';
import { sessionTests } from './sessions.ts';

const never = new AbortController().signal;

/** The engine, but what is made on it bears labels. */
const marked = (real: ContainerEngine, labels: Readonly<Record<string, string>>): ContainerEngine => ({
  ...real,
  create: (as, body, signal) => {
    if (as.endsWith('-registry')) return real.create(as, body, signal); // Which is no node.
    const { Labels } = body as { Labels: object };
    return real.create(as, { ...body, Labels: { ...Labels, ...labels } }, signal);
  },
});
const quiet = (): void => {};

describe('cluster in a container', function () {
  this.timeout(10 * 60_000);
  let engine: Engine;
  let docker: Docker;
  let engines: ContainerEngines;
  let folder: string;
  let cluster: ContainerCluster;
  let settings: ContainerSettings;
  const name = `test${process.pid}`;
  /** So that the node is one of a cluster of kind, too: nothing of ours is asked when an image is brought into that. */
  const kindLabels = { 'io.x-k8s.kind.cluster': name, 'io.x-k8s.kind.role': 'control-plane' };

  before(async function () {
    engine = await sharedEngine(this);
    const image = await k3sImage(engine);
    const path = [dirname(await dlvProgram()), process.env['PATH']].join(delimiter);
    const world = { ...thisMachine(), env: { ...process.env, PATH: path } };
    docker = createDocker({ log: silentLog, endpoint: () => engine.address, world });
    folder = await mkdtemp(join(tmpdir(), 'gantry-container-'));
    settings = { ...defaultSettings, image, registry: await registryImage(engine) };
    engines = clusterEngines(() => Promise.resolve(docker));
    const asOfKind = { ...engines, preferred: async () => marked(await engines.preferred(), kindLabels) };
    cluster = new ContainerCluster({ folder, name, engines: async () => asOfKind, log: silentLog });
  });
  after(async () => {
    for (const each of ['-registry', '']) await engine?.api('DELETE', `/containers/gantry-${name}${each}?force=1&v=1`);
    docker?.dispose();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  const api = async (): Promise<ApiClient> => {
    const { kubeconfig, server } = (await cluster.running())!;
    const { ca, certificate, key } = credentialsIn(await readFile(kubeconfig, 'utf8'), kubeconfig);
    return new ApiClient(Number(new URL(server).port), { ca, cert: certificate, key });
  };
  const isReady = async (pod = 'web'): Promise<boolean> => {
    const { body } = await (await api()).send('GET', `/api/v1/namespaces/default/pods/${pod}`);
    const { status } = body as { status?: { containerStatuses?: { ready: boolean; state: { running?: object } }[] } };
    return status?.containerStatuses?.[0]?.state.running !== undefined;
  };

  const volumes = async (): Promise<number> =>
    ((await engine.json<{ Volumes: unknown[] | null }>('GET', '/volumes')).Volumes ?? []).length;
  let volumesBefore: number;

  it('is created, and runs a pod of a loaded image', async () => {
    volumesBefore = await volumes();
    const said: string[] = [];
    const { kubeconfig } = await cluster.start((sentence) => said.push(sentence), never, settings);
    assert.equal(statSync(kubeconfig).mode & 0o777, 0o600);
    assert.deepEqual(
      said.filter((sentence) => sentence.startsWith('Waiting')),
      [
        'Waiting for the container to run.',
        'Waiting for k3s to write its kubeconfig.',
        'Waiting for the API server.',
        'Waiting for the node to become ready.',
      ],
    );
    assert.deepEqual(await cluster.standing(), { status: 'running' });

    const image = await engine.image();
    const here = await engines.preferred();
    const node = await cluster.node(never);
    assert.equal(await loadImage(here, node, image, quiet, never), 'loaded');
    assert.equal(await loadImage(here, node, image, quiet, never), 'present');

    const kind = (await otherClusters(here, never)).find((each) => each.name === `kind-${name}`);
    assert.ok(kind, 'it is known by its labels');
    const reached = (await cluster.running())!;
    const published = [reached.server, `http://${reached.registry}`].map((url) => Number(new URL(url).port));
    assert.deepEqual(new Set(kind.ports), new Set(published));
    const shell = await engine.shellImage();
    assert.ok((await here.imageNames(never)).includes(shell));
    const nodes = kind.nodes.map((id) => ({ engine: here, id }));
    assert.equal(await loadIntoNodes(nodes, shell, quiet, never), 'loaded');
    assert.equal(await loadIntoNodes(nodes, shell, quiet, never), 'present');

    const { status } = await (
      await api()
    ).send('POST', '/api/v1/namespaces/default/pods', {
      metadata: { name: 'web' },
      spec: {
        automountServiceAccountToken: false,
        containers: [{ name: 'main', image, imagePullPolicy: 'Never', args: ['wait'] }],
      },
    });
    assert.equal(status, 201);
    await eventually(() => isReady());
  });

  it('pulls by the same name what was pushed from here to the registry next to it', async () => {
    const { registry } = (await cluster.running())!;
    const image = `${registry}/talker:1`;
    const pod = {
      metadata: { name: 'pulled' },
      spec: {
        automountServiceAccountToken: false,
        containers: [{ name: 'main', image, imagePullPolicy: 'Always', args: ['wait'] }],
      },
    };
    await (await api()).send('POST', '/api/v1/namespaces/default/pods', pod);
    await eventually(async () => {
      const { body } = await (await api()).send('GET', '/api/v1/namespaces/default/pods/pulled');
      return /ErrImagePull|ImagePullBackOff/.test(JSON.stringify(body)); // It was not there before.
    });
    await engine.api('POST', `/images/${await engine.image()}/tag?repo=${registry}/talker&tag=1`);
    const pushed = docker.transfer(engine.address, 'push', image, never);
    for await (const line of pushed) assert.doesNotMatch(JSON.stringify(line), /"error/);
    await (await api()).send('DELETE', '/api/v1/namespaces/default/pods/pulled?gracePeriodSeconds=0');
    await eventually(
      async () => (await (await api()).send('POST', '/api/v1/namespaces/default/pods', pod)).status === 201,
    );
    await eventually(() => isReady('pulled'));
    const hosting = '/api/v1/namespaces/kube-public/configmaps/local-registry-hosting';
    const { body } = await (await api()).send('GET', hosting);
    assert.deepEqual((body as { data: object }).data, { 'localRegistryHosting.v1': `host: "${registry}"\n` });
  });

  const place = (): TestedPlace => ({ engine, docker, kubeconfig: cluster.layout.kubeconfig, api });
  devLoopTests(place);
  sessionTests(place);

  // Nested, for mocha runs what is not before all that is.
  describe('at its end', () => {
    it('goes on after a stop, and leaves nothing when it is removed', async () => {
      await cluster.stop();
      assert.deepEqual(await cluster.standing(), { status: 'stopped' });
      assert.ok(
        !(await otherClusters(await engines.preferred(), never)).some((each) => each.name === `kind-${name}`),
        'it does not run',
      );
      const { registry } = await cluster.start(quiet, never);
      await eventually(() => isReady());
      await eventually(async () => (await fetch(`http://${registry}/v2/`).catch(() => undefined))?.ok === true);

      await cluster.remove();
      assert.deepEqual(await cluster.standing(), { status: 'absent' });
      for (const each of ['', '-registry']) {
        assert.equal((await engine.api('GET', `/containers/gantry-${name}${each}/json`)).status, 404);
      }
      assert.equal(await volumes(), volumesBefore);
      assert.equal(existsSync(cluster.layout.folder), false);
    });
  });
});
