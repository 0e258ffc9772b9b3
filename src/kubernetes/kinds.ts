/** The kinds that have rows: where the API lists them and how a row is made. */
import type { ApiObject } from './api.ts';
import {
  type Interner,
  type NamespaceRow,
  type PodRow,
  type Row,
  type ServiceRow,
  namespaceRow,
  podRow,
  serviceRow,
} from './rows.ts';

export interface RowTypes {
  readonly pods: PodRow;
  readonly services: ServiceRow;
  readonly namespaces: NamespaceRow;
}

export type KindName = keyof RowTypes;

export interface Kind<R extends Row = Row> {
  /** The resource's name in the API's paths, plural. */
  readonly resource: string;
  /** `/api/v1` or `/apis/GROUP/VERSION`. */
  readonly root: string;
  project(object: ApiObject, interner: Interner): R;
}

export const kinds: { readonly [Name in KindName]: Kind<RowTypes[Name]> } = {
  pods: { resource: 'pods', root: '/api/v1', project: (object, interner) => podRow(object, interner) },
  services: {
    resource: 'services',
    root: '/api/v1',
    project: (object, interner) => serviceRow(object, interner),
  },
  namespaces: {
    resource: 'namespaces',
    root: '/api/v1',
    project: (object, interner) => namespaceRow(object, interner),
  },
};

/** The path of a collection: of one namespace, or of all when it is undefined. */
export function collectionPath({ root, resource }: Kind, namespace: string | undefined): string {
  return namespace === undefined
    ? `${root}/${resource}`
    : `${root}/namespaces/${encodeURIComponent(namespace)}/${resource}`;
}
