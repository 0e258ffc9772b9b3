/** The objects of a mesh in the namespace of one run: the lab's, those of the check, and its workloads. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { t } from '../../core/l10n.ts';
import { parseYaml } from '../../core/yaml/parse.ts';
import { plainValue } from '../../core/yaml/read.ts';
import type { IstioConfig } from '../istiod.ts';
import { type ClusterLab, type ObjectText, objectsIn, refused } from './clusterLab.ts';
import type { Answer } from './clusterProxy.ts';
import type { CheckContext } from './context.ts';
import type { DoubleStates } from './doubleStates.ts';
import type { IstioCheck } from './specs.ts';
import type { Values } from './templates.ts';

/** The name of the service's port, by which its workloads say where they serve it. */
const portName = 'grpc';
const istioTypes = 'networking.istio.io/v1';

type Context = Pick<CheckContext, 'lab' | 'support' | 'record' | 'clock' | 'signal' | 'pace'>;

export class Mesh {
  readonly #lab: ClusterLab;
  readonly #workloads: IstioCheck['workloads'];
  readonly #doubles: DoubleStates;
  readonly #context: Context;
  readonly #own: ObjectText[] = [];
  readonly #made = new Map<string, string | undefined>();

  constructor(lab: ClusterLab, workloads: IstioCheck['workloads'], doubles: DoubleStates, context: Context) {
    this.#lab = lab;
    this.#workloads = workloads;
    this.#doubles = doubles;
    this.#context = context;
  }

  /** What istiod must have read by now: `VirtualService/prices` → its version, undefined when it must be gone. */
  get made(): IstioConfig {
    return this.#made;
  }

  /** A workload serves in the mesh from now on. */
  async join(name: string): Promise<void> {
    const { address } = this.#doubles.get(name)!;
    const labels = this.#workloads[name]!;
    const [host, port] = address.split(':');
    const spec = { address: host, ports: { [portName]: Number(port) }, labels };
    await this.#apply({ apiVersion: istioTypes, kind: 'WorkloadEntry', metadata: { name, labels }, spec });
  }

  /** It does no longer; who calls it is still answered. */
  leave(name: string): Promise<void> {
    return this.delete(`${istioTypes}/workloadentries/${name}`, `WorkloadEntry/${name}`);
  }

  /** @param object `GROUP/VERSION/RESOURCE/NAME`; `as`: its kind and name. */
  async delete(object: string, as: string): Promise<void> {
    const answer = await this.#lab.send('DELETE', object, undefined, this.#context.signal);
    if (answer.status >= 400 && answer.status !== 404) throw refused(answer);
    this.#made.set(as, undefined);
  }

  /** Applies the objects of a file below support/. */
  async apply(file: string, values: Values): Promise<void> {
    const text = values.fill(await readFile(join(this.#context.support, file), 'utf8'));
    for (const object of objectsIn(text)) await this.#apply(object);
  }

  /** Gives the lab's own rules other weights, by subset; a route to one destination has none. */
  async reweigh(weights: ReadonlyMap<string, number>): Promise<void> {
    for (const object of this.#own) {
      if (object.kind === 'VirtualService') await this.#apply(reweighed(object, weights));
    }
  }

  /** Applies the lab's own file, and asserts that the cluster takes what stands there. */
  async applyOwn(file: string): Promise<boolean> {
    const { lab, record } = this.#context;
    const text = await readFile(join(lab, file), 'utf8').catch(() => undefined);
    const wrong = text === undefined ? t('{0} is not there', file) : await this.#applyText(text);
    return record.assert('applies', wrong === undefined, {
      what: t('The cluster takes the objects of {0}', file),
      want: t('Services, and types of Istio'),
      got: wrong ?? t('it does'),
      where: file,
      next: t('Open {0}: Gantry marks what does not fit the schema.', file),
    });
  }

  /** What is wrong with one of its documents, if anything. */
  async #applyText(text: string): Promise<string | undefined> {
    for (const { root, problems } of parseYaml(text, 'yaml1.2').documents) {
      const [problem] = problems;
      if (problem !== undefined) return problem.message;
      const object = root === undefined ? undefined : plainValue(root);
      if (object === undefined || object === null) continue;
      if (!isOfMesh(object)) return t('an object that is neither a Service nor of a type of Istio, or has no name');
      const answer = await this.#lab.apply(object, this.#context);
      if (answer.status >= 500) throw refused(answer);
      if (answer.status >= 400) return `${object.kind} ${object.metadata.name}: ${messageOf(answer)}`;
      this.#own.push(object);
      this.#note(object, answer);
    }
    return undefined;
  }

  async #apply(object: ObjectText & { readonly spec?: object }): Promise<void> {
    const answer = await this.#lab.apply(object, this.#context);
    if (answer.status >= 400) throw refused(answer);
    this.#note(object, answer);
  }

  #note({ apiVersion, kind, metadata: { name } }: ObjectText, { body }: Answer): void {
    if (!isIstios(apiVersion)) return;
    const { metadata } = JSON.parse(body) as { metadata: { resourceVersion: string } };
    this.#made.set(`${kind}/${name}`, metadata.resourceVersion);
  }
}

/** What is read of a VirtualService. */
interface Rules extends ObjectText {
  readonly spec?: {
    readonly http?: readonly { readonly route?: readonly { readonly destination?: { readonly subset?: string } }[] }[];
  };
}

const reweighed = (rules: Rules, weights: ReadonlyMap<string, number>): Rules => ({
  ...rules,
  spec: {
    ...rules.spec,
    http: (rules.spec?.http ?? []).map((rule) =>
      rule.route === undefined || rule.route.length < 2
        ? rule
        : {
            ...rule,
            route: rule.route.map((to) => {
              const weight = weights.get(to.destination?.subset ?? '');
              return weight === undefined ? to : { ...to, weight };
            }),
          },
    ),
  },
});

const isIstios = (apiVersion: string): boolean => /^[a-z]+\.istio\.io\//.test(apiVersion);

/** All of these live in a namespace, which is the one of the run: nothing else of the cluster can be reached by them. */
function isOfMesh(object: unknown): object is ObjectText {
  const { apiVersion, kind, metadata } = object as Partial<ObjectText>;
  return (
    typeof apiVersion === 'string' &&
    typeof kind === 'string' &&
    typeof metadata?.name === 'string' &&
    (isIstios(apiVersion) || (apiVersion === 'v1' && kind === 'Service'))
  );
}

/** The sentence in a Status of Kubernetes. */
function messageOf({ body }: Answer): string {
  try {
    return ((JSON.parse(body) as { message?: string }).message ?? body).slice(0, 400);
  } catch {
    return body.slice(0, 400);
  }
}
