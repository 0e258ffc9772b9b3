/** From a kind, as manifests name it, to the resource that the API's paths name. */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { type ApiResource, apiVersion, rootPath } from '../apiResource.ts';
import type { Requester } from '../connection.ts';
import { send } from './apiCall.ts';

interface ResourceList {
  readonly resources?: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** A group and version of manifests: `apps/v1`, or `v1` of the core group. */
export function parseApiVersion(text: string): Pick<ApiResource, 'group' | 'version'> {
  const slash = text.indexOf('/');
  return slash < 0 ? { group: '', version: text } : { group: text.slice(0, slash), version: text.slice(slash + 1) };
}

/** Asks each server once for the kinds of a group and version; asks again for a kind that was not among them. */
export class ResourceMapper {
  readonly #known = new Map<string, ResourceList>();

  /** Throws Failure: `notFound` when the server has no such kind. */
  async find(
    context: string,
    server: Requester,
    wanted: Pick<ApiResource, 'group' | 'version' | 'kind'>,
    signal: AbortSignal,
  ): Promise<ApiResource> {
    const key = `${context} ${apiVersion(wanted)}`;
    const known = this.#known.get(key);
    const found = pick(known, wanted) ?? pick(await this.#ask(key, server, wanted, signal), wanted);
    if (found !== undefined) return found;
    throw new Failure(
      'notFound',
      t(
        'The server has no kind {0} in {1}. Check the spelling, or install its definition.',
        wanted.kind,
        apiVersion(wanted),
      ),
    );
  }

  async #ask(
    key: string,
    server: Requester,
    wanted: Pick<ApiResource, 'group' | 'version' | 'kind'>,
    signal: AbortSignal,
  ): Promise<ResourceList> {
    try {
      const call = {
        method: 'GET',
        path: rootPath(wanted),
        what: t('list the kinds of {0}', apiVersion(wanted)),
      } as const;
      const list = await send<ResourceList>(server, call, signal);
      this.#known.set(key, list);
      return list;
    } catch (error) {
      if (error instanceof Failure && error.kind === 'notFound') return {};
      throw error;
    }
  }
}

function pick(
  list: ResourceList | undefined,
  { group, version, kind }: Pick<ApiResource, 'group' | 'version' | 'kind'>,
): ApiResource | undefined {
  const found = list?.resources?.find((each) => each.kind === kind && !each.name.includes('/'));
  return found === undefined ? undefined : { group, version, resource: found.name, kind, namespaced: found.namespaced };
}
