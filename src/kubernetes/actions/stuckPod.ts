/** Notices a pod of a workload that gets no further, long before its rollout runs into its deadline. */
import { systemClock } from '../../core/backoff.ts';
import { withoutColours } from '../../core/log/clean.ts';
import { type ObjectRef, known } from '../apiResource.ts';
import { podLogs } from '../logs/podLogs.ts';
import { podTarget } from '../logs/targets.ts';
import type { Requester } from '../connection.ts';
import type { PodRow } from '../rows.ts';
import { complete } from '../complete.ts';
import type { Store } from '../store.ts';
import { explain } from './explain/explain.ts';
import type { Explanation } from './explain/explanation.ts';

export interface StuckPod {
  readonly name: string;
  readonly explanations: readonly Explanation[];
  /** The end of what its containers wrote. */
  readonly log: readonly string[];
}

/** What kubelets say of a pod that waits for a person: another attempt would end as the last one did. */
const stuck =
  /(?:^|:)(?:CrashLoopBackOff|ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName|CreateContainerConfigError|CreateContainerError|RunContainerError)$/;

/** Lines of a log that tell why a program ended. */
const keptLines = 10;

/** The pods of a workload that are there now, by uid. Throws Failure. */
export async function uidsOf(store: Store, workload: ObjectRef, signal: AbortSignal): Promise<Set<string>> {
  const look = store.look({ context: workload.context, kind: 'pods', namespace: workload.namespace });
  try {
    await complete(look, signal);
    return new Set([...look.rows.values()].filter(belongsTo(workload)).map(({ uid }) => uid));
  } finally {
    look.dispose();
  }
}

/**
 * Resolves with the first pod of a workload that is stuck; undefined when the signal aborts before there is one.
 * @param others pods that do not count: those of the rollout before, by uid.
 */
export async function stuckPod(
  { store, connect }: { readonly store: Store; readonly connect: (context: string) => Requester },
  workload: ObjectRef,
  others: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<StuckPod | undefined> {
  const { context, namespace } = workload;
  const look = store.look({ context, kind: 'pods', namespace });
  try {
    const row = await new Promise<PodRow | undefined>((resolve) => {
      const search = (): void => {
        const found = [...look.rows.values()]
          .filter(belongsTo(workload))
          .find(({ uid, status }) => stuck.test(status) && !others.has(uid));
        if (found !== undefined) resolve(found);
      };
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
      if (signal.aborted) resolve(undefined);
      look.onDidChange(search);
      search();
    });
    if (row === undefined) return undefined;
    const { name } = row;
    const explanations = await explain({ ...known.pods, context, namespace, name }, connect(context), signal);
    const log: string[] = [];
    const feed = podLogs({ store, connect, clock: systemClock }, podTarget(workload, name), {
      follow: false,
      tail: keptLines,
    });
    // What never started has written nothing; then there is only what the kubelet says of it.
    if (row.restarts > 0)
      for await (const entries of feed(signal)) log.push(...entries.map(({ text }) => withoutColours(text)));
    return { name, explanations, log: log.slice(-keptLines) };
  } finally {
    look.dispose();
  }
}

const belongsTo =
  ({ kind, name }: ObjectRef) =>
  ({ ownerKind, ownerName }: PodRow): boolean =>
    ownerKind === kind && ownerName === name;
