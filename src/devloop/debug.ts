/** A service's program under Delve in its pod, until the session is ended; then the workload is what it was. */
import { Failure } from '../core/failure.ts';
import type { DebugConfiguration } from '../core/goDebug.ts';
import { t } from '../core/l10n.ts';
import type { DevPorts, Place, Target, Workload } from './ports.ts';
import { type Project, findProject, manifestsOf, ownImage } from './project.ts';
import { Session, type Telling } from './session.ts';

export interface DebugSessionRequest {
  readonly folder: string;
  readonly manifests?: string | undefined;
  readonly image?: string | undefined;
  readonly place: Place;
  /** The folder that is open in the editor; the service's own in a terminal. */
  readonly workspace: string;
}

export interface DebugTelling extends Telling {
  /** Delve waits. */
  readonly ready: (configuration: DebugConfiguration) => void;
}

/**
 * Runs until the signal aborts, or until there is nothing left to debug. A workload that the cluster does not have yet is
 * brought there first, and stays. Throws Failure, and then the workload is as it was.
 */
export async function debugSession(
  { folder, manifests, image, place, workspace }: DebugSessionRequest,
  ports: DevPorts,
  telling: DebugTelling,
  signal: AbortSignal,
): Promise<void> {
  const project = await findProject(folder, manifests);
  const target = await ports.target(place, signal);
  try {
    const text = await manifestsOf(project, ports, telling.progress, signal);
    const own = await ownImage(project, target.images(text), image);
    const workload = await chosen(target, text, own, signal);
    if (!workload.there) await deploy(project, ports, target, image, telling, signal);
    telling.say(t('Building {0}.', own));
    const id = await target.build(project, own, telling.output, signal);
    const debugged = await target.debug({ workload, image: own, id, folder, workspace }, telling.say, signal);
    try {
      telling.ready(debugged.configuration);
      const { host, port } = debugged.configuration;
      telling.say(t('Delve waits at {0}:{1}. {2} runs as one pod, without probes and limits.', host, port, workload.name)); // prettier-ignore
      const why = await Promise.race([debugged.over, aborted(signal)]);
      if (why !== undefined) telling.say(why);
    } finally {
      if (await debugged.end()) telling.say(t('{0} is again what it was.', workload.name));
    }
  } finally {
    target.dispose();
  }
}

/** The workload that runs the service. Throws Failure when there is none, or several. */
async function chosen(
  target: Target,
  manifests: string,
  image: string,
  signal: AbortSignal,
): Promise<Workload & { readonly there: boolean }> {
  const found = await target.running(manifests, image, signal);
  if (found.length === 1) return found[0]!;
  const names = found.map(({ kind, name }) => `${kind} ${name}`).join(', ') || t('none');
  throw new Failure('invalid', t('One workload of the manifests must run {0} to be debugged. There are: {1}', image, names)); // prettier-ignore
}

async function deploy(
  project: Project,
  reader: DevPorts,
  target: Target,
  image: string | undefined,
  telling: Telling,
  signal: AbortSignal,
): Promise<void> {
  const now = (): number => performance.now();
  const session = new Session({ project, reader, target, image, now, watched: () => {} });
  await session.round(telling, signal);
}

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
