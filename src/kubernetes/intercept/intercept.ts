/**
 * Leads a Service of a cluster to a program of this machine, until told otherwise or until one of the parts is gone; then
 * the Service leads to its pods again.
 */
import { randomBytes } from 'node:crypto';
import { Failure, isAbort, toFailure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Actions } from '../actions/domain.ts';
import { type KubeObject, send } from '../actions/apiCall.ts';
import { explain } from '../actions/explain/explain.ts';
import { explainRefusal } from '../actions/explainRefusal.ts';
import { title } from '../actions/confirmation.ts';
import { getCall } from '../actions/look.ts';
import { listAt, textAt } from '../actions/fields.ts';
import { type ObjectRef, known, rootPath } from '../apiResource.ts';
import { type Contexts, serverOf } from '../contexts.ts';
import { Forward } from '../forward/forward.ts';
import type { Journal } from '../loans/journal.ts';
import { type Lender, followLoan, lend, standInName } from '../loans/lending.ts';
import { thisProcess } from '../loans/loan.ts';
import { endLoan } from '../loans/mend.ts';
import type { Store } from '../store.ts';
import { type Taken, type Wanted, controlPort, interceptedSpec, standIn, takenPort } from './plan.ts';
import { Tunnel, connected } from './tunnel.ts';

export interface InterceptDeps {
  readonly contexts: Pick<Contexts, 'connect' | 'get'>;
  readonly store: Store;
  readonly actions: Actions;
  readonly journal: Journal;
  /** Brings the image of labkit/relay to the cluster's nodes. Returns its name. */
  readonly relayImage: (report: (sentence: string) => void, signal: AbortSignal) => Promise<string>;
  readonly isRemoved: Lender['isRemoved'];
  /** Milliseconds for a program that is started anew, and for a cluster that does not answer. */
  readonly patience?: number;
}

export interface InterceptRequest extends Wanted {
  readonly service: ObjectRef;
}

/** What a person reads: sentences that stay, and what a step is at. */
export interface InterceptTelling {
  /** The first one is told when requests arrive here. */
  readonly say: (sentence: string) => void;
  readonly progress: (sentence: string) => void;
}

const defaultPatience = 30_000;
/** Milliseconds for the pod to become ready: its image is there. */
const startWithin = 60_000;
/** Milliseconds for the first connection to it. */
const greetWithin = 20_000;

/**
 * Resolves with a sentence that says why it ended; when the signal aborts it ends as well. Throws Failure for what it
 * cannot begin with, or when the Service could not be led back: the next start does that then.
 */
export async function intercept(
  request: InterceptRequest,
  deps: InterceptDeps,
  telling: InterceptTelling,
  signal: AbortSignal,
): Promise<string> {
  const { service: ref, to } = request;
  const server = serverOf(deps.contexts.connect, ref.context);
  await needProgram(to);
  const service = await send(server, getCall(ref), signal);
  const session = randomBytes(4).toString('hex');
  const taken = takenPort(service, request.port);
  const lendTo = (dryRun: boolean): Promise<KubeObject> => {
    const loan = { session, use: 'intercept', text: `localhost:${to}`, holder: thisProcess() } as const;
    const change = (object: KubeObject): Record<string, unknown> => interceptedSpec(object, session);
    return explained(ref, 'update', () => lend(server, ref, loan, change, signal, dryRun));
  };
  const createPod = (image: string, dryRun: boolean): Promise<KubeObject> =>
    create(deps, ref, standIn(service, taken, session, image), dryRun, signal);
  // What is not allowed shows before anything is made.
  await lendTo(true);
  await createPod('relay', true);

  const { file = '', name = '' } = deps.contexts.get(ref.context) ?? {};
  const entry = { session, holder: thisProcess(), kubeconfig: file, context: name, ref };
  await deps.journal.add(entry);
  const forward = new Forward(forwardSpec(ref, session, taken), { store: deps.store, connect: deps.contexts.connect });
  let tunnel: Tunnel | undefined;
  try {
    await createPod(await deps.relayImage(telling.progress, signal), false);
    telling.progress(t('Waiting for the pod that takes the requests.'));
    await podReady(deps, ref, session, signal);
    await forward.listen();
    tunnel = new Tunnel({ relay: forward.port, local: to, patience: deps.patience ?? defaultPatience });
    await greeted(tunnel, forward, signal);
    await lendTo(false);
    telling.say(t('Requests to port {0} of {1} arrive at localhost:{2}.', taken.port, title(ref), to));
    warnOfOthers(service, telling.say);
    return await over(deps, ref, session, tunnel, to, signal);
  } catch (error) {
    if (isAbort(error) && signal.aborted) return t('Ended.');
    throw error;
  } finally {
    tunnel?.dispose();
    forward.dispose();
    await endLoan(deps.journal, entry, server, deps);
  }
}

async function needProgram(port: number): Promise<void> {
  const program = await connected(port);
  if (program === undefined) {
    throw new Failure('unreachable', t('Nothing listens at localhost:{0}. Start the program first.', port));
  }
  program.destroy();
}

const podOf = (ref: ObjectRef, session: string): ObjectRef => ({ ...ref, ...known.pods, name: standInName(session) });

/** Throws Failure that says what keeps the pod from running. */
async function podReady(
  { actions, contexts }: InterceptDeps,
  ref: ObjectRef,
  session: string,
  signal: AbortSignal,
): Promise<void> {
  const pod = podOf(ref, session);
  const late = AbortSignal.timeout(startWithin);
  try {
    await actions.awaitObject(pod, isReady, AbortSignal.any([signal, late]));
  } catch (error) {
    if (!late.aborted || signal.aborted) throw error;
    const [why] = await explain(pod, contexts.connect(ref.context), signal);
    throw new Failure(
      'timeout',
      t('The pod that takes the requests does not start: {0}', why?.cause ?? pod.name),
      error,
    );
  }
}

/** Resolves with why a session is over. */
async function over(
  deps: InterceptDeps,
  ref: ObjectRef,
  session: string,
  tunnel: Tunnel,
  to: number,
  signal: AbortSignal,
): Promise<string> {
  const following = new AbortController();
  const until = AbortSignal.any([signal, following.signal]);
  try {
    return await Promise.race([
      aborted(signal).then(() => t('Ended.')),
      tunnel.silent.then(() => t('Nothing listens at localhost:{0} any more.', to)),
      followLoan(deps.actions, ref, session, deps, until),
      podGone(deps, podOf(ref, session), until),
    ]);
  } finally {
    following.abort();
  }
}

const forwardSpec = ({ context, namespace }: ObjectRef, session: string, taken: Taken) => ({
  context,
  namespace,
  kind: 'Pod',
  name: standInName(session),
  remotePort: controlPort(taken),
  localPort: 0,
});

function create(
  { contexts }: InterceptDeps,
  ref: ObjectRef,
  body: object,
  dryRun: boolean,
  signal: AbortSignal,
): Promise<KubeObject> {
  const path = `${rootPath(known.pods)}/namespaces/${encodeURIComponent(ref.namespace)}/pods`;
  const query = dryRun ? { query: { dryRun: 'All' } } : {};
  const call = { method: 'POST', path, body, what: `create a pod in ${ref.namespace}`, ...query } as const;
  const pods = { ...ref, ...known.pods, name: '' };
  return explained(pods, 'create', () => send(contexts.connect(ref.context), call, signal));
}

async function explained<T>(ref: ObjectRef, verb: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explainRefusal(error, { verb, group: ref.group, resource: ref.resource }, ref);
  }
}

const isReady = (pod: KubeObject): boolean =>
  listAt(pod, 'status', 'conditions').some((each) => textAt(each, 'type') === 'Ready' && textAt(each, 'status') === 'True'); // prettier-ignore

/** A Service has one selector: the pods that answered at its other ports are not behind it meanwhile. */
function warnOfOthers(service: KubeObject, say: (sentence: string) => void): void {
  if (listAt(service, 'spec', 'ports').length > 1) say(t('Its other ports answer nobody meanwhile.'));
}

/** Resolves when the pod of ours is gone: somebody deleted it, or its node went. */
const podGone = (deps: InterceptDeps, pod: ObjectRef, signal: AbortSignal): Promise<string> =>
  deps.actions
    .awaitObject(pod, ({ metadata }) => metadata.deletionTimestamp !== undefined, signal)
    .then(
      () => t('The pod that took the requests is gone.'),
      (error: unknown) => {
        if (isAbort(error)) return new Promise<string>(() => {});
        return toFailure(error).kind === 'notFound' ? t('The pod that took the requests is gone.') : toFailure(error).message; // prettier-ignore
      },
    );

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Throws Failure that says why the pod was not reached, such as a right that is missing. */
async function greeted(tunnel: Tunnel, forward: Forward, signal: AbortSignal): Promise<void> {
  const late = AbortSignal.timeout(greetWithin);
  await Promise.race([tunnel.greeted, aborted(signal), aborted(late)]);
  signal.throwIfAborted();
  if (late.aborted)
    throw forward.problem ?? new Failure('timeout', t('The pod that takes the requests does not answer.'));
}
