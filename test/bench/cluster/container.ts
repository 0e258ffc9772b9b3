/** A cluster in a container, with the stand-in for k3s: from nothing to a pod, and from a save to another answer of a service. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from '../../../src/cluster/apiClient.ts';
import { ContainerCluster } from '../../../src/cluster/container/containerCluster.ts';
import { loadImage } from '../../../src/cluster/container/load.ts';
import { defaultSettings } from '../../../src/cluster/container/request.ts';
import { credentialsIn } from '../../../src/cluster/kubeconfig.ts';
import { clusterEngines } from '../../../src/clusterEngine.ts';
import { silentLog } from '../../../src/core/log.ts';
import { type Docker, createDocker } from '../../../src/docker/domain.ts';
import { RunningLoop, editService, helloService } from '../../support/devLoop.ts';
import { run } from '../../../src/core/processes.ts';
import { type Engine, testEngine } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { go } from '../../support/generatedServices.ts';
import { k3sImage } from '../../support/k3sImage.ts';
import { tar } from '../../support/tar.ts';
import { useLessonBases } from '../../support/lessonBases.ts';
import { type Figure, against, figure, median } from '../figures.ts';

const runs = 5;
const cycles = 20;
/** Half a hundred readies, of new clusters and of clusters that were stopped. */
const readies = 50;
const never = new AbortController().signal;
const quiet = (): void => {};

async function load(cluster: ContainerCluster, image: string): Promise<void> {
  const node = await cluster.node(never);
  await loadImage(node.engine, node, image, quiet, never);
}

export async function inContainer(): Promise<Figure[]> {
  const engine = await testEngine();
  const [image, talker] = [await k3sImage(engine), await engine.image()];
  const docker = createDocker({ log: silentLog, endpoint: () => engine.address });
  const folder = await mkdtemp(join(tmpdir(), 'gantry-bench-cluster-'));
  const engines = () => Promise.resolve(clusterEngines(() => Promise.resolve(docker)));
  const cluster = new ContainerCluster({ folder, name: `bench${process.pid}`, engines, log: silentLog });
  const created: number[] = [];
  const before = await left(engine);
  let firstPods = 0;
  try {
    for (let at = 0; at < cycles; at++) {
      created.push(
        await seconds(async () => {
          await cluster.start(quiet, never, { ...defaultSettings, image });
          await load(cluster, talker);
          if (await firstPod(cluster, talker, 'web')) firstPods++;
        }),
      );
      console.error(`create ${at + 1}: ${created.at(-1)} s`);
      if (at < cycles - 1) await cluster.remove();
    }
    for (let at = cycles; at < readies; at++) {
      await cluster.stop();
      await cluster.start(quiet, never);
      if (await firstPod(cluster, talker, `web-${at}`)) firstPods++;
    }
    const loads = await loading(engine, cluster);
    const dev = await editToAnswer(docker, cluster);
    await cluster.remove();
    const after = await left(engine);
    return [
      figure('container cluster: create to first pod running', median(created), 's', 25),
      figure(`containers, volumes and networks left by ${cycles} cycles`, after - before, '', 0),
      { name: 'first pods created straight after ready that ran', value: firstPods, unit: `of ${readies}`, must: 'all', holds: firstPods === readies }, // prettier-ignore
      ...loads,
      dev,
    ];
  } finally {
    await cluster.remove().catch(quiet);
    docker.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether a pod that is made at once, and not again, comes to run: "ready" says that it does. */
async function firstPod(cluster: ContainerCluster, image: string, name: string): Promise<boolean> {
  const { kubeconfig, server } = (await cluster.running())!;
  const { ca, certificate, key } = credentialsIn(await readFile(kubeconfig, 'utf8'), kubeconfig);
  const api = new ApiClient(Number(new URL(server).port), { ca, cert: certificate, key });
  const containers = [{ name: 'main', image, imagePullPolicy: 'Never', args: ['wait'] }];
  const pods = '/api/v1/namespaces/default/pods';
  await api.send('POST', pods, {
    metadata: { name },
    spec: { automountServiceAccountToken: false, containers },
  });
  const running = eventually(async () => {
    const { body } = await api.send('GET', `${pods}/${name}`);
    return (body as { status?: { phase?: string } }).status?.phase === 'Running';
  });
  return running.then(
    () => true,
    () => false,
  );
}

/** How many containers, volumes and networks an engine has. */
async function left(engine: Engine): Promise<number> {
  const containers = await engine.json<unknown[]>('GET', '/containers/json?all=1');
  const networks = await engine.json<unknown[]>('GET', '/networks');
  const { Volumes } = await engine.json<{ Volumes: unknown[] | null }>('GET', '/volumes');
  return containers.length + networks.length + (Volumes ?? []).length;
}

/** Images of 200 MB that nobody has seen, ours against `docker save` piped into `ctr import`; and one again, unchanged. */
async function loading(engine: Engine, cluster: ContainerCluster): Promise<Figure[]> {
  const node = (await cluster.running())!.kubeconfig.split('/').at(-2)!;
  const [ours, theirs, again]: number[][] = [[], [], []];
  for (let at = 0; at < runs; at++) {
    const names = ['ours', 'theirs'].map((who) => `gantry-bench/${who}:${at}`) as [string, string];
    for (const name of names) {
      await engine.importImage(name, tar([{ name: 'bytes', data: randomBytes(200e6) }]), 'CMD ["/bytes"]');
    }
    const [mine, other] = names;
    const pipe = `docker save ${other} | docker exec -i gantry-${node} ctr -n k8s.io images import -`;
    const env = { ...process.env, DOCKER_HOST: engine.address };
    theirs!.push(
      await seconds(async () => {
        const { code, stderr } = await run('sh', ['-c', pipe], { env, timeout: 120_000 });
        if (code !== 0) throw new Error(stderr);
      }),
    );
    ours!.push(await seconds(() => load(cluster, mine)));
    again!.push(await seconds(() => load(cluster, mine)));
    for (const name of names) await engine.api('DELETE', `/images/${name}`);
    console.error(`load ${at + 1}: piped ${theirs!.at(-1)} s, ours ${ours!.at(-1)} s, again ${again!.at(-1)} s`);
  }
  return [
    against('load of a 200 MB image', ours!, 'docker save | ctr import', theirs!, (ratio) => ratio <= 1.3, '≤ 1.3'),
    figure('the same again, unchanged', median(again!), 's', 1),
  ];
}

/** A save in the loop against the same edit compiled here, built into an image and loaded by hand; alternating. */
async function editToAnswer(docker: Docker, cluster: ContainerCluster): Promise<Figure> {
  await useLessonBases(await testEngine());
  const [service, byHand] = [await helloService(), await helloService()];
  const { address } = await docker.preferred();
  const loop = new RunningLoop({ docker, kubeconfig: cluster.layout.kubeconfig }, { folder: service, once: false, delete: false }); // prettier-ignore
  const [ours, theirs]: [number[], number[]] = [[], []];
  try {
    await loop.waits(1);
    let text = 'hello';
    for (let at = 0; at < runs; at++) {
      const before = text;
      text = `edit ${at}`;
      theirs.push(
        await seconds(async () => {
          editService(byHand, 'cmd/billing/main.go', `"${before}"`, `"${text}"`);
          await go(byHand, 'build', '-trimpath', '-o', join(byHand, 'program'), './cmd/billing');
          await rm(join(byHand, 'program'));
          const tag = `byhand:${at}`;
          await docker.build(address, { folder: byHand, dockerfile: 'Dockerfile', tag }, quiet, never);
          await load(cluster, tag);
        }),
      );
      ours.push(
        await seconds(async () => {
          editService(service, 'cmd/billing/main.go', `"${before}"`, `"${text}"`);
          // A connection that is cut for new pods is asked again.
          await eventually(async () => (await answer(loop.address)) === `${text}\n`);
        }),
      );
      await loop.waits(at + 2);
      console.error(`edit ${at + 1}: by hand ${theirs.at(-1)} s, loop ${ours.at(-1)} s`);
    }
    return against(
      'dev loop: edit to new answer',
      ours,
      'go build, image build and load',
      theirs,
      (ratio) => ratio <= 2,
      '≤ 2',
    );
  } finally {
    await loop.end().catch(quiet);
    await Promise.all([service, byHand].map((folder) => rm(folder, { recursive: true, force: true })));
  }
}

const answer = async (address: string): Promise<string> => {
  try {
    return await (await fetch(address)).text();
  } catch {
    return '';
  }
};

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return Math.round(performance.now() - began) / 1000;
}
