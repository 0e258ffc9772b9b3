/** The kinds that have rows: where the API lists them and how a row is made. */
import type { ApiObject } from './api.ts';
import { type ApiResource, rootPath } from './apiResource.ts';
import { podFields } from './podWire.ts';
import { protobufCodec } from './protobufCodec.ts';
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
import { type Codec, jsonCodec } from './wire.ts';

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
  /** Makes what one watch reads with. */
  readonly codec: () => Codec;
  /** False for kinds that can be listed but not watched: they are listed again and again. */
  readonly watchable?: boolean;
  project(object: ApiObject, interner: Interner): R;
}

export const kinds: { readonly [Name in Exclude<KindName, 'objects'>]: Kind<RowTypes[Name]> } = {
  pods: {
    resource: 'pods',
    root: '/api/v1',
    codec: () => protobufCodec(podFields),
    project: (object, interner) => podRow(object, interner),
  },
  services: {
    resource: 'services',
    root: '/api/v1',
    codec: jsonCodec,
    project: (object, interner) => serviceRow(object, interner),
  },
  namespaces: {
    resource: 'namespaces',
    root: '/api/v1',
    codec: jsonCodec,
    project: (object, interner) => namespaceRow(object, interner),
  },
  endpointSlices: {
    resource: 'endpointslices',
    root: '/apis/discovery.k8s.io/v1',
    codec: jsonCodec,
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
  codec: () => jsonCodec(tableAccept, new TableReader().read),
  watchable: resource.watchable ?? true,
  project: (object, interner) => objectRow(object, interner),
});

/** The path of a collection: of one namespace, or of all when it is undefined. */
export function collectionPath({ root, resource }: Kind, namespace: string | undefined): string {
  return namespace === undefined
    ? `${root}/${resource}`
    : `${root}/namespaces/${encodeURIComponent(namespace)}/${resource}`;
}
