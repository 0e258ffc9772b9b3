/** From the schema of an object to the schemas of a place in it: what hover and completion ask. */
import type { Step } from './read.ts';
import type { Dialect, Schema } from './schema.ts';
import { propertyOf } from './walk.ts';

/** Deep enough for any branch; schemas may refer to themselves. */
const deepest = 8;

/** A schema with its references followed; what stands beside a reference (description, default) wins. */
export function resolved(schema: Schema, dialect: Dialect): Schema {
  let at = schema;
  for (let i = 0; at.$ref !== undefined && i < deepest; i++) {
    const { $ref, ...beside } = at;
    at = { ...dialect.resolve($ref), ...beside };
  }
  return at;
}

/** The schema and its branches (`anyOf`, `oneOf`, `allOf`), references followed. */
export function branches(schema: Schema, dialect: Dialect, depth = 0): Schema[] {
  const own = resolved(schema, dialect);
  if (depth > deepest) return [own];
  const below = [...(own.anyOf ?? []), ...(own.oneOf ?? []), ...(own.allOf ?? [])];
  return [own, ...below.flatMap((each) => branches(each, dialect, depth + 1))];
}

/** Every schema that speaks of the place the steps lead to. */
export function schemasAt(schema: Schema, steps: readonly Step[], dialect: Dialect): Schema[] {
  let at = branches(schema, dialect);
  for (const step of steps)
    at = at.flatMap((each) => below(each, step, dialect)).flatMap((each) => branches(each, dialect));
  return at;
}

function below(schema: Schema, step: Step, dialect: Dialect): Schema[] {
  if (typeof step === 'number') return schema.items === undefined ? [] : [schema.items];
  const own = propertyOf(schema, step, dialect);
  if (own !== undefined) return [own];
  return typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : [];
}

/** The fields that may stand in an object of these schemas, each with what is known of it. */
export function fieldsOf(
  schemas: readonly Schema[],
  dialect: Dialect,
): Map<string, { schema: Schema; required: boolean }> {
  const fields = new Map<string, { schema: Schema; required: boolean }>();
  const required = new Set(schemas.flatMap((schema) => schema.required ?? []));
  for (const { properties = {} } of schemas)
    for (const [name, schema] of Object.entries(properties))
      if (!fields.has(name)) fields.set(name, { schema: resolved(schema, dialect), required: required.has(name) });
  return fields;
}
