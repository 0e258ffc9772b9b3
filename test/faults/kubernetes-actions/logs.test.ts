/** Logs that are hard to follow: L1 silence and resets. */
import assert from 'node:assert/strict';
import { systemClock } from '../../../src/core/backoff.ts';
import type { LogEntry } from '../../../src/core/log/entry.ts';
import type { Requester } from '../../../src/kubernetes/connection.ts';
import type { Kubernetes } from '../../../src/kubernetes/domain.ts';
import { type LogTarget, podLogs } from '../../../src/kubernetes/logs/podLogs.ts';
import { podTarget } from '../../../src/kubernetes/logs/targets.ts';
import { kubeconfigAt, kubernetesOn } from '../../support/kubernetes.ts';
import { long } from '../../support/long.ts';
import { type TestNode, sharedNode } from '../../support/node.ts';
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
      return {
        probe: (signal) => server.probe(signal),
        identity: () => server.identity(),
        request: (path, options) => {
          asked++;
          return server.request(path, { ...options, longestPause: (options.longestPause ?? 0) / faster });
        },
      };
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
});
