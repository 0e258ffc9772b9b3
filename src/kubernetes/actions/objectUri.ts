/** Objects as paths of documents: `/context/namespace/group~version~Kind/name`. Tab titles and breadcrumbs show them. */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { ObjectRef } from '../apiResource.ts';

/** An object as a path names it; the server says what its kind is called in the API's paths. */
export type ObjectAddress = Pick<ObjectRef, 'context' | 'namespace' | 'group' | 'version' | 'kind' | 'name'>;

/** Stands for the namespace of what has none: no namespace has this name. */
const noNamespace = '_';
/** Stands for the core group, whose name is empty. */
const coreGroup = 'core';

/** @param ending follows the name: `.yaml`, `.describe.md`. */
export function addressPath(address: ObjectAddress, ending: string): string {
  const { context, namespace, group, version, kind, name } = address;
  const parts = [context, namespace || noNamespace, `${group || coreGroup}~${version}~${kind}`, name + ending];
  return `/${parts.map((part) => encodeURIComponent(part)).join('/')}`;
}

/** @throws Failure `invalid` when the path is no such path. */
export function parseAddress(path: string, ending: string): ObjectAddress {
  const parts = path.split('/').slice(1);
  const [context, namespace, kind, file] = parts.map((part) => decode(part));
  const [group, version, kindName] = kind?.split('~') ?? [];
  if (parts.length !== 4 || !context || !namespace || !group || !version || !kindName || !file?.endsWith(ending)) {
    throw new Failure('invalid', t('{0} names no object of a cluster.', path));
  }
  return {
    context,
    namespace: namespace === noNamespace ? '' : namespace,
    group: group === coreGroup ? '' : group,
    version,
    kind: kindName,
    name: file.slice(0, file.length - ending.length),
  };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return ''; // Then it is no path of ours.
  }
}
