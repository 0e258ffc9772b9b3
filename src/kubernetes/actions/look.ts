/** Actions that only read: the object, its events. */
import { t } from '../../core/l10n.ts';
import { type ApiResource, type ObjectRef, objectPath, rootPath } from '../apiResource.ts';
import type { Requester } from '../connection.ts';
import { type Action, everyKind, onObject } from './action.ts';
import { type ApiCall, type KubeObject, send } from './apiCall.ts';
import { inNamespace, kubectl, typeAndName } from './commandLine.ts';

/** Reads one object, whole. */
export const getCall = (ref: ObjectRef): ApiCall => ({
  method: 'GET',
  path: objectPath(ref),
  what: t('read {0}', placeOf(ref)),
});

/** So many objects are offered where one is chosen from a list. */
const mostListed = 500;

/** Objects by their metadata alone, so that no secret is read to name it. Throws Failure. */
export async function listNames(
  server: Requester,
  api: ApiResource,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<KubeObject[]> {
  const within = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const call: ApiCall = {
    method: 'GET',
    path: `${rootPath(api)}${within}/${api.resource}`,
    query: { limit: String(mostListed) },
    accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
    what: t('list {0}', api.resource),
  };
  return (await send<{ items: KubeObject[] }>(server, call, signal)).items;
}

/** `deployments shop/orders`: an object for people. */
export const placeOf = ({ resource, namespace, name }: ObjectRef): string =>
  `${resource} ${namespace === '' ? name : `${namespace}/${name}`}`;

/** Events are kept where their object is; those of objects without namespace in `default`. */
export const eventsCall = ({ namespace, name, kind }: ObjectRef): ApiCall => ({
  method: 'GET',
  path: `/api/v1/namespaces/${encodeURIComponent(namespace || 'default')}/events`,
  query: { fieldSelector: `involvedObject.kind=${kind},involvedObject.name=${name}`, limit: '500' },
  what: t('list the events of {0}', name),
});

export const showEvents: Action<null> = {
  id: 'showEvents',
  title: () => t('Show Events'),
  effect: 'none',
  applies: everyKind,
  needs: () => ({ verb: 'list', group: '', resource: 'events' }),
  example: () => null,
  plan: ({ ref, target }) => {
    const call = eventsCall(ref);
    const selector = `--field-selector=${call.query!['fieldSelector']!}`;
    return { calls: [call], kubectl: kubectl(target, ['-n', ref.namespace || 'default', 'get', 'events', selector]) };
  },
};

export const describe: Action<null> = {
  id: 'describe',
  title: () => t('Describe'),
  effect: 'none',
  applies: everyKind,
  needs: onObject('get'),
  example: () => null,
  plan: ({ ref, target }) => ({
    calls: [getCall(ref)],
    kubectl: kubectl(target, [...inNamespace(ref), 'describe', typeAndName(ref)]),
  }),
};
