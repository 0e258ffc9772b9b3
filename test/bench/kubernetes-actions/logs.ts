/** The logs of ten pods as one: how fast, and whether every line is there once through a rollout. */
import { systemClock } from '../../../src/core/backoff.ts';
import { podLogs } from '../../../src/kubernetes/logs/podLogs.ts';
import { workloadTarget } from '../../../src/kubernetes/logs/targets.ts';
import { eventually } from '../../support/controlPlane.ts';
import { type Figure, against, figure } from '../figures.ts';
import { type Scene, runs } from './scene.ts';

const pods = 10;
const linesEach = 100_000;

/** Reads the merged log until `enough` says so; every entry of a container is passed to `see`. */
async function follow(
  { kubernetes, context, namespace }: Scene,
  name: string,
  see: (source: string, text: string) => void,
  enough: () => boolean,
): Promise<void> {
  const { store, contexts } = kubernetes;
  const target = workloadTarget({ context, namespace }, 'Deployment', name);
  const ending = new AbortController();
  const feed = podLogs({ store, connect: contexts.connect, clock: systemClock }, target, { follow: true });
  for await (const batch of feed(ending.signal)) {
    for (const { source, text, remark } of batch) if (remark !== true) see(source, text);
    if (enough()) ending.abort();
  }
}

/** Pods that have written all their lines; both sides follow from the first line until they have every one. */
export async function logThroughput(scene: Scene): Promise<Figure[]> {
  const { node, namespace } = scene;
  await node.deploy(namespace, 'written', pods, { args: ['lines', String(linesEach), '0s'] });
  const total = pods * (linesEach + 1);
  const ours: number[] = [];
  const theirs: number[] = [];
  await linesOfKubectl(scene, total); // Until the pods have written them all.
  for (let run = 0; run < runs; run++) {
    theirs.push(await linesOfKubectl(scene, total));
    const began = performance.now();
    let lines = 0;
    await follow(
      scene,
      'written',
      () => void lines++,
      () => lines >= total,
    );
    ours.push(total / ((performance.now() - began) / 1000));
    console.error(`lines/s: kubectl ${Math.round(theirs.at(-1)!)}, ours ${Math.round(ours.at(-1)!)}`);
  }
  await node.cluster.api('DELETE', `/apis/apps/v1/namespaces/${namespace}/deployments/written`);
  return [
    against(
      `lines a second of ${pods} pods followed as one`,
      ours,
      'kubectl logs -f',
      theirs,
      (ratio) => ratio >= 0.7,
      '≥ 0.7',
      'lines/s',
    ),
  ];
}

/** Lines a second. */
async function linesOfKubectl({ kubectl }: Scene, total: number): Promise<number> {
  const began = performance.now();
  const child = kubectl(
    'logs',
    '-f',
    '-l',
    'app=written',
    `--max-log-requests=${pods}`,
    '--tail=-1',
    '--prefix',
    '--timestamps',
  );
  try {
    let lines = 0;
    for await (const piece of child.stdout!) {
      const chunk = piece as Buffer;
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
      if (lines >= total) return total / ((performance.now() - began) / 1000);
    }
    throw new Error(`kubectl printed ${lines} of ${total} lines`);
  } finally {
    child.kill('SIGKILL');
  }
}

/** Numbered lines of ten pods while each of them is replaced: a pod's last line says how many it wrote. */
export async function logsThroughRollout(scene: Scene): Promise<Figure[]> {
  const { node, namespace } = scene;
  await node.deploy(namespace, 'rolled', pods, { args: ['lines', '0', '5ms'] });
  const next = new Map<string, number>();
  const ended = new Set<string>();
  let wrong = 0;
  let count = 0;
  let rolled = false;
  const see = (_: string, text: string): void => {
    count++;
    const [, name, end, number] = /^(\S+) (end )?(\d+)$/.exec(text) ?? [];
    if (name === undefined || Number(number) !== (next.get(name) ?? 0)) wrong++;
    if (end === undefined) next.set(name!, Number(number) + 1);
    else ended.add(name!);
  };
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/rolled`;
  const patch = (body: object): Promise<unknown> =>
    node.cluster.api('PATCH', path, body, { 'content-type': 'application/merge-patch+json' });
  const following = follow(scene, 'rolled', see, () => rolled && ended.size >= 2 * pods);
  await eventually(() => next.size === pods, 120_000);
  await patch({ spec: { template: { metadata: { annotations: { rolled: 'again' } } } } });
  await node.rolledOut(namespace, 'rolled');
  await patch({ spec: { replicas: 0 } });
  rolled = true;
  await Promise.race([
    following,
    new Promise((_, reject) =>
      setTimeout(() => reject(new Error(`${ended.size} of ${2 * pods} pods told their end`)), 180_000).unref(),
    ),
  ]);
  return [figure(`lines lost or doubled of ${count}, ${2 * pods} pods through a rollout`, wrong, '', 0)];
}
