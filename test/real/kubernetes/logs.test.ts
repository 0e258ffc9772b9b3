/** Logs of pods on a real node: nothing lost, nothing doubled, whatever happens between the pod and here. */
import assert from 'node:assert/strict';
import { systemClock } from '../../../src/core/backoff.ts';
import type { LogEntry } from '../../../src/core/log/entry.ts';
import type { Kubernetes } from '../../../src/kubernetes/domain.ts';
import type { LogQuery } from '../../../src/kubernetes/logs/logCall.ts';
import { type LogTarget, podLogs } from '../../../src/kubernetes/logs/podLogs.ts';
import { podTarget, workloadTarget } from '../../../src/kubernetes/logs/targets.ts';
import { eventually } from '../../support/controlPlane.ts';
import { kubeconfigAt, kubernetesOn } from '../../support/kubernetes.ts';
import { type TestNode, sharedNode } from '../../support/node.ts';
import { relayTo } from '../../support/relay.ts';

interface Following {
  readonly entries: LogEntry[];
  /** Texts of the lines, without our remarks. */
  lines(): string[];
  readonly done: Promise<void>;
  stop(): Promise<void>;
}

function follow(kubernetes: Kubernetes, target: LogTarget, query: LogQuery): Following {
  const entries: LogEntry[] = [];
  const ending = new AbortController();
  const { store, contexts } = kubernetes;
  const feed = podLogs({ store, connect: contexts.connect, clock: systemClock }, target, query);
  const done = (async () => {
    for await (const batch of feed(ending.signal)) entries.push(...batch);
  })();
  done.catch(() => {});
  const stop = async (): Promise<void> => {
    ending.abort();
    await done;
  };
  return { entries, lines: () => entries.flatMap(({ text, remark }) => (remark ? [] : [text])), done, stop };
}

/** Fails unless each pod's lines are `NAME 0`, `NAME 1` … `NAME end N` with N lines before the end. */
function assertWhole(lines: readonly string[], name: string): void {
  const own = lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  const end = Number(/^end (\d+)$/.exec(own.at(-1) ?? '')?.[1]);
  assert.deepEqual(own, [...Array.from({ length: end }, (_, i) => String(i)), `end ${end}`]);
}

describe('pod logs', function () {
  this.timeout(10 * 60_000);
  let node: TestNode;
  let kubernetes: Kubernetes;
  let context: string;
  let namespace: string;

  const open = async (kubeconfig: string): Promise<[Kubernetes, string]> => {
    const opened = kubernetesOn(kubeconfig);
    const { contexts } = await opened.contexts.load();
    return [opened, contexts[0]!.id];
  };

  before(async function () {
    node = await sharedNode(this);
    namespace = await node.cluster.namespace();
    [kubernetes, context] = await open(node.cluster.kubeconfig);
  });
  after(async () => {
    kubernetes?.dispose();
    if (node !== undefined) await node.cluster.removeNamespace(namespace);
  });

  it('of a pod: what it wrote, the end of it, and from a time', async () => {
    await node.run(namespace, 'counted', { args: ['lines', '5', '0s'] });
    const read = async (query: LogQuery): Promise<string[]> => {
      const following = follow(kubernetes, podTarget({ context, namespace }, 'counted'), query);
      await following.done;
      return following.lines();
    };
    await eventually(async () => (await read({ follow: false })).length === 6);
    const all = ['counted 0', 'counted 1', 'counted 2', 'counted 3', 'counted 4', 'counted end 5'];
    assert.deepEqual(
      [
        await read({ follow: false }),
        await read({ follow: false, tail: 2 }),
        await read({ follow: false, sinceSeconds: 3600 }),
      ],
      [all, all.slice(-2), all],
    );
  });

  it('follow connections that break again and again', async () => {
    const relay = await relayTo(Number(new URL(node.cluster.server).port));
    const [kubeconfig, remove] = kubeconfigAt(node.cluster.kubeconfig, relay.port);
    const [through, id] = await open(kubeconfig);
    try {
      await node.run(namespace, 'steady', { args: ['lines', '1500', '2ms'] });
      const following = follow(through, podTarget({ context: id, namespace }, 'steady'), { follow: true });
      for (let i = 1; i <= 4; i++) {
        await eventually(() => following.lines().length > i * 250);
        relay.reset();
      }
      await eventually(() => following.lines().at(-1) === 'steady end 1500');
      assertWhole(following.lines(), 'steady');
      await eventually(() => following.entries.some(({ text }) => text === 'Connected again.')); // The loss is told.
      await following.stop();
    } finally {
      through.dispose();
      remove();
      await relay.close();
    }
  });

  it('go on through restarts of the container, and show the run before', async () => {
    // Restarted at once by kubelet's first back-off, so a few runs take seconds.
    const started = follow(kubernetes, podTarget({ context, namespace }, 'crashing'), { follow: true });
    await started.done.catch(() => {}); // There is no such pod yet, and it says so.
    await node.cluster.api('POST', `/api/v1/namespaces/${namespace}/pods`, {
      metadata: { name: 'crashing' },
      spec: node.podSpec({ args: ['crash', '200'] }),
    });
    await eventually(() => podExists(node, namespace, 'crashing'));
    const following = follow(kubernetes, podTarget({ context, namespace }, 'crashing'), { follow: true });
    const runs = (): Map<string, string[]> => {
      const byRun = new Map<string, string[]>();
      for (const line of following.lines()) {
        const [, run, number] = /^run (\d+) line (\d+)$/.exec(line) ?? [];
        byRun.set(run!, [...(byRun.get(run!) ?? []), number!]);
      }
      return byRun;
    };
    await eventually(() => runs().size >= 3 && [...runs().values()].every((lines) => lines.length >= 200), 180_000);
    const whole = Array.from({ length: 200 }, (_, i) => String(i));
    assert.deepEqual([...runs().values()].slice(0, 3), [whole, whole, whole]);
    await following.stop();
    // The kubelet removes the run before the previous one while it starts the next; then it has nothing for a moment.
    await eventually(async () => {
      const target = podTarget({ context, namespace }, 'crashing');
      const previous = follow(kubernetes, target, { follow: false, previous: true });
      await previous.done;
      return previous.lines().length === 200;
    });
  });

  it('of a workload are one, through a rollout, with every line once', async () => {
    await node.deploy(namespace, 'rolled', 3, { args: ['lines', '0', '5ms'] });
    const following = follow(kubernetes, workloadTarget({ context, namespace }, 'Deployment', 'rolled'), {
      follow: true,
    });
    const names = (): Set<string> => new Set(following.lines().map((line) => line.split(' ')[0]!));
    await eventually(() => names().size === 3);
    const old = [...names()];
    await node.cluster.api(
      'PATCH',
      `/apis/apps/v1/namespaces/${namespace}/deployments/rolled`,
      { spec: { template: { metadata: { annotations: { rolled: 'again' } } } } },
      { 'content-type': 'application/merge-patch+json' },
    );
    await node.rolledOut(namespace, 'rolled');
    // A pod that is ready may have written nothing that has come here; told to end now, it would not be waited for below.
    await eventually(() => names().size === 6);
    await node.cluster.api(
      'PATCH',
      `/apis/apps/v1/namespaces/${namespace}/deployments/rolled`,
      { spec: { replicas: 0 } },
      { 'content-type': 'application/merge-patch+json' },
    );
    await eventually(() =>
      [...names()].every((name) => following.lines().some((line) => line.startsWith(`${name} end`))),
    );
    assert.equal(names().size, 6);
    for (const name of names()) assertWhole(following.lines(), name);
    assert.ok(old.every((name) => names().has(name)));
    await following.stop();
  });

  it('say what is wrong where there is nothing to read', async () => {
    const none = follow(kubernetes, podTarget({ context, namespace }, 'nobody'), { follow: true });
    await assert.rejects(none.done, /nobody has no pod in namespace/);
  });
});

const podExists = async (node: TestNode, namespace: string, name: string): Promise<boolean> =>
  (await node.cluster.send('GET', `/api/v1/namespaces/${namespace}/pods/${name}`)).status === 200;
