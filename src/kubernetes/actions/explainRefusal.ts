/** What a refused action lacks, in words that a cluster's administrator can act on. */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { resourceName } from '../apiResource.ts';
import type { ObjectRef } from '../apiResource.ts';
import type { Need } from './action.ts';

/** The failure as it was, or a refusal that names the missing right. */
export function explainRefusal(error: unknown, need: Need, ref: ObjectRef): unknown {
  if (!(error instanceof Failure) || error.kind !== 'forbidden') return error;
  const right = `${need.verb} ${resourceName(need)}`;
  const lacking =
    ref.namespace === ''
      ? t('A ClusterRole of yours must allow "{0}".', right)
      : t('A role of yours must allow "{0}" in namespace {1}.', right, ref.namespace);
  return new Failure('forbidden', `${error.message} ${lacking}`, error);
}
