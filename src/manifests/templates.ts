/** Telling templates, which become YAML only when rendered, from YAML that merely contains braces. */
import type { YamlNode, YamlText } from '../core/yaml/tree.ts';

/**
 * True when a template action (`{{ … }}`) stands where YAML would be structure or a plain value. Inside quotes, block
 * text and comments it is content: alert rules and dashboards in a ConfigMap are full of it.
 */
export function isTemplate({ text, documents }: YamlText): boolean {
  if (!text.includes('{{')) return false;
  const content = new Set<number>();
  for (const { root } of documents) if (root !== undefined) collectActionsInText(root, text, content);
  for (let at = text.indexOf('{{'); at >= 0; at = text.indexOf('{{', at + 1)) {
    if (content.has(at)) continue;
    if (!isInComment(text, at)) return true;
    const lineEnd = text.indexOf('\n', at);
    if (lineEnd < 0) return false;
    at = lineEnd;
  }
  return false;
}

function collectActionsInText(node: YamlNode, text: string, found: Set<number>): void {
  if (node.kind === 'list') for (const item of node.items) collectOnce(item, text, found);
  else if (node.kind === 'map') for (const { value } of node.entries) collectOnce(value, text, found);
  else if (node.style !== 'plain') {
    const { start, end } = node.range;
    const own = text.slice(start, end);
    for (let at = own.indexOf('{{'); at >= 0; at = own.indexOf('{{', at + 1)) found.add(start + at);
  }
}

/** What an alias leads to is visited where its anchor stands. */
function collectOnce(node: YamlNode, text: string, found: Set<number>): void {
  if (!node.anchored || !text.startsWith('*', node.range.start)) collectActionsInText(node, text, found);
}

function isInComment(text: string, offset: number): boolean {
  const line = text.slice(text.lastIndexOf('\n', offset) + 1, offset);
  return /(?:^|\s)#/.test(line);
}
