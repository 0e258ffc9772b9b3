/** Objects of a cluster as they become: listed once, then followed. */
import type { Clock } from '../../core/backoff.ts';
import type { ClusterClient } from './clusterProxy.ts';
import { refused } from './clusterLab.ts';

/** What of any object it is kept by; of which kind the others are, the caller knows by the path. */
export interface Kept {
  readonly metadata: { readonly uid: string };
}

const againAfter = 200;

/**
 * Calls `changed` with all objects below a path, and again after each change, until aborted; never rejects for that. Throws
 * a Failure `unreachable` when the cluster goes away.
 */
export async function follow(
  client: ClusterClient,
  path: string,
  changed: (objects: readonly Kept[]) => void,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const objects = new Map<string, Kept>();
  try {
    for (;;) {
      const answer = await client.send('GET', path, undefined, signal);
      if (answer.status >= 400) throw refused(answer);
      const { items, metadata } = JSON.parse(answer.body) as {
        readonly items: readonly Kept[];
        readonly metadata: { readonly resourceVersion: string };
      };
      objects.clear();
      for (const item of items) objects.set(item.metadata.uid, item);
      changed([...objects.values()]);
      for await (const line of client.lines(`${path}?watch=1&resourceVersion=${metadata.resourceVersion}`, signal)) {
        const { type, object } = JSON.parse(line) as { readonly type: string; readonly object: Kept };
        if (type === 'ERROR') break;
        if (type === 'DELETED') objects.delete(object.metadata.uid);
        else objects.set(object.metadata.uid, object);
        changed([...objects.values()]);
      }
      await clock.sleep(againAfter, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
