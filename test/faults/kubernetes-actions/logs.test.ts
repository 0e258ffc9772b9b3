/** Logs that are hard to follow: L1 silence, resets, restarts; L2 lines without end, bytes that are no text, many at once. */
import assert from 'node:assert/strict';
import { systemClock } from '../../../src/core/backoff.ts';
import type { LogEntry } from '../../../src/core/log/entry.ts';
import { viewLimits } from '../../../src/core/log/ring.ts';
import { LogScreen } from '../../../src/core/log/screen.ts';
import type { Requester } from '../../../src/kubernetes/connection.ts';
import type { Kubernetes } from '../../../src/kubernetes/domain.ts';
import { type LogTarget, podLogs } from '../../../src/kubernetes/logs/podLogs.ts';
import { podTarget } from '../../../src/kubernetes/logs/targets.ts';
import { eventually } from '../../support/controlPlane.ts';
import { testEngine } from '../../support/engine.ts';
import { kubeconfigAt, kubernetesOn, requesting } from '../../support/kubernetes.ts';
import { long } from '../../support/long.ts';
import { type TestNode, joinNode, sharedNode } from '../../support/node.ts';
import { relayTo } from '../../support/relay.ts';

describe('logs that are hard to follow', function () {
  this.timeout(20 * 60_000);
  let node: TestNode;
  let kubernetes: Kubernetes;
  let context: string;
  let namespace: string;

  before(async function () {
    node = await sharedNode(this);
    namespace = await node.cluster.namespace();
    kubernetes = kubernetesOn(node.cluster.kubeconfig);
    context = (await kubernetes.contexts.load()).contexts[0]!.id;
  });
  after(async () => {
    kubernetes?.dispose();
    if (node !== undefined) await node.cluster.removeNamespace(namespace);
  });

  /** A pod of one script of the shell; it stays. */
  const script = (name: string, text: string): Promise<void> =>
    node.run(namespace, name, {
      args: [],
      image: 'shell',
      container: { command: ['sh', '-c', `${text}; sleep 10000`] },
    });

  /** Follows until `enough`, and returns what was passed on. */
  async function follow(
    target: LogTarget,
    enough: (entries: readonly LogEntry[]) => boolean,
    options: { readonly domain?: Kubernetes; readonly connect?: (context: string) => Requester } = {},
  ): Promise<LogEntry[]> {
    const { domain = kubernetes, connect = domain.contexts.connect } = options;
    const entries: LogEntry[] = [];
    const ending = new AbortController();
    const feed = podLogs({ store: domain.store, connect, clock: systemClock }, target, { follow: true });
    for await (const batch of feed(ending.signal)) {
      for (const entry of batch) entries.push(entry);
      if (enough(entries)) ending.abort();
    }
    return entries;
  }
  const texts = (entries: readonly LogEntry[]): string[] =>
    entries.flatMap(({ text, remark }) => (remark === true ? [] : [text]));

  it('L1 six minutes of silence, then a line: asked again meanwhile, and each line once', async () => {
    // Shorter by a factor, the silence and the patience with it alike.
    const faster = long ? 1 : 60;
    const silence = 360 / faster;
    await script('quiet', `echo before; sleep ${silence}; echo between; sleep ${silence}; echo after`);
    let asked = 0;
    const connect = (id: string): Requester => {
      const server = kubernetes.contexts.connect(id);
      return requesting(server, (path, options) => {
        asked++;
        return server.request(path, { ...options, longestPause: (options.longestPause ?? 0) / faster });
      });
    };
    const entries = await follow(podTarget({ context, namespace }, 'quiet'), (all) => texts(all).includes('after'), {
      connect,
    });
    assert.deepEqual(texts(entries), ['before', 'between', 'after']);
    assert.ok(asked >= 5, `asked ${asked} times only: the silence was not noticed`);
    assert.deepEqual(
      entries.filter(({ remark }) => remark),
      [],
      'silence is nothing to be told of',
    );
  });

  it('L1 connections reset twenty times while lines come: each line once', async () => {
    const relay = await relayTo(Number(new URL(node.cluster.server).port));
    const [kubeconfig, remove] = kubeconfigAt(node.cluster.kubeconfig, relay.port);
    const domain = kubernetesOn(kubeconfig);
    try {
      const { id } = (await domain.contexts.load()).contexts[0]!;
      await node.run(namespace, 'steady', { args: ['lines', '0', '2ms'] });
      let [resets, next] = [0, 100];
      const entries = await follow(
        podTarget({ context: id, namespace }, 'steady'),
        (all) => {
          const { length } = texts(all);
          if (length >= next && resets < 20) {
            relay.reset();
            resets++;
            next = length + 50;
          }
          return resets === 20 && length > next + 100;
        },
        { domain },
      );
      const lines = texts(entries);
      assert.deepEqual(
        lines,
        Array.from(lines, (_, i) => `steady ${i}`),
      );
      assert.ok(entries.filter(({ text }) => text === 'Connected again.').length > 5, 'the losses were seen and told');
    } finally {
      domain.dispose();
      remove();
      await relay.close();
    }
  });

  it('L1 a container that restarts twenty times: every line of every run once', async () => {
    const runs = 20;
    const impatient =
      'featureGates: {KubeletCrashLoopBackOffMax: true}\ncrashLoopBackOff: {maxContainerRestartPeriod: 1s}\n';
    const own = await joinNode(node.cluster, await testEngine(), impatient);
    try {
      await node.cluster.api('POST', `/api/v1/namespaces/${namespace}/pods`, {
        metadata: { name: 'crashing' },
        spec: own.podSpec({ args: ['crash', '50'] }),
      });
      const byRun = new Map<string, number[]>();
      let seen = 0;
      const note = (all: readonly LogEntry[]): boolean => {
        for (; seen < all.length; seen++) {
          const [, run, number] = /^run (\d+) line (\d+)$/.exec(all[seen]!.text) ?? [];
          if (run !== undefined) byRun.set(run, [...(byRun.get(run) ?? []), Number(number)]);
        }
        return [...byRun.values()].filter(({ length }) => length >= 50).length >= runs;
      };
      const row = `/api/v1/namespaces/${namespace}/pods/crashing`;
      await eventually(async () => (await node.cluster.send('GET', row)).text.includes('"containerID"'));
      // A kubelet looks at a pod that crashed after ten seconds again, or when the pod has changed.
      let touches = 0;
      const touching = setInterval(() => {
        const patch = { metadata: { annotations: { touched: String(touches++) } } };
        void node.cluster.send('PATCH', row, patch, { 'content-type': 'application/merge-patch+json' });
      }, 500);
      const entries = await follow(podTarget({ context, namespace }, 'crashing'), note).finally(() =>
        clearInterval(touching),
      );
      const whole = Array.from({ length: 50 }, (_, i) => i);
      assert.deepEqual(
        [...byRun.values()].slice(0, runs),
        Array.from({ length: runs }, () => whole),
      );
      assert.ok(
        entries.some(({ text }) => text.startsWith('The container restarted')),
        'the restarts are told',
      );
    } finally {
      await node.cluster.send('DELETE', `/api/v1/namespaces/${namespace}/pods/crashing?gracePeriodSeconds=0`);
      await own.close();
    }
  });

  it('L2 a line of 200 MB: its beginning is kept and its length told, and the next line is there', async () => {
    const size = 200_000_000;
    await script('huge', `head -c ${size} /dev/zero | busybox tr '\\0' x; echo; echo after`);
    const [line = '', next] = texts(
      await follow(podTarget({ context, namespace }, 'huge'), (all) => texts(all).includes('after')),
    );
    assert.equal(next, 'after');
    const [kept, more] = /^(x+) … \((\d+) more characters\)$/.exec(line)!.slice(1);
    assert.equal(kept!.length + Number(more), size);
    assert.ok(kept!.length < 100_000);
  });

  it('L2 and S5 bytes that are no text: every line comes, and nothing in it moves a cursor', async () => {
    const sequences = ['\\033]0;owned\\007', '\\033[2J', '\\033]52;c;cm0=\\007', '\\033[31mred', '\\202\\240', '\\r'];
    await script('bytes', `head -c 500000 /dev/urandom; echo; printf '${sequences.join('|')}'; echo; echo after`);
    const lines = texts(
      await follow(podTarget({ context, namespace }, 'bytes'), (all) => texts(all).includes('after')),
    );
    assert.ok(lines.length > 100, `${lines.length} lines`);
    // oxlint-disable-next-line no-control-regex
    const harmful = lines.filter((line) => /[^\P{Cc}\t\u001b]|\u001b(?!\[[\d;:]*m)/u.test(line));
    assert.equal(harmful.length, 0, `${harmful.length} lines`);
    assert.ok(lines.at(-2)!.startsWith('|||\u001b[31mred'), 'only the colour is left');
  });

  it('L2 more lines than are kept: each passes once, and how many were dropped is shown', async () => {
    const count = 150_000;
    await node.run(namespace, 'many', { args: ['lines', String(count), '0s'] });
    const screen = new LogScreen({ write: () => {}, state: () => {} });
    let [lines, shown] = [0, 0];
    await follow(podTarget({ context, namespace }, 'many'), (all) => {
      screen.push(all.slice(shown));
      for (; shown < all.length; shown++) if (all[shown]!.text === `many ${lines}`) lines++;
      return all.at(-1)?.text === `many end ${count}`;
    });
    assert.equal(lines, count);
    assert.equal(screen.dropped, count + 1 - viewLimits.lines);
    const [first, second] = screen.text().split('\n', 2);
    assert.deepEqual(
      [first, second],
      [`(${screen.dropped} older lines were dropped)`, `many ${count + 1 - viewLimits.lines}`],
    );
  });
});
