/** What the folders of an engine and their rows look like. */
import { age } from '../core/age.ts';
import { t } from '../core/l10n.ts';
import { type NodeDescription, messageNode } from '../core/node.ts';
import { formatBytes } from '../core/storage.ts';
import { code, escape } from './describe.ts';
import type { FolderNode } from './nodes.ts';
import { type ScanReport, scanText } from './scan/report.ts';
import type { CacheRecord, Folder, Image, Network, Volume } from './resources.ts';

/** A folder. It begins closed: nothing of it is asked for before somebody opens it. */
export function describeFolder(engine: string, folder: Folder): NodeDescription {
  const label = labels[folder]();
  return {
    id: `folder ${engine} ${folder}`,
    label,
    icon: { name: icons[folder] },
    contextValue: `folder;${folder}`,
    children: 'collapsed',
    spoken: t('Folder {0}', label),
  };
}

/** That a folder is empty, and the way to the first thing in it. */
export function describeNothing(id: string, engine: string, folder: Folder): NodeDescription {
  const { text, command } = firstOf[folder];
  const node: FolderNode = { kind: 'folder', engine, folder };
  return { ...messageNode(id, text(), { name: 'info' }), command: { id: command, args: [node] } };
}

const firstOf: Readonly<Record<Folder, { readonly text: () => string; readonly command: string }>> = {
  images: { text: () => t('No images: pull one…'), command: 'gantry.docker.pull' },
  volumes: { text: () => t('No volumes: create one…'), command: 'gantry.docker.createVolume' },
  networks: { text: () => t('No networks: create one…'), command: 'gantry.docker.createNetwork' },
  cache: { text: () => t('Nothing is left of builds: build an image…'), command: 'gantry.docker.build' },
};

/**
 * One tag of an image, or an image that has none any more, marked as such. `now` in milliseconds since the epoch.
 * @param scan what the last scan found in it
 */
export function describeImage(
  engine: string,
  { key, id, name, bytes, created }: Image,
  now: number,
  scan?: ScanReport,
): NodeDescription {
  const short = id.replace(/^sha256:/, '').slice(0, 12);
  const dangling = name === undefined;
  const facts = [
    ...(dangling ? [t('dangling')] : []),
    formatBytes(bytes),
    ...(created > 0 ? [age(now - created)] : []),
    ...(scan === undefined ? [] : [scanText(scan)]),
  ];
  return {
    id: `image ${engine} ${key}`,
    label: name ?? short,
    description: facts.join(' · '),
    icon: dangling ? { name: 'circle-slash', color: 'disabledForeground' } : { name: 'package' },
    tooltip: [
      `**${escape(name ?? short)}**`,
      ...(dangling ? [t('Dangling: no tag names this image any more.')] : []),
      formatBytes(bytes),
      ...(created > 0 ? [code(new Date(created).toISOString())] : []),
      code(short),
    ].join('  \n'),
    contextValue: dangling ? 'image;dangling' : 'image',
    children: 'collapsed',
    spoken: [name ?? short, ...facts].join(', '),
  };
}

/** A volume and the containers that mount it. */
export function describeVolume(engine: string, { key, driver }: Volume, users: readonly string[]): NodeDescription {
  return {
    id: `volume ${engine} ${key}`,
    label: key,
    description: users.length === 0 ? driver : `${driver} · ${t('in use')}`,
    icon: { name: 'database' },
    tooltip: [`**${escape(key)}** ${escape(driver)}`, ...users.map((name) => t('mounted by {0}', escape(name)))].join(
      '  \n',
    ),
    contextValue: users.length === 0 ? 'volume' : 'volume;used',
    children: 'none',
    spoken: [t('Volume {0}', key), driver, ...(users.length === 0 ? [] : [t('in use')])].join(', '),
  };
}

/** A network with its driver and how far it reaches. */
export function describeNetwork(engine: string, { key, name, driver, scope }: Network): NodeDescription {
  const facts = [driver, scope].filter((fact) => fact !== '').join(' · ');
  return {
    id: `network ${engine} ${key}`,
    label: name,
    description: facts,
    icon: { name: 'type-hierarchy' },
    tooltip: `**${escape(name)}** ${escape(facts)}  \n${code(key.slice(0, 12))}`,
    contextValue: 'network',
    children: 'none',
    spoken: [t('Network {0}', name), driver, scope].filter((part) => part !== '').join(', '),
  };
}

/** What a build left, with what it is for; nothing can be done to one alone. */
export function describeCache(
  engine: string,
  { key, description, type, bytes, inUse, used }: CacheRecord,
  now: number,
): NodeDescription {
  const facts = [
    formatBytes(bytes),
    ...(inUse ? [t('in use')] : []),
    ...(used > 0 ? [t('used {0} ago', age(now - used))] : []),
  ];
  return {
    id: `cache ${engine} ${key}`,
    label: description || type || key,
    description: facts.join(' · '),
    icon: { name: type === 'exec.cachemount' ? 'save-all' : type.startsWith('source') ? 'folder' : 'layers' },
    tooltip: [escape(description), code(type), ...facts, code(key)].join('  \n'),
    contextValue: 'cache',
    children: 'none',
    spoken: [description || type || key, ...facts].join(', '),
  };
}

const labels: Readonly<Record<Folder, () => string>> = {
  images: () => t('Images'),
  volumes: () => t('Volumes'),
  networks: () => t('Networks'),
  cache: () => t('Build cache'),
};

const icons: Readonly<Record<Folder, string>> = {
  images: 'package',
  volumes: 'database',
  networks: 'type-hierarchy',
  cache: 'history',
};
