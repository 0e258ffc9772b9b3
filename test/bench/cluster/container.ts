/** A cluster in a container, with the stand-in for k3s: from nothing to a pod, and from a save to another answer of a service. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from '../../../src/cluster/apiClient.ts';
import { ContainerCluster } from '../../../src/cluster/container/containerCluster.ts';
import { defaultSettings } from '../../../src/cluster/container/request.ts';
import { credentialsIn } from '../../../src/cluster/kubeconfig.ts';
import { clusterEngines } from '../../../src/clusterEngine.ts';
import { silentLog } from '../../../src/core/log.ts';
import { type Docker, createDocker } from '../../../src/docker/domain.ts';
import { RunningLoop, editService, helloService } from '../../support/devLoop.ts';
import { testEngine } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { go } from '../../support/generatedServices.ts';
import { k3sImage } from '../../support/k3sImage.ts';
import { useLessonBases } from '../../support/lessonBases.ts';
import { type Figure, against, figure, median } from '../figures.ts';

const runs = 5;
const never = new AbortController().signal;
const quiet = (): void => {};

export async function inContainer(): Promise<Figure[]> {
  const engine = await testEngine();
  const [image, talker] = [await k3sImage(engine), await engine.image()];
  const docker = createDocker({ log: silentLog, endpoint: () => engine.address });
  const folder = await mkdtemp(join(tmpdir(), 'gantry-bench-cluster-'));
  const engines = () => Promise.resolve(clusterEngines(() => Promise.resolve(docker)));
  const cluster = new ContainerCluster({ folder, name: `bench${process.pid}`, engines, log: silentLog });
  const created: number[] = [];
  try {
    for (let at = 0; at < runs; at++) {
      if (at > 0) await cluster.remove();
      created.push(
        await seconds(async () => {
          await cluster.start(quiet, never, { ...defaultSettings, image });
          await cluster.load(talker, quiet, never);
          await firstPod(cluster, talker);
        }),
      );
      console.error(`create ${at + 1}: ${created.at(-1)} s`);
    }
    return [
      figure('container cluster: create to first pod running', median(created), 's', 25),
      await editToAnswer(docker, cluster),
    ];
  } finally {
    await cluster.remove().catch(quiet);
    docker.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Made at once and not tried again: "ready" says that it runs. */
async function firstPod(cluster: ContainerCluster, image: string): Promise<void> {
  const { kubeconfig, server } = (await cluster.running())!;
  const { ca, certificate, key } = credentialsIn(await readFile(kubeconfig, 'utf8'), kubeconfig);
  const api = new ApiClient(Number(new URL(server).port), { ca, cert: certificate, key });
  const containers = [{ name: 'main', image, imagePullPolicy: 'Never', args: ['wait'] }];
  const pods = '/api/v1/namespaces/default/pods';
  await api.send('POST', pods, {
    metadata: { name: 'web' },
    spec: { automountServiceAccountToken: false, containers },
  });
  await eventually(async () => {
    const { body } = await api.send('GET', `${pods}/web`);
    return (body as { status?: { phase?: string } }).status?.phase === 'Running';
  });
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
          await cluster.load(tag, quiet, never);
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
