/** What the rows of contexts show: where they lead, and how far what stands below can be trusted. */
import { ApiFailure } from './apiFailure.ts';
import type { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { type Icon, type NodeDescription, messageNode } from '../core/node.ts';
import { colors, plain } from './describe.ts';
import type { KubeContext } from './kubeconfig.ts';
import type { LocalCluster } from './localClusters.ts';
import type { ContextNode, LocalClusterNode } from './nodes.ts';
import type { WatchState } from './watchState.ts';

/** The state of a context in a few words. `undefined` before anything was asked of it. */
export function stateText(state: WatchState | undefined): string {
  if (state === undefined) return '';
  switch (state.state) {
    case 'loading':
      return t('connecting…');
    case 'live':
      return state.every === undefined ? t('live') : t('read every {0} s: watching is forbidden', state.every);
    case 'reconnecting':
      return t('reconnecting ({0} s)', state.seconds);
    case 'stale':
      return t('stale since {0}', new Date(state.since).toTimeString().slice(0, 8));
    case 'failed':
      return failureText(state.failure);
  }
}

function failureText(failure: Failure): string {
  const { kind } = failure;
  if (kind === 'unauthorised') return t('sign in');
  if (kind === 'forbidden') {
    const what = failure instanceof ApiFailure ? failure.what : '';
    return what === '' ? t('forbidden') : t('forbidden: {0}', what);
  }
  return kind === 'unreachable' || kind === 'timeout' ? t('unreachable') : t('failed');
}

export function describeContext(
  node: ContextNode,
  context: KubeContext | undefined,
  state: WatchState | undefined,
  local: boolean,
): NodeDescription {
  const words = stateText(state);
  const server = context === undefined ? '' : `${context.cluster.server}\n\n${context.file}`;
  const failure = state !== undefined && 'failure' in state ? `\n\n${state.failure.message}` : '';
  return {
    id: node.id,
    label: local ? t('Local cluster') : node.name,
    description: words,
    icon: contextIcon(state, local),
    tooltip: plain(server + failure),
    contextValue: ['context', ...tagsOf(state, local)].join(';'),
    children: local ? 'expanded' : 'collapsed',
    spoken: words === '' ? t('Context {0}', node.name) : t('Context {0}, {1}', node.name, words),
  };
}

function tagsOf(state: WatchState | undefined, local: boolean): string[] {
  const signIn = state !== undefined && 'failure' in state && state.failure.kind === 'unauthorised';
  return [...(local ? ['local'] : []), ...(state === undefined ? [] : [state.state]), ...(signIn ? ['signIn'] : [])];
}

function contextIcon(state: WatchState | undefined, local: boolean): Icon {
  const name = local ? 'vm' : 'server-environment';
  switch (state?.state) {
    case undefined:
    case 'loading':
      return { name };
    case 'live':
      return { name, color: colors.good };
    case 'reconnecting':
    case 'stale':
      return { name, color: colors.busy };
    case 'failed':
      return { name, color: colors.bad };
  }
}

/** The embedded cluster while it does not run: what is going on, or the way to get one. */
export function describeLocalCluster({ id }: LocalClusterNode, { phase, message }: LocalCluster): NodeDescription {
  const create = { id: 'gantry.cluster.create', args: [] };
  const label = t('Local cluster');
  switch (phase) {
    case 'building':
    case 'starting':
    case 'running':
      return {
        ...messageNode(id, label, { name: 'loading~spin' }),
        description: message ?? (phase === 'building' ? t('building…') : t('starting…')),
        contextValue: `localCluster;${phase}`,
      };
    case 'failed':
      return {
        ...messageNode(id, label, { name: 'error', color: colors.bad }, plain(message ?? '')),
        description: t('failed: {0} Choose it to try again.', message ?? ''),
        contextValue: 'localCluster;failed',
        command: create,
      };
    case 'absent':
      return {
        ...messageNode(id, t('Create a local cluster'), { name: 'add' }),
        description: t('a real Kubernetes API on this machine'),
        contextValue: 'localCluster;absent',
        command: create,
      };
  }
}
