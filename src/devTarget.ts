/** A local cluster as what the loop builds for, applies to and waits for. */
import { systemClock } from './core/backoff.ts';
import { Failure } from './core/failure.ts';
import { t } from './core/l10n.ts';
import { withoutColours } from './core/log/clean.ts';
import type { Applied, DebugRequest, Debugged, Reachable, Report, Rollout, Target, Workload } from './devloop/ports.ts';
import { StepFailure } from './devloop/ports.ts';
import { BuildFailure } from './docker/build/build.ts';
import { BuildLines } from './docker/build/lines.ts';
import type { Docker } from './docker/domain.ts';
import { record, text } from './docker/fields.ts';
import { type Operation, inspect } from './docker/operations.ts';
import { send } from './kubernetes/actions/apiCall.ts';
import {
  type Applied as AppliedObject,
  applyForGood,
  isChanged,
  outcomeText,
  tryFile,
} from './kubernetes/actions/applyFile.ts';
import { awaitRollout } from './kubernetes/actions/awaitRollout.ts';
import { deleteObject } from './kubernetes/actions/change.ts';
import { imagesOf, portsOf, withImage } from './kubernetes/actions/images.ts';
import { getCall } from './kubernetes/actions/look.ts';
import { readManifests } from './kubernetes/actions/manifest.ts';
import { type StuckPod, stuckPod, uidsOf } from './kubernetes/actions/stuckPod.ts';
import { type ObjectRef, workloadResources } from './kubernetes/apiResource.ts';
import type { Requester } from './kubernetes/connection.ts';
import { specKey } from './kubernetes/forward/spec.ts';
import { debugWorkload } from './kubernetes/loans/debugWorkload.ts';
import type { Journal } from './kubernetes/loans/journal.ts';
import { podLogs } from './kubernetes/logs/podLogs.ts';
import { workloadTarget } from './kubernetes/logs/targets.ts';
import { type LocalCluster, areGone, loadById } from './devCluster.ts';

const exists = (server: Requester, ref: ObjectRef, signal: AbortSignal): Promise<boolean> =>
  send(server, getCall(ref), signal).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Failure && error.kind === 'notFound') return false;
      throw error;
    },
  );

export class ClusterTarget implements Target {
  readonly #docker: Docker;
  readonly #local: LocalCluster;
  readonly #namespace: string;
  /** Objects that were not there before. */
  readonly #made = new Map<string, ObjectRef>();
  readonly #forwarded = new Set<string>();
  readonly #journal: Journal;

  constructor(docker: Docker, local: LocalCluster, namespace: string, journal: Journal) {
    this.#docker = docker;
    this.#local = local;
    this.#namespace = namespace;
    this.#journal = journal;
  }

  get name(): string {
    return this.#local.context.name;
  }

  get #engine(): string {
    return this.#local.nodes[0]!.engine;
  }

  images(manifests: string): readonly string[] {
    return [...new Set(readManifests(manifests, t('The manifests')).flatMap(imagesOf))];
  }

  async build(
    { folder, dockerfile }: Parameters<Target['build']>[0],
    image: string,
    output: (line: string) => void,
    signal: AbortSignal,
  ): Promise<string> {
    const lines = new BuildLines();
    const tag = image.replace(/@.*$/, ''); // A digest is of what was pulled, not of what is built.
    try {
      const request = { folder, dockerfile, tag };
      await this.#docker.build(this.#engine, request, (news) => lines.of(news).forEach((one) => output(one.text)), signal); // prettier-ignore
    } catch (error) {
      if (!(error instanceof BuildFailure) || error.step === undefined) throw error;
      const { line } = error.step;
      const place = line === undefined ? [] : [`${dockerfile}:${line + 1}`];
      throw new StepFailure(error, [...place, ...compilerLines(error.output)]);
    }
    const named = { id: tag, name: tag };
    return text(record(await this.#docker.perform(this.#engine, inspect.image(named), signal))['Id']);
  }

  load(image: string, id: string, report: Report, signal: AbortSignal): Promise<string> {
    return loadById(this.#docker, this.#local, image, id, report, signal);
  }

  async running(
    manifests: string,
    image: string,
    signal: AbortSignal,
  ): Promise<readonly (Workload & { readonly there: boolean })[]> {
    const target = this.#local.kubernetes.actions.applyTarget(this.#local.context.id, signal, this.#namespace);
    const found = readManifests(manifests, t('The manifests')).filter((object) => imagesOf(object).includes(image));
    const workloads = found.flatMap(({ kind = '', metadata: { name, namespace = this.#namespace } }) =>
      debuggedKinds.includes(kind) ? [{ kind, name, namespace }] : [],
    );
    const there = await Promise.all(workloads.map((each) => exists(target.server, this.#refOf(each), signal)));
    return workloads.map((each, i) => ({ ...each, there: there[i]! }));
  }

  async debug(request: DebugRequest, report: Report, signal: AbortSignal): Promise<Debugged> {
    const { kubernetes } = this.#local;
    const ref = this.#refOf(request.workload);
    const others = await uidsOf(kubernetes.store, ref, signal);
    return debugWorkload(
      { ...request, ref },
      {
        kubernetes,
        rolledOut: () => this.#rollout(ref, others).done(report, signal),
        isRemoved: () => areGone(this.#docker, this.#local),
        journal: this.#journal,
        build: (how, say) => this.#docker.debugImage(this.#engine, how, say, signal),
        load: async (id) => {
          try {
            return await this.load(request.image, id, report, signal);
          } finally {
            await this.#perform({ method: 'DELETE', path: `/images/${id}` }).catch(() => {}); // The nodes have it.
          }
        },
      },
      report,
      signal,
    );
  }

  #refOf({ kind, name, namespace }: Workload): ObjectRef {
    return { ...workloadResources[kind]!, context: this.#local.context.id, namespace, name };
  }

  #perform(request: Operation['request']): Promise<unknown> {
    return this.#docker.perform(this.#engine, { request, line: [] }, new AbortController().signal);
  }

  async apply(manifests: string, images: ReadonlyMap<string, string>, signal: AbortSignal): Promise<Applied> {
    const { actions, store } = this.#local.kubernetes;
    const context = this.#local.context.id;
    const objects = readManifests(manifests, t('The manifests')).map((object) =>
      [...images].reduce((done, [from, to]) => withImage(done, from, to), object),
    );
    const target = actions.applyTarget(context, signal, this.#namespace);
    const tried = await tryFile(objects, target, false);
    const refused = tried.filter(({ after }) => after === undefined);
    if (refused.length > 0) {
      throw new StepFailure(new Failure('invalid', t('Nothing was applied.')), refused.map(outcomeText));
    }
    const rollouts: Rollout[] = [];
    for (const each of tried.filter(({ ref }) => rollsOut(ref))) {
      // Of a workload that stays as it is, the pods that are there are those of the rollout.
      const others = isChanged(each) ? await uidsOf(store, each.ref, signal) : new Set<string>();
      rollouts.push(this.#rollout(each.ref, others));
    }
    for (const each of tried) {
      if (isChanged(each)) await applyForGood(each, target, false);
      if (each.live === undefined) this.#made.set(JSON.stringify(each.ref), each.ref);
    }
    return { lines: tried.map(outcomeText), rollouts, reachable: reachable(tried) };
  }

  logs(workload: Workload, signal: AbortSignal): AsyncIterable<readonly string[]> {
    const { store, contexts } = this.#local.kubernetes;
    const target = workloadTarget({ ...workload, context: this.#local.context.id }, workload.kind, workload.name);
    const feed = podLogs({ store, connect: contexts.connect, clock: systemClock }, target, { follow: true, tail: 0 });
    return (async function* () {
      for await (const entries of feed(signal)) {
        yield entries.map(({ source, text: line }) =>
          [source, withoutColours(line)].filter((part) => part !== '').join(' '),
        );
      }
    })();
  }

  async forward({ port, ...of }: Reachable): Promise<string> {
    const { forwards } = this.#local.kubernetes;
    const spec = { ...of, context: this.#local.context.id, remotePort: port };
    const key = specKey({ ...spec, localPort: 0 });
    this.#forwarded.add(key);
    const before = forwards.states().find((state) => state.key === key);
    // A browser keeps its connections, and these lead to pods of before.
    if (before !== undefined) forwards.stop(key);
    const localPort = Number(before?.address?.split(':').at(-1) ?? (port < 1024 ? 8000 + port : port));
    const { address, problem } = await forwards.start({ ...spec, localPort }).catch((error: unknown) => {
      if (error instanceof Failure && error.kind === 'conflict') return forwards.start({ ...spec, localPort: 0 });
      throw error;
    });
    if (address === undefined) throw problem ?? new Failure('unreachable', of.name);
    return address;
  }

  async remove(signal: AbortSignal): Promise<void> {
    const { actions } = this.#local.kubernetes;
    for (const ref of [...this.#made.values()].reverse()) {
      try {
        await actions.run(deleteObject, await actions.subject(ref, signal), { force: false });
      } catch (error) {
        if (!(error instanceof Failure) || error.kind !== 'notFound') throw error;
      }
    }
  }

  dispose(): void {
    for (const key of this.#forwarded) this.#local.kubernetes.forwards.stop(key);
    if (this.#local.own) this.#local.kubernetes.dispose();
  }

  #rollout(ref: ObjectRef, others: ReadonlySet<string>): Rollout {
    const { actions, store, contexts } = this.#local.kubernetes;
    return {
      workload: ref,
      async done(report, signal) {
        const ending = new AbortController();
        const either = AbortSignal.any([signal, ending.signal]);
        const stuck = stuckPod({ store, connect: contexts.connect }, ref, others, either).then((pod) => {
          if (pod !== undefined) throw stuckFailure(ref, pod);
        });
        try {
          // One that is stuck rejects; one that is not never settles before the rollout does.
          await Promise.race([awaitRollout(actions, ref, report, either), stuck.then(() => new Promise(() => {}))]);
        } finally {
          ending.abort();
          await stuck.catch(() => {});
        }
      },
    };
  }
}

/** Kinds whose pods are as their template says, now and after. */
const debuggedKinds = ['Deployment', 'StatefulSet', 'DaemonSet'];

const rollsOut = ({ kind, group }: ObjectRef): boolean => group === 'apps' && debuggedKinds.includes(kind);

/** Services, or where there is none what they would lead to. */
function reachable(objects: readonly AppliedObject[]): Reachable[] {
  const of = (kinds: readonly string[]): Reachable[] =>
    objects
      .filter(({ ref }) => kinds.includes(ref.kind))
      .flatMap(({ ref: { kind, name, namespace }, object }) =>
        portsOf(object).map((port) => ({ kind, name, namespace, port })),
      );
  const services = of(['Service']);
  return services.length > 0 ? services : of(Object.keys(workloadResources));
}

/** Lines of a step's output that are shown where no compiler spoke. */
const mostLines = 8;

/** What Go's compiler said, with the places; else the end of what was said. */
function compilerLines(output: string): string[] {
  const lines = output.split('\n').map(withoutColours).map((line) => line.trimEnd()).filter((line) => line !== ''); // prettier-ignore
  const places = lines.filter((line) => /^\S+\.go:\d+:\d+: /.test(line));
  return places.length > 0 ? places : lines.slice(-mostLines);
}

function stuckFailure({ kind, name }: ObjectRef, { name: pod, explanations, log }: StuckPod): StepFailure {
  const [first] = explanations;
  const why = first === undefined ? '' : first.cause;
  const failure = new Failure('invalid', t('The new pods of {0} {1} get no further: {2}', kind, name, why || pod));
  return new StepFailure(failure, [
    ...(log.length === 0 ? [] : [t('The end of the log of {0}:', pod), ...log.map((line) => `  ${line}`)]),
    ...explanations.flatMap(({ next }) => next),
  ]);
}
