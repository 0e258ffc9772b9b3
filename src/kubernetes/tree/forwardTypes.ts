/** Forwarded ports: the folder at the top of the Pods view, and its rows. */
import type { NodeDescription } from '../../core/node.ts';
import { t } from '../../core/l10n.ts';
import type { ForwardState } from '../forward/forwards.ts';
import type { ForwardNode, ForwardsNode } from '../nodes.ts';
import type { NodeType } from './types.ts';

export const forwardsType: NodeType<ForwardsNode> = {
  describe: (node, { forwards }) => ({
    id: node.id,
    label: t('Port forwards'),
    description: String(forwards.states().length),
    icon: { name: 'plug' },
    contextValue: 'forwards',
    children: 'expanded',
    spoken: t('Port forwards, {0}', forwards.states().length),
  }),
  children: (_, { forwards }) =>
    forwards.states().map(({ key }): ForwardNode => ({ kind: 'forward', id: `forward|${key}`, key })),
};

export const forwardType: NodeType<ForwardNode> = {
  describe: (node, { forwards, contexts }) => {
    const state = forwards.states().find(({ key }) => key === node.key);
    const context = state === undefined ? '' : (contexts.get(state.spec.context)?.name ?? state.spec.context);
    return describeForward(node.id, state, context);
  },
};

/** `127.0.0.1:8080 → checkout:80`, and why it cannot be served where that is so. */
export function describeForward(id: string, state: ForwardState | undefined, context: string): NodeDescription {
  if (state === undefined) return { id, label: t('ended'), children: 'none', spoken: t('Port forward, ended') };
  const { spec, address, connections, problem } = state;
  const remote = `${spec.name}:${spec.remotePort}`;
  const label = `${address ?? `127.0.0.1:${spec.localPort}`} → ${remote}`;
  const open = connections === 1 ? t('1 connection') : t('{0} connections', connections);
  const description = problem?.message ?? (connections > 0 ? open : '');
  const facts = [`${spec.kind} ${spec.namespace}/${spec.name}`, t('Context {0}', context), open];
  return {
    id,
    label,
    description,
    icon:
      problem === undefined
        ? { name: 'arrow-swap', color: 'charts.green' }
        : { name: 'warning', color: 'list.warningForeground' },
    tooltip: [...facts, ...(problem === undefined ? [] : [problem.message])].join('\n\n'),
    contextValue: problem === undefined ? 'forward' : 'forward;problem',
    children: 'none',
    spoken: t('Port {0} of this machine goes to {1}. {2}', address ?? spec.localPort, remote, description),
  };
}
