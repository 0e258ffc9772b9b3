/** What Kubernetes' generated Go sources know beyond the published OpenAPI documents: enums, and the life of each kind. */
import type { Schema } from '../../src/core/yaml/schema.ts';
import type { Lifecycle } from '../../src/manifests/pool.ts';

/** The values a property may have, with the description that explains them. */
export interface EnumProperty {
  readonly values: readonly string[];
  /** True: the values are those of the items of a list, or of a map. */
  readonly items: boolean;
  readonly description: string | undefined;
}

/** How a Go function of the generated sources spells a definition's name: no dots and dashes, `/` as `_`. */
const spelling = (name: string): string =>
  name
    .replace(/^io\.k8s\./, 'k8sio.')
    .replaceAll('-', '')
    .replaceAll('.', '_');

/**
 * Enums by definition name and property, from `pkg/generated/openapi/zz_generated.openapi.go`: what a running server
 * serves and the published documents leave out (kubernetes issue 113830).
 */
export function enumsOf(source: string, names: Iterable<string>): Map<string, Map<string, EnumProperty>> {
  const bySpelling = new Map([...names].map((name) => [`schema_${spelling(name)}`, name]));
  const found = new Map<string, Map<string, EnumProperty>>();
  let definition: string | undefined;
  let property: { name: string; description?: string } = { name: '' };
  for (const line of source.split('\n')) {
    const start = /^func (schema_\w+)\(/.exec(line);
    if (start) definition = bySpelling.get(start[1]!);
    if (definition === undefined) continue;
    const named = /^\t{5}"([^"]+)": \{$/.exec(line);
    if (named) property = { name: named[1]! };
    const described = /^\t{7}Description: (".*"),$/.exec(line);
    if (described) property.description = JSON.parse(described[1]!) as string;
    const listed = /^(\t+)Enum:\s+\[\]interface\{\}\{(.*)\},$/.exec(line);
    if (!listed) continue;
    const properties = found.get(definition) ?? new Map<string, EnumProperty>();
    found.set(definition, properties);
    const values = JSON.parse(`[${listed[2]}]`) as string[];
    properties.set(property.name, { values, items: listed[1]!.length > 7, description: property.description });
  }
  return found;
}

/** The definition with its properties' enums. */
export function withEnums(schema: Schema, enums: ReadonlyMap<string, EnumProperty> | undefined): Schema {
  if (enums === undefined || schema.properties === undefined) return schema;
  const properties = Object.entries(schema.properties).map(([name, property]): [string, Schema] => {
    const known = enums.get(name);
    if (known === undefined) return [name, property];
    const described = known.description === undefined ? property : { ...property, description: known.description };
    if (!known.items) return [name, { ...described, enum: known.values }];
    return [name, { ...described, items: { ...described.items, enum: known.values } }];
  });
  return { ...schema, properties: Object.fromEntries(properties) };
}

/**
 * Of one package of k8s.io/api, the life of its kinds: from `zz_generated.prerelease-lifecycle.go`. Versions are `1.25`.
 */
export function lifecyclesOf(source: string): Map<string, Lifecycle> {
  const lives = new Map<string, { -readonly [Key in keyof Lifecycle]: Lifecycle[Key] }>();
  const pattern = /func \(in \*(\w+)\) APILifecycle(\w+)\(\) [^{]*\{\n\treturn (.*)\n\}/g;
  for (const [, kind, what, value] of source.matchAll(pattern)) {
    const life = lives.get(kind!) ?? {};
    lives.set(kind!, life);
    if (what === 'Replacement') {
      const [, group, version, other] = /Group: "(.*)", Version: "(.*)", Kind: "(.*)"/.exec(value!)!;
      life.replacement = `${group === '' ? '' : `${group}/`}${version}/${other}`;
    } else {
      const [major, minor] = value!.split(', ');
      life[what!.toLowerCase() as 'introduced' | 'deprecated' | 'removed'] = `${major}.${minor}`;
    }
  }
  return lives;
}
