/** The namespace of one run in a cluster, and what was made beside it. */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { parseYaml } from '../../core/yaml/parse.ts';
import { plainValue } from '../../core/yaml/read.ts';
import type { Answer, ClusterClient } from './clusterProxy.ts';
import type { CheckContext } from './context.ts';

/** Objects that carry it are removed after the run, and no other. */
export const runLabel = 'gantry.lab';
/** Milliseconds between two looks at a cluster. */
const lookEvery = 50;
const mergePatch = 'application/merge-patch+json';

/** What we asked for was refused: the lesson's fault, unless the server is not well. */
export const refused = ({ status, body }: Answer): Failure =>
  new Failure(status < 500 ? 'internal' : 'unreachable', t('The cluster refused: {0}', body.slice(0, 200)));

/** An object as a manifest has it. */
export interface ObjectText {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
}

/** The objects of a manifest's documents. */
export const objectsIn = (text: string): ObjectText[] =>
  parseYaml(text, 'yaml1.2').documents.flatMap(({ root }) =>
    root === undefined ? [] : [plainValue(root) as ObjectText],
  );

/** The namespace of one run, and what was made beside it. */
export class ClusterLab {
  readonly namespace: string;
  readonly #client: ClusterClient;
  readonly #run: string;
  readonly #applied: string[] = [];

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

  /** @param object `v1/configmaps/NAME` or `GROUP/VERSION/RESOURCE/NAME`, in the namespace of the run, or its `/status`. */
  send(method: string, object: string, body: object | undefined, signal: AbortSignal): Promise<Answer> {
    return this.#client.send(method, this.path(object), body, signal);
  }

  /** A merge patch; an object that is not there stays so. */
  merge(object: string, change: object, signal: AbortSignal): Promise<Answer> {
    return this.#client.send('PATCH', this.path(object), change, signal, mergePatch);
  }

  /**
   * Server-side apply, as a person's tools do it, and what was answered: 404 for a kind that is not known. One that was
   * made a moment ago is awaited.
   */
  async apply(
    object: ObjectText,
    { clock, signal, pace }: Pick<CheckContext, 'clock' | 'signal' | 'pace'>,
  ): Promise<Answer> {
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
      if (answer.status < 400 && !this.#applied.includes(path!)) this.#applied.push(path!);
      if (answer.status !== 404 || clock.now() > until) return answer;
      await clock.sleep(lookEvery, signal);
    }
  }

  /** Takes away everything of the run; objects whose controller is gone lose their finalizers first. */
  async remove(): Promise<void> {
    const signal = AbortSignal.timeout(30_000);
    const ignore = (): undefined => undefined; // The cluster may be gone itself.
    const within = `/namespaces/${this.namespace}`;
    const release = { metadata: { finalizers: null } };
    await this.#client.send('DELETE', `/api/v1${within}`, undefined, signal).catch(ignore);
    for (const path of this.#applied.toReversed()) {
      await this.#client.send('PATCH', path, release, signal, mergePatch).catch(ignore);
      if (!path.includes(within)) await this.#client.send('DELETE', path, undefined, signal).catch(ignore);
    }
  }

  /** Where an object of the run is, as `send` takes it. */
  path(object: string): string {
    const inCore = /^v\d/.test(object);
    const [group, version, resource, ...name] = inCore ? ['', ...object.split('/')] : object.split('/');
    const base = inCore ? `/api/${version}` : `/apis/${group}/${version}`;
    return [base, 'namespaces', this.namespace, resource, ...name].join('/');
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
    return `${base}/${found.name}/${name}`;
  }
}
