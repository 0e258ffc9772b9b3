/**
 * What refers to what: from a field that names another object, a key of it or a port, to what is named. One table serves
 * going to a definition, finding references, and the names offered while writing.
 */
import { itemsAt, scalarAt, type Step, stringsAt, textAt, valueAt } from '../core/yaml/read.ts';
import type { Range } from '../core/yaml/text.ts';
import type { YamlNode, YamlText } from '../core/yaml/tree.ts';
import { containersAt, type ManifestObject, objectOf, podSpecOf, rootsOf, sameNamespace, selects } from './objects.ts';

/** What a field is about. */
export interface Target {
  readonly kind: string;
  /** The object's name itself, or a part of the object that is named by `name`. */
  readonly part: 'name' | 'key' | 'port' | 'podPort' | 'ownPort' | 'image';
  readonly name?: string;
}

/** A field of a text that refers to something. */
export interface Reference extends Target {
  /** What is written there. */
  readonly value: string;
  readonly range: Range;
  readonly namespace?: string;
  /** What is named may be missing. */
  readonly optional?: true;
}

const names: Readonly<Record<string, string>> = {
  'configMapKeyRef.name': 'ConfigMap',
  'configMapRef.name': 'ConfigMap',
  'configMap.name': 'ConfigMap',
  'secretKeyRef.name': 'Secret',
  'secretRef.name': 'Secret',
  'secret.secretName': 'Secret',
  'secret.name': 'Secret',
  'tls.secretName': 'Secret',
  'imagePullSecrets.name': 'Secret',
  'persistentVolumeClaim.claimName': 'PersistentVolumeClaim',
  'service.name': 'Service',
};

const anywhere: Readonly<Record<string, string>> = {
  serviceAccountName: 'ServiceAccount',
  storageClassName: 'StorageClass',
  priorityClassName: 'PriorityClass',
  ingressClassName: 'IngressClass',
};

/** Fields that say the kind beside the name, and what it is when they do not. */
const withKind: Readonly<Record<string, string | undefined>> = {
  scaleTargetRef: 'Deployment',
  roleRef: 'Role',
  subjects: 'ServiceAccount',
  backendRefs: 'Service',
  parentRefs: 'Gateway',
};

const own = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

/** What the value of a key is about; `steps` lead to the map that has the key. */
export function targetOf(root: YamlNode, steps: readonly Step[], key: string): Target | undefined {
  const keys = steps.filter((step) => typeof step === 'string');
  const above = keys.at(-1) ?? '';
  const map = valueAt(root, ...steps);
  const named = own(names, `${above}.${key}`) ?? own(anywhere, key);
  if (named !== undefined) return { kind: named, part: 'name' };
  if (key === 'name' && Object.hasOwn(withKind, above))
    return { kind: textAt(map, 'kind') ?? withKind[above]!, part: 'name' };
  if (key === 'serviceName' && above === 'spec' && textAt(root, 'kind') === 'StatefulSet')
    return { kind: 'Service', part: 'name' };
  return keyOf(root, steps, keys, key) ?? portOf(root, steps, keys, key) ?? imageOf(above, key);
}

const keyed: Readonly<Record<string, readonly [kind: string, named: string]>> = {
  configMapKeyRef: ['ConfigMap', 'name'],
  secretKeyRef: ['Secret', 'name'],
  configMap: ['ConfigMap', 'name'],
  secret: ['Secret', 'secretName'],
};

/** `configMapKeyRef.key`, and `items[].key` of a volume. */
function keyOf(root: YamlNode, steps: readonly Step[], keys: readonly string[], key: string): Target | undefined {
  if (key !== 'key') return undefined;
  const inItems = keys.at(-1) === 'items';
  const [kind, field] = own(keyed, (inItems ? keys.at(-2) : keys.at(-1)) ?? '') ?? [];
  if (kind === undefined) return undefined;
  const holder = valueAt(root, ...(inItems ? steps.slice(0, -2) : steps));
  return part(kind, 'key', textAt(holder, field!) ?? textAt(holder, 'name'));
}

function portOf(root: YamlNode, steps: readonly Step[], keys: readonly string[], key: string): Target | undefined {
  const above = keys.at(-1) ?? '';
  if (above === 'port' && keys.at(-2) === 'service' && (key === 'name' || key === 'number'))
    return part('Service', 'port', textAt(root, ...steps.slice(0, -1), 'name'));
  if (above === 'backendRefs' && key === 'port') return part('Service', 'port', textAt(root, ...steps, 'name'));
  if (above === 'ports' && key === 'targetPort') return { kind: 'Pod', part: 'podPort' };
  if (key === 'port' && (above === 'httpGet' || above === 'tcpSocket')) return { kind: 'Pod', part: 'ownPort' };
  return undefined;
}

const imageOf = (above: string, key: string): Target | undefined =>
  key === 'image' && /^(?:initC|c)ontainers$/.test(above) ? { kind: 'Pod', part: 'image' } : undefined;

const part = (kind: string, which: 'key' | 'port', name: string | undefined): Target => ({
  kind,
  part: which,
  ...(name !== undefined && { name }),
});

/** Every field of the text that refers to an object by its name, or to a part of one. */
export const referencesIn = (yaml: YamlText): Reference[] => rootsOf(yaml).flatMap(referencesOf);

function referencesOf(root: YamlNode): Reference[] {
  const found: Reference[] = [];
  const namespace = textAt(root, 'metadata', 'namespace');
  const visit = (node: YamlNode, steps: readonly Step[]): void => {
    if (node.anchored && steps.length > 0) return;
    if (node.kind === 'list') node.items.forEach((item, i) => visit(item, [...steps, i]));
    if (node.kind !== 'map') return;
    for (const { key, value } of node.entries) {
      if (value.kind !== 'scalar') visit(value, [...steps, key]);
      else if (value.value !== null) {
        const target = targetOf(root, steps, key);
        if (target !== undefined && target.part !== 'image')
          found.push({
            ...target,
            value: String(value.value),
            range: value.range,
            ...(namespace !== undefined && { namespace }),
            ...(scalarAt(node, 'optional') === true && { optional: true }),
          });
      }
    }
  };
  // What a ConfigMap holds is data.
  if (!['ConfigMap', 'Secret', 'CustomResourceDefinition'].includes(textAt(root, 'kind') ?? '')) visit(root, []);
  return found;
}

/** A place in a text: the text asked about when there is no path. */
export interface Place {
  readonly path?: string;
  readonly range: Range;
}

/** An object and the file it is in. */
export type Known = ManifestObject & { readonly path?: string };

const holds = ({ range: { start, end } }: { readonly range: Range }, offset: number): boolean =>
  start <= offset && offset <= end;

/** Where what stands at the offset is defined. */
export function definitionsAt(yaml: YamlText, offset: number, known: readonly Known[]): Place[] {
  const reference = referencesIn(yaml).find((each) => holds(each, offset));
  if (reference === undefined) return [];
  return known.filter((object) => isNear(object, reference)).flatMap((object) => placesIn(object, reference));
}

const isNear = ({ namespace }: ManifestObject, reference: Pick<Reference, 'namespace'>): boolean =>
  namespace === undefined || reference.namespace === undefined || namespace === reference.namespace;

function placesIn(object: Known, { kind, part: which, name, value }: Reference): Place[] {
  const at = (range: Range): Place => ({ range, ...(object.path !== undefined && { path: object.path }) });
  if (which === 'name') return object.kind === kind && object.name === value ? [at(object.range)] : [];
  if (which === 'key' || which === 'port') {
    if (object.kind !== kind || object.name !== name) return [];
    if (which === 'key') return object.keys.has(value) ? [at(object.keys.get(value)!)] : [];
    const port = object.ports.find((each) => each.name === value || String(each.number) === value);
    return port === undefined ? [] : [at(port.range)];
  }
  return [];
}

/** The object whose name stands at the offset, or that a reference there names. */
function objectAt(own: readonly Reference[], offset: number, known: readonly Known[]): Known | undefined {
  const reference = own.find((each) => holds(each, offset));
  if (reference?.part === 'name')
    return known.find(
      (object) => object.kind === reference.kind && object.name === reference.value && isNear(object, reference),
    );
  return known.find((object) => object.path === undefined && holds(object, offset));
}

/** Where the object at the offset is referred to, its own name first. */
export function referencesAt(
  yaml: YamlText,
  offset: number,
  known: readonly Known[],
  others: ReadonlyMap<string, readonly Reference[]>,
): Place[] {
  const own = referencesIn(yaml);
  const object = objectAt(own, offset, known);
  if (object === undefined) return [];
  const mine = ({ part: which, kind, value, ...rest }: Reference): boolean =>
    which === 'name' && kind === object.kind && value === object.name && isNear(object, rest);
  return [
    { range: object.range, ...(object.path !== undefined && { path: object.path }) },
    ...own.filter(mine).map(({ range }) => ({ range })),
    ...[...others].flatMap(([path, references]) => references.filter(mine).map(({ range }) => ({ path, range }))),
  ];
}

/** The names that may be written as the value of a key, those of the workspace. */
export function namesFor(
  root: YamlNode,
  steps: readonly Step[],
  key: string,
  known: readonly ManifestObject[],
): string[] {
  const target = targetOf(root, steps, key);
  if (target === undefined) return [];
  const self = objectOf(root, '');
  const near = self === undefined ? known : known.filter((object) => sameNamespace(self, object));
  return [...new Set(candidates(target, root, steps, key, near))].sort();
}

function candidates(
  target: Target,
  root: YamlNode,
  steps: readonly Step[],
  key: string,
  near: readonly ManifestObject[],
): string[] {
  if (target.part === 'name') return near.filter(({ kind }) => kind === target.kind).map(({ name }) => name);
  if (target.part === 'image') return near.flatMap(({ images }) => images);
  if (target.part === 'ownPort') return ownPorts(root, steps);
  if (target.part === 'podPort') {
    const selector = stringsAt(root, 'spec', 'selector');
    return near.flatMap(({ podLabels, ports }) =>
      podLabels !== undefined && selector.size > 0 && selects(selector, podLabels)
        ? ports.flatMap(({ name }) => name ?? [])
        : [],
    );
  }
  const object = near.find(({ kind, name }) => kind === target.kind && name === target.name);
  if (object === undefined) return [];
  if (target.part === 'key') return [...object.keys.keys()];
  return object.ports.flatMap(({ name, number }) => (key === 'name' ? name : number?.toString()) ?? []);
}

/** Names of the ports of the container that the probe is in. */
function ownPorts(root: YamlNode, steps: readonly Step[]): string[] {
  const spec = podSpecOf(root);
  if (spec === undefined) return [];
  const container = valueAt(root, ...steps.slice(0, spec.length + 2));
  return containersAt(root, spec)
    .filter((each) => each === container)
    .flatMap((each) => itemsAt(each, 'ports').flatMap((port) => textAt(port, 'name') ?? []));
}
