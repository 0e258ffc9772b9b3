/** The logs of ten pods as one: how fast, and whether every line is there once through a rollout. */
import { systemClock } from '../../../src/core/backoff.ts';
import type { LogEntry } from '../../../src/core/log/entry.ts';
import type { Requester } from '../../../src/kubernetes/connection.ts';
import { podLogs } from '../../../src/kubernetes/logs/podLogs.ts';
import { workloadTarget } from '../../../src/kubernetes/logs/targets.ts';
import { requesting } from '../../support/kubernetes.ts';
import { eventually } from '../../support/controlPlane.ts';
import { type Figure, against, figure } from '../figures.ts';
import { type Scene, runs } from './scene.ts';

const pods = 10;
const linesEach = 100_000;

/** Reads the merged log until `enough` says so; every entry is passed to `see`. */
async function follow(
  { kubernetes, context, namespace }: Scene,
  name: string,
  see: (entry: LogEntry) => void,
  enough: () => boolean,
  connect: (context: string) => Requester = kubernetes.contexts.connect,
): Promise<void> {
  const target = workloadTarget({ context, namespace }, 'Deployment', name);
  const ending = new AbortController();
  const feed = podLogs({ store: kubernetes.store, connect, clock: systemClock }, target, { follow: true });
  for await (const batch of feed(ending.signal)) {
    batch.forEach(see);
    if (enough()) ending.abort();
  }
}

/** A way to the server that notes each whole line of a log that comes from it. */
function noting(server: Requester, note: (line: string) => void): Requester {
  return requesting(server, async (path, options) => {
    const answer = await server.request(path, options);
    if (!path.endsWith('/log')) return answer;
    const { body } = answer;
    const noted = async function* (): AsyncGenerator<Uint8Array> {
      let rest = '';
      for await (const chunk of body) {
        const lines = (rest + Buffer.from(chunk).toString('latin1')).split('\n');
        rest = lines.pop()!;
        for (const line of lines) note(line.slice(line.indexOf(' ') + 1));
        yield chunk;
      }
    };
    return { ...answer, body: noted() };
  });
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
      ({ remark }) => void (lines += remark === true ? 0 : 1),
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

/**
 * Numbered lines of ten pods while each of them is replaced. What came over the wire is shown once, and no number between
 * two of a pod is missing; a pod whose last line its kubelet did not send any more is told of.
 */
export async function logsThroughRollout(scene: Scene): Promise<Figure[]> {
  const { node, namespace, kubernetes } = scene;
  await node.deploy(namespace, 'rolled', pods, { args: ['lines', '0', '5ms'] });
  const received = new Set<string>();
  const shown = new Set<string>();
  const next = new Map<string, number>();
  let [wrong, gone, ends] = [0, 0, 0];
  const see = ({ text, remark }: LogEntry): void => {
    if (remark === true) gone += text === 'The pod is gone.' ? 1 : 0;
    else {
      const [, name = '', end, number] = /^(\S+) (end )?(\d+)$/.exec(text) ?? [];
      if (shown.has(text) || Number(number) !== (next.get(name) ?? 0)) wrong++;
      shown.add(text);
      next.set(name, Number(number) + 1);
      if (end !== undefined) ends++;
    }
  };
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/rolled`;
  const patch = (body: object): Promise<unknown> =>
    node.cluster.api('PATCH', path, body, { 'content-type': 'application/merge-patch+json' });
  const connect = (id: string): Requester => noting(kubernetes.contexts.connect(id), (line) => received.add(line));
  const following = follow(scene, 'rolled', see, () => gone >= 2 * pods, connect);
  await eventually(() => next.size === pods, 120_000);
  await patch({ spec: { template: { metadata: { annotations: { rolled: 'again' } } } } });
  await node.rolledOut(namespace, 'rolled');
  await patch({ spec: { replicas: 0 } });
  await Promise.race([following, eventually(() => gone >= 2 * pods, 120_000)]);
  const unseen = [...received].filter((line) => !shown.has(line)).length;
  const name = `lines lost or doubled of ${shown.size}, ${next.size} pods through a rollout, ${ends} to their last line`;
  return [figure(name, wrong + unseen, '', 0)];
}
