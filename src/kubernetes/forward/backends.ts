/** Which pod a new connection goes to: a ready one, chosen each time, so that a pod that was replaced is no obstacle. */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { ApiService } from '../api.ts';
import type { Requester } from '../connection.ts';
import { type PodRow, keyOf, selects } from '../rows.ts';
import { complete } from '../complete.ts';
import type { Look, Store } from '../store.ts';
import { readObject, readPod } from '../streams/readPod.ts';
import type { PodPort } from '../streams/portStream.ts';
import type { ForwardSpec } from './spec.ts';

/** Milliseconds that a connection waits for a pod to become ready: a rolled-out pod takes seconds. */
const patience = 15_000;

export interface ChosenPod extends PodPort {
  readonly uid: string;
}

export class Backends {
  readonly #spec: ForwardSpec;
  readonly #server: () => Requester;
  readonly #look: Look<PodRow>;
  #service: { readonly selector: Readonly<Record<string, string>>; readonly target: number | string } | undefined;

  constructor(spec: ForwardSpec, store: Store, server: () => Requester) {
    this.#spec = spec;
    this.#server = server;
    this.#look = store.look({ context: spec.context, kind: 'pods', namespace: spec.namespace });
  }

  /** A ready pod and its port; waits a while for one. Throws Failure that says what is missing. */
  async choose(signal: AbortSignal): Promise<ChosenPod> {
    const late = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
    if (this.#spec.kind === 'Service') this.#service ??= await this.#readService(signal);
    const pod = await this.#ready(late);
    const { namespace, name, uid } = pod;
    return { namespace, pod: name, uid, port: await this.#port(pod, signal) };
  }

  /** Resolves with true when the cluster has said that a pod is gone, with false when the signal is aborted first. */
  async gone({ namespace, pod, uid }: ChosenPod, signal: AbortSignal): Promise<boolean> {
    const key = keyOf({ namespace, name: pod });
    while (!signal.aborted) {
      // Rows of before an outage tell nothing.
      if (this.#look.state().state === 'live' && this.#look.rows.get(key)?.uid !== uid) return true;
      await this.#changed(signal);
    }
    return false;
  }

  /** Forgets what was read of the Service: its selector or port may have changed. */
  forget(): void {
    this.#service = undefined;
  }

  dispose(): void {
    this.#look.dispose();
  }

  async #ready(late: AbortSignal): Promise<PodRow> {
    await complete(this.#look, late).catch(() => {});
    for (;;) {
      const pod = this.#candidates().find(
        ({ ready, containerCount, status }) => ready === containerCount && status === 'Running',
      );
      if (pod !== undefined) return pod;
      if (late.aborted) throw this.#none();
      await this.#changed(late);
    }
  }

  #candidates(): PodRow[] {
    const { kind, name, namespace } = this.#spec;
    const pods = [...this.#look.rows.values()].filter((pod) => pod.namespace === namespace);
    if (kind === 'Pod') return pods.filter((pod) => pod.name === name);
    if (kind === 'Service') return pods.filter(({ labels }) => selects(this.#service?.selector, labels));
    return pods.filter(({ ownerKind, ownerName }) => ownerKind === kind && ownerName === name);
  }

  #none(): Failure {
    const state = this.#look.state();
    if ('failure' in state) return state.failure;
    const { kind, name, namespace } = this.#spec;
    const pods = this.#candidates();
    return pods.length === 0
      ? new Failure('notFound', t('{0} {1} has no pod in namespace {2}.', kind, name, namespace))
      : new Failure(
          'unreachable',
          t('No pod of {0} {1} is ready: {2}', kind, name, pods.map(({ status }) => status).join(', ')),
        );
  }

  async #changed(signal: AbortSignal): Promise<void> {
    const either = Promise.withResolvers<void>();
    const wake = (): void => either.resolve();
    const listening = this.#look.onDidChange(wake);
    signal.addEventListener('abort', wake, { once: true });
    await either.promise;
    listening.dispose();
    signal.removeEventListener('abort', wake);
  }

  async #readService(
    signal: AbortSignal,
  ): Promise<{ selector: Readonly<Record<string, string>>; target: number | string }> {
    const { namespace, name, remotePort } = this.#spec;
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${encodeURIComponent(name)}`;
    const { spec } = await readObject<ApiService>(this.#server(), path, `get service ${namespace}/${name}`, signal);
    if (spec?.selector === undefined) {
      throw new Failure('invalid', t('Service {0} has no selector: forward to one of its pods instead.', name));
    }
    const port = spec.ports?.find((each) => each.port === remotePort);
    if (port === undefined) {
      const known = (spec.ports ?? []).map((each) => each.port).join(', ');
      throw new Failure('notFound', t('Service {0} has no port {1}. It has: {2}', name, remotePort, known));
    }
    return { selector: spec.selector, target: port.targetPort ?? port.port };
  }

  async #port(pod: PodRow, signal: AbortSignal): Promise<number> {
    const target = this.#service?.target ?? this.#spec.remotePort;
    if (typeof target === 'number') return target;
    const { spec } = await readPod(this.#server(), pod.namespace, pod.name, signal);
    const found = spec.containers.flatMap(({ ports }) => ports ?? []).find(({ name }) => name === target);
    if (found !== undefined) return found.containerPort;
    throw new Failure('notFound', t('Pod {0} has no port named {1}.', pod.name, target));
  }
}
