/** How the rows of the gRPC view look. */
import { t } from '../core/l10n.ts';
import { type Loadable, lastValue } from '../core/loadable.ts';
import { type NodeDescription, messageNode } from '../core/node.ts';
import type { GrpcNode, MethodKind, MethodNode, ServerNode, ServiceNode } from './nodes.ts';
import { isPlace } from './places.ts';

/** What the view knows of a server. */
export interface ServerSummary {
  readonly services: number;
  /** Services that the server lists but that cannot be called. */
  readonly broken: number;
  /** Where its schema is from: a sentence, then what there is to say of it. Markdown. */
  readonly source: string;
}

/** `waitsFor`: what a server that is being read waits for, where that is more than its answer. */
export function describe(
  node: GrpcNode,
  state: (target: string) => Loadable<ServerSummary>,
  waitsFor?: string,
): NodeDescription {
  switch (node.kind) {
    case 'server':
      return describeServer(node, state(node.target), waitsFor);
    case 'service':
      return describeService(node);
    case 'method':
      return describeMethod(node);
    case 'message': {
      const description = messageNode(node.id, node.label, node.icon, node.tooltip);
      return node.command === undefined ? description : { ...description, command: { id: node.command, args: [] } };
    }
  }
}

export function describeServer(
  node: ServerNode,
  state: Loadable<ServerSummary>,
  waitsFor = t('asking for its services…'),
): NodeDescription {
  const label = node.name ?? node.target;
  const address = node.name === undefined ? '' : `${node.target} `;
  const base = {
    id: `server:${node.target}`,
    label,
    contextValue: `server;${node.removable ? 'removable' : 'found'}${isPlace(node.target) ? ';place' : ''}`,
    children: 'collapsed',
  } as const;
  const summary = lastValue(state);
  switch (state.state) {
    case 'loading':
      return {
        ...base,
        description: address + waitsFor,
        icon: { name: 'loading~spin' },
        spoken: `${label}, ${address}${waitsFor}`,
      };
    case 'failed':
      return {
        ...base,
        description: address + state.failure.message,
        icon: { name: 'warning', color: 'list.warningForeground' },
        tooltip: state.failure.message,
        spoken: `${label}, ${address}${state.failure.message}`,
      };
    case 'ready': {
      const { services, broken, source } = summary!;
      const count = services === 1 ? t('1 service') : t('{0} services', services);
      const rest = broken === 0 ? '' : `, ${t('{0} not readable', broken)}`;
      return {
        ...base,
        description: address + count + rest,
        icon: { name: 'server' },
        tooltip: `${node.target}\n\n${source}`,
        spoken: `${label}, ${address}${count}${rest}`,
      };
    }
  }
}

export function describeService(node: ServiceNode): NodeDescription {
  const [, pack = '', name = node.service] = /^(?:(.*)\.)?([^.]+)$/.exec(node.service) ?? [];
  const marks = marksOf(node);
  return {
    id: `service:${node.target}/${node.service}`,
    label: name,
    description: [pack, ...marks].filter((text) => text !== '').join(' '),
    spoken: [t('Service {0}', node.service), ...marks].join(', '),
    icon: { name: 'symbol-interface', ...colourOf(node) },
    tooltip: withComment(
      node.methods === 1 ? t('{0}, 1 method', node.service) : t('{0}, {1} methods', node.service, node.methods),
      node,
    ),
    contextValue: 'service',
    children: 'collapsed',
  };
}

/** What a person should know before using it. */
function marksOf({ deprecated, change }: ServiceNode | MethodNode): string[] {
  const marks = deprecated ? [t('deprecated')] : [];
  if (change !== undefined) marks.push(change === 'new' ? t('new') : t('changed'));
  return marks;
}

function colourOf({ change }: ServiceNode | MethodNode): { color?: string } {
  if (change === undefined) return {};
  return {
    color: change === 'new' ? 'gitDecoration.addedResourceForeground' : 'gitDecoration.modifiedResourceForeground',
  };
}

/** The text of a source is shown as text, not as Markdown. */
function withComment(tooltip: string, { comment }: ServiceNode | MethodNode): string {
  if (comment === undefined) return tooltip;
  return `${tooltip}\n\n${comment.replace(/[\\`*_{}[\]<>()#+\-.!|~]/g, '\\$&').replace(/\n/g, '  \n')}`;
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
  const marked = [kind, ...marksOf(node)].join(', ');
  return {
    id: `method:${node.target}/${node.service}/${node.method}`,
    label: node.method,
    description: marked,
    icon: { name: icons[node.methodKind], ...colourOf(node) },
    tooltip: withComment(`${kind}\n\n\`${node.input}\` → \`${node.output}\``, node),
    contextValue: `method;${node.methodKind}`,
    children: 'none',
    command: { id: 'gantry.grpc.callMethod', args: [node] },
    spoken: `${node.method}, ${marked}`,
  };
}
