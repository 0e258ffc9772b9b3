/** JSON Schemas of files that Go programs read, made from the Go types that they are read into. */
import type { Schema } from '../../src/core/yaml/schema.ts';

interface Field {
  /** Undefined for a type whose fields are the struct's own. */
  readonly name: string | undefined;
  readonly type: string;
  readonly description: string;
}

/** What Go sources declare: structs by name, and the base and the constants of each other type. */
interface Declared {
  readonly structs: ReadonlyMap<string, readonly Field[]>;
  readonly named: ReadonlyMap<string, string>;
  readonly constants: ReadonlyMap<string, readonly string[]>;
}

const scalars: Readonly<Record<string, Schema>> = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  int: { type: 'integer' },
  int64: { type: 'integer' },
  'interface{}': {},
  any: {},
};

/** A type and all it is made of, as `$defs`. Throws for a type that it does not know. */
export function goSchema(
  sources: readonly string[],
  root: string,
): Schema & { readonly $defs: Record<string, Schema> } {
  const declared = read(sources);
  const $defs: Record<string, Schema> = {};
  const define = (name: string): Schema => {
    const ref = { $ref: `#/$defs/${name}` };
    if (Object.hasOwn($defs, name)) return ref;
    $defs[name] = {}; // A type may hold itself.
    $defs[name] = { type: 'object', properties: Object.fromEntries(propertiesOf(name)) };
    return ref;
  };
  const propertiesOf = (name: string): [string, Schema][] =>
    declared.structs.get(name)!.flatMap((field): [string, Schema][] => {
      if (field.name === undefined) return propertiesOf(field.type);
      const schema = schemaOf(field.type);
      return [[field.name, field.description === '' ? schema : { ...schema, description: field.description }]];
    });
  const schemaOf = (type: string): Schema => {
    if (type.startsWith('*')) return schemaOf(type.slice(1));
    if (type.startsWith('[]')) return { type: 'array', items: schemaOf(type.slice(2)) };
    const map = /^map\[string\](.*)$/.exec(type)?.[1];
    if (map !== undefined) return { type: 'object', additionalProperties: schemaOf(map) };
    const name = type.split('.').at(-1)!;
    if (declared.structs.has(name)) return define(name);
    const values = declared.constants.get(name);
    const base = scalars[declared.named.get(name) ?? type];
    if (base === undefined) throw new Error(`the Go type ${type} is unknown`);
    return values === undefined ? base : { ...base, enum: values };
  };
  return { ...define(root), $defs };
}

function read(sources: readonly string[]): Declared {
  const structs = new Map<string, readonly Field[]>();
  const named = new Map<string, string>();
  const constants = new Map<string, string[]>();
  for (const source of sources) {
    for (const [, name, body] of source.matchAll(/^type (\w+) struct \{\n(.*?)^\}/gms))
      structs.set(name!, fieldsOf(body!));
    for (const [, name, base] of source.matchAll(/^type (\w+) (\w+)$/gm)) named.set(name!, base!);
    for (const [, type, value] of source.matchAll(/^(?:const|\t)\s*\w+ +(\w+) += "(.*)"$/gm))
      constants.set(type!, [...(constants.get(type!) ?? []), value!]);
  }
  return { structs, named, constants };
}

/** What is read from a file has a tag; comments above it describe it, unless a blank line stands between. */
function fieldsOf(body: string): Field[] {
  const fields: Field[] = [];
  let comment: string[] = [];
  for (const line of body.split('\n')) {
    const said = /^\t\/\/ ?(.*)$/.exec(line)?.[1];
    if (said !== undefined) comment.push(said);
    else {
      const [, type, tag] = /^\t(?:\w+ +)?(\S+) +`json:"([^"]*)"/.exec(line) ?? [];
      if (type !== undefined && tag !== undefined && tag !== '-')
        fields.push({
          name: nameIn(tag),
          type: nameIn(tag) === undefined ? type.split('.').at(-1)! : type,
          description: textOf(comment),
        });
      comment = [];
    }
  }
  return fields;
}

const nameIn = (tag: string): string | undefined => tag.split(',')[0] || undefined;

/** Lines are filled, paragraphs and indented lines stay. */
const textOf = (lines: readonly string[]): string =>
  lines
    .join('\n')
    .trim()
    .replace(/(\S)\n(?=\S)/g, '$1 ');
