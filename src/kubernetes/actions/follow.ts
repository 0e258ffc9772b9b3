/** One object, as it is now and whenever it changes, over the same engine that keeps the views' rows. */
import type { Clock } from '../../core/backoff.ts';
import type { Log } from '../../core/log.ts';
import { type ObjectRef, rootPath } from '../apiResource.ts';
import type { Requester } from '../connection.ts';
import { Reflector } from '../reflector.ts';
import { ServerTraits } from '../serverTraits.ts';
import type { WatchState } from '../watchState.ts';
import { jsonCodec } from '../wire.ts';
import type { KubeObject } from './apiCall.ts';
import { placeOf } from './look.ts';

export interface FollowDeps {
  readonly server: Requester;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Follower {
  /** Undefined when there is no such object, or not any more. */
  changed(object: KubeObject | undefined): void;
  state?(state: WatchState): void;
}

/** Runs until aborted; survives what the reflector survives. */
export async function followObject(
  ref: ObjectRef,
  { server, clock, log }: FollowDeps,
  follower: Follower,
  signal: AbortSignal,
): Promise<void> {
  let seen = false;
  const traits = new ServerTraits();
  traits.watchList = false; // A list of one object is quick, and says at once when there is none.
  const within = ref.namespaced ? `/namespaces/${encodeURIComponent(ref.namespace)}` : '';
  const reflector = new Reflector({
    server,
    path: `${rootPath(ref)}${within}/${ref.resource}`,
    query: { fieldSelector: `metadata.name=${ref.name}` },
    what: placeOf(ref),
    codec: jsonCodec(),
    sink: {
      listing: () => (seen = false),
      upsert: (object) => {
        seen = true;
        follower.changed(object as KubeObject);
      },
      remove: () => follower.changed(undefined),
      listed: () => {
        if (!seen) follower.changed(undefined);
      },
    },
    onState: (state) => follower.state?.(state),
    clock,
    log,
    traits,
  });
  await reflector.run(signal);
}
