/**
 * Requests as those who are not in the cluster send them to a Service: to its pods that are ready, one after the other. That
 * a pod goes they learn late, as the nodes of a cluster do; that another has come, at once.
 */
import { t } from '../../core/l10n.ts';
import { milliseconds, type RolloutCheck } from './specs.ts';
import type { Answer } from './clusterProxy.ts';
import type { CheckContext } from './context.ts';

/** How a request was lost. */
export type LossKind = 'nobody' | 'refused' | 'cut' | 'unready' | 'wrong';

export interface Loss {
  readonly kind: LossKind;
  readonly text: string;
}

export interface TrafficOptions {
  readonly spec: Pick<RolloutCheck, 'path' | 'longest'>;
  readonly context: Pick<CheckContext, 'clock' | 'random' | 'signal'>;
  /** A request to a pod, through the API server. */
  readonly send: (pod: string, path: string) => Promise<Answer>;
  /** What pods may answer beside the nonce: the versions there are. */
  readonly versions: readonly string[];
  /** Milliseconds until it is learnt that a pod goes. */
  readonly late: number;
}

/** So many callers, each with one request at a time, of so many milliseconds. */
const callers = 4;
const usual = [5, 60] as const;
const whileNobody = 50;
/** A connection that nobody takes is refused before so many milliseconds. */
const atOnce = 1_000;

export class Traffic {
  readonly #options: TrafficOptions;
  readonly #over = new AbortController();
  #pods: readonly string[] = [];
  #leaving = new Map<string, NodeJS.Timeout>();
  #turn = 0;
  #losses: Loss[] = [];
  #answers = new Map<string, number>();
  #slowest = 0;
  #running: readonly Promise<void>[] = [];
  readonly #last = new Set<Promise<void>>();

  constructor(options: TrafficOptions) {
    this.#options = options;
  }

  /** The pods that the Service leads to now, by name. */
  learn(pods: readonly string[]): void {
    for (const pod of pods) {
      clearTimeout(this.#leaving.get(pod));
      this.#leaving.delete(pod);
      if (!this.#pods.includes(pod)) this.#pods = [...this.#pods, pod];
    }
    for (const pod of this.#pods) {
      if (pods.includes(pod) || this.#leaving.has(pod)) continue;
      this.#leaving.set(
        pod,
        setTimeout(() => this.#leave(pod), this.#options.late),
      );
    }
  }

  /**
   * Nobody is asked before there is somebody: from then on it counts when there is nobody.
   * @param broken told when the cluster itself goes away.
   */
  start(broken: (error: unknown) => void): void {
    this.#running = Array.from({ length: callers }, () => this.#call());
    for (const caller of this.#running) caller.catch(broken);
  }

  /** What was lost and who answered, since this was last called. */
  count(): { readonly losses: readonly Loss[]; readonly answers: ReadonlyMap<string, number> } {
    const [losses, answers] = [this.#losses, this.#answers];
    [this.#losses, this.#answers] = [[], new Map()];
    return { losses, answers };
  }

  /** Milliseconds that an answer took beyond what it was asked to take, at most. */
  get slowest(): number {
    return this.#slowest;
  }

  get lost(): boolean {
    return this.#losses.length > 0;
  }

  /** Whether pods that went have been left, and the last requests to them are answered. */
  get settled(): boolean {
    return this.#leaving.size === 0 && this.#last.size === 0;
  }

  async end(): Promise<void> {
    this.#over.abort();
    for (const timer of this.#leaving.values()) clearTimeout(timer);
    await Promise.allSettled([...this.#running, ...this.#last]);
  }

  /** The last that it is sent is the slowest request there is. */
  #leave(pod: string): void {
    this.#leaving.delete(pod);
    this.#pods = this.#pods.filter((name) => name !== pod);
    const last = this.#ask(pod, milliseconds(this.#options.spec.longest)).catch(() => {});
    this.#last.add(last);
    void last.then(() => this.#last.delete(last));
  }

  async #call(): Promise<void> {
    const { clock, random, signal } = this.#options.context;
    const either = AbortSignal.any([signal, this.#over.signal]);
    let anybody = false;
    while (!either.aborted) {
      const pod = this.#pods[this.#turn++ % this.#pods.length];
      anybody ||= pod !== undefined;
      if (pod !== undefined) await this.#ask(pod, random.between(...usual));
      else if (anybody) this.#losses.push({ kind: 'nobody', text: t('no pod was ready') });
      if (pod === undefined) await clock.sleep(whileNobody, either).catch(() => {});
    }
  }

  async #ask(pod: string, ms: number): Promise<void> {
    const { spec, context, send, versions } = this.#options;
    const nonce = context.random.nonce();
    const before = context.clock.now();
    const answer = await send(pod, spec.path.replaceAll('${ms}', String(ms)).replaceAll('${nonce}', nonce));
    const version = versions.find((one) => answer.status === 200 && answer.body.trim() === `${one} ${nonce}`);
    const took = context.clock.now() - before;
    if (version === undefined) return void this.#losses.push(lossOf(pod, answer, took));
    this.#answers.set(version, (this.#answers.get(version) ?? 0) + 1);
    this.#slowest = Math.max(this.#slowest, took - ms);
  }
}

/** The API server tells in words what became of a request that it passed on, for so many milliseconds. */
function lossOf(pod: string, { status, body }: Answer, took: number): Loss {
  const message = statusMessage(body);
  if (message === undefined) {
    const text = t('{0} answered {1}, "{2}"', pod, status, body.trim().slice(0, 60));
    return { kind: status === 503 ? 'unready' : 'wrong', text };
  }
  const text = `${pod}: ${message}`;
  // A request that is cut is sent once more by the API server, and then refused.
  if (/connection refused/.test(message)) return { kind: took < atOnce ? 'refused' : 'cut', text };
  return { kind: /no route to host|not found|timeout/i.test(message) ? 'refused' : 'cut', text };
}

function statusMessage(body: string): string | undefined {
  try {
    const { kind, message = '' } = JSON.parse(body) as { readonly kind?: string; readonly message?: string };
    return kind === 'Status' ? message : undefined;
  } catch {
    // In words alone, where it got no further than the connection.
    return /^(?:error|Error) trying to reach service/.test(body) ? body.trim() : undefined;
  }
}
