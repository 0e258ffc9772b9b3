/** Pods that change 500 times a second for a minute, while all of them are watched and four namespaces are unfolded. */
import { podStatus } from '../../../src/kubernetes/podStatus.ts';
import type { ApiPod } from '../../../src/kubernetes/api.ts';
import type { Kubernetes } from '../../../src/kubernetes/domain.ts';
import type { KubernetesNode } from '../../../src/kubernetes/nodes.ts';
import type { PodRow } from '../../../src/kubernetes/rows.ts';
import { type TestCluster, eventually } from '../../support/controlPlane.ts';
import { collectGarbage } from '../../support/garbage.ts';
import { kubernetesOn } from '../../support/kubernetes.ts';
import { startWriter } from '../../support/writer.ts';
import { type Figure, figure } from '../figures.ts';

const rate = 500;
const seconds = Number(process.env['GANTRY_BENCH_CHURN_SECONDS'] ?? 60);
const unfolded = 4;

export async function churn(cluster: TestCluster): Promise<Figure[]> {
  const kubernetes = kubernetesOn(cluster.kubeconfig);
  try {
    const { current } = await kubernetes.contexts.loaded();
    const look = kubernetes.store.look({ context: current!, kind: 'pods', labelSelector: 'tier=bench' });
    await eventually(() => look.state().state === 'live');
    const view = await openView(kubernetes);
    // What was opened is drawn, the rights in its namespaces are known, and what was left of the start is no garbage of the
    // churn.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    collectGarbage();
    const writer = startWriter(cluster, {
      targets: [...look.rows.keys()].map((key) => `/api/v1/namespaces/${key.replace('/', '/pods/')}/status`),
      // A restart, which every row shows.
      bodies: [JSON.stringify({ status: { containerStatuses: [restarted] } }).replace('"#"', '#')],
      rate,
      seconds,
    });
    view.refreshes = 0;
    const lag = longestLag();
    const slice = await longestSlice(async () => {
      const written = await writer.done;
      console.error(`${written.written} changes in ${written.seconds.toFixed(1)} s`);
      view.seconds = written.seconds;
    });
    const perSecond = view.refreshes / view.seconds;
    const wanted = (await podsOf(cluster)).map(textOf).sort();
    const ours = (): string[] => [...look.rows.values()].map(rowText).sort();
    const equal = await eventually(() => JSON.stringify(ours()) === JSON.stringify(wanted)).then(
      () => 0,
      () => 1,
    );
    console.error(`longest wall lag ${lag().toFixed(0)} ms`);
    const reached = Math.round((rate * seconds) / view.seconds);
    const at = `${reached} changes/s for ${Math.round(view.seconds)} s`;
    return [
      figure(`rows that differ from the server's after ${at}`, equal, '', 0),
      figure(`refreshes a second at ${at}`, perSecond, '', 4),
      figure(`longest slice of the thread at ${at}, CPU`, slice, 'ms', 20),
    ];
  } finally {
    kubernetes.dispose();
  }
}

const restarted = {
  name: 'main',
  image: 'example.invalid/app:1',
  imageID: '',
  ready: true,
  restartCount: '#',
  state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
};

const podsOf = async (cluster: TestCluster): Promise<ApiPod[]> =>
  (await cluster.api<{ items: ApiPod[] }>('GET', '/api/v1/pods?labelSelector=tier%3Dbench')).items;

const textOf = (pod: ApiPod): string => {
  const { status, ready, restarts } = podStatus(pod);
  return `${pod.metadata.namespace}/${pod.metadata.name} ${status} ${ready} ${restarts}`;
};
const rowText = ({ namespace, name, status, ready, restarts }: PodRow): string =>
  `${namespace}/${name} ${status} ${ready} ${restarts}`;

interface View {
  refreshes: number;
  seconds: number;
}

/** Does what VS Code does with a tree: whatever it is told of it describes, and asks for the children of open folders. */
async function openView(kubernetes: Kubernetes): Promise<View> {
  const tree = kubernetes.pods();
  const open = new Set<string>();
  const view = { refreshes: 0, seconds: 0 };
  const unfold = async (node: KubernetesNode | undefined): Promise<readonly KubernetesNode[]> => {
    if (node !== undefined) open.add(node.id);
    const children = await tree.children(node);
    for (const child of children) tree.describe(child);
    return children;
  };
  const redraw = async (node: KubernetesNode | undefined): Promise<void> => {
    if (node !== undefined) tree.describe(node);
    if (node !== undefined && !open.has(node.id)) return;
    for (const child of await unfold(node)) if (open.has(child.id)) await redraw(child);
  };
  tree.onDidChange((nodes) => {
    view.refreshes++;
    for (const node of nodes ?? [undefined]) void redraw(node);
  });
  const context = (await unfold(undefined)).find(({ kind }) => kind === 'context');
  let namespaces: KubernetesNode[] = [];
  await eventually(async () => {
    namespaces = (await unfold(context)).filter((node) => node.kind === 'namespace' && node.name.startsWith('test-'));
    return namespaces.length >= unfolded;
  });
  for (const namespace of namespaces.slice(0, unfolded)) await unfold(namespace);
  return view;
}

const threadCpu = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};

/**
 * The most CPU milliseconds that this thread used without letting anything else run: read by a timer of a millisecond, so
 * it may be too much by that, never too little. A thread that spins to look would take the server's place on the machine.
 */
async function longestSlice(work: () => Promise<unknown>): Promise<number> {
  let [longest, before, running] = [0, threadCpu(), true];
  const look = (): void => {
    const now = threadCpu();
    longest = Math.max(longest, now - before);
    before = now;
    if (running) setTimeout(look, 1);
  };
  look();
  await work();
  running = false;
  return longest;
}

/** The most that a timer came late, by the wall: reported, not judged, for other processes have their part in it. */
function longestLag(): () => number {
  let [longest, due] = [0, performance.now() + 10];
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - due);
    due = now + 10;
  }, 10);
  return () => {
    clearInterval(timer);
    return longest;
  };
}
