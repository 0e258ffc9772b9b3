/** The outline of a text: its objects, and in them what people look for. */
import { itemsAt, type Step, textAt } from '../core/yaml/read.ts';
import { rangeAt } from '../core/yaml/locate.ts';
import { parseYaml } from '../core/yaml/parse.ts';
import type { Range } from '../core/yaml/text.ts';
import type { YamlNode } from '../core/yaml/tree.ts';
import { dataOf, podSpecOf, rootsOf } from './objects.ts';

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

export const symbolsIn = (text: string): ManifestSymbol[] =>
  rootsOf(parseYaml(text, 'yaml1.1')).flatMap((root) => symbolOf(root, text) ?? []);

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
  return dataOf(root).map(({ key, keyRange, value }) => ({
    name: key,
    detail: '',
    is: 'key',
    range: { start: keyRange.start, end: Math.max(keyRange.end, value.range.end) },
    selection: keyRange,
    children: [],
  }));
}
