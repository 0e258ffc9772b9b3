/** Puts the program of a workload under Delve for a while: the workload is lent, its pod's Delve is forwarded here. */
import { randomBytes } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { systemClock } from '../../core/backoff.ts';
import { Failure, isAbort } from '../../core/failure.ts';
import { type DebugConfiguration, debugConfiguration, delvePort } from '../../core/goDebug.ts';
import { t } from '../../core/l10n.ts';
import { title } from '../actions/confirmation.ts';
import { explainRefusal } from '../actions/explainRefusal.ts';
import type { ObjectRef } from '../apiResource.ts';
import { serverOf } from '../contexts.ts';
import type { Kubernetes } from '../domain.ts';
import { Forward } from '../forward/forward.ts';
import { podLogs } from '../logs/podLogs.ts';
import { workloadTarget } from '../logs/targets.ts';
import { type IsImage, type RunBy, debuggedSpec, runBy } from './debugged.ts';
import type { Journal } from './journal.ts';
import { type Lender, followLoan, lend } from './lending.ts';
import { thisProcess } from './loan.ts';
import { endLoan } from './mend.ts';

export interface DebugWorkloadRequest {
  readonly ref: ObjectRef;
  /** As the manifests name it; the cluster may have it by another tag. */
  readonly image: string;
  /** The image that was built of the sources as they are. */
  readonly id: string;
  /** The Go module. */
  readonly folder: string;
  /** The folder that is open in the editor. */
  readonly workspace: string;
}

export interface DebugWorkloadDeps {
  readonly kubernetes: Kubernetes;
  readonly journal: Journal;
  /** Makes an image with Delve of that of the service. */
  readonly build: (
    how: RunBy & { readonly image: string; readonly folder: string },
    report: (sentence: string) => void,
  ) => Promise<{ readonly id: string; readonly command: readonly string[] }>;
  /** Brings an image to the nodes. Returns its name there. */
  readonly load: (id: string) => Promise<string>;
  /** Resolves when the workload's new pods run. Throws Failure when they get no further. */
  readonly rolledOut: () => Promise<void>;
  readonly isRemoved: Lender['isRemoved'];
}

export interface DebuggedWorkload {
  readonly configuration: DebugConfiguration;
  readonly over: Promise<string>;
  end(): Promise<boolean>;
}

/** Milliseconds for Delve to read the program's debug information. */
const delveWithin = 60_000;

/** Throws Failure, and then the workload is as it was. */
export async function debugWorkload(
  { ref, image, id, folder, workspace }: DebugWorkloadRequest,
  { kubernetes, journal, build, load, rolledOut, isRemoved }: DebugWorkloadDeps,
  report: (sentence: string) => void,
  signal: AbortSignal,
): Promise<DebuggedWorkload> {
  const { actions, contexts, store } = kubernetes;
  const server = serverOf(contexts.connect, ref.context);
  const isImage: IsImage = (one) => repositoryOf(one) === repositoryOf(image);
  const { object } = await actions.subject(ref, signal);
  const { id: made, command } = await build({ ...runBy(object, isImage), image: id, folder }, report);
  const name = await load(made);

  const loan = { session: randomBytes(4).toString('hex'), use: 'debug', text: 'Delve', holder: thisProcess() } as const;
  const { session } = loan;
  const { file = '', name: context = '' } = contexts.get(ref.context) ?? {};
  const entry = { session, holder: loan.holder, kubeconfig: file, context, ref };
  await journal.add(entry);
  const following = new AbortController();
  const forward = new Forward({ ...ref, remotePort: delvePort, localPort: 0 }, { store, connect: contexts.connect });
  const end = async (): Promise<boolean> => {
    following.abort();
    forward.dispose();
    return endLoan(journal, entry, server, { isRemoved });
  };
  try {
    const change = (live: Parameters<typeof debuggedSpec>[0]): Record<string, unknown> =>
      debuggedSpec(live, isImage, { image: name, command, session });
    await lend(server, ref, loan, change, signal).catch((error: unknown) => {
      throw explainRefusal(error, { verb: 'update', group: ref.group, resource: ref.resource }, ref);
    });
    report(t('Waiting for the pod under Delve.'));
    await rolledOut();
    await delveListens(kubernetes, ref, signal);
    await forward.listen();
    const configuration = debugConfiguration(
      t('Debug {0} in its pod', title(ref)),
      forward.port,
      await realpath(workspace),
    );
    return { configuration, over: followLoan(actions, ref, session, { isRemoved }, following.signal), end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Delve says so when it listens; a pod without probes is ready before. */
async function delveListens({ store, contexts }: Kubernetes, ref: ObjectRef, signal: AbortSignal): Promise<void> {
  const late = AbortSignal.timeout(delveWithin);
  const target = workloadTarget(ref, ref.kind, ref.name);
  const feed = podLogs({ store, connect: contexts.connect, clock: systemClock }, target, { follow: true, tail: 100 });
  try {
    for await (const entries of feed(AbortSignal.any([signal, late]))) {
      if (entries.some(({ text }) => text.includes('API server listening at'))) return;
    }
  } catch (error) {
    if (signal.aborted || !isAbort(error)) throw error;
  }
  signal.throwIfAborted();
  throw new Failure('timeout', t('Delve does not come up in the pods of {0}. Look at their log.', title(ref)));
}

/** Without tag and digest. */
const repositoryOf = (image: string): string => image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
