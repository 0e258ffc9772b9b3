/** Objects as text one edits, and back. Read as Kubernetes reads YAML: `yes` is a boolean there. */
import { stringify } from 'yaml';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { parseYaml } from '../../core/yaml/parse.ts';
import { textAt as writtenAt, valueAt } from '../../core/yaml/read.ts';
import type { YamlNode } from '../../core/yaml/tree.ts';
import { type KubeObject, withoutManagedFields } from './apiCall.ts';
import { textAt } from './fields.ts';
import { masked } from './mask.ts';

/** As kubectl prints an object with `-o yaml`, but values of secrets are never in it. */
export const toYaml = (object: KubeObject): string =>
  stringify(withoutManagedFields(masked(object)), { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });

/** Characters of a text that is read; an object in etcd has 1.5 MB at most. */
const mostText = 8 * 1024 * 1024;

/** An object and where it is written. */
export interface WrittenObject {
  readonly object: KubeObject;
  readonly root: YamlNode;
}

/** As `readWritten`, without the places. */
export const readManifests = (text: string, name: string): KubeObject[] =>
  readWritten(text, name).map(({ object }) => object);

/**
 * The objects of a text, those in Lists one by one. Throws Failure `invalid`: what is wrong and at which line.
 *
 * @param name the text's, for people.
 */
export function readWritten(text: string, name: string): WrittenObject[] {
  if (text.length > mostText) throw new Failure('invalid', t('{0} is too large for a manifest.', name));
  const { documents, lines } = parseYaml(text, 'yaml1.1');
  const objects: WrittenObject[] = [];
  for (const { root, problems } of documents) {
    const [problem] = problems;
    if (problem !== undefined) {
      const line = lines.positionAt(problem.range.start).line + 1;
      throw new Failure('invalid', t('{0}, line {1}: {2}', name, line, problem.message));
    }
    if (root === undefined || (root.kind === 'scalar' && root.value === null)) continue;
    const line = lines.positionAt(root.range.start).line + 1;
    for (const node of unpacked(root)) objects.push({ object: checked(toValue(node), name, line), root: node });
  }
  return objects;
}

/** The elements of a `kind: List`; anything else alone. */
function unpacked(root: YamlNode): readonly YamlNode[] {
  const items = valueAt(root, 'items');
  const isList = writtenAt(root, 'kind') === 'List' && writtenAt(root, 'apiVersion') === 'v1' && items?.kind === 'list';
  return isList ? items.items : [root];
}

function checked(value: unknown, name: string, line: number): KubeObject {
  for (const path of [['apiVersion'], ['kind'], ['metadata', 'name']] as const) {
    if (textAt(value, ...path) === '') {
      throw new Failure('invalid', t('{0}, line {1}: the object has no {2}.', name, line, path.join('.')));
    }
  }
  return value as KubeObject;
}

/** The values of a tree. What an alias brings is there once for each place, so that no cycle and no sharing remains. */
function toValue(node: YamlNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(toValue);
    case 'map': {
      // Without a prototype: a key may be called __proto__. The first of two equal keys is an own one, not a merged one.
      const map = Object.create(null) as Record<string, unknown>;
      for (const { key, value } of node.entries) if (!(key in map)) map[key] = toValue(value);
      return { ...map };
    }
  }
}
