/**
 * Changes to the text of a kubeconfig: contexts added, renamed, removed. Comments, unknown fields and order stay, for the
 * document is changed, not written anew.
 */
import { isAbsolute, join } from 'node:path';
import { type Document, type YAMLMap, YAMLSeq, isMap, isSeq, parseDocument } from 'yaml';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';

/** A kubeconfig above this many characters was not handed out by anybody. */
const mostCharacters = 1024 * 1024;

/** What `kubectl config view` shows instead of secrets. */
const redacted = /DATA\+OMITTED|:\s*REDACTED/;

type Section = 'clusters' | 'users' | 'contexts';

interface Entry {
  readonly name: string;
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly user?: Readonly<Record<string, unknown>>;
  readonly context?: { readonly cluster?: string; readonly user?: string };
}

/** A context that a text would add. */
export interface OfferedContext {
  readonly name: string;
  readonly server: string;
  /** The command that gets its credentials, empty where there is none. */
  readonly exec: string;
}

/** Names that contexts of other files use. */
export interface InUse {
  readonly clusters: ReadonlySet<string>;
  readonly users: ReadonlySet<string>;
}

/** What a text has to offer. Throws Failure `invalid` with a sentence that says what is wrong with it. */
export function readOffer(text: string): OfferedContext[] {
  const { clusters, users, contexts } = parseAdded(text);
  return contexts.map(({ name, context }) => {
    const cluster = clusters.find((each) => each.name === context?.cluster)?.cluster;
    const exec = users.find((each) => each.name === context?.user)?.user?.['exec'] as
      { command?: unknown; args?: readonly unknown[] } | undefined;
    const server = cluster?.['server'];
    return {
      name,
      server: typeof server === 'string' ? server : '',
      exec: exec === undefined ? '' : [exec.command, ...(exec.args ?? [])].join(' '),
    };
  });
}

/**
 * `text` with the contexts of `added`. A name that is taken by something else gets a number; what is there already, equal
 * in every part, is not added again. `folder` is where relative paths of `added` start, when it was a file.
 * Throws Failure `invalid`.
 */
export function addContexts(text: string, added: string, folder?: string): { text: string; names: string[] } {
  const document = parse(text);
  const offer = parseAdded(added);
  const place = (section: 'clusters' | 'users', entries: readonly Entry[]): Map<string, string> => {
    const names = new Map<string, string>();
    for (const entry of entries) names.set(entry.name, addEntry(document, section, absolute(entry, folder)));
    return names;
  };
  const [clusters, users] = [place('clusters', offer.clusters), place('users', offer.users)];
  const names = offer.contexts.map((entry) => {
    const { cluster = '', user = '' } = entry.context ?? {};
    const context = { ...entry.context, cluster: clusters.get(cluster) ?? cluster, user: users.get(user) ?? user };
    return addEntry(document, 'contexts', { ...entry, context });
  });
  return { text: print(document, text), names };
}

/**
 * Gives a context another name; the file's current context follows it. Where the context stands in another file, `here`
 * is false and only the current context is changed. Throws Failure.
 */
export function renameContext(text: string, from: string, to: string, here = true): string {
  const document = parse(text);
  if (here) find(document, 'contexts', from)?.set('name', to);
  else if (document.get('current-context') !== from) return text;
  if (document.get('current-context') === from) document.set('current-context', to);
  return print(document, text);
}

/**
 * Without a context, and without its cluster and its user where nothing else names them. Throws Failure.
 */
export function removeContext(text: string, name: string, inUse: InUse): string {
  const document = parse(text);
  const entry = find(document, 'contexts', name)?.toJSON() as Entry | undefined;
  drop(document, 'contexts', name);
  const others = entriesOf(document, 'contexts');
  const used = (part: 'cluster' | 'user', wanted: string): boolean =>
    others.some(({ context }) => context?.[part] === wanted);
  const { cluster = '', user = '' } = entry?.context ?? {};
  if (!used('cluster', cluster) && !inUse.clusters.has(cluster)) drop(document, 'clusters', cluster);
  if (!used('user', user) && !inUse.users.has(user)) drop(document, 'users', user);
  if (document.get('current-context') === name) document.set('current-context', '');
  return print(document, text);
}

/**
 * Without the contexts of `added` whose cluster and user are still, part for part, what was added, whatever their names
 * are by now. `kept` are contexts of the same name on this machine that are something else. `inUse`: see `removeContext`.
 * Throws Failure.
 */
export function takeBackContexts(
  text: string,
  added: string,
  inUse: InUse,
): { text: string; removed: string[]; kept: string[] } {
  const document = parse(text);
  const [clusters, users] = [entriesOf(document, 'clusters'), entriesOf(document, 'users')];
  const offer = parseAdded(added);
  const removed: string[] = [];
  const kept: string[] = [];
  for (const { name, context } of entriesOf(document, 'contexts')) {
    const cluster = clusters.find((each) => each.name === context?.cluster)?.cluster;
    const user = users.find((each) => each.name === context?.user)?.user;
    const isSame = offer.contexts.some(
      (each) =>
        sameParts(cluster, offer.clusters.find((one) => one.name === each.context?.cluster)?.cluster) &&
        sameParts(user, offer.users.find((one) => one.name === each.context?.user)?.user),
    );
    if (isSame) removed.push(name);
    else if (offer.contexts.some((each) => each.name === name) && isLoopback(cluster?.['server'])) kept.push(name);
  }
  const without = removed.reduce((before, name) => removeContext(before, name, inUse), text);
  return { text: without, removed, kept };
}

const sameParts = (a: Entry['cluster'], b: Entry['cluster']): boolean => b !== undefined && sorted(a) === sorted(b);

const isLoopback = (server: unknown): boolean =>
  typeof server === 'string' && /^https:\/\/127\.0\.0\.1[:/]/.test(server);

function parse(text: string): Document {
  const document: Document = parseDocument(text, { uniqueKeys: false });
  const [error] = document.errors;
  if (error !== undefined) {
    throw new Failure('invalid', t('The kubeconfig is no YAML: {0}', error.message.split('\n', 1)[0]!), error);
  }
  document.contents ??= document.createNode({ apiVersion: 'v1', kind: 'Config' });
  if (!isMap(document.contents)) throw new Failure('invalid', t('This is no kubeconfig: it has no contexts.'));
  return document;
}

function parseAdded(text: string): Record<Section, Entry[]> {
  if (text.length > mostCharacters) throw new Failure('invalid', t('This is too large to be a kubeconfig.'));
  if (text.trim() === '') throw new Failure('invalid', t('There is no text: copy a kubeconfig first.'));
  if (redacted.test(text)) {
    const sentence = t('The secrets are left out of this kubeconfig. Get it with: kubectl config view --raw --minify');
    throw new Failure('invalid', sentence);
  }
  const document = parse(text);
  const parts = {
    clusters: entriesOf(document, 'clusters'),
    users: entriesOf(document, 'users'),
    contexts: entriesOf(document, 'contexts'),
  };
  if (parts.contexts.length === 0) throw new Failure('invalid', t('This is no kubeconfig: it has no contexts.'));
  for (const { name, context } of parts.contexts) {
    const cluster = parts.clusters.find((each) => each.name === context?.cluster);
    if (typeof cluster?.cluster?.['server'] !== 'string') {
      throw new Failure('invalid', t('The context {0} names a cluster without a server.', name));
    }
  }
  return parts;
}

function entriesOf(document: Document, section: Section): Entry[] {
  const list = (document.toJS({ maxAliasCount: 100 }) as Partial<Record<Section, unknown>>)[section];
  if (!Array.isArray(list)) return [];
  return list.filter((each): each is Entry => typeof (each as Entry | null)?.name === 'string');
}

function find(document: Document, section: Section, name: string): YAMLMap | undefined {
  const list = document.get(section);
  if (!isSeq(list)) return undefined;
  return list.items.find((item): item is YAMLMap => isMap(item) && item.get('name') === name);
}

function drop(document: Document, section: Section, name: string): void {
  const list = document.get(section);
  if (isSeq(list)) list.items = list.items.filter((item) => !(isMap(item) && item.get('name') === name));
}

/** Adds an entry unless it is there; returns the name it has. */
function addEntry(document: Document, section: Section, entry: Entry): string {
  const taken = new Map(entriesOf(document, section).map((each) => [each.name, JSON.stringify(each)]));
  for (let number = 1; ; number++) {
    const named = { ...entry, name: number === 1 ? entry.name : `${entry.name}-${number}` };
    const there = taken.get(named.name);
    if (there !== undefined && !sameJson(there, named)) continue;
    if (there === undefined) list(document, section).add(document.createNode(named));
    return named.name;
  }
}

const sameJson = (a: string, b: unknown): boolean => sorted(JSON.parse(a)) === sorted(b);

/** JSON with the keys of every object in order. */
const sorted = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );

function list(document: Document, section: Section): YAMLSeq {
  let found = document.get(section);
  if (!isSeq(found)) document.set(section, (found = new YAMLSeq()));
  const seq = found as YAMLSeq;
  // `contexts: []` would put everything on one line; a file that is all JSON stays so.
  if (seq.items.length === 0) seq.flow = isMap(document.contents) && document.contents.flow === true;
  return seq;
}

/** Fields that name files. */
const paths = ['certificate-authority', 'client-certificate', 'client-key', 'tokenFile'] as const;

function absolute(entry: Entry, folder: string | undefined): Entry {
  if (folder === undefined) return entry;
  const resolve = (part: Readonly<Record<string, unknown>>): Record<string, unknown> => {
    const result: Record<string, unknown> = { ...part };
    for (const key of paths) {
      const path = result[key];
      if (typeof path === 'string' && path !== '' && !isAbsolute(path)) result[key] = join(folder, path);
    }
    return result;
  };
  return {
    ...entry,
    ...(entry.cluster === undefined ? {} : { cluster: resolve(entry.cluster) }),
    ...(entry.user === undefined ? {} : { user: resolve(entry.user) }),
  };
}

/** In the layout of `before`: kubectl writes lists at the depth of their key. */
function print(document: Document, before: string): string {
  const flat = before.trim() === '' || /^\w[\w-]*:\r?\n-/m.test(before);
  const flowCollectionPadding = !/\{[^\s}]/.test(before);
  const text = document.toString({ lineWidth: 0, indentSeq: !flat, flowCollectionPadding });
  return before.includes('\r\n') ? text.replaceAll('\n', '\r\n') : text;
}
