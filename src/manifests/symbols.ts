/** The outline of a text: its objects, and in them what people look for. */
import { itemsAt, keysAt, type Step, textAt, valueAt } from '../core/yaml/read.ts';
import { rangeAt } from '../core/yaml/locate.ts';
import { parseYaml } from '../core/yaml/parse.ts';
import type { Range } from '../core/yaml/text.ts';
import type { YamlNode } from '../core/yaml/tree.ts';
import { podSpecOf } from './objects.ts';

export interface ManifestSymbol {
  readonly name: string;
  /** What the editor writes beside it: the apiVersion of an object, the image of a container. */
  readonly detail: string;
  readonly is: 'object' | 'container' | 'volume' | 'port' | 'key';
  readonly range: Range;
  /** Where its name stands. */
  readonly selection: Range;
  readonly children: readonly ManifestSymbol[];
}

export function symbolsIn(text: string): ManifestSymbol[] {
  return parseYaml(text, 'yaml1.1')
    .documents.flatMap(({ root }) =>
      root === undefined ? [] : textAt(root, 'kind') === 'List' ? itemsAt(root, 'items') : [root],
    )
    .flatMap((root) => symbolOf(root, text) ?? []);
}

function symbolOf(root: YamlNode, text: string): ManifestSymbol | undefined {
  const [kind, apiVersion] = [textAt(root, 'kind'), textAt(root, 'apiVersion')];
  if (kind === undefined || apiVersion === undefined) return undefined;
  const name = textAt(root, 'metadata', 'name') ?? textAt(root, 'metadata', 'generateName');
  return {
    name: name === undefined ? kind : `${kind} ${name}`,
    detail: apiVersion,
    is: 'object',
    range: root.range,
    selection: rangeAt(root, name === undefined ? ['kind'] : ['metadata', 'name'], text),
    children: childrenOf(root, kind, text),
  };
}

function childrenOf(root: YamlNode, kind: string, text: string): ManifestSymbol[] {
  const spec = podSpecOf(root);
  const named = (is: ManifestSymbol['is'], detail: string, ...steps: readonly Step[]): ManifestSymbol[] =>
    itemsAt(root, ...steps).map((item, i) => ({
      name: textAt(item, 'name') ?? `${i}`,
      detail: textAt(item, detail) ?? '',
      is,
      range: item.range,
      selection: rangeAt(root, [...steps, i, 'name'], text),
      children: [],
    }));
  if (spec !== undefined)
    return [
      ...named('container', 'image', ...spec, 'initContainers'),
      ...named('container', 'image', ...spec, 'containers'),
      ...named('volume', 'type', ...spec, 'volumes'),
    ];
  if (kind === 'Service') return named('port', 'targetPort', 'spec', 'ports');
  if (kind !== 'ConfigMap' && kind !== 'Secret') return [];
  return ['data', 'stringData', 'binaryData'].flatMap((field) =>
    keysAt(root, field).map((key) => {
      const value = valueAt(root, field, key)!;
      const map = valueAt(root, field);
      const keyRange = map?.kind === 'map' ? map.entries.find((entry) => entry.key === key)!.keyRange : value.range;
      const range = { start: keyRange.start, end: Math.max(keyRange.end, value.range.end) };
      return { name: key, detail: '', is: 'key' as const, range, selection: keyRange, children: [] };
    }),
  );
}
