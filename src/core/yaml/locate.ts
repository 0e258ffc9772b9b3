/** From steps to the place in the text to mark for a problem there. */
import type { Step } from './read.ts';
import type { Range } from './text.ts';
import type { YamlEntry, YamlNode } from './tree.ts';

/** The one-line value the steps lead to, else the nearest key above: a squiggle over a whole block points at nothing. */
export function rangeAt(root: YamlNode, steps: readonly Step[], text: string): Range {
  let node: YamlNode | undefined = root;
  let key = firstKey(root);
  for (const step of steps) {
    if (node?.kind === 'list') {
      node = typeof step === 'number' ? node.items[step] : undefined;
      // An item has no key of its own: its first field stands for it.
      key = (node && firstKey(node)) ?? key;
    } else {
      const entry: YamlEntry | undefined =
        node?.kind === 'map' ? node.entries.find((each) => each.key === step) : undefined;
      key = entry?.keyRange ?? key;
      node = entry?.value;
    }
  }
  return node !== undefined && isOneLine(node.range, text) ? node.range : (key ?? root.range);
}

const firstKey = (node: YamlNode): Range | undefined => (node.kind === 'map' ? node.entries[0]?.keyRange : undefined);

const isOneLine = ({ start, end }: Range, text: string): boolean =>
  start < end && !text.slice(start, end).includes('\n');
