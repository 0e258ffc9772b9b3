/** What a cluster says of a manifest as it is written, at the fields it is about. Nothing is changed: all are dry runs. */
import { Failure, toFailure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { printable, printableText } from '../../core/printable.ts';
import { rangeAt } from '../../core/yaml/locate.ts';
import type { Step } from '../../core/yaml/read.ts';
import type { Range } from '../../core/yaml/text.ts';
import type { YamlNode } from '../../core/yaml/tree.ts';
import { fieldErrorsOf } from './apply.ts';
import { type Applied, type ApplyTarget, isChanged, tryFile } from './applyFile.ts';
import { at, same } from './fields.ts';
import { type WrittenObject, readWritten } from './manifest.ts';
import { type NamingField, missingFrom } from './missing.ts';

export interface Remark {
  readonly severity: 'error' | 'warning' | 'hint';
  readonly message: string;
  readonly range: Range;
}

/** What a server would say of the text, and what it names that is nowhere. Throws Failure as `remarksOn`. */
export async function remarksAndMissing(
  text: string,
  name: string,
  named: readonly NamingField[],
  target: ApplyTarget,
): Promise<Remark[]> {
  return [...(await remarksOn(text, name, target)), ...(await missingFrom(named, text, name, target))];
}

/**
 * Every object of the text as the server would take it. Throws Failure when the text cannot be read or the server cannot be
 * reached.
 *
 * @param name the text's, for people.
 */
export async function remarksOn(text: string, name: string, target: ApplyTarget): Promise<Remark[]> {
  const remarks: Remark[] = [];
  for (const written of readWritten(text, name)) remarks.push(...(await remarksOnObject(written, text, target)));
  return remarks;
}

async function remarksOnObject({ object, root }: WrittenObject, text: string, target: ApplyTarget): Promise<Remark[]> {
  try {
    const [applied] = await tryFile([object], target, false);
    return remarksOf(applied!, root, text);
  } catch (error) {
    const { kind, message } = toFailure(error);
    if (kind === 'unreachable' || kind === 'cancelled' || kind === 'unauthorised' || kind === 'internal') throw error;
    return [{ severity: 'error', message: printableText(message), range: rangeAt(root, ['kind'], text) }];
  }
}

function remarksOf(applied: Applied, root: YamlNode, text: string): Remark[] {
  const named = rangeAt(root, ['metadata', 'name'], text);
  const at = (field: string): Range => (field === '' ? named : rangeAt(root, stepsOf(root, field), text));
  const { failure, conflicts, live } = applied;
  if (failure !== undefined) {
    const cause = failure.cause instanceof Failure ? failure.cause : failure;
    const errors = fieldErrorsOf(cause);
    if (errors.length === 0) return [{ severity: 'error', message: printableText(failure.message), range: named }];
    return errors.map(({ field, message }) => ({ severity: 'error', message: printable(message), range: at(field) }));
  }
  if (conflicts.length > 0)
    return conflicts.map(({ field, manager }) => ({
      severity: 'warning',
      message: t('{0} looks after this field: applying takes it over.', printable(manager)),
      range: at(field),
    }));
  if (live === undefined) return [{ severity: 'hint', message: t('Not in the cluster yet.'), range: named }];
  return isChanged(applied) ? changesOf(applied, root, text) : [];
}

/** What of the written fields is another one in the cluster. Values of secrets are not shown. */
function changesOf({ live, after, ref }: Applied, root: YamlNode, text: string): Remark[] {
  const isSecret = ref.group === '' && ref.kind === 'Secret';
  const remarks = leaves(root, []).flatMap((steps): Remark[] => {
    const before = at(live, ...steps);
    if (same(before, at(after, ...steps))) return [];
    const said = before === undefined || isSecret ? undefined : printable(JSON.stringify(before)).slice(0, 200);
    const message =
      said === undefined ? t('Would change in the cluster.') : t('Would change: the cluster has {0}.', said);
    return [{ severity: 'hint', message, range: rangeAt(root, steps, text) }];
  });
  if (remarks.length > 0) return remarks;
  return [
    { severity: 'hint', message: t('Would change in the cluster.'), range: rangeAt(root, ['metadata', 'name'], text) },
  ];
}

/** The steps to every scalar. */
function leaves(node: YamlNode, steps: readonly Step[]): (readonly Step[])[] {
  if (node.kind === 'list') return node.items.flatMap((item, i) => leaves(item, [...steps, i]));
  if (node.kind === 'map') return node.entries.flatMap(({ key, value }) => leaves(value, [...steps, key]));
  return [steps];
}

/**
 * The steps of a path as servers write it: `spec.ports[0].port`, `.spec.containers[name="main"].image`,
 * `metadata.labels[a.b/c]`. Names may hold dots, so the object itself says where one ends; what it lacks is left out.
 */
export function stepsOf(root: YamlNode, path: string): Step[] {
  const steps: Step[] = [];
  let node: YamlNode | undefined = root;
  let rest = path.startsWith('.') || path.startsWith('[') ? path : `.${path}`;
  while (rest !== '' && node !== undefined) {
    const found: Found | undefined = rest.startsWith('.') ? member(node, rest.slice(1)) : element(node, rest);
    if (found === undefined) break;
    steps.push(found.step);
    ({ node, rest } = found);
  }
  return steps;
}

interface Found {
  readonly step: Step;
  readonly node: YamlNode;
  readonly rest: string;
}

function member(node: YamlNode, text: string): Found | undefined {
  if (node.kind !== 'map') return undefined;
  const entry = node.entries
    .filter(({ key }) => text.startsWith(key) && /^(?:[.[]|$)/.test(text.slice(key.length)))
    .toSorted((one, other) => other.key.length - one.key.length)[0];
  return entry && { step: entry.key, node: entry.value, rest: text.slice(entry.key.length) };
}

function element(node: YamlNode, text: string): Found | undefined {
  const [whole, inside] = /^\[((?:"(?:[^"\\]|\\.)*"|[^\]"])*)\]/.exec(text) ?? [];
  if (whole === undefined || inside === undefined) return undefined;
  const rest = text.slice(whole.length);
  if (node.kind === 'map') {
    const entry = node.entries.find(({ key }) => key === inside);
    return entry && { step: entry.key, node: entry.value, rest };
  }
  if (node.kind !== 'list') return undefined;
  const index = /^\d+$/.test(inside) ? Number(inside) : node.items.findIndex((item) => isSelected(item, inside));
  const item = node.items[index];
  return item && { step: index, node: item, rest };
}

/** `name="main",protocol="TCP"`: fields that the server itself filled in are not written, and do not count. */
function isSelected(item: YamlNode, selector: string): boolean {
  if (item.kind !== 'map') return false;
  const pairs = [...selector.matchAll(/([\w.-]+)=("(?:[^"\\]|\\.)*"|[^,]+)/g)];
  const written = pairs.filter(([, name]) => item.entries.some(({ key }) => key === name));
  return (
    written.length > 0 &&
    written.every(([, name, value]) => {
      const field = item.entries.find(({ key }) => key === name)!.value;
      return field.kind === 'scalar' && JSON.stringify(field.value) === value;
    })
  );
}
