/** What rows of kinds, of objects of any kind, and of the folders they stand in show. */
import { t } from '../core/l10n.ts';
import { type NodeDescription, messageNode } from '../core/node.ts';
import { apiVersion, resourceName } from './apiResource.ts';
import { ageOf } from './columns.ts';
import { colors, facts, marked } from './describe.ts';
import { groupTitle } from './kindGroups.ts';
import type { FolderNode, GroupNode, KindNode, ObjectNode } from './nodes.ts';
import { healthOfCells, tellingCells } from './objectCells.ts';
import type { ObjectRow } from './rows.ts';

const folderIcons = { favourites: 'star-full', resources: 'list-tree', releases: 'archive' } as const;

export function describeFolder(node: FolderNode): NodeDescription {
  const titles = { favourites: t('Favourites'), resources: t('All Resources'), releases: t('Helm Releases') };
  const label = titles[node.folder];
  return {
    id: node.id,
    label,
    icon: { name: folderIcons[node.folder] },
    contextValue: 'folder',
    children: node.folder === 'favourites' ? 'expanded' : 'collapsed',
    spoken: t('Folder {0}', label),
  };
}

const groupIcons: Readonly<Record<string, string>> = {
  workloads: 'layers',
  network: 'plug',
  config: 'settings',
  storage: 'database',
  access: 'key',
  cluster: 'server',
};

export function describeGroup(node: GroupNode): NodeDescription {
  const label = groupTitle(node.group);
  const custom = groupIcons[node.group] === undefined;
  return {
    id: node.id,
    label,
    ...(custom ? { description: t('custom resources') } : {}),
    icon: { name: groupIcons[node.group] ?? 'extensions' },
    contextValue: 'group',
    children: 'collapsed',
    spoken: t('Folder {0}', label),
  };
}

export function describeKind(node: KindNode, favourite: boolean): NodeDescription {
  return {
    id: node.id,
    label: node.api.kind,
    description: marked(apiVersion(node.api), favourite),
    icon: { name: 'symbol-class' },
    contextValue: tags(`kind;${resourceName(node.api)}`, favourite),
    children: 'collapsed',
    spoken: t('Kind {0}', node.api.kind),
  };
}

/** @param options.now milliseconds since the epoch. */
export function describeObject(
  node: ObjectNode,
  row: ObjectRow | undefined,
  { now, favourite, showNamespace }: { now: number; favourite: boolean; showNamespace: boolean },
): NodeDescription {
  const contextValue = tags(`object;${resourceName(node.api)}`, favourite);
  if (row === undefined) {
    const gone = messageNode(node.id, node.name, { name: 'circle-slash' });
    return { ...gone, description: marked(t('gone'), favourite), contextValue };
  }
  const health = healthOfCells(row);
  const cells = tellingCells(node.api, row);
  const namespace = showNamespace && node.api.namespaced ? [node.namespace] : [];
  const columns = row.columns.map(({ name, age }, index): readonly [string, string] => [
    name,
    age ? ageOf(row.created, now) : (row.cells[index] ?? ''),
  ]);
  return {
    id: node.id,
    label: node.name,
    description: marked([...namespace, ...cells].join(' · '), favourite),
    icon: { name: 'symbol-object', ...(health === undefined ? {} : { color: colors[health] }) },
    tooltip: facts([
      [node.api.kind, node.api.namespaced ? `${node.namespace}/${node.name}` : node.name],
      ...columns.filter(([name, cell]) => name !== 'Name' && cell !== ''),
    ]),
    contextValue,
    children: 'none',
    spoken: [`${node.api.kind} ${node.name}`, ...cells].join(', '),
  };
}

const tags = (value: string, favourite: boolean): string => (favourite ? `${value};favourite` : value);
