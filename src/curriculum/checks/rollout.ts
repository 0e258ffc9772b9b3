/**
 * Check type `rollout`: on nodes that run pods, a version of the lab's image takes the place of another while requests come;
 * then one that is bad shall not, and is undone. Three images are built of the sources, each with a version of its own in them.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { EnginePort, PodCluster } from '../ports.ts';
import { longestLag, tooBusy, watchLag } from './busy.ts';
import { ClusterLab, type ObjectText, objectsIn, refused } from './clusterLab.ts';
import { type Answer, ClusterClient } from './clusterProxy.ts';
import { follow } from './clusterWatch.ts';
import type { CheckContext, RunCheck } from './context.ts';
import { buildContext, buildOnce, builds, drawn, plant, tagOf } from './image.ts';
import { type Pod, PodHistory } from './podHistory.ts';
import { type RolloutCheck, milliseconds } from './specs.ts';
import { type Loss, type LossKind, Traffic } from './traffic.ts';

/** What a Service of a namespace needs; all else could change what is not the run's. */
const kinds = ['Deployment', 'Service', 'PodDisruptionBudget', 'ConfigMap'];
const lookEvery = 200;
/** Milliseconds of traffic before and after a rollout. */
const steadyFor = 1_000;
/** Milliseconds until those who send requests learn that a pod goes. */
const late = [1_000, 2_000] as const;
/** Milliseconds in which pods that go are gone: Kubernetes' own grace period, twice. */
const goneWithin = 60_000;
/** Milliseconds in which it shows whether a bad version still says that it is ready. */
const fadesWithin = 8_000;

const endKnownWithin = 5_000;
/** Milliseconds: pods that answer later than that miss probes because the machine is busy. */
const starvedAfter = 3_500;
/** Milliseconds for one answer: longer than the slowest request, shorter than our patience with the API server. */
const patience = 18_000;
/** The exit code of a program that SIGKILL ended: 128 and 9. */
const killed = 137;

const names = ['first', 'second', 'bad'] as const;
type Versions = Readonly<Record<(typeof names)[number], Version>>;

interface Version {
  /** As pods name it. */
  readonly image: string;
  /** What it answers, planted in its sources. */
  readonly word: string;
}

export const runRollout: RunCheck<RolloutCheck> = async (spec, given) => {
  const { ports, signal, run } = given;
  const cluster = await ports.podCluster(signal);
  const engine = await ports.engine(signal);
  const client = new ClusterClient(cluster);
  const lab = new ClusterLab(client, `gantry-${run}-${spec.id}`.slice(0, 63), run);
  const record = given.record.about({ kind: 'namespace', context: cluster.context, namespace: lab.namespace });
  const versions = Object.fromEntries(names.map((name) => [name, versionOf(name, given)])) as unknown as Versions;
  const lag = watchLag();
  try {
    const objects = await readManifests(spec, given);
    if (objects === undefined || !(await buildAll(engine, cluster, versions, spec, given))) return;
    await lab.open(signal);
    await underWatch({ spec, client, lab, objects, versions, context: { ...given, record } });
    if (record.failed && lag.end() > longestLag) throw tooBusy();
    await given.held(record);
  } finally {
    lag.end();
    await lab.remove();
    for (const { image } of Object.values(versions)) {
      await cluster.unload(image, AbortSignal.timeout(30_000)).catch(() => {}); // The cluster may be gone itself.
    }
    client.dispose();
  }
};

const versionOf = (name: string, context: CheckContext): Version => ({
  image: `${tagOf(context)}-${name}`,
  word: drawn(name, context.run),
});

/** The objects of the learner's file; undefined when it is not one that may be applied. */
async function readManifests(spec: RolloutCheck, context: CheckContext): Promise<readonly ObjectText[] | undefined> {
  const { manifests, image } = spec;
  const text = await readFile(join(context.workplace, manifests), 'utf8').catch(() => '');
  const objects = objectsIn(text);
  const count = (kind: string): number => objects.filter((object) => object?.kind === kind).length;
  const other = objects.find((object) => !kinds.includes(object?.kind) || object.metadata?.name === undefined);
  const wrong =
    other !== undefined
      ? t('it holds {0}', other?.kind ?? t('no object'))
      : count('Deployment') !== 1 || count('Service') !== 1
        ? t('{0} Deployments, {1} Services', count('Deployment'), count('Service'))
        : withImage(objects, image, '') === JSON.stringify(objects)
          ? t('no container has the image {0}', image)
          : undefined;
  const held = context.record.assert('reads', wrong === undefined, {
    what: t('{0} says how the service is run', manifests),
    want: t(
      'one Deployment of the image {0}, one Service, and at most {1} beside them',
      image,
      kinds.slice(2).join(', '),
    ),
    got: wrong ?? t('it does'),
    where: manifests,
    next: t('Begin with the file of the starter.'),
  });
  return held ? objects : undefined;
}

/** As JSON, with another image in its place. */
const withImage = (objects: unknown, from: string, to: string): string =>
  JSON.stringify(objects, (key, value: unknown) => (key === 'image' && value === from ? to : value));

/** Builds each version and brings it into the nodes. */
async function buildAll(
  engine: EnginePort,
  cluster: PodCluster,
  versions: Versions,
  spec: RolloutCheck,
  context: CheckContext,
): Promise<boolean> {
  const { record, report, signal } = context;
  const folder = await buildContext(context);
  const { file, good, bad } = spec.plants;
  for (const [index, name] of names.entries()) {
    const { image, word } = versions[name];
    report(t('Building image {0} of {1}', index + 1, names.length));
    await plant({ plants: { [file]: name === 'bad' ? bad : good } }, folder, word, context);
    const { failure } = await buildOnce(engine, spec, folder, image, context);
    if (failure !== undefined) return builds(failure, record);
    await cluster.load(image, signal);
  }
  return builds(undefined, record);
}

interface Stage {
  readonly spec: RolloutCheck;
  readonly client: ClusterClient;
  readonly lab: ClusterLab;
  readonly objects: readonly ObjectText[];
  readonly versions: Versions;
  readonly context: CheckContext;
}

/** Follows pods and the Service's endpoints, sends requests, and goes through the phases. */
async function underWatch(stage: Stage): Promise<void> {
  const { spec, client, lab, versions, context: given } = stage;
  const over = new AbortController();
  const signal = AbortSignal.any([given.signal, over.signal]);
  const context = { ...given, signal };
  const broken = (error: unknown): void => over.abort(error);
  const history = new PodHistory();
  let port = 0;
  const traffic = new Traffic({
    spec,
    context,
    late: given.random.between(...late),
    versions: Object.values(versions).map(({ word }) => word),
    send: (pod, path) => sendTo(client, `/api/v1/namespaces/${lab.namespace}/pods/${pod}:${port}/proxy${path}`, signal),
  });
  const following = [
    follow(client, `/api/v1/namespaces/${lab.namespace}/pods`, (pods) => history.see(pods as readonly Pod[]), context),
    follow(
      client,
      `/apis/discovery.k8s.io/v1/namespaces/${lab.namespace}/endpointslices`,
      (kept) => {
        const slices = kept as readonly Slice[];
        port = slices.flatMap(({ ports }) => ports ?? [])[0]?.port ?? port;
        traffic.learn([...new Set(slices.flatMap(readyIn))]);
      },
      context,
    ),
  ];
  for (const one of following) one.catch(broken);
  traffic.start(broken);
  try {
    await phases({ ...stage, context, history, traffic });
    if (context.record.failed && traffic.slowest > starvedAfter) throw tooBusy();
  } finally {
    over.abort();
    await Promise.allSettled([traffic.end(), ...following]);
  }
}

interface Slice {
  readonly metadata: { readonly uid: string };
  readonly ports?: readonly { readonly port?: number }[];
  readonly endpoints?: readonly {
    readonly conditions?: { readonly ready?: boolean };
    readonly targetRef?: { readonly name: string };
  }[];
}

const readyIn = ({ endpoints }: Slice): string[] =>
  (endpoints ?? []).flatMap(({ conditions, targetRef }) =>
    conditions?.ready === true && targetRef !== undefined ? [targetRef.name] : [],
  );

/** A pod that answers nothing in time is the learner's; an API server that does not is not. */
async function sendTo(client: ClusterClient, path: string, signal: AbortSignal): Promise<Answer> {
  const enough = AbortSignal.timeout(patience);
  try {
    return await client.send('GET', path, undefined, AbortSignal.any([signal, enough]));
  } catch (error) {
    if (signal.aborted || !enough.aborted) throw error;
    await client.send('GET', '/readyz', undefined, signal);
    return { status: 504, body: JSON.stringify({ kind: 'Status', message: t('no answer') }) };
  }
}

interface Scene extends Stage {
  readonly history: PodHistory;
  readonly traffic: Traffic;
}

async function phases(scene: Scene): Promise<void> {
  if (!(await begins(scene))) return;
  if (!(await replaces(scene))) return;
  if (!(await withstands(scene))) return;
  await goesBack(scene);
}

/** The first version is there, and each request gets its own answer. */
async function begins(scene: Scene): Promise<boolean> {
  const { spec, versions, context, history, traffic } = scene;
  const { record, report, clock, signal, open } = context;
  const { image, word } = versions.first;
  report(t('Deploying the first version'));
  const problem = await apply(versions.first, scene);
  const applied = record.assert('applies', problem === undefined, {
    what: t('The API server takes {0}', spec.manifests),
    want: t('no error'),
    got: problem ?? t('it does'),
    where: spec.manifests,
    next: t('Change what the server names.'),
  });
  if (!applied) return false;
  const done = await completes(scene, () => false);
  const ready = history.ready([image]);
  const deployed = record.assert('deploys', done && ready >= spec.ready, {
    what: t('{0} pods of it are ready', spec.ready),
    want: t('within {0} s', seconds(spec.within, context)),
    got: done ? t('{0} are ready', ready) : history.text,
    where: spec.manifests,
    next: t('Look at replicas, the port and the readiness probe; the Pods view shows events and logs.'),
  });
  if (!deployed) return false;
  await clock.sleep(steadyFor, signal);
  const { losses, answers } = traffic.count();
  const serves = losses.length === 0 && answers.has(word);
  record.fact('serves', kindOf(losses) ?? (serves ? 'ok' : 'nobody'));
  return record.assert('serves', serves, {
    what: t('The pods that the Service leads to answer'),
    want: t('200 with "{0}" and their nonce', word),
    got: lossText(losses) ?? t('all {0} did', total(answers)),
    where: open,
    next: t('Give the container a readiness probe, and answer it with 200 only while the stock is ready.'),
  });
}

/** The second takes its place. */
async function replaces(scene: Scene): Promise<boolean> {
  const { spec, versions, context, history, traffic } = scene;
  const { record, report, clock, signal, pace, open } = context;
  report(t('Rolling to the next version under load'));
  history.countAnew([versions.first.image, versions.second.image]);
  await applyAgain(versions.second, scene);
  const done = await completes(scene);
  // Those that are told to go have requests to finish.
  const until = clock.now() + goneWithin * pace;
  const going = (): boolean => done && (history.leaving || !traffic.settled) && !harmed(scene);
  while (going() && clock.now() < until) await clock.sleep(lookEvery, signal);
  if (history.fewest < spec.ready) await clock.sleep(steadyFor, signal); // Whether it stops at that.
  record.fact('keeps', history.fewest === 0 ? 'none' : history.fewest < spec.ready ? 'short' : 'ok');
  if (!keeps('keeps', scene)) return false;
  const { losses, answers } = traffic.count();
  if (losses.length > 0) await endingKnown(scene);
  record.fact('killed', history.endings.includes(killed) ? 'yes' : 'no');
  if (!answered('answers', losses, answers, scene)) return false;
  const rolled = record.assert('rolls', done, {
    what: t('The next version takes the place of the first'),
    want: t('within {0} s', seconds(spec.within, context)),
    got: done ? t('it does') : history.text,
    where: spec.manifests,
    next: t('Let the cluster go on: no pause, and room for one pod at least (maxSurge).'),
  });
  if (!rolled) return false;
  traffic.count();
  await clock.sleep(steadyFor, signal);
  const words = [...traffic.count().answers.keys()];
  const follows = record.assert('follows', words.length === 1 && words[0] === versions.second.word, {
    what: t('After that it alone answers'),
    want: versions.second.word,
    got: words.join(', ') || t('no answer'),
    where: open,
    next: t('Build the program of the sources that are sent, and let the Service select these pods alone.'),
  });
  if (!follows) return false;
  const codes = [...new Set(history.endings)].filter((code) => code !== 0);
  const ended = codes.length === 0 && history.endings.length > 0 && !history.leaving;
  record.fact('ends', ended ? 'ok' : String(codes[0] ?? 'running'));
  return record.assert('ends', ended, {
    what: t('The programs of the first version end by themselves'),
    want: t('exit code {0}', 0),
    got: ended ? t('they do') : codes.length > 0 ? t('exit code {0}', codes.join(', ')) : t('still running'),
    where: open,
    next: t('Catch SIGTERM with signal.NotifyContext, and return from main when Shutdown has.'),
  });
}

/** The cluster tells a moment after a connection broke how its program ended. */
async function endingKnown({ history, context: { clock, signal, pace } }: Scene): Promise<void> {
  const until = clock.now() + endKnownWithin * pace;
  while (history.leaving && history.endings.length === 0 && clock.now() < until) await clock.sleep(lookEvery, signal);
}

/** A version that is not well for long takes nobody's place, and the rollout is called failed. */
async function withstands(scene: Scene): Promise<boolean> {
  const { spec, versions, context, history, traffic } = scene;
  const { record, report, clock, signal, pace } = context;
  report(t('Rolling to a bad version'));
  history.countAnew([versions.second.image]);
  traffic.count();
  await applyAgain(versions.bad, scene);
  const until = clock.now() + milliseconds(spec.failsWithin) * pace;
  let condition = await progressing(scene);
  while (!hasFailed(condition) && !harmed(scene) && clock.now() < until) {
    await clock.sleep(lookEvery, signal);
    condition = await progressing(scene);
  }
  const gone = history.fewest < spec.ready;
  const fades = clock.now() + fadesWithin * pace;
  if (gone) while (!history.faded(versions.bad.image) && clock.now() < fades) await clock.sleep(lookEvery, signal);
  record.fact('spares', gone ? (history.faded(versions.bad.image) ? 'too-soon' : 'believed') : 'ok');
  if (!keeps('spares', scene)) return false;
  const { losses, answers } = traffic.count();
  if (!answered('unharmed', losses, answers, scene)) return false;
  return record.assert('gives-up', hasFailed(condition), {
    what: t('The rollout of a version that never gets well is called failed'),
    want: t(
      'the condition Progressing is False, {0}, within {1} s',
      deadlineExceeded,
      seconds(spec.failsWithin, context),
    ),
    got: condition === undefined ? t('none') : `${condition.status}, ${condition.reason ?? ''}`,
    where: spec.manifests,
    next: t('Set progressDeadlineSeconds: without it the cluster waits for ten minutes.'),
  });
}

/** As `kubectl rollout undo --to-revision=1`. */
async function goesBack(scene: Scene): Promise<void> {
  const { spec, versions, context, history, traffic } = scene;
  const { record, report } = context;
  report(t('Going back to the first version'));
  const template = await firstTemplate(scene);
  const remembered = record.assert('remembers', template !== undefined, {
    what: t('The first version can be gone back to'),
    want: t('a ReplicaSet of revision 1'),
    got: template === undefined ? t('none') : t('it is there'),
    where: spec.manifests,
    next: t('Leave revisionHistoryLimit above the number of versions that you want to go back.'),
  });
  if (!remembered) return;
  const { first, second } = versions;
  history.countAnew([first.image, second.image]);
  traffic.count();
  await patch([{ op: 'replace', path: '/spec/template', value: template }], scene);
  const done = await completes(scene);
  if (!keeps('stays', scene)) return;
  const { losses, answers } = traffic.count();
  if (!answered('unbroken', losses, answers, scene)) return;
  record.assert('returns', done && history.ready([first.image]) >= spec.ready, {
    what: t('The undo brings it back'),
    want: t('{0} pods of it within {1} s', spec.ready, seconds(spec.within, context)),
    got: done ? t('{0} are ready', history.ready([first.image])) : history.text,
    where: spec.manifests,
    next: t('Look at what the Deployment says of its progress.'),
  });
}

/** Whether what is asserted next will not hold: then there is nothing to wait for. */
const harmed = ({ spec, history, traffic }: Scene): boolean => history.fewest < spec.ready || traffic.lost;

const keeps = (id: string, { spec, history, context }: Scene): boolean =>
  context.record.assert(id, history.fewest >= spec.ready, {
    what: t('{0} pods are ready all the time', spec.ready),
    want: t('never fewer than {0} that are well', spec.ready),
    got: history.fewest >= spec.ready ? t('it is so') : t('once only {0}', history.fewest),
    where: spec.manifests,
    next: t(
      'Let no pod go before a new one is well: maxUnavailable, minReadySeconds, and a readiness probe that is asked anew.',
    ),
  });

function answered(
  id: string,
  losses: readonly Loss[],
  answers: ReadonlyMap<string, number>,
  { context: { record, open } }: Scene,
): boolean {
  record.fact(id, kindOf(losses) ?? 'ok');
  return record.assert(id, losses.length === 0, {
    what: t('No request is lost meanwhile'),
    want: t('each gets 200 with its nonce'),
    got: lossText(losses) ?? t('all {0} did', total(answers)),
    where: open,
    next: t('Take requests for as long as they come, then finish those that have begun.'),
  });
}

/** Of several: a program that answers that it is not ready says more than one that does not answer yet. */
const kindOf = (losses: readonly Loss[]): LossKind | undefined =>
  (losses.find(({ kind }) => kind === 'unready') ?? losses[0])?.kind;

const lossText = (losses: readonly Loss[]): string | undefined =>
  losses.length === 0 ? undefined : t('{0} were not; the first: {1}', losses.length, losses[0]!.text.slice(0, 300));

const total = (answers: ReadonlyMap<string, number>): number => [...answers.values()].reduce((sum, n) => sum + n, 0);

const seconds = (text: string, { pace }: CheckContext): number => Math.round((milliseconds(text) * pace) / 1000);

/** Applies the learner's objects with the image of a version. Why the server refused, in its words. */
async function apply(version: Version, { objects, spec, lab, context }: Stage): Promise<string | undefined> {
  for (const object of JSON.parse(withImage(objects, spec.image, version.image)) as ObjectText[]) {
    const answer = await lab.apply(object, context);
    // A field of another type is a 500 to a server-side apply.
    if (answer.status >= 500 && !answer.body.includes('typed patch object')) throw refused(answer);
    if (answer.status >= 400) return messageIn(answer.body);
  }
  return undefined;
}

async function applyAgain(version: Version, stage: Stage): Promise<void> {
  const problem = await apply(version, stage);
  if (problem !== undefined) throw new Failure('unreachable', t('The cluster refused: {0}', problem));
}

function messageIn(body: string): string {
  try {
    return (JSON.parse(body) as { message?: string }).message ?? body;
  } catch {
    return body;
  }
}

interface Deployment {
  readonly metadata: { readonly uid: string; readonly generation: number };
  readonly spec: { readonly replicas: number };
  readonly status: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly conditions?: readonly Condition[];
  };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
}

const deadlineExceeded = 'ProgressDeadlineExceeded';
const hasFailed = (condition: Condition | undefined): boolean =>
  condition?.status === 'False' && condition.reason === deadlineExceeded;

const nameOf = ({ objects }: Stage): string => objects.find(({ kind }) => kind === 'Deployment')!.metadata.name;

async function deployment(stage: Stage): Promise<Deployment> {
  const answer = await stage.lab.send('GET', `apps/v1/deployments/${nameOf(stage)}`, undefined, stage.context.signal);
  if (answer.status >= 400) throw refused(answer);
  return JSON.parse(answer.body) as Deployment;
}

/** How the rollout of what was last applied gets on; undefined while the cluster has not looked at it. */
async function progressing(stage: Stage): Promise<Condition | undefined> {
  const { metadata, status } = await deployment(stage);
  if ((status.observedGeneration ?? 0) < metadata.generation) return undefined;
  return status.conditions?.find(({ type }) => type === 'Progressing');
}

/** Whether the rollout is over in time, by what `kubectl rollout status` goes by; false at once when it has `stopped`. */
async function completes(scene: Scene, stopped = (): boolean => harmed(scene)): Promise<boolean> {
  const { spec, context } = scene;
  const { clock, signal, pace } = context;
  const until = clock.now() + milliseconds(spec.within) * pace;
  while (clock.now() < until) {
    const { metadata, spec: wanted, status } = await deployment(scene);
    const counts = [status.replicas, status.updatedReplicas, status.availableReplicas];
    const current = (status.observedGeneration ?? 0) >= metadata.generation;
    if (current && counts.every((count = 0) => count === wanted.replicas)) return true;
    if (stopped()) return false;
    await clock.sleep(lookEvery, signal);
  }
  return false;
}

/** The template of the pods of revision 1, as its ReplicaSet kept it. */
async function firstTemplate(stage: Stage): Promise<object | undefined> {
  const { client, lab, context } = stage;
  const { uid } = (await deployment(stage)).metadata;
  const path = `/apis/apps/v1/namespaces/${lab.namespace}/replicasets`;
  const answer = await client.send('GET', path, undefined, context.signal);
  if (answer.status >= 400) throw refused(answer);
  const first = (JSON.parse(answer.body) as { readonly items: readonly ReplicaSet[] }).items.find(
    ({ metadata: { ownerReferences = [], annotations = {} } }) =>
      ownerReferences.some((owner) => owner.uid === uid) && annotations['deployment.kubernetes.io/revision'] === '1',
  );
  if (first === undefined) return undefined;
  const { metadata, ...template } = first.spec.template;
  const { 'pod-template-hash': _, ...labels } = metadata.labels;
  return { ...template, metadata: { ...metadata, labels } };
}

interface ReplicaSet {
  readonly metadata: {
    readonly ownerReferences?: readonly { readonly uid: string }[];
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly template: { readonly metadata: { readonly labels: Readonly<Record<string, string>> } } };
}

async function patch(operations: readonly object[], stage: Stage): Promise<void> {
  const { client, lab, context } = stage;
  const path = lab.path(`apps/v1/deployments/${nameOf(stage)}`);
  const answer = await client.send('PATCH', path, operations, context.signal, 'application/json-patch+json');
  if (answer.status >= 400) throw refused(answer);
}
