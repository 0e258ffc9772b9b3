/**
 * Check type `istio`: a real istiod is the control plane, the program's own gRPC client the data plane that it leads, and
 * the lab's objects say how. What counts is who answered: each workload answers with nonces of its own.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { addressesOf, withDoubles } from '../doubles/double.ts';
import { Istiod, installTypes } from '../istiod.ts';
import { type Answer, answerText, ask } from './ask.ts';
import { longestLag, tooBusy, watchLag } from './busy.ts';
import { ClusterLab, runLabel } from './clusterLab.ts';
import { ClusterClient } from './clusterProxy.ts';
import type { CheckContext, RunCheck } from './context.ts';
import { type DoubleStates, callsDiffer, set } from './doubleStates.ts';
import { Mesh } from './mesh.ts';
import { type Running, withServer } from './serve.ts';
import { type IstioCheck, type IstioStep, milliseconds } from './specs.ts';
import { Values } from './templates.ts';
import { bound } from './xds.ts';

const patience = 20_000;
const lookEvery = 50;

export const runIstio: RunCheck<IstioCheck> = async (spec, context) => {
  const { ports, report, signal, scratch, run } = context;
  const cluster = await ports.cluster(report, signal);
  const program = await ports.labkit('istiod', report, signal);
  const client = new ClusterClient(cluster);
  const lab = new ClusterLab(client, `gantry-${run}`, run);
  let istiod: Istiod | undefined;
  try {
    await installTypes(program, (path, body) => client.send('POST', path, body, signal), signal);
    await lab.open(signal);
    await withDoubles(context, {}, async (doubles) => {
      const mesh = new Mesh(lab, spec.workloads, doubles, context);
      const late = spec.steps.map(({ joins }) => joins);
      for (const name of Object.keys(spec.workloads)) if (!late.includes(name)) await mesh.join(name);
      if (!(await mesh.applyOwn(spec.mesh))) return;
      report(t('Starting istiod'));
      const folder = join(scratch, 'istiod');
      // Only now: what it tells first is then all that there is.
      istiod = await Istiod.start({ ...context, program, cluster, folder, selects: [runLabel, run] });
      const bootstrap = join(scratch, 'bootstrap.json');
      await writeFile(bootstrap, istiod.bootstrap(lab.namespace));
      const stage = { mesh, istiod, doubles, values: new Values().draw(spec.draw ?? {}, context.random), context };
      await withServer(
        context,
        async (server) => {
          for (const step of spec.steps) if (!(await runStep(step, { ...stage, server }))) return;
        },
        { ...addressesOf(doubles), bootstrap, namespace: lab.namespace },
      );
    });
  } finally {
    await istiod?.stop();
    // Also after a cancel: nothing may stay.
    await lab.remove();
    client.dispose();
  }
};

interface Stage {
  readonly mesh: Mesh;
  readonly istiod: Istiod;
  readonly doubles: DoubleStates;
  readonly values: Values;
  readonly server: Running;
  readonly context: CheckContext;
}

async function runStep(step: IstioStep, stage: Stage): Promise<boolean> {
  const { doubles, values, context } = stage;
  const { record, language, clock, signal, pace } = context;
  context.report(step.what[language]);
  await change(step, stage);
  const lag = watchLag();
  const until = clock.now() + milliseconds(step.settles ?? '0ms') * pace;
  let seen = await look(step, stage);
  while (seen.finding !== 'ok' && clock.now() < until) {
    await clock.sleep(lookEvery, signal);
    seen = await look(step, stage);
  }
  signal.throwIfAborted();
  const busy = lag.end() > longestLag;
  if (seen.finding !== 'ok') {
    await blameIstiod(step, stage);
    if (busy) throw tooBusy();
    record.fact('taken', (await stage.istiod.taken()) ?? 'nothing');
  }
  record.fact(step.id, seen.finding);
  return record.assert(step.id, seen.finding === 'ok', {
    what: step.what[language],
    want: wantText(step, values, doubles),
    got: seen.got,
    where: context.open,
    next: step.next[language],
  });
}

async function change(step: IstioStep, stage: Stage): Promise<void> {
  const { joins, leaves, apply, weights, delete: gone, istiod: turn } = step;
  const { mesh, istiod, values } = stage;
  if (turn === 'stops') await istiod.stop();
  if (turn === 'starts') await istiod.start();
  if (joins !== undefined) await mesh.join(joins);
  if (leaves !== undefined) await mesh.leave(leaves);
  if (apply !== undefined) await mesh.apply(apply, values);
  if (weights !== undefined) await mesh.reweigh(numbers(weights, values));
  if (gone !== undefined) await mesh.delete(gone.object, gone.as);
}

const numbers = (counts: Readonly<Record<string, number | string>>, values: Values): ReadonlyMap<string, number> =>
  new Map(Object.entries(counts).map(([name, count]) => [name, values.count(count)]));

/** A rule that the control plane has not read can reach nobody. */
async function blameIstiod({ istiod: turn }: IstioStep, { istiod, mesh }: Stage): Promise<void> {
  if (turn === 'stops' || (await istiod.hasRead(mesh.made))) return;
  throw new Failure('unreachable', t('istiod failed while your program was checked. Check again.'));
}

/** In the words hints are chosen by. */
type Finding = 'ok' | 'ended' | 'no-answer' | 'status' | 'stale' | 'elsewhere' | 'shares' | 'early' | 'slow' | 'calls';

interface Seen {
  readonly finding: Finding;
  readonly got: string;
}

async function look(step: IstioStep, stage: Stage): Promise<Seen> {
  const { server, doubles, context } = stage;
  const { pid } = server.program;
  await set(step.sets, doubles);
  const answers = await askAll(step, stage);
  const who = answers.map((answer) => answererOf(answer, doubles));
  const got = countsText(who);
  const judged = judge(step, answers, who, stage);
  if (server.program.ending !== undefined || server.program.pid !== pid) {
    return { finding: 'ended', got: t('the program ended') };
  }
  if (judged !== undefined) return { got, ...judged };
  const calls = callsDiffer(step.expect.calls, undefined, doubles);
  if (calls !== undefined) return { finding: 'calls', got: `${got}; ${calls}` };
  const times = answers.map((answer) => (answer.kind === 'answer' ? answer.took : 0));
  const [least, most] = [Math.min(...times), Math.max(...times)].map(Math.round);
  const { least: soonest = '0ms', within } = step.expect;
  if (least! < milliseconds(soonest)) return { finding: 'early', got: t('an answer after {0} ms', least!) };
  if (within !== undefined && most! > milliseconds(within) * context.pace) {
    return { finding: 'slow', got: t('an answer after {0} ms', most!) };
  }
  return { finding: 'ok', got };
}

async function askAll({ send, times, together = 1 }: IstioStep, { server, values, context }: Stage): Promise<Answer[]> {
  const { signal, pace } = context;
  const headers = Object.fromEntries(
    Object.entries(send.headers ?? {}).map(([name, value]) => [name, values.fill(value)]),
  );
  const answers: Answer[] = [];
  let left = times;
  const worker = async (): Promise<void> => {
    while (left-- > 0 && !signal.aborted) {
      const options = { method: send.method ?? 'GET', headers };
      answers.push(await ask(server.port, values.fill(send.path), patience * pace, signal, options).answer);
    }
  };
  await Promise.all(Array.from({ length: Math.min(together, times) }, worker));
  return answers;
}

/** The workload whose nonce was told, or what became of the request instead. */
function answererOf(answer: Answer, doubles: DoubleStates): string {
  if (answer.kind !== 'answer') return answerText(answer);
  if (answer.status !== 200) return String(answer.status);
  const nonce = onlyText(answer.body);
  return [...doubles].find(([, double]) => nonce !== undefined && double.claim(nonce))?.[0] ?? nobody;
}

/** Of an answer that no workload gave now. */
const nobody = '?';

function onlyText(body: string): string | undefined {
  try {
    const [first, ...more] = Object.values(JSON.parse(body) as object) as unknown[];
    return more.length === 0 && typeof first === 'string' ? first : undefined;
  } catch {
    return undefined;
  }
}

function judge(
  { expect, times }: IstioStep,
  answers: readonly Answer[],
  who: readonly string[],
  { values, doubles }: Stage,
): Omit<Seen, 'got'> | undefined {
  const count = (name: string): number => who.filter((one) => one === name).length;
  if (answers.some(({ kind }) => kind !== 'answer')) return { finding: 'no-answer' };
  const statuses = expect.statuses ?? { 200: { least: times, most: times } };
  const counted = (status: number): number =>
    answers.filter((answer) => answer.kind === 'answer' && answer.status === status).length;
  const known = Object.keys(statuses).reduce((sum, status) => sum + counted(Number(status)), 0);
  const within = Object.entries(statuses).every(
    ([status, { least, most }]) => counted(Number(status)) >= least && counted(Number(status)) <= most,
  );
  if (known < times || !within) return { finding: 'status' };
  if (count(nobody) > 0) return { finding: 'stale' };
  if (expect.shares === undefined) return undefined;
  const weights = numbers(expect.shares, values);
  if ([...doubles.keys()].some((name) => count(name) > 0 && (weights.get(name) ?? 0) === 0)) {
    return { finding: 'elsewhere' };
  }
  const sum = [...weights.values()].reduce((all, weight) => all + weight, 0);
  const answered = counted(200);
  const off = [...weights].some(
    ([name, weight]) => Math.abs(count(name) - (answered * weight) / sum) > bound(weight / sum, answered),
  );
  return off ? { finding: 'shares' } : undefined;
}

function countsText(who: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of who) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${name} × ${count}`).join(', ');
}

function wantText({ send, times, expect }: IstioStep, values: Values, doubles: DoubleStates): string {
  const { statuses, shares = Object.fromEntries([...doubles.keys()].map((name) => [name, '?'])) } = expect;
  const all = Object.values(shares).map((weight) => (weight === '?' ? Number.NaN : values.count(weight)));
  const sum = all.reduce((total, weight) => total + weight, 0);
  const parts =
    statuses === undefined
      ? Object.keys(shares).map((name, i) =>
          Number.isNaN(sum)
            ? name
            : `${name} × ${Math.round((times * all[i]!) / sum)} ± ${Math.ceil(bound(all[i]! / sum, times))}`,
        )
      : Object.entries(statuses).map(([status, { least, most }]) => `${status} × ${least}–${most}`);
  const time = [expect.least, expect.within].filter((limit) => limit !== undefined).join('–');
  const request = `${send.method ?? 'GET'} ${values.fill(send.path)} × ${times}`;
  return t('{0} answers {1}', request, [parts.join(', '), time].filter((part) => part !== '').join('; '));
}
