/**
 * Where an engine may be, without any setting: what the docker command would use first, then the sockets that Docker,
 * its rootless and desktop forms, Colima, OrbStack, Rancher Desktop and Podman leave on disk.
 */
import { createHash } from 'node:crypto';
import { readFile, readdir, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { posix } from 'node:path';
import { Failure, errnoOf, toFailure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { type Target, type Tls, addressOf, parseTarget } from './target.ts';

/** What discovery reads of the machine. */
export interface EndpointWorld {
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly home: string;
  /** The user's number, where the system has one. */
  readonly uid: number | undefined;
  /** A file's text, or undefined when there is none. */
  read(path: string): Promise<string | undefined>;
  /** Names in a folder; none when there is no folder. */
  list(folder: string): Promise<readonly string[]>;
  /** The path that links lead to; the path itself when it does not exist. */
  resolve(path: string): Promise<string>;
}

/** One place to look, in order of preference. */
export interface Candidate {
  /** Who names it: a setting, a variable, a context, or a product's habit. */
  readonly origin: string;
  /** True when the person named it, by setting, variable or context: then its failure matters even if another answers. */
  readonly asked: boolean;
  /** As docker spells it. */
  readonly address: string;
  /** Where it is, or why it cannot be used. */
  readonly target: Target | Failure;
}

/**
 * Every place to look, best first, each address once. A set `gantry.docker.endpoint` is the only one.
 * The order is the docker command's: DOCKER_HOST, then DOCKER_CONTEXT, then the context chosen with `docker context use`.
 */
export async function candidates(world: EndpointWorld, setting: string): Promise<Candidate[]> {
  if (setting !== '') {
    const tls = await variableTls(world);
    return [candidate('gantry.docker.endpoint', setting, () => parseTarget(setting, tls))];
  }
  const all = [...(await chosen(world)), ...(await known(world))];
  return all.filter(({ address }, i) => all.findIndex((other) => other.address === address) === i);
}

/** What the docker command would use: one, or none when that is the default socket. */
async function chosen(world: EndpointWorld): Promise<Candidate[]> {
  const host = world.env['DOCKER_HOST'] ?? '';
  if (host !== '') {
    const tls = await variableTls(world);
    return [candidate('DOCKER_HOST', host, () => parseTarget(host, tls))];
  }
  try {
    const context = world.env['DOCKER_CONTEXT'] || (await currentContext(world));
    return context === '' || context === 'default' ? [] : [await contextCandidate(world, context)];
  } catch (error) {
    return [
      { origin: t('docker context'), asked: true, address: configFolder(world), target: toFailure(error, 'invalid') },
    ];
  }
}

/** What the person asked for; text that is no endpoint becomes a candidate that failed. */
function candidate(origin: string, text: string, parse: () => Target): Candidate {
  try {
    const target = parse();
    return { origin, asked: true, address: addressOf(target), target };
  } catch (error) {
    return { origin, asked: true, address: text, target: toFailure(error, 'invalid') };
  }
}

const configFolder = ({ env, home }: EndpointWorld): string => env['DOCKER_CONFIG'] || posix.join(home, '.docker');

async function currentContext(world: EndpointWorld): Promise<string> {
  const path = posix.join(configFolder(world), 'config.json');
  const config = parseJson(path, (await world.read(path)) ?? '{}');
  const context = field(config, 'currentContext');
  return typeof context === 'string' ? context : '';
}

/** A context of docker's store: its folder is named by the SHA-256 of the context's name. */
async function contextCandidate(world: EndpointWorld, name: string): Promise<Candidate> {
  const origin = t('docker context {0}', name);
  const store = posix.join(configFolder(world), 'contexts');
  const id = createHash('sha256').update(name).digest('hex');
  const path = posix.join(store, 'meta', id, 'meta.json');
  const text = await world.read(path);
  if (text === undefined) {
    const sentence = t('The docker context {0} does not exist. Choose another with: docker context use NAME', name);
    return { origin, asked: true, address: name, target: new Failure('notFound', sentence) };
  }
  const endpoint = field(field(parseJson(path, text), 'Endpoints'), 'docker');
  const host = field(endpoint, 'Host');
  const tls = await readTls(world, posix.join(store, 'tls', id, 'docker'));
  const unverified = field(endpoint, 'SkipTLSVerify') === true;
  return candidate(origin, typeof host === 'string' ? host : '', () =>
    parseTarget(String(host), tls === undefined ? undefined : { ...tls, unverified }),
  );
}

/** TLS as the variables ask for it: DOCKER_TLS_VERIFY set, material in DOCKER_CERT_PATH or the config folder. */
async function variableTls(world: EndpointWorld): Promise<Tls | undefined> {
  if ((world.env['DOCKER_TLS_VERIFY'] ?? '') === '') return undefined;
  return (await readTls(world, world.env['DOCKER_CERT_PATH'] || configFolder(world))) ?? {};
}

async function readTls(world: EndpointWorld, folder: string): Promise<Tls | undefined> {
  const read = (name: string): Promise<string | undefined> => world.read(posix.join(folder, name));
  const [ca, cert, key] = await Promise.all([read('ca.pem'), read('cert.pem'), read('key.pem')]);
  if (ca === undefined && cert === undefined && key === undefined) return undefined;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

/** Where each product puts its socket, as its documentation and source say. */
async function known(world: EndpointWorld): Promise<Candidate[]> {
  const places = world.platform === 'win32' ? pipes : await sockets(world);
  return places.map(([origin, socketPath]) => ({
    origin,
    asked: false,
    address: addressOf({ socketPath }),
    target: { socketPath },
  }));
}

type Place = readonly [origin: string, socketPath: string];

const pipes: readonly Place[] = [
  ['Docker', '//./pipe/docker_engine'],
  ['Docker Desktop', '//./pipe/dockerDesktopLinuxEngine'],
  ['Podman', '//./pipe/podman-machine-default'],
];

async function sockets(world: EndpointWorld): Promise<Place[]> {
  const { env, home, uid, platform } = world;
  const inHome = (path: string): string => posix.join(home, path);
  const runtime = [...new Set([env['XDG_RUNTIME_DIR'] ?? '', uid === undefined ? '' : `/run/user/${uid}`])].filter(
    Boolean,
  );
  const profiles = await world.list(inHome('.colima')).catch(() => []); // A folder that may not be read names none.
  const colima = [
    ...new Set(['default', ...profiles.filter((name) => !name.startsWith('_') && name !== 'docker.sock')]),
  ];
  return [
    ['Docker', '/var/run/docker.sock'],
    ...runtime.map((folder): Place => ['Docker (rootless)', `${folder}/docker.sock`]),
    ['Docker Desktop', inHome('.docker/run/docker.sock')],
    ['Docker Desktop', inHome('.docker/desktop/docker.sock')],
    ...colima.map((profile): Place => [`Colima (${profile})`, inHome(`.colima/${profile}/docker.sock`)]),
    ['Colima', inHome('.colima/docker.sock')],
    ['OrbStack', inHome('.orbstack/run/docker.sock')],
    ['Rancher Desktop', inHome('.rd/docker.sock')],
    ...runtime.map((folder): Place => ['Podman', `${folder}/podman/podman.sock`]),
    ['Podman', '/run/podman/podman.sock'],
    ...(platform === 'darwin'
      ? [['Podman', inHome('.local/share/containers/podman/machine/podman.sock')] as const]
      : []),
  ];
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new Failure('invalid', t('{0} is not valid JSON. Correct it, or remove it.', path), error);
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** The machine this program runs on. */
export function thisMachine(): EndpointWorld {
  return {
    env: process.env,
    platform: process.platform,
    home: homedir(),
    uid: process.getuid?.(),
    read: (path) => readFile(path, 'utf8').catch(absent(undefined)),
    list: (folder) => readdir(folder).catch(absent([])),
    resolve: (path) => realpath(path).catch(() => path),
  };
}

/** Nothing there is an answer; anything else (no permission, a broken disk) stays an error. */
function absent<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return value;
    throw error;
  };
}
