/** What a person is asked before something is taken away, and how protected contexts are told. */
import { t } from '../../core/l10n.ts';
import { printableLine } from '../../core/printable.ts';
import type { ObjectRef } from '../apiResource.ts';
import type { Action } from './action.ts';

export interface Question {
  readonly message: string;
  readonly detail: string;
  /** What the button says. */
  readonly button: string;
  /** In a protected context: what must be typed. */
  readonly typed: string | undefined;
}

/** Whether a context matches one of the patterns, in which `*` stands for anything. */
export function isProtected(context: string, patterns: readonly string[]): boolean {
  const matcher = (pattern: string): RegExp => new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`, 'i');
  return patterns.some((pattern) => matcher(pattern).test(context));
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/**
 * The question before an action; undefined when none is asked.
 *
 * @param context the context's name.
 * @param consequence what goes with it, for people; may be empty.
 */
export function question(
  action: Pick<Action, 'title' | 'effect'>,
  refs: readonly ObjectRef[],
  context: string,
  isProtectedContext: boolean,
  consequence: string,
): Question | undefined {
  if (action.effect === 'none' || (action.effect === 'change' && !isProtectedContext)) return undefined;
  const [only] = refs;
  const verb = action.title();
  const message =
    refs.length === 1
      ? t('{0}: {1} in context {2}?', verb, printableLine(title(only!)), context)
      : t('{0}: {1} objects ({2}) in context {3}?', verb, refs.length, countsByKind(refs), context);
  const names = refs.length === 1 ? '' : refs.map(title).map(printableLine).slice(0, mostNamed).join('\n');
  return {
    message,
    detail: [names, refs.length > mostNamed ? '…' : '', consequence].filter(Boolean).join('\n'),
    button: verb,
    typed: isProtectedContext ? (refs.length === 1 ? only!.name : context) : undefined,
  };
}

/** Names that a dialogue has room for. */
const mostNamed = 20;

/** `Deployment shop/orders` */
export const title = ({ kind, namespace, name }: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>): string =>
  `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`;

/** `2 Pod, 1 Service` */
function countsByKind(refs: readonly ObjectRef[]): string {
  const counts = Map.groupBy(refs, ({ kind }) => kind);
  return [...counts].map(([kind, { length }]) => `${length} ${kind}`).join(', ');
}
