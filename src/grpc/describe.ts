/** How the rows of the gRPC view look. */
import { t } from '../core/l10n.ts';
import { type Loadable, lastValue } from '../core/loadable.ts';
import { type NodeDescription, messageNode } from '../core/node.ts';
import type { GrpcNode, MethodKind, MethodNode, ServerNode, ServiceNode } from './nodes.ts';

/** What the view knows of a server. */
export interface ServerSummary {
  readonly services: number;
  /** Services that the server lists but that cannot be called. */
  readonly broken: number;
  readonly version: string;
}

export function describe(node: GrpcNode, state: (target: string) => Loadable<ServerSummary>): NodeDescription {
  switch (node.kind) {
    case 'server':
      return describeServer(node, state(node.target));
    case 'service':
      return describeService(node);
    case 'method':
      return describeMethod(node);
    case 'message': {
      const description = messageNode(node.id, node.label, node.icon, node.tooltip);
      return node.adds === true ? { ...description, command: { id: 'gantry.grpc.addServer', args: [] } } : description;
    }
  }
}

export function describeServer(node: ServerNode, state: Loadable<ServerSummary>): NodeDescription {
  const label = node.name ?? node.target;
  const address = node.name === undefined ? '' : `${node.target} `;
  const base = {
    id: `server:${node.target}`,
    label,
    contextValue: node.removable ? 'server;removable' : 'server;found',
    children: 'collapsed',
  } as const;
  const summary = lastValue(state);
  switch (state.state) {
    case 'loading':
      return { ...base, description: address + t('asking for its services…'), icon: { name: 'loading~spin' } };
    case 'failed':
      return {
        ...base,
        description: address + state.failure.message,
        icon: { name: 'warning', color: 'list.warningForeground' },
        tooltip: state.failure.message,
        spoken: `${label}: ${state.failure.message}`,
      };
    case 'ready': {
      const { services, broken, version } = summary!;
      const count = services === 1 ? t('1 service') : t('{0} services', services);
      const rest = broken === 0 ? '' : `, ${t('{0} not readable', broken)}`;
      return {
        ...base,
        description: address + count + rest,
        icon: { name: 'server' },
        tooltip: t('{0}, found by server reflection {1}', node.target, version),
      };
    }
  }
}

export function describeService(node: ServiceNode): NodeDescription {
  const [, pack = '', name = node.service] = /^(?:(.*)\.)?([^.]+)$/.exec(node.service) ?? [];
  return {
    id: `service:${node.target}/${node.service}`,
    label: name,
    description: node.deprecated ? `${pack} ${t('deprecated')}` : pack,
    icon: { name: 'symbol-interface' },
    tooltip: node.methods === 1 ? t('{0}, 1 method', node.service) : t('{0}, {1} methods', node.service, node.methods),
    contextValue: 'service',
    children: 'collapsed',
  };
}

const icons: Readonly<Record<MethodKind, string>> = {
  unary: 'symbol-method',
  server_streaming: 'arrow-down',
  client_streaming: 'arrow-up',
  bidi_streaming: 'arrow-swap',
};

/** The kind in the field's words. */
export function kindText(kind: MethodKind): string {
  switch (kind) {
    case 'unary':
      return t('unary');
    case 'server_streaming':
      return t('server streaming');
    case 'client_streaming':
      return t('client streaming');
    case 'bidi_streaming':
      return t('bidirectional streaming');
  }
}

export function describeMethod(node: MethodNode): NodeDescription {
  const kind = kindText(node.methodKind);
  return {
    id: `method:${node.target}/${node.service}/${node.method}`,
    label: node.method,
    description: node.deprecated ? `${kind}, ${t('deprecated')}` : kind,
    icon: { name: icons[node.methodKind] },
    tooltip: `${kind}\n\n\`${node.input}\` → \`${node.output}\``,
    contextValue: `method;${node.methodKind}`,
    children: 'none',
    command: { id: 'gantry.grpc.callMethod', args: [node] },
    spoken: `${node.method}, ${kind}`,
  };
}
