/** JSON's types as they stand in a YAML tree. */
import { t } from '../l10n.ts';
import type { JsonType, Schema } from './schema.ts';
import type { ScalarType, YamlNode } from './tree.ts';

export const isNull = (node: YamlNode): boolean => node.kind === 'scalar' && node.type === 'null';

export function typesOf(schema: Schema): readonly JsonType[] | undefined {
  return typeof schema.type === 'string' ? [schema.type] : schema.type;
}

export function jsonTypeOf(node: YamlNode): JsonType {
  if (node.kind === 'map') return 'object';
  if (node.kind === 'list') return 'array';
  return scalarTypes[node.type];
}

const scalarTypes: Record<ScalarType, JsonType> = {
  null: 'null',
  boolean: 'boolean',
  integer: 'integer',
  float: 'number',
  string: 'string',
};

/** `3.0` is an integer in JSON Schema, and Kubernetes' conversion to JSON writes it as `3`. */
export function hasType(node: YamlNode, type: JsonType): boolean {
  const actual = jsonTypeOf(node);
  if (actual === type) return true;
  if (node.kind !== 'scalar' || typeof node.value !== 'number') return false;
  return type === 'number' ? Number.isFinite(node.value) : type === 'integer' && Number.isInteger(node.value);
}

const typeWords: Record<JsonType, () => string> = {
  null: () => t('an empty value'),
  boolean: () => t('a boolean'),
  integer: () => t('an integer'),
  number: () => t('a number'),
  string: () => t('a string'),
  array: () => t('a list'),
  object: () => t('a map'),
};

export const typeWord = (type: JsonType): string => typeWords[type]();
