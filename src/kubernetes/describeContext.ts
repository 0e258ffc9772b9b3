/** What the rows of contexts show: where they lead, and how far what stands below can be trusted. */
import { ApiFailure } from './apiFailure.ts';
import type { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { plain } from '../core/markdown.ts';
import { type Icon, type NodeDescription, messageNode } from '../core/node.ts';
import { colors } from './describe.ts';
import type { KubeContext } from './kubeconfig.ts';
import type { LocalCluster } from './localClusters.ts';
import type { LocalTool } from './localTools.ts';
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

/** Where a context's cluster runs, when that is this machine: one of ours, or of another program. */
export type Local = LocalCluster | LocalTool;

export function describeContext(
  node: ContextNode,
  context: KubeContext | undefined,
  state: WatchState | undefined,
  local: Local | undefined,
): NodeDescription {
  const words = stateText(state);
  const server = context === undefined ? '' : `${context.cluster.server}\n\n${context.file}`;
  const failure = state !== undefined && 'failure' in state ? `\n\n${state.failure.message}` : '';
  const isOurs = local !== undefined && 'phase' in local;
  const place = local === undefined ? '' : isOurs ? kindText(local.kind) : local.title;
  return {
    id: node.id,
    label: isOurs ? clusterText(local.name) : node.name,
    description: [place, words].filter(Boolean).join(' · '),
    icon: contextIcon(state, local !== undefined),
    tooltip: plain(server + failure),
    contextValue: ['context', ...tagsOf(state, local)].join(';'),
    children: isOurs ? 'expanded' : 'collapsed',
    spoken: [t('Context {0}', node.name), place, words].filter(Boolean).join(', '),
  };
}

function tagsOf(state: WatchState | undefined, local: Local | undefined): string[] {
  const signIn = state !== undefined && 'failure' in state && state.failure.kind === 'unauthorised';
  const place = local === undefined ? [] : 'phase' in local ? ['local', local.kind] : [local.id];
  return [...place, ...(state === undefined ? [] : [state.state]), ...(signIn ? ['signIn'] : [])];
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

/** The cluster that is meant when none is named needs no name. */
const clusterText = (name: string): string => (name === 'gantry' ? t('Local cluster') : t('Local cluster {0}', name));

const kindText = (kind: LocalCluster['kind']): string => (kind === 'embedded' ? t('control plane') : t('container'));

/** A local cluster while it does not run: what is going on, or how to make it run. */
export function describeLocalCluster(node: LocalClusterNode, cluster: LocalCluster | undefined): NodeDescription {
  const label = clusterText(node.name);
  // Gone, but not from the screen yet.
  if (cluster === undefined) return messageNode(node.id, label, { name: 'vm-outline' });
  const { kind, phase, message } = cluster;
  const described = (icon: Icon, words: string): NodeDescription => ({
    ...messageNode(node.id, label, icon, message === undefined ? undefined : plain(message)),
    description: `${kindText(kind)} · ${words}`,
    spoken: `${label}, ${kindText(kind)}, ${words}`,
    contextValue: `localCluster;${phase};${kind}`,
  });
  const start = { id: 'gantry.cluster.start', args: [node] };
  switch (phase) {
    case 'building':
      return described({ name: 'loading~spin' }, message ?? t('building…'));
    case 'starting':
    case 'running':
      return described({ name: 'loading~spin' }, message ?? t('starting…'));
    case 'stopping':
    case 'deleting':
      return described({ name: 'loading~spin' }, message ?? t('stopping…'));
    case 'stopped':
      return {
        ...described({ name: 'vm-outline' }, [t('stopped'), message].filter(Boolean).join(': ')),
        command: start,
      };
    case 'failed':
      return {
        ...described({ name: 'error', color: colors.bad }, t('failed: {0} Choose it to try again.', message ?? '')),
        command: start,
      };
  }
}
