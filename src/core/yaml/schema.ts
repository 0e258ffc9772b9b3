/** The part of JSON Schema and of Kubernetes' structural schemas that the walker knows. Anything else is ignored. */
import type { Range } from './text.ts';
import type { YamlMap, YamlScalar } from './tree.ts';

export type Severity = 'error' | 'warning' | 'hint';

/** Text that takes the place of what stands there and makes the finding go away. */
export interface Replacement {
  readonly range: Range;
  readonly text: string;
  /** What it does, where the text does not say that itself. */
  readonly title?: string;
}

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
  /** A boolean in OpenAPI 3.0: whether `minimum` itself is excluded. */
  readonly exclusiveMinimum?: boolean | number;
  readonly exclusiveMaximum?: boolean | number;
  readonly multipleOf?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly uniqueItems?: boolean;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly not?: Schema;
  /** What fits this must fit `then`, what does not `else`. */
  readonly if?: Schema;
  readonly then?: Schema;
  readonly else?: Schema;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-validations'?: readonly CelRule[];
  readonly 'x-kubernetes-group-version-kind'?: readonly GroupVersionKind[];
}

/** A rule in the Common Expression Language, about the value (`self`) at the schema that has it. */
export interface CelRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  /** Where the problem is, below the value: `.spec.name`. */
  readonly fieldPath?: string;
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
  /**
   * Which objects take no fields but their own, unless they say so (Kubernetes, with strict field validation): none,
   * those that list some, or also those that list none (but below `metadata`).
   */
  readonly closed: 'no' | 'listed' | 'all';
  /** True: null at this schema counts as absent, as the API server drops it. */
  dropsNull(schema: Schema, topField: () => string | number | undefined): boolean;
  /** True: the field may be absent although the schema of its type requires it. */
  toleratesMissing?(owner: string | undefined, property: string): boolean;
  /** True: `oneOf` means exactly one. */
  readonly exactlyOne?: boolean;
  /** The value is a part of what it will be: nothing is missing in it, and what stands in it may not stay together. */
  readonly partial?: true;
  /** True for a scalar that may become anything. */
  isUnknown?(scalar: YamlScalar): boolean;
  /** The fields every object has; also allowed where a resource is embedded. */
  readonly objectFields?: Readonly<Record<string, Schema>>;
  readonly formats: Readonly<Record<string, Format>>;
  /** How bad two items with the same map keys are; `owner` is the name of the type that has the list. */
  duplicateItems(owner: string | undefined, property: string): 'error' | 'warning';
  /** What a referenced type demands beyond its schema; `whole` when it is the type of the whole object. */
  rulesOf?(ref: string, whole: boolean): Rule | undefined;
}

/** Looks at a map of some type and says what is wrong with it; `root` is the whole object it stands in. */
export type Rule = (object: YamlMap, say: Say, root: YamlMap) => void;

/** Reports a problem at the value the steps lead to, or at the nearest key above when it is not there. */
export type Say = (
  steps: readonly (string | number)[],
  message: string,
  options?: { readonly severity?: Severity; readonly code?: 'refused' | 'missing-field'; readonly fix?: Replacement },
) => void;

/** Plain JSON Schema with references into itself (`#/$defs/name`): for the files whose format is our own. */
export function jsonSchemaDialect(root: Schema): Dialect {
  return {
    resolve: (ref) => lookUp(root, ref),
    nameOf: () => undefined,
    closed: 'no',
    dropsNull: () => false,
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
