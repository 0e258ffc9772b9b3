/**
 * Kubeconfig files as views: every context can be open at once, and the current context is never changed by us.
 * Client-node parses; merging is ours, because its own throws on what kubectl forgives (a missing file, a name twice).
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { type Cluster, KubeConfig, type User } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { Failure, errnoOf, messageOf, toFailure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';

/** What client-node's User lacks of the format, and the folder that relative commands start from. */
export interface ContextUser extends User {
  readonly tokenFile?: string;
  /** `as-groups`, `as-uid` and `as-user-extra`, which go with `as`. */
  readonly impersonateGroups?: readonly string[];
  readonly impersonateUid?: string;
  readonly impersonateExtra?: Readonly<Record<string, readonly string[]>>;
  readonly folder: string;
}

/** One context: a view on one cluster as one user. */
export interface KubeContext {
  /** The name; for a context of an added file `path#name`, since names repeat across files that were never merged. */
  readonly id: string;
  readonly name: string;
  /** The namespace the context names, or `default`. */
  readonly namespace: string;
  readonly cluster: Cluster;
  readonly user: ContextUser | undefined;
  /** The file that names the context. */
  readonly file: string;
}

export interface KubeConfigs {
  readonly contexts: readonly KubeContext[];
  /** Id of the current context of the merged files, where it exists. */
  readonly current: string | undefined;
  /** One for each file or context that could not be used; the rest is used. */
  readonly failures: readonly Failure[];
}

/** The context of a name. Throws Failure `invalid` that lists those there are. */
export function contextNamed(name: string, { contexts }: KubeConfigs): KubeContext {
  const found = contexts.find((context) => context.name === name);
  if (found !== undefined) return found;
  const known = contexts.map((context) => context.name).join(', ') || t('none');
  throw new Failure('invalid', t('There is no context {0}. Known: {1}', name, known));
}

export interface KubeConfigSources {
  readonly env: NodeJS.ProcessEnv;
  /** Files beside the person's own, each on its own: those of local clusters. */
  readonly extra: readonly string[];
  /** Read instead of everything else: `--kubeconfig`. */
  readonly only?: string;
  /** What each file held when it was last good, kept up to date by every load; left out where files are read once. */
  readonly lastGood?: LastGood;
}

/** By path. */
export type LastGood = Map<string, ReadFile>;

interface ReadFile {
  readonly config: KubeConfig;
  readonly users: readonly ContextUser[];
}

/** A kubeconfig above this many bytes is not one. */
const mostBytes = 16 * 1024 * 1024;

/**
 * Reads all sources. Never throws: what is wrong with a file is in `failures`, and what the file held when it was last
 * good is used instead.
 */
export async function loadKubeConfigs({
  env,
  extra,
  only,
  lastGood = new Map(),
}: KubeConfigSources): Promise<KubeConfigs> {
  const sets =
    only === undefined
      ? [
          readSet(personalFiles(env), (name) => name, lastGood),
          ...extra.map((file) => readSet([{ file, required: true }], (name) => `${file}#${name}`, lastGood)),
        ]
      : [readSet([{ file: only, required: true }], (name) => name, lastGood)];
  const [own, ...others] = await Promise.all(sets);
  return {
    contexts: [own!, ...others].flatMap(({ contexts }) => contexts),
    current: own!.current,
    failures: [own!, ...others].flatMap(({ failures }) => failures),
  };
}

/** The paths of all sources, those included that do not exist. */
export function kubeConfigFiles({ env, extra, only }: KubeConfigSources): string[] {
  return only === undefined ? [...personalFiles(env).map(({ file }) => file), ...extra] : [only];
}

/** The files kubectl reads. One that KUBECONFIG names is expected to exist; the default one need not. */
function personalFiles(env: NodeJS.ProcessEnv): SetFile[] {
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  if (named.length > 0) return named.map((file) => ({ file, required: true }));
  return [{ file: join(env['HOME'] || homedir(), '.kube', 'config'), required: false }];
}

interface SetFile {
  readonly file: string;
  readonly required: boolean;
}

/** Merges files as kubectl does: of two entries with one name the first wins, and so does the first current context. */
async function readSet(
  files: readonly SetFile[],
  idOf: (name: string) => string,
  lastGood: LastGood,
): Promise<KubeConfigs> {
  const clusters = new Map<string, Cluster>();
  const users = new Map<string, ContextUser>();
  const contexts = new Map<string, { cluster: string; user: string; namespace: string | undefined; file: string }>();
  const failures: Failure[] = [];
  let current: string | undefined;
  for (const { file, required } of files) {
    const { read, failure } = await readOrLastGood(file, required, lastGood);
    if (failure !== undefined) failures.push(failure);
    if (read === undefined) continue;
    for (const cluster of read.config.clusters) if (!clusters.has(cluster.name)) clusters.set(cluster.name, cluster);
    for (const user of read.users) if (!users.has(user.name)) users.set(user.name, user);
    for (const { name, cluster, user, namespace } of read.config.contexts) {
      if (!contexts.has(name)) contexts.set(name, { cluster, user, namespace, file });
    }
    current ??= read.config.currentContext || undefined;
  }
  const result: KubeContext[] = [];
  for (const [name, context] of contexts) {
    const cluster = clusters.get(context.cluster);
    if (cluster === undefined) failures.push(missingPart(name, t('cluster'), context.cluster, context.file));
    else if (context.user && !users.has(context.user))
      failures.push(missingPart(name, t('user'), context.user, context.file));
    else {
      const { file, namespace = 'default' } = context;
      result.push({ id: idOf(name), name, namespace, cluster, user: users.get(context.user), file });
    }
  }
  const known = result.find(({ name }) => name === current);
  return { contexts: result, current: known?.id, failures };
}

const missingPart = (context: string, part: string, name: string, file: string): Failure =>
  new Failure('invalid', t('Context {0} names the {1} {2}, which {3} does not hold.', context, part, name, file));

/** A file that is there but broken, perhaps half written, does not take its contexts away; one that is gone does. */
async function readOrLastGood(
  file: string,
  required: boolean,
  lastGood: LastGood,
): Promise<{ readonly read?: ReadFile | undefined; readonly failure?: Failure }> {
  const before = lastGood.get(file);
  try {
    const read = await readKubeConfig(file, required, (before?.config.contexts.length ?? 0) === 0);
    lastGood.set(file, read);
    return { read };
  } catch (error) {
    const failure = toFailure(error, 'invalid');
    if (failure.kind !== 'notFound' && before !== undefined) {
      const sentence = t('{0} What it held before is used until it is mended.', failure.message);
      return { read: before, failure: new Failure(failure.kind, sentence, failure) };
    }
    lastGood.delete(file);
    return { failure };
  }
}

async function readKubeConfig(file: string, required: boolean, mayBeEmpty: boolean): Promise<ReadFile> {
  const config = new KubeConfig();
  const text = await readText(file, required);
  if (text === undefined) return { config, users: [] };
  if (text.trim() === '') {
    // Whoever writes a file empties it first.
    if (!mayBeEmpty) throw new Failure('invalid', t('{0} is empty.', file));
    return { config, users: [] };
  }
  try {
    // Entries that lack a part are left out; the context that needs one is named by whoever merges.
    config.loadFromString(text, { onInvalidEntry: 'filter' });
    if (config.contexts.length === 0 && !isKubeConfig(text)) {
      throw new Failure('invalid', t('it names neither contexts nor clusters.'));
    }
    config.makePathsAbsolute(dirname(file));
    const dropped = droppedParts(text);
    return {
      config,
      users: config.users.map((user) => contextUser(user, dropped.get(user.name) ?? {}, dirname(file))),
    };
  } catch (error) {
    throw new Failure('invalid', t('{0} is not a kubeconfig: {1}', file, firstLine(messageOf(error))), error);
  }
}

/** Undefined where there is no file and need not be one. */
async function readText(file: string, required: boolean): Promise<string | undefined> {
  try {
    const bytes = await readFile(file);
    if (bytes.length > mostBytes) throw new Failure('invalid', t('{0} is too large to be a kubeconfig.', file));
    return bytes.toString('utf8');
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (errnoOf(error) !== 'ENOENT') {
      throw new Failure('invalid', t('{0} cannot be read: {1}', file, messageOf(error)), error);
    }
    if (required) throw new Failure('notFound', t('{0}, named as a kubeconfig, does not exist.', file), error);
    return undefined;
  }
}

/** Keys of a user that client-node drops. */
const droppedKeys = ['tokenFile', 'as-groups', 'as-uid', 'as-user-extra'];

interface DroppedParts {
  readonly tokenFile?: unknown;
  readonly 'as-groups'?: unknown;
  readonly 'as-uid'?: unknown;
  readonly 'as-user-extra'?: unknown;
}

const topKeys = new Set([
  'apiVersion',
  'kind',
  'preferences',
  'clusters',
  'users',
  'contexts',
  'current-context',
  'extensions',
]);

/** Other YAML is no empty kubeconfig: what was half written must not take contexts away. */
function isKubeConfig(text: string): boolean {
  const document: unknown = parse(text, { maxAliasCount: 100, uniqueKeys: false });
  return isObject(document) && !Array.isArray(document) && Object.keys(document).every((key) => topKeys.has(key));
}

/** By user, what client-node drops. The file is parsed again only where there is any. */
function droppedParts(text: string): ReadonlyMap<string | undefined, DroppedParts> {
  if (!droppedKeys.some((key) => text.includes(key))) return new Map();
  const document = parse(text, { maxAliasCount: 100, uniqueKeys: false }) as {
    users?: readonly { name?: string; user?: DroppedParts | null }[];
  };
  return new Map((document.users ?? []).toReversed().map(({ name, user }) => [name, user ?? {}]));
}

function contextUser(user: User, dropped: DroppedParts, folder: string): ContextUser {
  const { tokenFile, 'as-groups': groups, 'as-uid': uid, 'as-user-extra': extra } = dropped;
  return {
    ...user,
    folder,
    ...(typeof tokenFile === 'string'
      ? { tokenFile: isAbsolute(tokenFile) ? tokenFile : join(folder, tokenFile) }
      : {}),
    ...(Array.isArray(groups) ? { impersonateGroups: groups.map(String) } : {}),
    ...(typeof uid === 'string' ? { impersonateUid: uid } : {}),
    ...(isObject(extra) ? { impersonateExtra: extraOf(extra) } : {}),
  };
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const extraOf = (extra: object): Record<string, string[]> =>
  Object.fromEntries(
    Object.entries(extra).map(([key, values]) => [key, Array.isArray(values) ? values.map(String) : []]),
  );

const firstLine = (text: string): string => text.split('\n', 1)[0]!;
