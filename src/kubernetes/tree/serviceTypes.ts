/** Services, their ports, and what is behind them. */
import { t } from '../../core/l10n.ts';
import * as describe from '../describe.ts';
import type { KubernetesNode, MessageNode, NamespaceNode, PortNode, ServiceNode } from '../nodes.ts';
import { type EndpointSliceRow, type ServiceRow, keyOf, selects } from '../rows.ts';
import { byName } from '../workloads.ts';
import { favouritesFirst, isMarked } from './favourites.ts';
import { absence, applyTo, emptiness, hint } from './messages.ts';
import { podNode } from './podTypes.ts';
import { endpointSlicesOf, podsOf, servicesOf } from './queries.ts';
import type { NodeType, Scene } from './types.ts';

export function servicesIn(node: NamespaceNode, scene: Scene): KubernetesNode[] {
  const query = servicesOf(node.context, node.name);
  const rows = [...scene.looks.rows(query).values()].filter((row) => scene.filter.matches(row)).sort(byName);
  if (rows.length === 0) {
    const empty = { text: t('No services: apply a manifest…'), remedy: applyTo(node) };
    return [emptiness(node, [query], scene, empty)];
  }
  const nodes = rows.map(({ name, namespace }): ServiceNode => ({
    kind: 'service',
    id: `${node.id}|service:${name}`,
    context: node.context,
    namespace,
    name,
  }));
  return scene.page(node, favouritesFirst(nodes, scene), (each) => each);
}

export const serviceType: NodeType<ServiceNode> = {
  needs: ({ context, namespace }) => [podsOf(context, namespace)],
  extras: ({ context, namespace }) => [servicesOf(context, namespace), endpointSlicesOf(context, namespace)],
  reads: ({ context, namespace }) => [servicesOf(context, namespace)],
  key: keyOf,
  children: (node, scene) => {
    const service = serviceRow(node, scene);
    return service === undefined ? [] : [...portsOf(node, service), ...behind(node, service, scene)];
  },
  describe: (node, scene) =>
    describe.describeService(node, serviceRow(node, scene), scene.now(node.context), isMarked(node, scene)),
};

const serviceRow = (node: ServiceNode, { looks }: Scene): ServiceRow | undefined =>
  looks.rows(servicesOf(node.context, node.namespace)).get(keyOf(node));

const portsOf = (node: ServiceNode, { ports }: ServiceRow): PortNode[] =>
  ports.map(({ name, text }) => ({
    kind: 'port',
    id: `${node.id}|port:${text} ${name}`,
    context: node.context,
    namespace: node.namespace,
    service: node.name,
    port: text,
    name,
  }));

/**
 * The pods behind a service are those that its endpoints name and those that its selector means: a pod without an
 * address yet is no endpoint, and endpoints may not be allowed to be read. Addresses that are no pods' stand below.
 */
function behind(node: ServiceNode, service: ServiceRow, scene: Scene): KubernetesNode[] {
  const query = podsOf(node.context, node.namespace);
  const slices = slicesOf(node, scene);
  const named = new Set(slices.flatMap(({ endpoints }) => endpoints.map(({ pod }) => pod)));
  const pods = [...scene.looks.rows(query).values()]
    .filter(({ name, labels }) => named.has(name) || selects(service.selector, labels))
    .sort(byName);
  const addresses = slices.flatMap(({ endpoints }) => endpoints.filter(({ pod }) => pod === ''));
  if (pods.length > 0 || addresses.length > 0) {
    return [...scene.page(node, pods, podNode(node)), ...addresses.map((each) => addressNode(node, each))];
  }
  const showYaml = { id: 'gantry.kubernetes.showYaml', args: [node] };
  if (service.type === 'ExternalName') {
    return [hint(node, t('An alias of {0}: nothing in the cluster is behind it', service.externalIp), showYaml)];
  }
  if (service.selector === undefined) {
    return [hint(node, t('No selector and no endpoints: they are set by hand'), showYaml)];
  }
  const text = t(
    'No pod has the labels {0}. Compare the selector with the labels of the pods it should reach.',
    describe.selectorText(service),
  );
  return [absence(node, [query], scene, { text, remedy: { id: 'gantry.kubernetes.explain', args: [node] } })];
}

function slicesOf(node: ServiceNode, { looks }: Scene): EndpointSliceRow[] {
  const slices = [...looks.rows(endpointSlicesOf(node.context, node.namespace)).values()];
  return slices.filter(({ service }) => service === node.name);
}

const addressNode = (node: ServiceNode, { address, ready }: { address: string; ready: boolean }): MessageNode => ({
  kind: 'message',
  id: `${node.id}|address:${address}`,
  text: ready ? address : t('{0} (not ready)', address),
  icon: { name: 'globe' },
  detail: t('An endpoint that is no pod of this namespace.'),
});

export const portType: NodeType<PortNode> = { describe: describe.describePort };
