/**
 * Where a server is, as a person names it: an address, `@name` of a target in the settings, a pod, workload or service of
 * a cluster (`k8s://context/namespace/Service/orders:50051`), a container's port (`container://orders:50051`).
 */
import { isAbsolute, join } from 'node:path';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { lookup } from '../core/lookup.ts';
import type { ConnectionOptions } from './connection.ts';
import type { MetadataEntries } from './events.ts';
import type { Selection } from './protos/library.ts';
import type { Reach } from './servers.ts';
import { parseTarget } from './target.ts';
import { type Variables, expand, secretVariable } from './variables.ts';

/** A target with a name, as it stands in the settings. Every text may hold variables. */
export interface NamedTarget extends ConnectionOptions {
  readonly address: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** .proto files, descriptor sets, or folders of them, that its schema lies in. */
  readonly schema?: readonly string[];
  /** Folders that imports begin at. */
  readonly importPaths?: readonly string[];
}

export interface TargetSettings {
  /** Name → target. */
  targets(): Readonly<Record<string, NamedTarget>>;
  /** Name of an environment → its variables. */
  environments(): Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The environment that was chosen. */
  environment(): string | undefined;
  secret(name: string): Promise<string | undefined>;
}

/** Something in a cluster that answers on a port. */
export interface KubernetesPlace {
  readonly context: string;
  readonly namespace: string;
  /** `Pod`, `Service`, or a workload's kind. */
  readonly kind: string;
  readonly name: string;
  readonly port: number;
}

/** The ways to servers that have no address of their own. */
export interface Ways {
  /** An address on this machine that leads there, also when the pod behind it is replaced. */
  readonly forward?: (place: KubernetesPlace) => Promise<string>;
  /** The address a port of a running container is published at. */
  readonly published?: (container: string, port: number, signal: AbortSignal) => Promise<string>;
}

export interface PlacesDeps {
  readonly settings?: TargetSettings | undefined;
  readonly ways?: Ways | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** What relative paths of schemas begin at. */
  readonly folder?: (() => string | undefined) | undefined;
  /** How an address is connected to. */
  connection(address: string): ConnectionOptions & { readonly schema?: readonly string[] };
}

export class Places {
  readonly #deps: PlacesDeps;

  constructor(deps: PlacesDeps) {
    this.#deps = deps;
  }

  /** Throws Failure: `invalid` for what is no place, `notFound` for a name nobody has, what the way there throws. */
  async locate(written: string, signal: AbortSignal): Promise<Reach> {
    const name = /^@(.+)$/.exec(written.trim())?.[1];
    return name === undefined ? this.#plain(written, signal) : this.#named(name, signal);
  }

  /** The variables of the environment that was chosen. */
  variables(): Variables {
    const { settings, env = {} } = this.#deps;
    const chosen = settings?.environment();
    const values = chosen === undefined ? {} : (settings?.environments()[chosen] ?? {});
    return {
      value: (name) => (Object.hasOwn(values, name) ? values[name] : undefined),
      env,
      secret: async (name) => (await settings?.secret(name)) ?? env[`GANTRY_SECRET_${secretVariable(name)}`],
    };
  }

  async #named(name: string, signal: AbortSignal): Promise<Reach> {
    const targets = this.#deps.settings?.targets() ?? {};
    const target = Object.hasOwn(targets, name) ? targets[name] : undefined;
    if (target === undefined) {
      throw new Failure('notFound', t('There is no target {0}. The setting gantry.grpc.targets names them.', name));
    }
    const { address, metadata = {}, schema, importPaths, ...connection } = await expandAll(target, this.variables());
    const place = await this.#plain(address, signal);
    return {
      target: place.target,
      metadata: [...place.metadata, ...Object.entries(metadata)],
      connection: { ...place.connection, ...connection },
      files: schema === undefined ? place.files : this.#selection(schema, importPaths),
    };
  }

  async #plain(written: string, signal: AbortSignal): Promise<Reach> {
    const text = await expand(written.trim(), this.variables());
    const { schema, ...own } = this.#deps.connection(text);
    const files = schema === undefined ? {} : { files: this.#selection(schema) };
    const metadata: MetadataEntries = [];
    const [cluster, container] = [readKubernetesPlace(text), readContainerPlace(text)];
    if (cluster !== undefined) {
      const forward = this.#deps.ways?.forward;
      if (forward === undefined) throw unreachable(text);
      const address = parseTarget(await forward(cluster));
      // Certificates and routes know the server by its name in the cluster.
      const connection = { ...authorityOf(cluster), ...own };
      return { target: { ...address, text, saysTls: false }, metadata, connection, ...files };
    }
    if (container !== undefined) {
      const published = this.#deps.ways?.published;
      if (published === undefined) throw unreachable(text);
      const address = parseTarget(await published(container.name, container.port, signal));
      return { target: { ...address, text, saysTls: false }, metadata, connection: own, ...files };
    }
    return { target: parseTarget(text), metadata, connection: own, ...files };
  }

  #selection(paths: readonly string[], roots?: readonly string[]): Selection {
    const folder = this.#deps.folder?.() ?? '.';
    const whole = (path: string): string => (isAbsolute(path) ? path : join(folder, path));
    return { paths: paths.map(whole), ...(roots === undefined ? {} : { roots: roots.map(whole) }) };
  }
}

/** The text without space around it. Throws Failure `invalid` for what names no place; variables are looked at later. */
export function checkPlace(written: string): string {
  const text = written.trim();
  if (text.startsWith('@') || text.includes('${')) return text;
  if (readKubernetesPlace(text) === undefined && readContainerPlace(text) === undefined) return parseTarget(text).text;
  return text;
}

/** Whether a text names something in a cluster or a container. */
export const isPlace = (text: string): boolean => text.startsWith(clusterScheme) || text.startsWith(containerScheme);

/** How a place is called for short, where its text is long. */
export function placeName(text: string): string | undefined {
  try {
    const place = readKubernetesPlace(text);
    if (place !== undefined) return `${place.kind.toLowerCase()}/${place.name}:${place.port}`;
    const container = readContainerPlace(text);
    return container && `${container.name}:${container.port}`;
  } catch {
    return undefined; // Written by hand, and wrong: shown as it is.
  }
}

const unreachable = (text: string): Failure => new Failure('invalid', t('{0} cannot be reached from here.', text));

const authorityOf = ({ kind, name, namespace, port }: KubernetesPlace): ConnectionOptions =>
  kind === 'Service' ? { authority: `${name}.${namespace}.svc.cluster.local:${port}` } : {};

const clusterScheme = 'k8s://';
const containerScheme = 'container://';

/** The place a text such as `k8s://context/namespace/Service/orders:50051` names; undefined for another text. Throws Failure `invalid`. */
export function readKubernetesPlace(text: string): KubernetesPlace | undefined {
  if (!text.startsWith(clusterScheme)) return undefined;
  const [context, namespace, kind, last = '', ...more] = text.slice(clusterScheme.length).split('/').map(decode);
  const [, name, port = ''] = /^(.+):(\d+)$/.exec(last) ?? [];
  if (!context || !namespace || !kind || name === undefined || more.length > 0 || !isPort(Number(port))) {
    throw new Failure('invalid', t('“{0}” is no place in a cluster. Write it as {1}.', text, 'k8s://context/namespace/Service/orders:50051')); // prettier-ignore
  }
  return { context, namespace, kind: kindOf(kind), name, port: Number(port) };
}

export const kubernetesPlaceText = ({ context, namespace, kind, name, port }: KubernetesPlace): string =>
  `${clusterScheme}${[context, namespace, kind, `${name}:${port}`].map(encode).join('/')}`;

export function readContainerPlace(text: string): { readonly name: string; readonly port: number } | undefined {
  if (!text.startsWith(containerScheme)) return undefined;
  const [, name = '', port = ''] = /^([^/]+):(\d+)$/.exec(text.slice(containerScheme.length)) ?? [];
  if (name === '' || !isPort(Number(port))) {
    throw new Failure('invalid', t('“{0}” is no port of a container. Write it as {1}.', text, 'container://orders:50051')); // prettier-ignore
  }
  return { name: decode(name), port: Number(port) };
}

export const containerPlaceText = (name: string, port: number): string => `${containerScheme}${encode(name)}:${port}`;

/** `services` and `svc` as kubectl takes them. */
function kindOf(written: string): string {
  const kinds: Readonly<Record<string, string>> = lookup({ po: 'Pod', pod: 'Pod', pods: 'Pod', svc: 'Service', service: 'Service', services: 'Service', deploy: 'Deployment', deployment: 'Deployment', deployments: 'Deployment', statefulset: 'StatefulSet', sts: 'StatefulSet', daemonset: 'DaemonSet', ds: 'DaemonSet' }); // prettier-ignore
  return Object.hasOwn(kinds, written.toLowerCase()) ? kinds[written.toLowerCase()]! : written;
}

const isPort = (port: number): boolean => port > 0 && port <= 65_535;

/** Only what would be read as something else. */
const encode = (text: string): string => text.replace(/[%/?#\s]/g, encodeURIComponent);

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A lone percent sign stands for itself.
  }
}

/** Every text in it with its variables replaced. */
async function expandAll<T>(value: T, variables: Variables): Promise<T> {
  if (typeof value === 'string') return (await expand(value, variables)) as T;
  if (Array.isArray(value)) return (await Promise.all(value.map((item: unknown) => expandAll(item, variables)))) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(async ([key, item]) => [key, await expandAll(item as unknown, variables)]);
  return Object.fromEntries((await Promise.all(entries)) as [string, unknown][]) as T;
}
