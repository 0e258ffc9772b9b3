/** What was learnt about a server, shared by the watches on it. */
import type { Requester } from './connection.ts';

export class ServerTraits {
  /** False once it refused to send a list as a watch (before 1.27, feature gate off, etcd below 3.4.31). */
  watchList = true;
  #uid: string | undefined;
  #asked = false;

  /** Learns who the server is, once; to be called when it has just answered. */
  learn(server: Requester): void {
    if (this.#asked) return;
    this.#asked = true;
    server.identity().then(
      ({ uid }) => (this.#uid = uid),
      () => (this.#asked = false), // The next answer is another chance.
    );
  }

  /**
   * Whether a watch may go on from `version` after the connection was lost. Not when another cluster answers, nor when
   * the server is behind the version: etcd was restored from a backup, and what happens until it has caught up would
   * never be told (kubernetes/kubernetes#107457). Not either when the server does not say. Rejects as a request does.
   */
  async mayGoOn(server: Requester, version: string, signal: AbortSignal): Promise<boolean> {
    const now = await server.identity();
    signal.throwIfAborted();
    if (now.uid === undefined || now.version === undefined) return false;
    const same = this.#uid === undefined || this.#uid === now.uid;
    this.#uid = now.uid;
    return same && !isBehind(now.version, version);
  }
}

/** Versions are etcd's revisions; what is not a number cannot be compared (they are opaque by contract before 1.35). */
function isBehind(server: string, ours: string): boolean {
  const isNumber = /^\d+$/;
  return isNumber.test(server) && isNumber.test(ours) && BigInt(server) < BigInt(ours);
}
