/** What a real API server says of a manifest: asked strictly and without effect. */
import { replaceRanges } from '../../src/core/yaml/edit.ts';
import { parseYaml } from '../../src/core/yaml/parse.ts';
import { textAt, valueAt } from '../../src/core/yaml/read.ts';
import type { YamlNode } from '../../src/core/yaml/tree.ts';
import type { TestCluster } from './controlPlane.ts';

export interface Verdict {
  readonly accepted: boolean;
  /** The server's answer. */
  readonly text: string;
}

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

export class ManifestOracle {
  readonly #cluster: TestCluster;
  readonly #namespace: string;
  readonly #resources = new Map<string, Promise<readonly Resource[]>>();

  constructor(cluster: TestCluster, namespace: string) {
    this.#cluster = cluster;
    this.#namespace = namespace;
  }

  /** Forgets which kinds there are: for after a definition was created. */
  forget(): void {
    this.#resources.clear();
  }

  async knows(apiVersion: string, kind: string): Promise<boolean> {
    return (await this.#resource(apiVersion, kind)) !== undefined;
  }

  /**
   * The verdict on a text of one document; undefined when the server judges something else than the manifest: no such
   * kind, a name that is taken, an object it refers to that is not there.
   */
  async says(text: string): Promise<Verdict | undefined> {
    const root = parseYaml(text, 'yaml1.1').documents[0]?.root;
    const [apiVersion, kind] = [textAt(root, 'apiVersion') ?? '', textAt(root, 'kind') ?? ''];
    const resource = await this.#resource(apiVersion, kind);
    if (resource === undefined) return undefined;
    const where = resource.namespaced ? `/namespaces/${this.#namespace}` : '';
    const path = `${groupPath(apiVersion)}${where}/${resource.name}?dryRun=All&fieldValidation=Strict`;
    const answer = await this.#cluster.send('POST', path, this.#moved(text, root), {
      'content-type': 'application/yaml',
    });
    if (answer.status === 201) return { accepted: true, text: '' };
    return [400, 422].includes(answer.status) ? { accepted: false, text: answer.text } : undefined;
  }

  /** The text with its object in the oracle's namespace. */
  #moved(text: string, root: YamlNode | undefined): string {
    const named = valueAt(root, 'metadata', 'namespace');
    return named === undefined ? text : replaceRanges(text, [{ range: named.range, text: this.#namespace }]);
  }

  async #resource(apiVersion: string, kind: string): Promise<Resource | undefined> {
    const list = this.#resources.get(apiVersion) ?? this.#list(apiVersion);
    this.#resources.set(apiVersion, list);
    return (await list).find((each) => each.kind === kind && !each.name.includes('/'));
  }

  async #list(apiVersion: string): Promise<readonly Resource[]> {
    if (!/^[\w./-]+$/.test(apiVersion)) return [];
    const { status, text } = await this.#cluster.send('GET', groupPath(apiVersion));
    return status === 200 ? ((JSON.parse(text) as { resources?: Resource[] }).resources ?? []) : [];
  }
}

const groupPath = (apiVersion: string): string =>
  apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
