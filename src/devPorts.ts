/** What the loop from sources to a local cluster needs of the other domains. Each is loaded when it is first needed. */
import type { Cluster } from './cluster/domain.ts';
import { Failure } from './core/failure.ts';
import { t } from './core/l10n.ts';
import { run } from './core/processes.ts';
import type { DevPorts, Place, Report, Target } from './devloop/ports.ts';
import { contextFiles } from './docker/build/context.ts';
import type { Docker } from './docker/domain.ts';
import { type ObjectRef, known } from './kubernetes/apiResource.ts';
import { intercept } from './kubernetes/intercept/intercept.ts';
import type { Journal } from './kubernetes/loans/journal.ts';
import { giveBack } from './kubernetes/loans/lending.ts';
import { loanOf } from './kubernetes/loans/loan.ts';
import { mend } from './kubernetes/loans/mend.ts';
import { type ClusterSources, type LocalCluster, areGone, findCluster, loadRelay } from './devCluster.ts';
import { ClusterTarget } from './devTarget.ts';

export interface DevSources extends ClusterSources {
  readonly cluster: () => Promise<Pick<Cluster, 'labkit'>>;
  /** False in an untrusted workspace: a Dockerfile runs programs. */
  readonly trusted: () => boolean;
  /** What of clusters is on loan to this machine's processes. */
  readonly journal: Journal;
  /** Milliseconds, see `intercept`. */
  readonly patience?: number;
}

export function devPorts(sources: DevSources): DevPorts {
  return {
    fingerprint: async ({ folder, dockerfile }) => {
      const files = (await contextFiles(folder, dockerfile)).filter(({ kind }) => kind !== 'folder');
      return files.map(({ path, size, modified, mode }) => `${path} ${size} ${modified} ${mode}`).join('\n');
    },
    async kustomize(folder, report, signal) {
      const program = await (await sources.cluster()).labkit('kustomize', report, signal);
      const { code, stdout, stderr } = await run(program, [folder], { signal, timeout: 60_000 });
      if (code !== 0) throw new Failure('invalid', t('The kustomization of {0} is wrong: {1}', folder, stderr.trim()));
      return stdout;
    },
    target: (place, signal) => findTarget(sources, place, signal),
    async intercept(request, telling, signal) {
      (await mend(sources.journal, sources.kubernetesOf, signal)).forEach(telling.say);
      return withCluster(sources, request.place, signal, async (docker, local) => {
        const { kubernetes } = local;
        const relayImage = (report: Report, until: AbortSignal): Promise<string> =>
          loadRelay(sources.cluster, docker, local, report, until);
        const service = serviceRef(local, request);
        const { journal, patience } = sources;
        const isRemoved = (): Promise<boolean> => areGone(docker, local);
        const deps = { ...kubernetes, journal, relayImage, isRemoved, ...(patience === undefined ? {} : { patience }) };
        return intercept({ ...request, service }, deps, telling, signal);
      });
    },
    endIntercept: (place, service, signal) =>
      withCluster(sources, place, signal, async (_, local) => {
        const ref = serviceRef(local, { place, service });
        const server = local.kubernetes.contexts.connect(ref.context);
        const loan = loanOf((await local.kubernetes.actions.subject(ref, signal)).object);
        if (loan !== undefined) await giveBack(server, ref, loan.session, signal);
        return loan !== undefined;
      }),
    mend: (signal) => mend(sources.journal, sources.kubernetesOf, signal),
  };
}

/** Does something with the local cluster that is meant. */
async function withCluster<T>(
  sources: DevSources,
  place: Place,
  signal: AbortSignal,
  work: (docker: Docker, local: LocalCluster) => Promise<T>,
): Promise<T> {
  const { docker, local } = await findCluster(sources, place, signal);
  try {
    return await work(docker, local);
  } finally {
    if (local.own) local.kubernetes.dispose();
  }
}

const serviceRef = (
  { context }: LocalCluster,
  { place, service }: { readonly place: Place; readonly service: string },
): ObjectRef => ({
  ...known.services,
  context: context.id,
  namespace: place.namespace ?? context.namespace,
  name: service,
});

async function findTarget(sources: DevSources, place: Place, signal: AbortSignal): Promise<Target> {
  if (!sources.trusted()) {
    throw new Failure('forbidden', t('Nothing is built in an untrusted workspace: a Dockerfile runs programs.'));
  }
  await mend(sources.journal, sources.kubernetesOf, signal);
  const { docker, local } = await findCluster(sources, place, signal);
  return new ClusterTarget(docker, local, place.namespace ?? local.context.namespace, sources.journal);
}
