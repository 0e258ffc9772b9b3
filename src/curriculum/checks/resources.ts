/**
 * Check type `kubernetes`: what the program makes of objects in a cluster. It works in a namespace of this run, through a
 * proxy that counts its requests and can cut it off.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { parseYaml } from '../../core/yaml/parse.ts';
import { plainValue } from '../../core/yaml/read.ts';
import { addressesOf, withDoubles } from '../doubles/double.ts';
import { type Answer, ClusterClient, ClusterProxy } from './clusterProxy.ts';
import type { CheckContext, RunCheck } from './context.ts';
import { set } from './doubleStates.ts';
import { difference } from './matching.ts';
import { type Running, withServer } from './serve.ts';
import { type ResourcesCheck, milliseconds } from './specs.ts';
import { Values } from './templates.ts';

type Step = ResourcesCheck['steps'][number];

/** Objects that carry it are removed after the run, and no other. */
export const runLabel = 'gantry.lab';
const lookEvery = 50;

export const runResources: RunCheck<ResourcesCheck> = async (spec, given) => {
  const { ports, report, signal, random, scratch, run } = given;
  const cluster = await ports.cluster(report, signal);
  const client = new ClusterClient(cluster);
  const lab = new Lab(client, `gantry-${run}`, run);
  const { namespace } = lab;
  const record = given.record.about({ kind: 'namespace', context: cluster.context, namespace });
  const context = { ...given, record };
  let proxy: ClusterProxy | undefined;
  try {
    await lab.open(signal);
    proxy = await ClusterProxy.start(cluster, client, random.nonce() + random.nonce());
    const kubeconfig = join(scratch, 'kubeconfig');
    await writeFile(kubeconfig, proxy.kubeconfig(namespace), { mode: 0o600 });
    const values = new Values().draw(spec.draw ?? {}, random);
    values.set('namespace', namespace);
    const stage = { lab, proxy, values, context };
    await withDoubles(context, {}, async (doubles) => {
      // What stands first is there before the program is: its types, above all.
      for (const step of spec.steps.slice(0, 1)) if (step.apply !== undefined) await apply(step.apply, stage);
      await withServer(
        context,
        async (server) => {
          for (const step of spec.steps) {
            await set(step.sets, doubles);
            if (!(await runStep(step, server, stage))) return;
          }
        },
        { ...addressesOf(doubles), kubeconfig, namespace },
      );
    });
    if (record.failed && proxy.lost) throw serverLost();
    // Also where the program has ended: what it made is still there.
    await context.held(record);
  } finally {
    await proxy?.close();
    // Also after a cancel: nothing may stay.
    await lab.remove();
    client.dispose();
  }
};

const serverLost = (): Failure =>
  new Failure('unreachable', t('The cluster failed while your program was checked. Check again.'));

/** What we asked for was refused: the lesson's fault, unless the server is not well. */
const refused = ({ status, body }: Answer): Failure =>
  new Failure(status < 500 ? 'internal' : 'unreachable', t('The cluster refused: {0}', body.slice(0, 200)));

interface Stage {
  readonly lab: Lab;
  readonly proxy: ClusterProxy;
  readonly values: Values;
  readonly context: CheckContext;
}

async function runStep(step: Step, server: Running, stage: Stage): Promise<boolean> {
  const { context, lab, proxy, values } = stage;
  const { record, language, open, clock, signal, pace } = context;
  context.report(step.what[language]);
  if (step.restarts === true && !(await server.restart())) return false;
  if (step.cuts !== undefined) {
    proxy.cut();
    setTimeout(() => proxy.mend(), milliseconds(step.cuts)).unref();
  }
  if (step.apply !== undefined) await apply(step.apply, stage);
  if (step.patch !== undefined) {
    await lab.send(
      'PATCH',
      values.fill(step.patch.object),
      values.fillJson(step.patch.with) as object,
      signal,
      'application/merge-patch+json',
    );
  }
  if (step.delete !== undefined) await lab.send('DELETE', values.fill(step.delete), undefined, signal);
  if (step.cuts !== undefined) await clock.sleep(milliseconds(step.cuts) + 10, signal);
  if (step.wait !== undefined) await clock.sleep(milliseconds(step.wait), signal);
  const until = clock.now() + milliseconds(step.settles ?? '5s') * pace;
  let seen = await look(step, stage);
  while (seen.wrong !== undefined && clock.now() < until) {
    await clock.sleep(lookEvery, signal);
    seen = await look(step, stage);
  }
  if (seen.wrong === undefined && step.requests !== undefined) seen = await counted(step.requests, stage);
  signal.throwIfAborted();
  record.fact(step.id, seen.finding);
  return record.assert(step.id, seen.wrong === undefined, {
    what: step.what[language],
    want: wantText(step, values),
    got: seen.wrong ?? t('it does'),
    where: open,
    next: step.next[language],
  });
}

interface Seen {
  readonly finding: 'ok' | 'absent' | 'there' | 'differs' | 'requests';
  readonly wrong?: string;
}

async function look({ object, has, absent = false }: Step, { lab, values, context }: Stage): Promise<Seen> {
  if (object === undefined) return { finding: 'ok' };
  const answer = await lab.send('GET', values.fill(object), undefined, context.signal);
  const { status, body } = answer;
  if (status === 404)
    return absent ? { finding: 'ok' } : { finding: 'absent', wrong: t('{0} is not there', values.fill(object)) };
  if (status >= 400) throw refused(answer);
  if (absent) return { finding: 'there', wrong: t('{0} is still there', values.fill(object)) };
  const wrong = has === undefined ? undefined : difference(values.fillJson(has), JSON.parse(body), () => false);
  return wrong === undefined ? { finding: 'ok' } : { finding: 'differs', wrong };
}

async function counted(
  { verb, during, most }: NonNullable<Step['requests']>,
  { proxy, context: { clock, signal } }: Stage,
): Promise<Seen> {
  proxy.countAnew();
  await clock.sleep(milliseconds(during), signal);
  const count = proxy.count(verb);
  return count <= most ? { finding: 'ok' } : { finding: 'requests', wrong: t('{0} requests in {1}', count, during) };
}

/** Applies each document of a file, with the drawn values in it. */
async function apply(file: string, { lab, values, context }: Stage): Promise<void> {
  const text = values.fill(await readFile(join(context.support, file), 'utf8'));
  for (const { root } of parseYaml(text, 'yaml1.2').documents) {
    if (root !== undefined) await lab.apply(plainValue(root) as ObjectText, context);
  }
}

interface ObjectText {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
}

/** The namespace of one run, and what was made beside it. */
class Lab {
  readonly namespace: string;
  readonly #client: ClusterClient;
  readonly #run: string;
  readonly #beside: string[] = [];

  constructor(client: ClusterClient, namespace: string, run: string) {
    this.#client = client;
    this.namespace = namespace;
    this.#run = run;
  }

  async open(signal: AbortSignal): Promise<void> {
    const labels = { [runLabel]: this.#run, 'pod-security.kubernetes.io/enforce': 'baseline' };
    const answer = await this.#client.send(
      'POST',
      '/api/v1/namespaces',
      { metadata: { name: this.namespace, labels } },
      signal,
    );
    if (answer.status >= 400) throw refused(answer);
  }

  /** @param object `v1/configmaps/NAME` or `GROUP/VERSION/RESOURCE/NAME`, in the namespace of the run. */
  send(method: string, object: string, body: object | undefined, signal: AbortSignal, type?: string): Promise<Answer> {
    return this.#client.send(method, this.#path(object), body, signal, type);
  }

  /** Server-side apply, as a person's tools do it. A type that was made a moment ago is awaited. */
  async apply(object: ObjectText, { clock, signal, pace }: CheckContext): Promise<void> {
    const labels = { ...object.metadata.labels, [runLabel]: this.#run };
    const body = { ...object, metadata: { ...object.metadata, labels } };
    const until = clock.now() + 10_000 * pace;
    for (;;) {
      const path = await this.#pathOf(object, signal);
      const answer =
        path === undefined
          ? { status: 404, body: t('the cluster does not know the kind {0}', object.kind) }
          : await this.#client.send(
              'PATCH',
              `${path}?fieldManager=gantry-lab&force=true`,
              body,
              signal,
              'application/apply-patch+yaml',
            );
      if (answer.status < 400) return;
      if (answer.status !== 404 || clock.now() > until) {
        throw refused(answer);
      }
      await clock.sleep(lookEvery, signal);
    }
  }

  /** Takes away everything of the run; objects whose controller is gone lose their finalizers first. */
  async remove(): Promise<void> {
    const signal = AbortSignal.timeout(30_000);
    const ignore = (): undefined => undefined; // The cluster may be gone itself.
    for (const path of this.#beside.toReversed())
      await this.#client.send('DELETE', path, undefined, signal).catch(ignore);
    await this.#client.send('DELETE', `/api/v1/namespaces/${this.namespace}`, undefined, signal).catch(ignore);
  }

  #path(object: string): string {
    const parts = object.split('/');
    const name = parts.pop()!;
    const resource = parts.pop()!;
    const base = parts.length === 1 ? `/api/${parts[0]}` : `/apis/${parts.join('/')}`;
    return `${base}/namespaces/${this.namespace}/${resource}/${name}`;
  }

  /** Undefined while the server does not know the kind. */
  async #pathOf(
    { apiVersion, kind, metadata: { name } }: ObjectText,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const { status, body } = await this.#client.send('GET', base, undefined, signal);
    if (status >= 400) return undefined;
    const { resources } = JSON.parse(body) as {
      resources: readonly { name: string; kind: string; namespaced: boolean }[];
    };
    const found = resources.find((resource) => resource.kind === kind && !resource.name.includes('/'));
    if (found === undefined) return undefined;
    if (found.namespaced) return `${base}/namespaces/${this.namespace}/${found.name}/${name}`;
    const path = `${base}/${found.name}/${name}`;
    if (!this.#beside.includes(path)) this.#beside.push(path);
    return path;
  }
}

function wantText({ object, has, absent, requests }: Step, values: Values): string {
  const state = absent === true ? t('gone') : has === undefined ? '' : JSON.stringify(values.fillJson(has));
  return [
    ...(object === undefined ? [] : [`${values.fill(object)} ${state}`.trim()]),
    ...(requests === undefined
      ? []
      : [t('at most {0} requests ({1}) in {2}', requests.most, requests.verb, requests.during)]),
  ]
    .join('; ')
    .slice(0, 400);
}
