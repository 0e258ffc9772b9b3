/** The request for a container's log. */
import { t } from '../../core/l10n.ts';
import type { ApiCall } from '../actions/apiCall.ts';

/** What is asked of a log. */
export interface LogQuery {
  readonly follow: boolean;
  /** The run before the last restart. */
  readonly previous?: boolean;
  /** Lines of the past; all when undefined. */
  readonly tail?: number | undefined;
  /** Seconds of the past; all when undefined. */
  readonly sinceSeconds?: number | undefined;
}

export interface LogPlace {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** @param sinceTime whole seconds, where a log is read on */
export function logCall(
  { namespace, pod, container }: LogPlace,
  { follow, previous, tail, sinceSeconds }: LogQuery,
  sinceTime?: string,
): ApiCall {
  return {
    method: 'GET',
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log`,
    query: {
      container,
      timestamps: 'true',
      ...(follow ? { follow: 'true' } : {}),
      ...(previous === true ? { previous: 'true' } : {}),
      ...(sinceTime === undefined ? {} : { sinceTime }),
      ...(tail === undefined ? {} : { tailLines: String(tail) }),
      ...(sinceSeconds === undefined ? {} : { sinceSeconds: String(sinceSeconds) }),
    },
    accept: '*/*',
    what: t('get the log of {0}', `${namespace}/${pod}`),
  };
}
