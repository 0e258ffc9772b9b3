/** What the manifests of a workspace hold, as far as others refer to it: names, labels, ports, keys, images. */
import { lookup } from '../core/lookup.ts';
import type { Range } from '../core/yaml/text.ts';
import { itemsAt, numberAt, type Step, stringsAt, textAt, valueAt } from '../core/yaml/read.ts';
import { rangeAt } from '../core/yaml/locate.ts';
import type { YamlEntry, YamlNode, YamlText } from '../core/yaml/tree.ts';
import { isNull } from '../core/yaml/types.ts';

export interface ManifestObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Undefined: the namespace it is applied to. */
  readonly namespace?: string;
  /** Where its name stands. */
  readonly range: Range;
  /** Of its pods, when it makes some. */
  readonly podLabels?: ReadonlyMap<string, string>;
  /** What it selects pods by. */
  readonly selector?: ReadonlyMap<string, string>;
  readonly replicas?: number;
  readonly ports: readonly NamedPort[];
  /** Of a ConfigMap or Secret, with where each stands. */
  readonly keys: ReadonlyMap<string, Range>;
  readonly images: readonly string[];
  /** `Deployment/web`: what an autoscaler scales. */
  readonly scales?: string;
}

export interface NamedPort {
  readonly name?: string;
  readonly number?: number;
  /** Where it stands. */
  readonly range: Range;
}

/** Where the pod's spec stands in each kind that makes pods. */
export const podSpecs: Readonly<Record<string, readonly Step[]>> = lookup({
  Pod: ['spec'],
  Deployment: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
  DaemonSet: ['spec', 'template', 'spec'],
  ReplicaSet: ['spec', 'template', 'spec'],
  ReplicationController: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
  Rollout: ['spec', 'template', 'spec'],
});

/** The steps to the pod's spec; undefined for what makes no pods. */
export function podSpecOf(root: YamlNode | undefined): readonly Step[] | undefined {
  const kind = textAt(root, 'kind') ?? '';
  return Object.hasOwn(podSpecs, kind) ? podSpecs[kind] : undefined;
}

/** The root of every object of a text, those in a List one by one. */
export const rootsOf = ({ documents }: YamlText): readonly YamlNode[] =>
  documents.flatMap(({ root }) =>
    root === undefined ? [] : textAt(root, 'kind') === 'List' ? itemsAt(root, 'items') : [root],
  );

/** Every object of a text that has a name. */
export const objectsOf = (yaml: YamlText): ManifestObject[] =>
  rootsOf(yaml).flatMap((root) => objectOf(root, yaml.text) ?? []);

export function objectOf(root: YamlNode, text: string): ManifestObject | undefined {
  const [apiVersion, kind, name] = [textAt(root, 'apiVersion'), textAt(root, 'kind'), textAt(root, 'metadata', 'name')];
  if (apiVersion === undefined || kind === undefined || name === undefined) return undefined;
  const namespace = textAt(root, 'metadata', 'namespace');
  const steps = podSpecOf(root);
  const containers = steps === undefined ? [] : containersAt(root, steps);
  const meta = steps === undefined ? undefined : steps.slice(0, -1);
  const podLabels = meta && stringsAt(root, ...meta, 'metadata', 'labels');
  const replicas = numberAt(root, 'spec', 'replicas');
  const target = valueAt(root, 'spec', 'scaleTargetRef');
  return {
    apiVersion,
    kind,
    name,
    ...(namespace !== undefined && { namespace }),
    range: rangeAt(root, ['metadata', 'name'], text),
    ...(podLabels && { podLabels }),
    ...selectorOf(root, kind),
    ...(replicas !== undefined && { replicas }),
    ports:
      kind === 'Service'
        ? portsAt(root, 'port', 'spec', 'ports')
        : containers.flatMap((one) => portsAt(one, 'containerPort', 'ports')),
    keys: new Map(dataOf(root).map(({ key, keyRange }) => [key, keyRange])),
    images: containers.flatMap((one) => textAt(one, 'image') ?? []),
    ...(target && { scales: `${textAt(target, 'kind')}/${textAt(target, 'name')}` }),
  };
}

export const containersAt = (root: YamlNode, steps: readonly Step[]): readonly YamlNode[] => [
  ...itemsAt(root, ...steps, 'initContainers'),
  ...itemsAt(root, ...steps, 'containers'),
];

function selectorOf(root: YamlNode, kind: string): Pick<ManifestObject, 'selector'> {
  const at =
    kind === 'Service'
      ? ['spec', 'selector']
      : kind === 'PodDisruptionBudget'
        ? ['spec', 'selector', 'matchLabels']
        : undefined;
  // Expressions select by more than equality: nothing is said of those.
  if (at === undefined || itemsAt(root, 'spec', 'selector', 'matchExpressions').length > 0) return {};
  const selector = stringsAt(root, ...at);
  return selector.size === 0 ? {} : { selector };
}

const portsAt = (node: YamlNode, number: string, ...steps: readonly Step[]): NamedPort[] =>
  itemsAt(node, ...steps).map((port) => {
    const [name, value] = [textAt(port, 'name'), numberAt(port, number)];
    const { range } = valueAt(port, 'name') ?? valueAt(port, number) ?? port;
    return { range, ...(name !== undefined && { name }), ...(value !== undefined && { number: value }) };
  });

/** What a ConfigMap or Secret holds; nothing of another kind. */
export function dataOf(root: YamlNode): readonly YamlEntry[] {
  if (!['ConfigMap', 'Secret'].includes(textAt(root, 'kind') ?? '')) return [];
  return ['data', 'stringData', 'binaryData'].flatMap((field) => {
    const map = valueAt(root, field);
    return map?.kind === 'map' ? map.entries.filter(({ value }) => !isNull(value)) : [];
  });
}

/** Every label of the selector is among the labels. */
export const selects = (selector: ReadonlyMap<string, string>, labels: ReadonlyMap<string, string>): boolean =>
  [...selector].every(([key, value]) => labels.get(key) === value);

export const sameNamespace = (a: ManifestObject, b: ManifestObject): boolean =>
  a.namespace === b.namespace || a.namespace === undefined || b.namespace === undefined;
