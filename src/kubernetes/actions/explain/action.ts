/** "Explain" as an action: kubectl describe shows what it is made from. */
import { t } from '../../../core/l10n.ts';
import { type Action, onObject } from '../action.ts';
import { inNamespace, kubectl, typeAndName } from '../commandLine.ts';
import { getCall } from '../look.ts';

export const explainObject: Action<null> = {
  id: 'explain',
  title: () => t('Explain Status'),
  effect: 'none',
  applies: ({ group, kind }) => (group === '' || group === 'apps' || group === 'batch') && explainable(kind),
  needs: onObject('get'),
  example: () => null,
  plan: ({ ref, target }) => ({
    calls: [getCall(ref)],
    kubectl: kubectl(target, [...inNamespace(ref), 'describe', typeAndName(ref)]),
  }),
};

/** The kinds that can be explained. */
const explainable = (kind: string): boolean =>
  /^(Pod|Deployment|StatefulSet|DaemonSet|ReplicaSet|Job|Service|Node|PersistentVolumeClaim)$/.test(kind);
