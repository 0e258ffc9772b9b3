/** The whole curriculum as a list of titles: what there is, whether or not its lesson is written. */
import { join } from 'node:path';
import schema from '../../schemas/outline.schema.json' with { type: 'json' };
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Schema } from '../core/yaml/schema.ts';
import { readDocument } from './documents.ts';
import type { Outline, OutlineGroup, OutlineItem } from './model.ts';

type ItemFile = Omit<OutlineItem, 'needs' | 'attested' | 'steps'> &
  Partial<Pick<OutlineItem, 'needs' | 'attested'>> & { readonly steps?: readonly ItemFile[] };
type GroupFile = Omit<OutlineGroup, 'groups' | 'items'> & {
  groups?: readonly GroupFile[];
  items?: readonly ItemFile[];
};
type OutlineFile = Omit<Outline, 'groups'> & { readonly groups: readonly GroupFile[] };

/** Reads `<curriculum>/outline.yaml`. Throws `notFound`, or `invalid` with file, line and cause. */
export async function readOutline(curriculum: string): Promise<Outline> {
  const file = (await readDocument(join(curriculum, 'outline.yaml'), schema as Schema)) as OutlineFile;
  const outline = { ...file, groups: file.groups.map(toGroup) };
  const ids = [...groupsOf(outline).map(({ id }) => id), ...stepsAndItemsOf(outline).map(({ id }) => id)];
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) throw new Failure('invalid', t('outline.yaml: the id {0} stands there twice.', twice));
  return outline;
}

const toGroup = ({ groups = [], items = [], ...group }: GroupFile): OutlineGroup => ({
  ...group,
  groups: groups.map(toGroup),
  items: items.map(toItem),
});

const toItem = ({ steps, ...item }: ItemFile): OutlineItem => ({
  needs: [],
  attested: false,
  ...item,
  ...(steps === undefined ? {} : { steps: steps.map(toItem) }),
});

/** Every group, parents before children, in order. */
export function groupsOf({ groups }: Pick<Outline, 'groups'>): OutlineGroup[] {
  return groups.flatMap((group) => [group, ...groupsOf(group)]);
}

/** Every item below, each project followed by its steps. */
export const stepsAndItemsOf = (below: Parameters<typeof itemsOf>[0]): OutlineItem[] =>
  itemsOf(below).flatMap((item) => [item, ...(item.steps ?? [])]);

/** Every title below, in order; the steps of a project are no titles. */
export function itemsOf(below: Pick<Outline, 'groups'> & { readonly items?: readonly OutlineItem[] }): OutlineItem[] {
  return [...(below.items ?? []), ...below.groups.flatMap(itemsOf)];
}
