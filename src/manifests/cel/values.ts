/** Values of custom resources as CEL sees them: typed by their schema, defaults filled in, nothing undeclared. */
import { Duration } from '@marcbachmann/cel-js/evaluator';
import { isNull } from '../../core/yaml/types.ts';
import type { Schema } from '../../core/yaml/schema.ts';
import type { YamlScalar } from '../../core/yaml/tree.ts';

/** Undefined: the value is not what the schema says, which is another finding. */
export function scalarValue(node: YamlScalar, schema: Schema): unknown {
  const { value } = node;
  if (isNull(node)) return null;
  if (schema['x-kubernetes-int-or-string']) return typeof value === 'number' ? BigInt(Math.trunc(value)) : value;
  return typed(value, schema);
}

function typed(value: unknown, schema: Schema): unknown {
  if (typeof value === 'number') {
    if (schema.type === 'number') return value;
    return Number.isInteger(value) ? BigInt(value) : value;
  }
  if (typeof value !== 'string') return value;
  if (schema.format === 'date-time' || schema.format === 'date') return new Date(value);
  if (schema.format === 'duration') return durationOf(value) ?? value;
  if (schema.format === 'byte') return new Uint8Array(Buffer.from(value, 'base64'));
  return value;
}

const durationUnits: Readonly<Record<string, number>> = {
  h: 3.6e12,
  m: 6e10,
  s: 1e9,
  ms: 1e6,
  us: 1e3,
  µs: 1e3,
  ns: 1,
};

/** Go's time.ParseDuration; undefined for what it refuses. */
function durationOf(text: string): Duration | undefined {
  if (!/^[+-]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:h|ms|m|s|us|µs|ns))+)$/.test(text)) return undefined;
  let nanos = 0;
  for (const [, number, unit] of text.matchAll(/([\d.]+)(h|ms|m|s|us|µs|ns)/g))
    nanos += Number(number) * durationUnits[unit!]!;
  const signed = text.startsWith('-') ? -nanos : nanos;
  return new Duration(BigInt(Math.trunc(signed / 1e9)), Math.trunc(signed % 1e9));
}

/** A default, as it stands in a schema. */
export function plainToCel(value: unknown, schema: Schema): unknown {
  if (Array.isArray(value)) return value.map((item) => plainToCel(item, schema.items ?? {}));
  if (typeof value !== 'object' || value === null) return typed(value, schema);
  const result = Object.create(null) as Record<string, unknown>;
  const { properties = {}, additionalProperties: more } = schema;
  for (const [key, field] of Object.entries(properties)) {
    const own = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : field.default;
    if (own !== undefined) result[escaped(key)] = plainToCel(own, field);
  }
  if (typeof more === 'object') for (const [key, own] of Object.entries(value)) result[key] = plainToCel(own, more);
  return result;
}

/** Names that CEL keeps for itself: k8s.io/apiserver/pkg/cel/escaping.go. */
const reserved = new Set(
  'true,false,null,in,as,break,const,continue,else,for,function,if,import,let,loop,package,namespace,return,var,void,while'.split(
    ',',
  ),
);

/** A field's name as rules write it. */
export function escaped(name: string): string {
  if (reserved.has(name)) return `__${name}__`;
  if (!/[./-]|__/.test(name)) return name;
  return name.replace(
    /__|[./-]/g,
    (part) => `__${({ __: 'underscores', '.': 'dot', '-': 'dash', '/': 'slash' } as Record<string, string>)[part]!}__`,
  );
}
