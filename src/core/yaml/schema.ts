/** The part of JSON Schema and of Kubernetes' structural schemas that the walker knows. Anything else is ignored. */
import type { YamlScalar } from './tree.ts';

export type JsonType = 'null' | 'boolean' | 'integer' | 'number' | 'string' | 'array' | 'object';

export interface Schema {
  /** Resolved by the dialect. What stands beside it annotates only (description, default). */
  readonly $ref?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: JsonType | readonly JsonType[];
  readonly format?: string;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[];
}

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** How a `format` is judged. */
export interface Format {
  /** Replaces the schema's own types where the format is a union (`int-or-string`). */
  readonly types?: readonly JsonType[];
  /** A sentence on what is wrong with a scalar of the right type. */
  check?(scalar: YamlScalar): string | undefined;
}

/** What differs between families of schemas. */
export interface Dialect {
  /** The schema a `$ref` stands for, or undefined: then anything is accepted. */
  resolve(ref: string): Schema | undefined;
  /** The name a person knows the referenced type by. */
  nameOf(ref: string): string | undefined;
  /** True: an object with `properties` takes no others unless it says so (Kubernetes, with strict field validation). */
  readonly closed: boolean;
  /** True: null counts as absent, as the API server drops it. */
  readonly dropsNulls: boolean;
  readonly formats: Readonly<Record<string, Format>>;
  /** How bad two items with the same map keys are; `owner` is the name of the type that has the list. */
  duplicateItems(owner: string | undefined, property: string): 'error' | 'warning';
}

/** Plain JSON Schema with references into itself (`#/$defs/name`): for the files whose format is our own. */
export function jsonSchemaDialect(root: Schema): Dialect {
  return {
    resolve: (ref) => lookUp(root, ref),
    nameOf: () => undefined,
    closed: false,
    dropsNulls: false,
    formats: {},
    duplicateItems: () => 'error',
  };
}

function lookUp(root: Schema, ref: string): Schema | undefined {
  if (!ref.startsWith('#')) return undefined;
  let at: unknown = root;
  for (const step of ref.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at as Schema;
}
