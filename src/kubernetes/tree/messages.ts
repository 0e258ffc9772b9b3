/** Rows that say how things stand instead of showing things. */
import { type Failure, messageOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { KubernetesNode, MessageNode } from '../nodes.ts';
import type { WatchState } from '../watchState.ts';
import type { Query } from '../store.ts';
import type { Scene } from './types.ts';

/** What a row of these runs when it is chosen. */
export type Remedy = NonNullable<MessageNode['command']>;

/** What there is to say of an empty folder, and the way on from there. */
export const hint = (folder: KubernetesNode, text: string, remedy: Remedy): MessageNode => ({
  kind: 'message',
  id: `${folder.id}|${text}`,
  text,
  icon: { name: 'info' },
  command: remedy,
});

/** Asks the servers again. */
export const refresh: Remedy = { id: 'gantry.kubernetes.refresh', args: [] };

/** Applies a manifest, to the namespace where its objects name none. */
export const applyTo = (namespace: KubernetesNode): Remedy => ({
  id: 'gantry.kubernetes.applyFile',
  args: [undefined, namespace],
});

/** A failure where its rows would be. Choosing it tries again, or signs in where that is what is missing. */
export function failureNode(folder: string, error: unknown, context?: string): MessageNode {
  const message = messageOf(error);
  const signIn = context !== undefined && (error as Partial<Failure>).kind === 'unauthorised';
  const next = signIn ? t('Choose the row to sign in.') : t('Choose the row to try again.');
  return {
    kind: 'message',
    id: `${folder}|${message}`,
    text: message,
    icon: { name: signIn ? 'key' : 'warning', color: 'list.warningForeground' },
    detail: `${message}\n\n${next}`,
    command: signIn
      ? {
          id: 'gantry.kubernetes.signIn',
          args: [{ kind: 'context', id: `context|${context}`, context, name: context }],
        }
      : refresh,
  };
}

/** Says that the filter hides everything. Choosing it shows everything again. */
export const nothingMatches = (folder: KubernetesNode, filter: string): MessageNode => ({
  kind: 'message',
  id: `${folder.id}|filtered`,
  text: t('Nothing here matches the filter {0}', filter),
  icon: { name: 'filter' },
  detail: t('Choose the row to clear the filter.'),
  command: { id: 'gantry.kubernetes.clearFilter', args: [] },
});

export const failureOf = (state: WatchState | undefined): Failure | undefined =>
  state !== undefined && 'failure' in state ? state.failure : undefined;

/** Why a folder that the filter may have emptied is empty, and what can be done. */
export function emptiness(
  folder: KubernetesNode,
  queries: readonly Query[],
  scene: Scene,
  empty: Emptiness,
): MessageNode {
  const { looks, filter } = scene;
  const hides = filter.text !== '' && queries.some((query) => looks.rows(query).size > 0);
  return hides ? nothingMatches(folder, filter.text) : absence(folder, queries, scene, empty);
}

/** That there is nothing, in words, and what a person most likely does about it. */
export interface Emptiness {
  readonly text: string;
  readonly remedy: Remedy;
}

/** Why there are no rows: they failed, they are on their way, or there are none. */
export function absence(
  folder: KubernetesNode,
  queries: readonly Query[],
  { looks }: Scene,
  { text, remedy }: Emptiness,
): MessageNode {
  const states = queries.map((query) => looks.state(query));
  const failure = states.map(failureOf).find((each) => each !== undefined);
  if (failure !== undefined) return failureNode(folder.id, failure, queries[0]?.context);
  return states.some((state) => state?.state === 'loading') ? loadingNode(folder) : hint(folder, text, remedy);
}

export const loadingNode = (folder: KubernetesNode): MessageNode => ({
  kind: 'message',
  id: `${folder.id}|loading`,
  text: t('Loading…'),
  icon: { name: 'loading~spin' },
});
