/** What goes wrong with a cluster in a container: what the person is told, what is left of it, and that the next try works. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { root } from '../../../scripts/lib/project.ts';
import { ApiClient } from '../../../src/cluster/apiClient.ts';
import { ContainerCluster } from '../../../src/cluster/container/containerCluster.ts';
import type { ContainerEngine, ContainerEngines } from '../../../src/cluster/container/engine.ts';
import { registryContainer } from '../../../src/cluster/container/registry.ts';
import { type ContainerSettings, containerName, defaultSettings } from '../../../src/cluster/container/request.ts';
import { type Cluster, createCluster } from '../../../src/cluster/domain.ts';
import { credentialsIn } from '../../../src/cluster/kubeconfig.ts';
import { clusterEngines } from '../../../src/clusterEngine.ts';
import { messageOf } from '../../../src/core/failure.ts';
import { silentLog } from '../../../src/core/log.ts';
import { freePorts } from '../../../src/core/ports.ts';
import { type RunResult, run } from '../../../src/core/processes.ts';
import { type Docker, createDocker } from '../../../src/docker/domain.ts';
import { type Intercepting, beginIntercept, devLoopAt, localProgram } from '../../support/devLoop.ts';
import { type OwnEngine, ownEngine } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { k3sImage } from '../../support/k3sImage.ts';
import { registryImage } from '../../support/registry.ts';
import { noKubeconfigs } from '../../support/noEngines.ts';
import { muteServer } from '../../support/muteServer.ts';
import { dockerArchive } from '../../support/nodeImage.ts';
import { tar } from '../../support/tar.ts';

const never = new AbortController().signal;
const quiet = (): void => {};

describe('a cluster in a container', function () {
  this.timeout(10 * 60_000);
  let engine: OwnEngine;
  let docker: Docker;
  let engines: ContainerEngines;
  let folder: string;
  let settings: ContainerSettings;
  let cluster: Cluster;
  const name = `fault${process.pid}`;

  before(async function () {
    engine = await ownEngine(this);
    settings = { ...defaultSettings, image: await k3sImage(engine) };
    docker = createDocker({ log: silentLog, endpoint: () => engine.address });
    engines = clusterEngines(() => Promise.resolve(docker));
    folder = mkdtempSync(join(tmpdir(), 'gantry-container-fault-'));
    const folders = { cacheFolder: folder, stateFolder: join(folder, 'gantry'), labkitFolder: folder };
    cluster = createCluster({
      log: silentLog,
      ...folders,
      engines: () => Promise.resolve(engines),
      kubeconfigs: noKubeconfigs,
    });
  });
  after(async () => {
    cluster?.dispose();
    docker?.dispose();
    await engine?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  /** One that another window would have. */
  const other = (patience?: number, through = engines): ContainerCluster =>
    new ContainerCluster({
      folder: join(folder, 'gantry', 'cluster'),
      name,
      engines: () => Promise.resolve(through),
      log: silentLog,
      ...(patience === undefined ? {} : { patience }),
    });

  interface State {
    readonly Id: string;
    readonly State: { readonly Running: boolean };
  }
  const container = async (): Promise<State | undefined> => {
    const { status, body } = await engine.api('GET', `/containers/${containerName(name)}/json`);
    return status === 404 ? undefined : (JSON.parse(body.toString()) as State);
  };
  const removeContainer = (): Promise<unknown> =>
    engine.api('DELETE', `/containers/${containerName(name)}?force=1&v=1`);
  const listed = async (): Promise<unknown> =>
    (await cluster.list()).map(({ name, kind, status, message }) => ({ name, kind, status, message }));

  const nothingIsLeft = async (): Promise<void> => {
    assert.equal(await container(), undefined);
    assert.deepEqual(await cluster.list(), []);
    assert.equal(existsSync(join(folder, 'gantry', 'cluster', name)), false);
  };

  /** Cancels a start at the sentence that begins so. */
  async function cancelAt(step: string, wanted = settings): Promise<void> {
    const controller = new AbortController();
    let reached = false;
    const report = (sentence: string): void => {
      if (!sentence.startsWith(step)) return;
      reached = true;
      controller.abort();
    };
    await assert.rejects(cluster.startContainer(report, controller.signal, wanted, name), { name: 'AbortError' }, step);
    assert.ok(reached, step);
    await nothingIsLeft();
  }

  /** That what was wrong is so no longer: the container is started. */
  const getsPast = (): Promise<void> => cancelAt('Waiting for the container to run.');

  it('whose name another container has: says so, and leaves that one alone', async () => {
    const foreign = await engine.create({ name: containerName(name), command: ['wait'] });
    await assert.rejects(cluster.startContainer(quiet, never, settings, name), {
      kind: 'conflict',
      message: `The engine has a container ${containerName(name)} already. Remove it, or give the cluster another name than ${name}.`,
    });
    assert.equal((await container())?.Id, foreign);
    assert.deepEqual(await cluster.list(), []);
    await removeContainer();
    await getsPast();
  });

  it('of an image that cannot be had: names it, why, and the flag', async () => {
    const [port] = await freePorts(1);
    const image = `127.0.0.1:${port}/none:1`;
    const message = new RegExp(`^The image ${image} cannot be had\\. .*refused.* Choose another with --image`);
    await assert.rejects(cluster.startContainer(quiet, never, { ...settings, image }, name), { message });
    await nothingIsLeft();
    await getsPast();
  });

  it('with a registry whose image cannot be had: the same, and makes no cluster', async () => {
    const [port] = await freePorts(1);
    const registry = `127.0.0.1:${port}/none:1`;
    const message = new RegExp(`^The image ${registry} cannot be had\\. .*refused.* Choose another with --registry`);
    await assert.rejects(cluster.startContainer(quiet, never, { ...settings, registry }, name), { message });
    await nothingIsLeft();
    await getsPast();
  });

  it('with a registry whose name another container has: says so, and leaves that one alone', async () => {
    const foreign = await engine.create({ name: registryContainer(name), command: ['wait'] });
    try {
      const wanted = { ...settings, registry: await registryImage(engine) };
      await assert.rejects(cluster.startContainer(quiet, never, wanted, name), {
        kind: 'conflict',
        message: new RegExp(registryContainer(name)),
      });
      const { body } = await engine.api('GET', `/containers/${registryContainer(name)}/json`);
      assert.equal((JSON.parse(body.toString()) as State).Id, foreign);
      await cluster.remove(name);
      await nothingIsLeft();
    } finally {
      await engine.api('DELETE', `/containers/${foreign}?force=1&v=1`);
    }
  });

  it('of an image for another machine: names both platforms', async () => {
    const image = 'gantry-test/foreign:1';
    const layer = tar([{ name: 'k3s', data: Buffer.from('nothing') }]);
    const architecture = process.arch === 'x64' ? 'arm64' : 'amd64';
    await engine.json(
      'POST',
      '/images/load',
      dockerArchive([{ name: image, layer, entrypoint: ['/k3s'] }], architecture),
    );
    try {
      await assert.rejects(cluster.startContainer(quiet, never, { ...settings, image }, name), {
        kind: 'invalid',
        message: new RegExp(
          `${image} is for linux/${architecture}, the engine runs linux/.* Choose another with --image`,
        ),
      });
    } finally {
      await engine.api('DELETE', `/images/${image}`);
    }
    await nothingIsLeft();
    await getsPast();
  });

  it('with limits that make no sense: one sentence for each', async () => {
    for (const [memory, message] of [
      ['much', 'much is no amount of memory. Write 2g or 1500m.'],
      ['100m', '100m of memory is too little for a cluster. Allow at least 1g.'],
    ] as const) {
      await assert.rejects(cluster.startContainer(quiet, never, { ...settings, memory }, name), {
        kind: 'invalid',
        message,
      });
    }
    await nothingIsLeft();
  });

  it('cancelled at each step: leaves nothing', async () => {
    const registry = await muteServer();
    try {
      await cancelAt('Pulling', { ...settings, image: `127.0.0.1:${registry.port}/none:1` });
    } finally {
      await registry.close();
    }
    for (const step of [
      'Looking at the container engine.',
      'Creating the container',
      'Waiting for the container to run.',
      'Waiting for k3s to write its kubeconfig.',
      'Waiting for the API server.',
      'Waiting for the node to become ready.',
    ]) {
      await cancelAt(step);
    }
  });

  it('that dies while it starts: tells the cause and keeps the evidence', async () => {
    const failing = (words: string): ContainerSettings => ({ ...settings, arguments: [words] });
    const start = cluster.startContainer(quiet, never, failing('--test-fatal=write /x: no space left on device'), name);
    const failure = await start.then(
      () => assert.fail('it started'),
      (error: Error) => error,
    );
    const log = join(folder, 'gantry', 'cluster', name, 'logs', 'k3s.log');
    assert.equal(
      failure.message,
      `The cluster ${name} ended while it started. The engine’s disk is full. Make room, for example with "Prune" in the ` +
        `Containers view, and try again. Its log is ${log}.`,
    );
    assert.match(readFileSync(log, 'utf8'), /level=fatal msg="write \/x: no space left on device"/);
    assert.deepEqual(await listed(), [{ name, kind: 'container', status: 'broken', message: failure.message }]);
    assert.equal((await container())?.State.Running, false);

    // The next try takes the place of it; an argument of ours that k3s does not know is a cause, too.
    await assert.rejects(cluster.startContainer(quiet, never, failing('--nonsense'), name), {
      message: /k3s does not know an argument\. Delete the cluster and create it with others\./,
    });
    await cluster.removeAll();
    await nothingIsLeft();
  });

  it('whose port is taken at once, and that stays mute: takes another port, and gives up with the gate', async () => {
    const taken: Server[] = [];
    const refusals: string[] = [];
    /** The engine, but for somebody who takes the first port that is chosen. */
    const contested = (real: ContainerEngine): ContainerEngine => ({
      ...real,
      create: async (as, body, signal) => {
        const { HostConfig } = body as { HostConfig: { PortBindings: Record<string, [{ HostPort: string }]> } };
        if (taken.length === 0) taken.push(await listen(Number(HostConfig.PortBindings['6443/tcp']![0].HostPort)));
        return real.create(as, body, signal);
      },
      start: async (id, signal) => {
        try {
          await real.start(id, signal);
        } catch (error) {
          refusals.push(messageOf(error));
          throw error;
        }
      },
    });
    const through: ContainerEngines = {
      preferred: async () => contested(await engines.preferred()),
      at: (address) => engines.at(address),
    };
    try {
      const start = other(1000, through).start(quiet, never, { ...settings, arguments: ['--test-mute'] });
      await assert.rejects(start, {
        kind: 'timeout',
        message: /did not become ready within 1 s\. Waiting for k3s to write its kubeconfig\./,
      });
    } finally {
      for (const server of taken) server.close();
    }
    assert.match(refusals[0] ?? '', /address already in use|already allocated/);
    assert.equal((await container())?.State.Running, false);
    assert.match(JSON.stringify(await listed()), /"status":"broken","message":"The cluster \w+ did not become ready/);
    await cluster.remove(name);
    await nothingIsLeft();
  });

  describe('of gantry', () => {
    let env: NodeJS.ProcessEnv;
    let kubeconfig: string;
    before(() => {
      kubeconfig = join(folder, 'kube', 'config');
      mkdirSync(join(folder, 'kube'));
      const home = { HOME: folder, XDG_STATE_HOME: folder, XDG_CACHE_HOME: join(folder, 'cache') };
      env = { ...process.env, ...home, KUBECONFIG: kubeconfig, DOCKER_HOST: engine.address, LANG: 'C', LC_ALL: 'C' };
    });
    const line = (words: readonly string[]): string[] => [join(root, 'dist/cli.js'), ...words];
    const gantry = (words: readonly string[], prefix: readonly string[] = []): Promise<RunResult> => {
      const [command, ...args] = [...prefix, process.execPath, ...line(words)];
      return run(command!, args, { env, cwd: folder, timeout: 200_000 });
    };
    const says = async (...words: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await gantry(words);
      assert.equal(code, 0, stderr);
      return stdout.trim();
    };
    /** What the terminal lists, and what a window sees that did nothing. */
    const lists = async (status: string, phase = status): Promise<void> => {
      assert.match(await says('cluster', 'list'), new RegExp(`^${name} +container +${status} +${own()}$`, 'm'));
      await seen([{ name, phase }]);
    };
    const seen = (expected: readonly object[]): Promise<void> =>
      eventually(() =>
        isDeepStrictEqual(
          cluster.clusters().map((each) => ({ name: each.name, phase: each.phase })),
          expected,
        ),
      );
    const own = (): string => join(folder, 'gantry', 'cluster', name, 'kubeconfig');

    let program: Awaited<ReturnType<typeof localProgram>>;
    before(async () => (program = await localProgram()));
    after(() => program?.[0].close());
    /** How many ports this process listens at. */
    const listening = (): number => process.getActiveResourcesInfo().filter((one) => one === 'TCPServerWrap').length;
    let listeningBefore = 0;
    const lent = (): string[] => readdirSync(join(folder, 'gantry', 'loans'));
    const send = async <T>(method: string, path: string, body?: object): Promise<T> => {
      const text = readFileSync(own(), 'utf8');
      const { ca, certificate: cert, key } = credentialsIn(text, own());
      const client = new ApiClient(Number(/127\.0\.0\.1:(\d+)/.exec(text)![1]), { ca, cert, key });
      return (await client.send(method, path, body)).body as T;
    };
    const services = '/api/v1/namespaces/default/services';
    /** Leads a Service of the cluster to this process. */
    const intercept = async (patience?: number): Promise<Intercepting> => {
      listeningBefore = listening();
      const spec = { selector: { app: 'web' }, ports: [{ port: 80 }] };
      await send('POST', services, { metadata: { name: 'web' }, spec }); // Refused where it is there.
      const place = { docker, kubeconfig: own() };
      const request = { place: { kubeconfig: own() }, service: 'web', to: program[1] };
      const session = await beginIntercept(devLoopAt(place, join(folder, 'gantry'), patience), request);
      await eventually(async () => (await send('GET', `${services}/web:80/proxy/`)) === 'from here: /\n');
      return session;
    };
    const noneIsLent = (): void => assert.deepEqual([lent(), listening()], [[], listeningBefore]);
    /** That a session ends though its Service cannot be led back, and that this is done as soon as it can be. */
    const endsLater = async (over: Promise<string>): Promise<void> => {
      await assert.rejects(over, {
        kind: 'unreachable',
        message: /^Service default\/web could not be made what it was: .+ The next start tries again\.$/,
      });
      assert.deepEqual([lent().length, listening()], [1, listeningBefore]);
      if (!(await engine.answers())) await engine.start();
      await lists('stopped');
      const { code, stdout, stderr } = await gantry(['cluster', 'start', name]);
      assert.deepEqual([code, stdout.trim()], [0, own()], stderr);
      assert.match(stderr, /^Service default\/web is again what it was before a session that broke off\.$/m);
      const { spec } = await send<{ spec: { selector: object } }>('GET', `${services}/web`);
      assert.deepEqual(spec.selector, { app: 'web' });
      noneIsLent();
    };
    const create = ['cluster', 'create', name, '--container'];

    it('is interrupted: nothing is left', async () => {
      const args = line([...create, '--image', settings.image]);
      const child = spawn(process.execPath, args, { env, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
      let said = '';
      child.stderr.on('data', (piece: Buffer) => {
        said += piece.toString();
        // Once: a second interrupt ends the program where it stands.
        if (!child.killed && said.includes('Waiting for the container to run.')) child.kill('SIGINT');
      });
      const [code] = (await once(child, 'exit')) as [number];
      assert.equal(code, 3, said);
      await nothingIsLeft();
    });

    it('is created twice at once, over one that failed: one waits, and gets the same', async () => {
      const failing = await gantry([...create, '--image', settings.image, '--argument=--test-fatal=no']);
      assert.match(failing.stderr, /ended while it started\. It ended with status 1\. It said: no Its log is /);
      assert.equal(failing.code, 3);
      await lists('incomplete', 'failed');

      const said: string[] = [];
      const [path, { kubeconfig: same }] = await Promise.all([
        says(...create, '--image', settings.image),
        other().start((sentence) => said.push(sentence), never, settings),
      ]);
      assert.deepEqual([path, same], [own(), own()]);
      const [first] = said;
      if (first !== 'Looking at the container engine.') {
        assert.equal(first, `Waiting for another window that works on the cluster ${name}.`);
        assert.ok(!said.some((sentence) => sentence.startsWith('Creating the container')), said.join('\n'));
      }
      await lists('running');
      const otherwise = await gantry([...create, '--image', settings.image, '--cpus', '1']);
      assert.match(otherwise.stderr, /with other settings\. .*gantry cluster start \w+\..*gantry cluster delete \w+$/m);
    });

    it('is merged into a kubeconfig: not while that is locked or read-only, which is said', async () => {
      const merge = ['cluster', 'kubeconfig', name, '--merge'];
      writeFileSync(`${kubeconfig}.lock`, '');
      const locked = await gantry(merge);
      assert.equal(locked.stderr.split('\n')[0], `Until then: export KUBECONFIG=${own()}`);
      assert.match(locked.stderr, /config\.lock is there: another program changes the kubeconfig.* Remove it then\./);
      assert.deepEqual([locked.code, existsSync(kubeconfig)], [3, false]);
      rmSync(`${kubeconfig}.lock`);

      const readOnly = await gantry(merge, withoutWriting(join(folder, 'kube')));
      assert.match(readOnly.stderr, /config could not be changed: .*(?:read-only|permission)/i);
      assert.equal(existsSync(kubeconfig), false);

      assert.equal(await says(...merge), `${kubeconfig} has the context ${name}.`);
      assert.match(await says('get', 'nodes', '--context', name), new RegExp(`^${containerName(name)} +Ready`, 'm'));
    });

    it('takes an image, and tells its log', async () => {
      const image = await engine.image();
      assert.equal(await says('cluster', 'load', image, '--cluster', name), `${image}: loaded`);
      assert.equal(await says('cluster', 'load', image, '--cluster', name), `${image}: was there`);
      const missing = await gantry(['cluster', 'load', 'gantry-test/none:1', '--cluster', name]);
      assert.match(missing.stderr, /^The engine has no image gantry-test\/none:1\. Build or pull it first\.$/m);
      assert.match(await says('cluster', 'logs', name, '--tail', '5'), /k3s is up and running/);
    });

    it('is stopped and started by somebody else: each is seen', async () => {
      await seen([{ name, phase: 'running' }]);
      await engine.api('POST', `/containers/${containerName(name)}/stop`);
      await seen([{ name, phase: 'stopped' }]);
      await engine.api('POST', `/containers/${containerName(name)}/start`);
      await seen([{ name, phase: 'running' }]);
    });

    it('is ended while a Service of it leads here: that ends and says why, and is as it was once the cluster runs again', async () => {
      const { over } = await intercept(1000);
      await engine.api('POST', `/containers/${containerName(name)}/kill`);
      await endsLater(over);
    });

    it('is ended together with its engine meanwhile: the same', async () => {
      const { over } = await intercept(1000);
      await engine.kill('SIGKILL');
      await endsLater(over);
    });

    it('is stopped, and its port taken: says so, and starts once that is free', async () => {
      const port = Number(/127\.0\.0\.1:(\d+)/.exec(readFileSync(own(), 'utf8'))![1]);
      await says('cluster', 'stop', name);
      await lists('stopped');
      const server = await listen(port);
      try {
        const message =
          'The port of the cluster was taken by another program. End that one and start the cluster again.';
        await assert.rejects(cluster.startAgain(quiet, never, name), { kind: 'conflict', message });
        assert.deepEqual(await listed(), [{ name, kind: 'container', status: 'stopped', message }]);
      } finally {
        server.close();
      }
      assert.equal(await says('cluster', 'start', name), own());
      await lists('running');
    });

    it('loses its container: who leads a Service here is told so at once, the list says so, and it is made anew', async () => {
      const { over } = await intercept();
      await removeContainer();
      assert.equal(await over, 'The cluster was removed.');
      noneIsLent();
      const message = 'Somebody removed its container. Create it again.';
      assert.deepEqual(await listed(), [{ name, kind: 'container', status: 'broken', message }]);
      await assert.rejects(cluster.logs(1, never, name), { kind: 'notFound', message });
      assert.equal(await says('cluster', 'start', name), own());
      await lists('running');
    });

    it('is deleted while a Service of it leads to a program of this machine: that ends by itself', async () => {
      const { over } = await intercept(); // In the new cluster: a second try works.
      // What was merged before leads to the container that is gone; only what leads to this one is taken back.
      const merged = await says('cluster', 'kubeconfig', name, '--merge');
      assert.equal(merged, `${kubeconfig} has the context ${name}-2.`);
      const deleted = await gantry(['cluster', 'delete', name]);
      assert.deepEqual(deleted.stderr.trim().split('\n'), [
        `The context ${name}-2 was taken out of ${kubeconfig}.`,
        `The context ${name} stays in ${kubeconfig}: it is no longer the one of this cluster.`,
      ]);
      const left = readFileSync(kubeconfig, 'utf8');
      assert.equal(left.includes(`${name}-2`), false);
      assert.ok(left.includes(`name: ${name}`));
      assert.equal(await over, 'The cluster was removed.');
      noneIsLent();
      await seen([]);
      await nothingIsLeft();
    });
  });
});

async function listen(port: number): Promise<Server> {
  // Who connects is hung up on: nobody reads what would be left open.
  const server = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** What a command is run with to find a folder read-only; root may write all else. */
function withoutWriting(folder: string): [string, ...string[]] {
  const mount = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"';
  const prefix: [string, ...string[]] = ['unshare', '-m', 'sh', '-c', mount, folder];
  const [command, ...args] = [...prefix, 'sh', '-c', `! touch ${folder}/there 2>/dev/null`];
  execFileSync(command, args);
  return prefix;
}
