/**
 * Check type `kubernetes`: what the program makes of objects in a cluster. It works in a namespace of this run, through a
 * proxy that counts its requests and can cut it off.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { addressesOf, withDoubles } from '../doubles/double.ts';
import { lastLines } from '../evidence.ts';
import { type Answer, ClusterClient, ClusterProxy } from './clusterProxy.ts';
import { ClusterLab, type ObjectText, objectsIn, refused } from './clusterLab.ts';
import type { CheckContext, RunCheck } from './context.ts';
import { set } from './doubleStates.ts';
import { tooBusy, watchLag } from './busy.ts';
import { difference, expectedText } from './matching.ts';
import { ObjectStates } from './objectStates.ts';
import { type Running, withServer } from './serve.ts';
import { type ResourcesCheck, milliseconds } from './specs.ts';
import { Values } from './templates.ts';

type Step = ResourcesCheck['steps'][number];

const lookEvery = 50;

export const runResources: RunCheck<ResourcesCheck> = async (spec, given) => {
  const { ports, report, signal, random, scratch, run } = given;
  const cluster = await ports.cluster(report, signal);
  const client = new ClusterClient(cluster);
  const lab = new ClusterLab(client, `gantry-${run}-${spec.id}`.slice(0, 63), run);
  const { namespace } = lab;
  const record = given.record.about({ kind: 'namespace', context: cluster.context, namespace });
  const context = { ...given, record };
  let proxy: ClusterProxy | undefined;
  const over = new AbortController();
  try {
    await lab.open(signal);
    proxy = await ClusterProxy.start(cluster, client, random.nonce() + random.nonce());
    const kubeconfig = join(scratch, `kubeconfig-${spec.id}`);
    await writeFile(kubeconfig, proxy.kubeconfig(namespace), { mode: 0o600 });
    const values = new Values().draw(spec.draw ?? {}, random);
    values.set('namespace', namespace);
    const stage = { lab, client, proxy, values, context, over: AbortSignal.any([signal, over.signal]) };
    await withDoubles(context, {}, async (doubles) => {
      // What stands first is there before the program is: its types, above all.
      const [first] = spec.steps as [Step];
      if (first.installs !== undefined && !(await install(first, first.installs, stage))) return;
      if (first.apply !== undefined) await apply(first.apply, stage);
      await withServer(
        context,
        async (server) => {
          for (const step of spec.steps) {
            await set(step.sets, doubles);
            if (!(await runStep(step, server, stage))) return;
          }
        },
        { ...values.texts, ...addressesOf(doubles), kubeconfig },
      );
    });
    if (record.failed && proxy.lost) throw serverLost();
    // Also where the program has ended: what it made is still there.
    await context.held(record);
  } finally {
    over.abort();
    await proxy?.close();
    // Also after a cancel: nothing may stay.
    await lab.remove();
    client.dispose();
  }
};

const serverLost = (): Failure =>
  new Failure('unreachable', t('The cluster failed while your program was checked. Check again.'));

interface Stage {
  readonly lab: ClusterLab;
  readonly client: ClusterClient;
  readonly proxy: ClusterProxy;
  readonly values: Values;
  readonly context: CheckContext;
  /** Aborted with the check. */
  readonly over: AbortSignal;
}

async function runStep(step: Step, server: Running, stage: Stage): Promise<boolean> {
  const { context, lab, proxy, values } = stage;
  const { record, language, open, clock, signal, pace } = context;
  context.report(step.what[language]);
  if (step.requests !== undefined) proxy.countAnew();
  const states = await followed(step, stage);
  if (step.restarts === true) await server.program.end();
  if (step.contends !== undefined) contend(step.contends, stage);
  if (step.cuts !== undefined) {
    proxy.cut();
    setTimeout(() => proxy.mend(), milliseconds(step.cuts)).unref();
  }
  // Before anything comes that the program would do at once with what goes.
  for (const object of [step.delete ?? []].flat()) await lab.send('DELETE', values.fill(object), undefined, signal);
  const answers = [
    ...(step.apply === undefined ? [] : await apply(step.apply, stage, step.refused)),
    ...(step.patch === undefined
      ? []
      : [await lab.merge(values.fill(step.patch.object), values.fillJson(step.patch.with) as object, signal)]),
  ];
  if (step.cuts !== undefined) await clock.sleep(milliseconds(step.cuts) + 10, signal);
  // What was done meanwhile it did not see.
  if (step.restarts === true && !(await server.restart())) return false;
  if (step.wait !== undefined) await clock.sleep(milliseconds(step.wait), signal);
  const lag = watchLag();
  const patience = milliseconds(step.settles ?? '5s') * pace;
  const until = clock.now() + patience;
  let seen = step.refused === true ? refusalOf(answers) : await look(step, stage);
  while (seen.wrong !== undefined && step.refused !== true && clock.now() < until) {
    await clock.sleep(lookEvery, signal);
    seen = await look(step, stage);
  }
  if (seen.wrong === undefined && (await states?.wasUnwanted(seen.json, context)) === true)
    seen = { finding: 'differs', wrong: t('for a moment it was {0}', expectedText(values.fillJson(step.never!))) };
  if (seen.wrong === undefined && step.requests !== undefined) seen = await counted(step.requests, stage);
  signal.throwIfAborted();
  // Timers that are late by much of the time it had: then it had not that time.
  if (lag.end() > patience / 4 && seen.wrong !== undefined) throw tooBusy();
  record.fact(step.id, seen.finding);
  for (const [name, path] of Object.entries(step.keep ?? {})) values.keep(name, seen.json, path);
  return record.assert(step.id, seen.wrong === undefined, {
    what: step.what[language],
    want: wantText(step, values),
    got: seen.wrong === undefined ? t('it does') : withOutput(seen.wrong, server),
    where: open,
    next: step.next[language],
  });
}

/** A controller says in its log why it did not do something. */
const withOutput = (wrong: string, { program: { output } }: Running): string =>
  output === '' ? wrong : `${wrong}\n${lastLines(output)}`;

interface Seen {
  readonly finding: 'ok' | 'absent' | 'there' | 'differs' | 'requests' | 'accepted';
  readonly wrong?: string;
  /** The object. */
  readonly json?: unknown;
}

async function look({ object, has, absent = false }: Step, { lab, values, context }: Stage): Promise<Seen> {
  if (object === undefined) return { finding: 'ok' };
  const answer = await lab.send('GET', values.fill(object), undefined, context.signal);
  const { status, body } = answer;
  if (status === 404)
    return absent ? { finding: 'ok' } : { finding: 'absent', wrong: t('{0} is not there', values.fill(object)) };
  if (status >= 400) throw refused(answer);
  if (absent) return { finding: 'there', wrong: t('{0} is still there', values.fill(object)) };
  const json: unknown = JSON.parse(body);
  const wrong = has === undefined ? undefined : difference(values.fillJson(has), json, () => false);
  return wrong === undefined ? { finding: 'ok', json } : { finding: 'differs', wrong };
}

/** Undefined where a step does not say what its object must never be. */
async function followed(
  { object, never }: Step,
  { lab, client, values, context, over }: Stage,
): Promise<ObjectStates | undefined> {
  if (object === undefined || never === undefined) return undefined;
  const unwanted = values.fillJson(never);
  const isUnwanted = (json: unknown): boolean => difference(unwanted, json, () => false) === undefined;
  return ObjectStates.watch(values.fill(object), isUnwanted, { lab, client }, { clock: context.clock, signal: over });
}

async function counted(
  { verb, during, most }: NonNullable<Step['requests']>,
  { proxy, context: { clock, signal } }: Stage,
): Promise<Seen> {
  await clock.sleep(milliseconds(during), signal);
  const count = proxy.count(verb);
  return count <= most ? { finding: 'ok' } : { finding: 'requests', wrong: t('{0} requests', count) };
}

/** Another writer comes first: the moment before the program writes the object, this is merged into it. */
function contend(
  { object, with: change, times = 1 }: NonNullable<Step['contends']>,
  { lab, proxy, values, context }: Stage,
): void {
  const [path, body] = [values.fill(object), values.fillJson(change) as object];
  let left = times;
  const first = async (): Promise<void> => {
    left--;
    if (left > 0) proxy.beforeWrite(lab.path(path), first);
    // Something else each time: what changes nothing is no write to the API server.
    const metadata = { annotations: { contentions: String(left) } };
    await lab.merge(path, { metadata, ...body }, context.signal);
  };
  proxy.beforeWrite(lab.path(path), first);
}

/** Applies each document of a file, with the drawn values in it. */
async function apply(file: string, { lab, values, context }: Stage, mayBeRefused = false): Promise<Answer[]> {
  const text = values.fill(await readFile(join(context.support, file), 'utf8'));
  const answers: Answer[] = [];
  for (const object of objectsIn(text)) {
    const answer = await lab.apply(object, context);
    if (answer.status >= 400 && !(mayBeRefused && answer.status !== 404)) throw refused(answer);
    answers.push(answer);
  }
  return answers;
}

/** The server says so itself: anything else, such as an object in the way, would prove nothing. */
function refusalOf(answers: readonly Answer[]): Seen {
  const accepted = answers.find(({ status }) => status !== 400 && status !== 422);
  return accepted === undefined
    ? { finding: 'ok' }
    : { finding: 'accepted', wrong: t('the API server answered {0}', accepted.status) };
}

/**
 * Applies the learner's own CRDs, in a group of this run: those that the learner has in the cluster stay as they are, and
 * so does all else there.
 */
async function install(step: Step, crds: NonNullable<Step['installs']>, stage: Stage): Promise<boolean> {
  const { record, language } = stage.context;
  const wrong = await installed(crds, stage);
  record.fact('installed', wrong === undefined ? 'yes' : 'no');
  return record.assert('installs', wrong === undefined, {
    what: t('The API server takes {0}', crds.file),
    want: t('no error'),
    got: wrong ?? t('it does'),
    where: crds.file,
    next: step.next[language],
  });
}

/** Why not, in words; undefined when all are. */
async function installed(
  { file, group }: NonNullable<Step['installs']>,
  { lab, values, context }: Stage,
): Promise<string | undefined> {
  const drawn = values.fill('${group}.gantry.example');
  const text = await readFile(join(context.workplace, file), 'utf8').catch(() => undefined);
  if (text === undefined) return t('{0} is not there', file);
  const objects = objectsIn(text.replaceAll(group, drawn));
  if (objects.length === 0) return t('{0} holds no object', file);
  for (const object of objects) {
    // With an administrator's rights, so nothing else.
    const { kind, metadata } = object as Partial<ObjectText>;
    if (kind !== 'CustomResourceDefinition' || metadata?.name?.endsWith(`.${drawn}`) !== true)
      return t('{0} may hold CustomResourceDefinitions of the group {1} only', file, group);
    const { status, body } = await lab.apply(object, context);
    // A field of another type is a 500 to a server-side apply.
    if (status >= 500 && !body.includes('typed patch object')) throw refused({ status, body });
    if (status >= 400) return (JSON.parse(body) as { message?: string }).message ?? body;
  }
  return undefined;
}

function wantText({ object, has, never, absent, refused, requests }: Step, values: Values): string {
  const state = absent === true ? t('gone') : has === undefined ? '' : expectedText(values.fillJson(has));
  return [
    ...(object === undefined ? [] : [`${values.fill(object)} ${state}`.trim()]),
    ...(never === undefined ? [] : [t('never {0}', expectedText(values.fillJson(never)))]),
    ...(refused === true ? [t('the API server refuses it (400 or 422)')] : []),
    ...(requests === undefined
      ? []
      : [t('at most {0} requests ({1}) in {2}', requests.most, requests.verb, requests.during)]),
  ]
    .join('; ')
    .slice(0, 400);
}
