/** The actions of the Kubernetes domain, wired to its contexts: what both programs call. */
import type { Clock } from '../../core/backoff.ts';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import type { TreeSource } from '../../core/tree.ts';
import type { ApiResource, ObjectRef } from '../apiResource.ts';
import type { Requester } from '../connection.ts';
import { type Contexts, serverOf } from '../contexts.ts';
import type { KubernetesNode } from '../nodes.ts';
import { Access } from './access.ts';
import type { Action, Plan, Subject } from './action.ts';
import { type KubeObject, send } from './apiCall.ts';
import type { ApplyTarget } from './applyFile.ts';
import type { KubectlTarget } from './commandLine.ts';
import { title } from './confirmation.ts';
import { deletionConsequence } from './consequence.ts';
import type { Lessons } from './explain/explanation.ts';
import { explainRefusal } from './explainRefusal.ts';
import { type Follower, followObject } from './follow.ts';
import { getCall, listNames } from './look.ts';
import type { ObjectAddress } from './objectUri.ts';
import { offerActions } from './offered.ts';
import { perform } from './perform.ts';
import { ResourceMapper } from './resources.ts';

export interface ActionsDeps {
  readonly contexts: Pick<Contexts, 'configs' | 'connect' | 'get' | 'local' | 'loaded' | 'onDidLoad'>;
  readonly clock: Clock;
  readonly log: Log;
  /** The lessons on what objects suffer from; left out where there is no curriculum. */
  readonly lessons?: (() => Promise<Lessons>) | undefined;
}

export class Actions implements Disposable {
  readonly #deps: ActionsDeps;
  readonly #disposables = new DisposableStore();
  readonly #resources = new ResourceMapper();
  readonly access: Access;

  constructor(deps: ActionsDeps) {
    this.#deps = deps;
    this.access = this.#disposables.add(new Access({ connect: deps.contexts.connect, clock: deps.clock }));
    this.#disposables.add(deps.contexts.onDidLoad((replaced) => replaced.forEach((id) => this.access.forget(id))));
  }

  /** The tree with tags for what may be done to each row. */
  offer(tree: TreeSource<KubernetesNode>): TreeSource<KubernetesNode> {
    return this.#disposables.add(offerActions(tree, this.access));
  }

  /** Reads the object that an action is about. Throws Failure. */
  async subject(ref: ObjectRef, signal: AbortSignal): Promise<Subject> {
    const server = this.server(ref.context);
    const object = await send(server, getCall(ref), signal);
    return { ref, target: this.target(ref.context), server, signal, object };
  }

  /** Plans and does it. Throws Failure; a refusal names the right that is missing. */
  async run<Input>(
    action: Action<Input>,
    subject: Subject,
    input: Input,
    report?: (sentence: string) => void,
  ): Promise<KubeObject[]> {
    return this.explaining(action, subject.ref, async () =>
      this.perform(await action.plan(subject, input), subject, report),
    );
  }

  /** Does what an action stands for; a refusal names the right that is missing. */
  async explaining<T>(action: Pick<Action, 'needs'>, ref: ObjectRef, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw explainRefusal(error, action.needs(ref), ref);
    }
  }

  /** Resolves with the object once `until` holds of it, which may throw to give up. Throws Failure when it is gone. */
  async awaitObject(ref: ObjectRef, until: (object: KubeObject) => boolean, signal: AbortSignal): Promise<KubeObject> {
    const found = Promise.withResolvers<KubeObject>();
    const ending = new AbortController();
    const either = AbortSignal.any([signal, ending.signal]);
    either.addEventListener('abort', () => found.reject(new Failure('cancelled', t('Cancelled.'))), { once: true });
    const changed = (object: KubeObject | undefined): void => {
      try {
        if (object === undefined) throw new Failure('notFound', t('There is no {0} any more.', title(ref)));
        if (until(object)) found.resolve(object);
      } catch (error) {
        found.reject(error);
      }
    };
    this.follow(ref, { changed }, either);
    return found.promise.finally(() => ending.abort());
  }

  /** Sends what was planned. Throws Failure. */
  perform(plan: Plan, { server, signal }: Subject, report?: (sentence: string) => void): Promise<KubeObject[]> {
    return perform(plan, { server, signal, clock: this.#deps.clock, ...(report === undefined ? {} : { report }) });
  }

  /** An object for a document's path: by the context's name where no other has it, for people read paths. */
  addressOf(ref: ObjectRef): ObjectAddress {
    const { context } = this.target(ref.context);
    return this.#contextId(context) === ref.context ? { ...ref, context } : ref;
  }

  /** The object that a document's path names. Throws Failure. */
  async refOf(address: ObjectAddress, signal: AbortSignal): Promise<ObjectRef> {
    await this.#deps.contexts.loaded();
    const context = this.#contextId(address.context);
    const server = this.server(context);
    const resource = await this.#resources.find(context, server, address, signal);
    return { ...resource, context, namespace: address.namespace, name: address.name };
  }

  #contextId(text: string): string {
    const { contexts } = this.#deps.contexts.configs();
    if (contexts.some(({ id }) => id === text)) return text;
    const named = contexts.filter(({ name }) => name === text);
    return named.length === 1 ? named[0]!.id : text;
  }

  /** The names of the objects of a kind in all namespaces, or in that of the context where that is all one may see. */
  async list(context: string, api: ApiResource, signal: AbortSignal): Promise<ObjectRef[]> {
    const server = this.server(context);
    const namespace = this.#deps.contexts.get(context)?.namespace ?? 'default';
    const everywhere = await listNames(server, api, undefined, signal).catch((error: unknown) => {
      if (!api.namespaced || !(error instanceof Failure) || error.kind !== 'forbidden') throw error;
      return listNames(server, api, namespace, signal);
    });
    return everywhere.map(({ metadata }) => ({
      ...api,
      context,
      namespace: metadata.namespace ?? '',
      name: metadata.name,
    }));
  }

  /** What else is gone when these are deleted; empty for nothing. Throws Failure. */
  deletionConsequence(refs: readonly ObjectRef[], signal: AbortSignal): Promise<string> {
    return deletionConsequence(refs, (ref) => this.subject(ref, signal), signal);
  }

  /** How a file is applied in a context. */
  applyTarget(context: string, signal: AbortSignal, namespace?: string): ApplyTarget {
    const server = this.server(context);
    return {
      context,
      namespace: namespace ?? this.#deps.contexts.get(context)?.namespace ?? 'default',
      server,
      signal,
      find: (kind) => this.#resources.find(context, server, kind, signal),
    };
  }

  /** The lessons on what objects suffer from. */
  readonly lessons = async (): Promise<Lessons> => (await this.#deps.lessons?.()) ?? new Map();

  /** Tells of an object until the signal aborts. */
  follow(ref: ObjectRef, follower: Follower, signal: AbortSignal): void {
    const { clock, log } = this.#deps;
    void followObject(ref, { server: this.server(ref.context), clock, log }, follower, signal);
  }

  /** The way to a context's server, also after its kubeconfig changed. Throws Failure. */
  server(context: string): Requester {
    return serverOf(this.#deps.contexts.connect, context);
  }

  /** How kubectl finds a context. */
  target(context: string): KubectlTarget {
    const found = this.#deps.contexts.get(context);
    if (found === undefined) return { context };
    return {
      context: found.name,
      ...(this.#deps.contexts.local(found) === undefined ? {} : { kubeconfig: found.file }),
    };
  }

  dispose(): void {
    this.#disposables.dispose();
  }
}
