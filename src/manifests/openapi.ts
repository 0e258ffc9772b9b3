/** What Kubernetes publishes as OpenAPI v3, made into definitions the walker reads. Used when the pool is made. */
import type { GroupVersionKind, Schema } from '../core/yaml/schema.ts';

const prefix = '#/components/schemas/';
/** Published as "string or number"; its own syntax is known by no standard format. */
const quantity = 'io.k8s.apimachinery.pkg.api.resource.Quantity';

/**
 * The definitions of an OpenAPI v3 document by name. References become plain names, and a reference wrapped in `allOf`
 * to give it a description (OpenAPI 3.0 allows no siblings of `$ref`) becomes a reference with siblings.
 */
export function definitionsOf(document: unknown): Map<string, Schema> {
  const schemas = (document as { components?: { schemas?: Record<string, unknown> } }).components?.schemas ?? {};
  return new Map(
    Object.entries(schemas).map(([name, schema]) => {
      const definition = withoutWireKinds(simplify(schema) as Schema);
      return [name, name === quantity ? { ...definition, format: 'quantity' } : definition];
    }),
  );
}

function simplify(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(simplify);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, child]): [string, unknown] =>
    key === '$ref' && typeof child === 'string' ? [key, child.replace(prefix, '')] : [key, simplify(child)],
  );
  const result = Object.fromEntries(entries) as Record<string, unknown>;
  const { allOf, ...rest } = result;
  const only = Array.isArray(allOf) && allOf.length === 1 ? (allOf[0] as Record<string, unknown>) : undefined;
  return typeof only?.['$ref'] === 'string' ? { $ref: only['$ref'], ...rest } : result;
}

/** These claim to be a kind of every group, in each group's document differently; they are spoken on the wire only. */
const wireKinds = ['DeleteOptions', 'WatchEvent'];

function withoutWireKinds(schema: Schema): Schema {
  const { 'x-kubernetes-group-version-kind': kinds = [], ...rest } = schema;
  return kinds.some(({ kind }) => wireKinds.includes(kind)) ? rest : schema;
}

/** The kind a definition is, when it is one. */
export function kindOf(schema: Schema): GroupVersionKind | undefined {
  return schema['x-kubernetes-group-version-kind']?.[0];
}

/** `apps/v1`, and `v1` for the core group: as `apiVersion` has it. */
export const apiVersionOf = ({ group, version }: GroupVersionKind): string =>
  group === '' ? version : `${group}/${version}`;
