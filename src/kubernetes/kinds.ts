/** The kinds that have rows: where the API lists them and how a row is made. */
import type { ApiObject } from './api.ts';
import { type ApiResource, rootPath } from './apiResource.ts';
import {
  type EndpointSliceRow,
  type Interner,
  type NamespaceRow,
  type ObjectRow,
  type PodRow,
  type Row,
  type ServiceRow,
  endpointSliceRow,
  namespaceRow,
  objectRow,
  podRow,
  serviceRow,
} from './rows.ts';
import { TableReader, tableAccept } from './table.ts';

export interface RowTypes {
  readonly pods: PodRow;
  readonly services: ServiceRow;
  readonly namespaces: NamespaceRow;
  readonly endpointSlices: EndpointSliceRow;
  /** Any kind; the query says which. */
  readonly objects: ObjectRow;
}

export type KindName = keyof RowTypes;

export interface Kind<R extends Row = Row> {
  /** The resource's name in the API's paths, plural. */
  readonly resource: string;
  /** `/api/v1` or `/apis/GROUP/VERSION`. */
  readonly root: string;
  /** How the objects are asked for; whole, as JSON, when left out. */
  readonly accept?: string;
  /** Makes what reads the pieces of an answer: the object one stands for, or undefined for none. */
  readonly reader?: () => (piece: unknown) => ApiObject | undefined;
  /** False for kinds that can be listed but not watched. */
  readonly watchable?: boolean;
  project(object: ApiObject, interner: Interner): R;
}

export const kinds: { readonly [Name in Exclude<KindName, 'objects'>]: Kind<RowTypes[Name]> } = {
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
  endpointSlices: {
    resource: 'endpointslices',
    root: '/apis/discovery.k8s.io/v1',
    project: (object, interner) => endpointSliceRow(object, interner),
  },
};

/** What there is to know of a query's kind; `resource` says it for `objects`. */
export function kindOf<K extends KindName>(name: K, resource?: WatchableResource): Kind<RowTypes[K]> {
  const typed: { readonly [Name in KindName]?: Kind<RowTypes[Name]> } = kinds;
  const known = typed[name];
  if (known !== undefined) return known;
  if (resource === undefined) throw new Error('a query for objects names their resource');
  return objectKind(resource) as unknown as Kind<RowTypes[K]>;
}

export interface WatchableResource extends ApiResource {
  /** Left out for true. */
  readonly watchable?: boolean;
}

const objectKind = (resource: WatchableResource): Kind<ObjectRow> => ({
  resource: resource.resource,
  root: rootPath(resource),
  accept: tableAccept,
  reader: () => new TableReader().read,
  watchable: resource.watchable ?? true,
  project: (object, interner) => objectRow(object, interner),
});

/** The path of a collection: of one namespace, or of all when it is undefined. */
export function collectionPath({ root, resource }: Kind, namespace: string | undefined): string {
  return namespace === undefined
    ? `${root}/${resource}`
    : `${root}/namespaces/${encodeURIComponent(namespace)}/${resource}`;
}
