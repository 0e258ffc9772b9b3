/**
 * Changes that the form makes to the request's text. Each takes the whole text and gives the whole text, and touches
 * nothing but its own place: what else is written, and how, stays as it is. Pure.
 */
import type { JsonNode } from '../../../grpc/json.ts';

export type ObjectNode = JsonNode & { readonly kind: 'object' };
export type ListNode = JsonNode & { readonly kind: 'array' };

interface Range {
  readonly start: number;
  readonly end: number;
}

const splice = (text: string, { start, end }: Range, replacement: string): string =>
  text.slice(0, start) + replacement + text.slice(end);

export const replaceNode = (text: string, node: JsonNode, value: string): string => splice(text, node, value);

export function addMember(text: string, object: ObjectNode, key: string, value: string): string {
  return add(text, object, object.members.map(rangeOfMember), `${JSON.stringify(key)}: ${value}`);
}

export function addItem(text: string, list: ListNode, value: string): string {
  return add(text, list, list.items, value);
}

export function removeMember(text: string, object: ObjectNode, index: number): string {
  return remove(text, object, object.members.map(rangeOfMember), index);
}

export function removeItem(text: string, list: ListNode, index: number): string {
  return remove(text, list, list.items, index);
}

/** Another key and value in the place of a member. */
export function replaceMember(text: string, object: ObjectNode, index: number, key: string, value: string): string {
  return splice(text, rangeOfMember(object.members[index]!), `${JSON.stringify(key)}: ${value}`);
}

export function renameMember(text: string, object: ObjectNode, index: number, key: string): string {
  return splice(text, object.members[index]!.keyPlace, JSON.stringify(key));
}

/** One more message at the end. */
export const addMessage = (text: string, value: string): string =>
  text.trim() === '' ? value : `${text.trimEnd()}\n${value}`;

export function removeMessage(text: string, messages: readonly JsonNode[], index: number): string {
  const start = index === 0 ? 0 : messages[index - 1]!.end;
  const end = index === 0 ? (messages[1]?.start ?? text.length) : messages[index]!.end;
  return splice(text, { start, end }, '');
}

const rangeOfMember = ({ keyPlace, value }: ObjectNode['members'][number]): Range => ({
  start: keyPlace.start,
  end: value.end,
});

function add(text: string, { start, end }: Range, parts: readonly Range[], part: string): string {
  const outer = indentOf(text, start);
  const last = parts.at(-1);
  const [open, close] = [text[start]!, text[end - 1]!];
  if (last === undefined) return splice(text, { start, end }, `${open}\n${outer}  ${part}\n${outer}${close}`);
  const oneLine = !text.slice(start, end).includes('\n');
  const before = oneLine ? ' ' : `\n${indentOf(text, last.start)}`;
  return splice(text, { start: last.end, end: last.end }, `,${before}${part}`);
}

function remove(text: string, whole: Range, parts: readonly Range[], index: number): string {
  if (parts.length === 1) return splice(text, { start: whole.start + 1, end: whole.end - 1 }, '');
  const range =
    index === 0
      ? { start: parts[0]!.start, end: parts[1]!.start }
      : { start: parts[index - 1]!.end, end: parts[index]!.end };
  return splice(text, range, '');
}

/** The blanks that the line of an offset begins with. */
function indentOf(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  return /^[ \t]*/.exec(line)![0];
}
