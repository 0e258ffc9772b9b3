/**
 * What can be asked of an engine, each as data: the request, and the `docker` line that does the same. A test runs every
 * line through the docker command and compares what reaches the engine.
 */
import { quote } from '../core/shell.ts';
import type { ApiRequest } from './api.ts';
import { parseReference } from './reference.ts';

export interface Operation {
  readonly request: ApiRequest;
  /** Arguments of `docker`. */
  readonly line: readonly string[];
}

/** A container, volume, network or image: what the engine knows it by, and what people call it. */
export interface Named {
  readonly id: string;
  readonly name: string;
}

const at = ({ id }: Named): string => `/containers/${encodeURIComponent(id)}`;
/** Slashes, colons and `@` stay: they belong to image names in the engine's paths. */
const image = (name: string): string =>
  `/images/${encodeURIComponent(name).replaceAll(/%(?:2F|3A|40)/g, decodeURIComponent)}`;

const post = (path: string, line: readonly string[], query: ApiRequest['query'] = {}, body?: object): Operation => ({
  request: { method: 'POST', path, query, ...(body === undefined ? {} : { body }) },
  line,
});
const remove = (path: string, line: readonly string[], force = false): Operation => ({
  request: { method: 'DELETE', path, query: force ? { force: 1 } : {} },
  line,
});

/** Actions on a container that need no more than the container. */
export const simple = {
  start: (on: Named) => post(`${at(on)}/start`, ['start', on.name]),
  stop: (on: Named) => post(`${at(on)}/stop`, ['stop', on.name]),
  restart: (on: Named) => post(`${at(on)}/restart`, ['restart', on.name]),
  pause: (on: Named) => post(`${at(on)}/pause`, ['pause', on.name]),
  unpause: (on: Named) => post(`${at(on)}/unpause`, ['unpause', on.name]),
} as const;

export type Simple = keyof typeof simple;

/** @param signal a name such as `SIGHUP`, or a number. */
export const kill = (on: Named, signal: string): Operation =>
  post(`${at(on)}/kill`, ['kill', '--signal', signal, on.name], { signal });

export const rename = (on: Named, name: string): Operation =>
  post(`${at(on)}/rename`, ['rename', on.name, name], { name });

/** Its volumes stay. `force` kills it first if it runs. */
export const removeContainer = (on: Named, force: boolean): Operation =>
  remove(at(on), ['rm', ...(force ? ['--force'] : []), on.name], force);

/** An image of the container's file system; the container stands still meanwhile. */
export function commit(on: Named, name: string): Operation {
  const { repository, tag = 'latest' } = parseReference(name);
  return post('/commit', ['commit', on.name, name], { container: on.id, repo: repository, tag });
}

export function tagImage(from: string, name: string): Operation {
  const { repository, tag = 'latest' } = parseReference(name);
  return post(`${image(from)}/tag`, ['tag', from, name], { repo: repository, tag });
}

/** One tag, or the image itself when it is named by id. */
export const removeImage = (name: string, force: boolean): Operation =>
  remove(image(name), ['rmi', ...(force ? ['--force'] : []), name], force);

/** Streams progress. @param auth value of `X-Registry-Auth`, when the registry has credentials. */
export function pull(name: string, auth?: string): Operation {
  const { repository, tag = 'latest', digest } = parseReference(name);
  const operation = post('/images/create', ['pull', name], { fromImage: repository, tag: digest ?? tag });
  return withAuth(operation, auth);
}

/** Streams progress. The engine wants the header even when there are no credentials. */
export function push(name: string, auth?: string): Operation {
  const { repository, tag = 'latest' } = parseReference(name);
  return withAuth(post(`${image(repository)}/push`, ['push', name], { tag }), auth ?? base64url({}));
}

/** Streams an archive. */
export const save = (name: string, file: string): Operation => ({
  request: { method: 'GET', path: '/images/get', query: { names: name } },
  line: ['save', '--output', file, name],
});

/** Takes an archive; streams progress. */
export const load = (file: string): Operation => ({
  request: {
    method: 'POST',
    path: '/images/load',
    headers: { 'Content-Type': 'application/x-tar' },
  },
  line: ['load', '--input', file],
});

export const createVolume = (name: string): Operation =>
  post('/volumes/create', ['volume', 'create', name], {}, { Name: name, Driver: 'local' });

export const removeVolume = (name: string): Operation =>
  remove(`/volumes/${encodeURIComponent(name)}`, ['volume', 'rm', name]);

export const createNetwork = (name: string): Operation =>
  post('/networks/create', ['network', 'create', name], {}, { Name: name, Driver: 'bridge' });

export const removeNetwork = ({ id, name }: Named): Operation =>
  remove(`/networks/${encodeURIComponent(id)}`, ['network', 'rm', name]);

/** What a prune takes: stopped containers, dangling images, all unused ones, unnamed volumes, unused networks, the cache. */
export type Prune = 'containers' | 'images' | 'allImages' | 'volumes' | 'networks' | 'cache';

export const prune: Readonly<Record<Prune, () => Operation>> = {
  containers: () => post('/containers/prune', ['container', 'prune', '--force']),
  images: () => post('/images/prune', ['image', 'prune', '--force'], dangling('true')),
  allImages: () => post('/images/prune', ['image', 'prune', '--all', '--force'], dangling('false')),
  volumes: () => post('/volumes/prune', ['volume', 'prune', '--force']),
  networks: () => post('/networks/prune', ['network', 'prune', '--force']),
  cache: () => post('/build/prune', ['builder', 'prune', '--force']),
};

const dangling = (value: string): ApiRequest['query'] => ({ filters: { dangling: { [value]: true } } });

export const top = (on: Named): Operation => ({
  request: { method: 'GET', path: `${at(on)}/top` },
  line: ['top', on.name],
});

/** What differs from the image in the container's file system. */
export const changes = (on: Named): Operation => ({
  request: { method: 'GET', path: `${at(on)}/changes` },
  line: ['diff', on.name],
});

/** The layers of an image, the newest first. */
export const history = (name: string): Operation => ({
  request: { method: 'GET', path: `${image(name)}/history` },
  line: ['history', '--no-trunc', name],
});

/** What the engine knows of one thing. */
export const inspect = {
  container: (on: Named): Operation => ({
    request: { method: 'GET', path: `${at(on)}/json` },
    line: ['inspect', on.name],
  }),
  image: ({ name }: Named): Operation => ({
    request: { method: 'GET', path: `${image(name)}/json` },
    line: ['image', 'inspect', name],
  }),
  volume: ({ name }: Named): Operation => ({
    request: { method: 'GET', path: `/volumes/${encodeURIComponent(name)}` },
    line: ['volume', 'inspect', name],
  }),
  network: ({ id, name }: Named): Operation => ({
    request: { method: 'GET', path: `/networks/${encodeURIComponent(id)}` },
    line: ['network', 'inspect', name],
  }),
} as const;

export type Inspectable = keyof typeof inspect;

const withAuth = ({ request, line }: Operation, auth: string | undefined): Operation => ({
  request: auth === undefined ? request : { ...request, headers: { 'X-Registry-Auth': auth } },
  line,
});

/** How the engine takes credentials: base64 of JSON in the alphabet for URLs. */
export const base64url = (value: object): string =>
  Buffer.from(JSON.stringify(value)).toString('base64').replaceAll('+', '-').replaceAll('/', '_');

/** Arguments of `docker` as a POSIX shell takes them. @param engine its address, named unless docker would choose it itself. */
export function shellLine(line: readonly string[], engine?: string): string {
  return ['docker', ...(engine === undefined ? [] : ['--host', engine]), ...line].map(quote).join(' ');
}
