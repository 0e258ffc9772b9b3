/** What rows of kinds, of objects of any kind, and of the folders they stand in show. */
import { t } from '../core/l10n.ts';
import { type Loadable, lastValue } from '../core/loadable.ts';
import { lookup } from '../core/lookup.ts';
import type { NodeDescription } from '../core/node.ts';
import { apiVersion, resourceName } from './apiResource.ts';
import { ageOf } from './columns.ts';
import { colors, facts, goneNode, marked, markedAloud } from './describe.ts';
import type { RevisionRow } from './helm/releases.ts';
import type { Release } from './helm/release.ts';
import { groupTitle } from './kindGroups.ts';
import type { FolderNode, GroupNode, KindNode, ObjectNode, ReleaseNode } from './nodes.ts';
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

const groupIcons: Readonly<Record<string, string>> = lookup({
  workloads: 'layers',
  network: 'plug',
  config: 'settings',
  storage: 'database',
  access: 'key',
  cluster: 'server',
});

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
    spoken: markedAloud(t('Kind {0}', node.api.kind), favourite),
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
    const gone = goneNode(node.id, node.name);
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
    spoken: markedAloud(
      [`${node.api.kind} ${node.name}`, ...(health === 'bad' ? [t('unhealthy')] : []), ...namespace, ...cells].join(
        ', ',
      ),
      favourite,
    ),
  };
}

const releaseColors: Readonly<Record<string, string>> = lookup({
  deployed: colors.good,
  failed: colors.bad,
  superseded: colors.idle,
  uninstalled: colors.idle,
});

export function describeRelease(
  node: ReleaseNode,
  row: RevisionRow | undefined,
  read: Loadable<Release> | undefined,
): NodeDescription {
  if (row === undefined) return goneNode(node.id, node.name);
  const release = read && lastValue(read);
  const chart = release === undefined ? '' : `${release.chart}-${release.chartVersion}`;
  const appVersion = release === undefined || release.appVersion === '' ? '' : t('app {0}', release.appVersion);
  return {
    id: node.id,
    label: node.name,
    description: [node.namespace, row.status, chart, appVersion].filter(Boolean).join(' · '),
    icon: { name: 'package', color: releaseColors[row.status] ?? colors.busy },
    tooltip: facts([
      [t('Helm release'), `${node.namespace}/${node.name}`],
      [t('Status'), row.status],
      [t('Revision'), String(row.revision)],
      ...(release === undefined ? [] : releaseFacts(release)),
      ...(read?.state === 'failed' ? [[t('Not read'), read.failure.message] as const] : []),
    ]),
    contextValue: `release;${row.status}`,
    children: 'none',
    spoken: t('Helm release {0}, {1}', node.name, row.status),
  };
}

const releaseFacts = ({ chart, chartVersion, appVersion, updated, description }: Release): [string, string][] => [
  [t('Chart'), `${chart}-${chartVersion}`],
  [t('App version'), appVersion || t('none')],
  [t('Updated'), updated.slice(0, 19).replace('T', ' ')],
  [t('Description'), description],
];

const tags = (value: string, favourite: boolean): string => (favourite ? `${value};favourite` : value);
