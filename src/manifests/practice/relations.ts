/** Practice rules about what objects are to one another: those of a text, and those known beside it. */
import { t } from '../../core/l10n.ts';
import { itemsAt, numberAt, scalarAt, type Step, textAt, valueAt } from '../../core/yaml/read.ts';
import { quoted } from '../../core/yaml/text.ts';
import type { YamlNode } from '../../core/yaml/tree.ts';
import { nearest } from '../../core/yaml/nearest.ts';
import { type ManifestObject, objectOf, podSpecOf, sameNamespace, selects } from '../objects.ts';
import type { Advise } from './advice.ts';

/** `all` are the objects of the text and of the workspace. */
export function adviseRelations(root: YamlNode, text: string, all: readonly ManifestObject[], advise: Advise): void {
  const own = objectOf(root, text);
  if (own === undefined) return;
  const near = all.filter((other) => sameNamespace(own, other));
  if (own.kind === 'Service') service(root, own, near, advise);
  if (own.kind === 'PodDisruptionBudget') budget(root, own, near, advise);
  if (own.kind === 'Role' || own.kind === 'ClusterRole') role(root, advise);
  if (own.kind === 'Ingress') ingress(root, near, advise);
  if (podSpecOf(root) === undefined) return;
  keys(root, near, advise);
  if (
    own.replicas !== undefined &&
    near.some(({ kind, scales }) => kind === 'HorizontalPodAutoscaler' && scales === `${own.kind}/${own.name}`)
  )
    advise(
      'replicas-and-autoscaler',
      ['spec', 'replicas'],
      t('An autoscaler sets the replicas of {0}; every apply sets them back.', own.name),
    );
}

/**
 * The workload that a selector was meant for: it selects none, and one shares a label with it. Without such a one the
 * pods may well be somebody else's.
 */
function missed(selector: ReadonlyMap<string, string>, near: readonly ManifestObject[]): ManifestObject | undefined {
  const workloads = near.filter(({ podLabels }) => podLabels !== undefined);
  if (workloads.some(({ podLabels }) => selects(selector, podLabels!))) return undefined;
  const shares = ({ podLabels, name }: ManifestObject): boolean =>
    [...selector].some(
      ([key, value]) =>
        podLabels!.get(key) === value || nearest(value, [...podLabels!.values()]) !== undefined || value === name,
    );
  return workloads.find(shares);
}

function service(root: YamlNode, own: ManifestObject, near: readonly ManifestObject[], advise: Advise): void {
  if (own.selector === undefined) return;
  const meant = missed(own.selector, near);
  if (meant !== undefined) {
    advise(
      'selects-nothing',
      ['spec', 'selector'],
      t('No pods have these labels; those of {0} {1} have {2}.', meant.kind, meant.name, labelsOf(meant.podLabels!)),
    );
    return;
  }
  const pods = near.filter(({ podLabels }) => podLabels !== undefined && selects(own.selector!, podLabels));
  // Pods that name no ports may have any.
  if (pods.length === 0 || pods.some(({ ports }) => ports.length === 0)) return;
  itemsAt(root, 'spec', 'ports').forEach((port, i) => {
    const target = textAt(port, 'targetPort');
    if (
      target === undefined ||
      /^\d+$/.test(target) ||
      pods.some(({ ports }) => ports.some(({ name }) => name === target))
    )
      return;
    const names = pods.flatMap(({ ports }) => ports.flatMap(({ name }) => name ?? []));
    const close = nearest(target, names);
    const node = valueAt(port, 'targetPort')!;
    advise(
      'unknown-target-port',
      ['spec', 'ports', i, 'targetPort'],
      t('No container of {0} has a port named "{1}".', pods[0]!.name, quoted(target)),
      close === undefined ? undefined : { range: node.range, text: close },
    );
  });
}

const labelsOf = (labels: ReadonlyMap<string, string>): string =>
  quoted([...labels].map(([key, value]) => `${key}=${value}`).join(','));

function ingress(root: YamlNode, near: readonly ManifestObject[], advise: Advise): void {
  itemsAt(root, 'spec', 'rules').forEach((rule, i) =>
    itemsAt(rule, 'http', 'paths').forEach((path, j) => {
      const at: readonly Step[] = ['spec', 'rules', i, 'http', 'paths', j, 'backend', 'service'];
      const service = near.find(
        ({ kind, name }) => kind === 'Service' && name === textAt(path, 'backend', 'service', 'name'),
      );
      if (service === undefined || service.ports.length === 0) return;
      const [name, number] = [
        textAt(path, 'backend', 'service', 'port', 'name'),
        numberAt(path, 'backend', 'service', 'port', 'number'),
      ];
      const known = service.ports.some((port) => (name === undefined ? port.number === number : port.name === name));
      if ((name ?? number) !== undefined && !known)
        advise(
          'unknown-target-port',
          [...at, 'port', name === undefined ? 'number' : 'name'],
          t('The Service {0} has no port {1}.', service.name, name ?? number!),
        );
    }),
  );
}

/** Only what certainly blocks: a number of pods that must stay, not smaller than those there are. */
function budget(root: YamlNode, own: ManifestObject, near: readonly ManifestObject[], advise: Advise): void {
  const most = scalarAt(root, 'spec', 'maxUnavailable');
  if (most === 0 || most === '0%') {
    advise('budget-blocks', ['spec', 'maxUnavailable'], t('No pod may be evicted: draining a node waits forever.'));
    return;
  }
  const least = scalarAt(root, 'spec', 'minAvailable');
  if (least === '100%') {
    advise('budget-blocks', ['spec', 'minAvailable'], t('No pod may be evicted: draining a node waits forever.'));
    return;
  }
  if (own.selector === undefined) return;
  const meant = missed(own.selector, near);
  if (meant !== undefined)
    advise(
      'selects-nothing',
      ['spec', 'selector'],
      t('No pods have these labels; those of {0} {1} have {2}.', meant.kind, meant.name, labelsOf(meant.podLabels!)),
    );
  const guarded = near.filter(
    ({ kind, podLabels }) =>
      ['Deployment', 'StatefulSet'].includes(kind) && podLabels !== undefined && selects(own.selector!, podLabels),
  );
  const scaled = guarded.some((one) => near.some(({ scales }) => scales === `${one.kind}/${one.name}`));
  const replicas = guarded.reduce((sum, one) => sum + (one.replicas ?? 1), 0);
  if (typeof least === 'number' && guarded.length > 0 && !scaled && least >= replicas && replicas > 0)
    advise(
      'budget-blocks',
      ['spec', 'minAvailable'],
      t(
        '{0} pods must stay of the {1} there are: no pod may be evicted, and draining a node waits forever.',
        least,
        replicas,
      ),
    );
}

function role(root: YamlNode, advise: Advise): void {
  itemsAt(root, 'rules').forEach((rule, i) => {
    const all = (field: string): boolean => itemsAt(rule, field).some((item) => textAt(item) === '*');
    if (all('verbs') && all('resources'))
      advise(
        'wildcard-access',
        ['rules', i, 'verbs'],
        t('This allows everything on every resource of the groups named, also what is added later.'),
      );
  });
}

/** Keys asked for of a ConfigMap or Secret that is there and has others. */
function keys(root: YamlNode, near: readonly ManifestObject[], advise: Advise): void {
  const spec = podSpecOf(root)!;
  const look = (kind: string, node: YamlNode | undefined, at: readonly Step[], named: string): void => {
    const [name, key] = [textAt(node, named), textAt(node, 'key')];
    if (scalarAt(node, 'optional') !== true) missingKey(kind, name, key, [...at, 'key'], node);
  };
  const missingKey = (
    kind: string,
    name: string | undefined,
    key: string | undefined,
    at: readonly Step[],
    node: YamlNode | undefined,
  ): void => {
    const object = near.find((one) => one.kind === kind && one.name === name);
    if (object === undefined || object.keys.size === 0 || key === undefined || object.keys.has(key)) return;
    const close = nearest(key, object.keys.keys());
    const range = valueAt(node, 'key')?.range;
    advise(
      'missing-key',
      at,
      t('{0} {1} has no key "{2}".', kind, object.name, quoted(key)),
      close && range ? { range, text: close } : undefined,
    );
  };
  for (const list of ['initContainers', 'containers'])
    itemsAt(root, ...spec, list).forEach((container, i) =>
      itemsAt(container, 'env').forEach((variable, j) => {
        const at = [...spec, list, i, 'env', j, 'valueFrom'];
        look('ConfigMap', valueAt(variable, 'valueFrom', 'configMapKeyRef'), [...at, 'configMapKeyRef'], 'name');
        look('Secret', valueAt(variable, 'valueFrom', 'secretKeyRef'), [...at, 'secretKeyRef'], 'name');
      }),
    );
  itemsAt(root, ...spec, 'volumes').forEach((volume, i) => {
    for (const [kind, field, named] of [
      ['ConfigMap', 'configMap', 'name'],
      ['Secret', 'secret', 'secretName'],
    ] as const) {
      if (scalarAt(volume, field, 'optional') === true) continue;
      itemsAt(volume, field, 'items').forEach((item, j) =>
        missingKey(
          kind,
          textAt(volume, field, named),
          textAt(item, 'key'),
          [...spec, 'volumes', i, field, 'items', j, 'key'],
          item,
        ),
      );
    }
  });
}
