/**
 * A Go program under Delve in a container of its image: compiled here without optimisation, put in the place of the image's
 * own program, and started by Delve, which waits for the debugger. Nothing is installed in the image, and one without a
 * shell or a C library will do.
 */
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { Failure, isAbort } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { writeTar } from '../../core/tar/write.ts';
import type { EngineClient } from '../client.ts';
import { array, record, text } from '../fields.ts';
import { containerLogs } from '../logs.ts';
import { inspect } from '../operations.ts';
import { type DebugConfiguration, debugConfiguration, delvePort } from '../../core/goDebug.ts';
import { delveCommand, place } from './delve.ts';
import { debugVariant, delveFor } from './programs.ts';

export interface DebugRequest {
  /** Name or id. */
  readonly image: string;
  /** The folder that is open in the editor. */
  readonly workspace: string;
  /** The Go module or workspace. */
  readonly folder: string;
  /** `./cmd/api`. */
  readonly package: string;
}

export interface DebugSession {
  /** The container's id. */
  readonly container: string;
  readonly configuration: DebugConfiguration;
}

export interface DebugDeps {
  readonly client: EngineClient;
  readonly env: NodeJS.ProcessEnv;
}

const port = `${delvePort}/tcp`;
/** Marks the containers that are made here, with the image. */
const label = 'gantry.debug';

/** Throws Failure `toolMissing` without Delve or Go, `invalid` when the program does not build or the image has none. */
export async function debugInContainer(
  { client, env }: DebugDeps,
  request: DebugRequest,
  say: (message: string) => void,
  signal: AbortSignal,
): Promise<DebugSession> {
  if (!/^(?:unix|npipe):/.test(client.address)) {
    throw new Failure('invalid', t('The debugger reaches containers of an engine on this machine only.'));
  }
  const { image } = request;
  const inspection = await inspected(client, image, signal);
  const entry = entryOf(record(inspection['Config']), image);
  return withPrograms({ client, env }, { ...request, entry, inspection }, say, signal, async (files) => {
    say(t('Starting the container'));
    const container = await launch(client, request, { ...entry, files, exposed: exposedOf(inspection) }, signal);
    const name = t('Debug {0} in a container', posix.basename(entry.program));
    const hostPort = await publishedPort(client, container, signal);
    return { container, configuration: debugConfiguration(name, hostPort, await realpath(request.workspace)) };
  });
}

export interface DebugImageRequest {
  /** Name or id of the service's image. */
  readonly image: string;
  /** The Go module or workspace. */
  readonly folder: string;
  /** What the pods are told to run in place of what the image says; empty lists for what it says. */
  readonly command: readonly string[];
  readonly args: readonly string[];
}

export interface DebugImage {
  readonly id: string;
  /** What a pod runs: Delve with the program. */
  readonly command: readonly string[];
}

/**
 * The image with its program compiled for the debugger and with Delve, for pods. It has no name; the caller removes it.
 * Throws as `debugInContainer` does.
 */
export async function debugImage(
  { client, env }: DebugDeps,
  { image, folder, command, args }: DebugImageRequest,
  say: (message: string) => void,
  signal: AbortSignal,
): Promise<DebugImage> {
  const inspection = await inspected(client, image, signal);
  const entry = entryOf(runBy(record(inspection['Config']), command, args), image);
  const pkg = await packageOf(folder, entry.program);
  return withPrograms({ client, env }, { folder, package: pkg, entry, inspection }, say, signal, async (files) => {
    const body = { Image: image, Labels: { [label]: image } };
    const made = await client.ask({ method: 'POST', path: '/containers/create', body }, signal);
    const container = text(record(made)['Id']);
    try {
      const archive = await archiveOf(files);
      await client.ask({ method: 'PUT', path: `/containers/${container}/archive`, query: { path: '/' } }, signal, archive); // prettier-ignore
      const commit = { method: 'POST', path: '/commit', query: { container, pause: false } } as const;
      const id = text(record(await client.ask(commit, signal))['Id']);
      return { id, command: delveCommand({ ...entry, reached: 'forwarded' }) };
    } finally {
      await removed(client, container);
    }
  });
}

/** What Kubernetes makes of an image's ENTRYPOINT and CMD with a container's command and args: a command takes out both. */
const runBy = (
  config: Record<string, unknown>,
  command: readonly string[],
  args: readonly string[],
): Record<string, unknown> => ({
  ...config,
  ...(command.length > 0 ? { Entrypoint: command, Cmd: args } : args.length > 0 ? { Cmd: args } : {}),
});

/** The package of the program: the only one there is, or that of the program's name. Throws Failure `invalid`. */
async function packageOf(folder: string, program: string): Promise<string> {
  const { readGoProject } = await import('../generate/goProject.ts');
  const { commands } = await readGoProject(folder);
  const found = commands.length === 1 ? commands[0] : commands.find(({ name }) => name === posix.basename(program));
  if (found !== undefined) return found.path;
  const names = commands.map(({ path }) => path).join(', ');
  throw new Failure(
    'invalid',
    t('Which of {0} is {1}? Name the program in the image as its folder is named.', names, program),
  );
}

const inspected = async (client: EngineClient, image: string, signal: AbortSignal): Promise<Record<string, unknown>> =>
  record(await client.ask(inspect.image({ id: image, name: image }).request, signal));

interface Programs {
  readonly folder: string;
  readonly package: string;
  readonly entry: ReturnType<typeof entryOf>;
  readonly inspection: Record<string, unknown>;
}

/** Compiles what the image gets, by the path it gets it at, and removes it once it was used. */
async function withPrograms<T>(
  { env }: DebugDeps,
  { folder, package: pkg, entry, inspection }: Programs,
  say: (message: string) => void,
  signal: AbortSignal,
  use: (files: Start['files']) => Promise<T>,
): Promise<T> {
  const target = { arch: text(inspection['Architecture']) || 'amd64', env, signal };
  const work = await mkdtemp(join(tmpdir(), 'gantry-debug-'));
  try {
    const { readGoProject } = await import('../generate/goProject.ts');
    const { cgo } = await readGoProject(folder);
    const delve = await delveFor(target);
    say(t('Compiling {0} for the debugger', pkg));
    const built = join(work, 'program');
    await debugVariant(folder, pkg, built, cgo !== undefined, target);
    return await use({ [entry.program]: built, [`${place}/dlv`]: delve });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The program that an image runs, and what it is given. Throws Failure `invalid` for a shell, whose program is not known. */
export function entryOf(
  config: Record<string, unknown>,
  image: string,
): { readonly program: string; readonly args: readonly string[] } {
  const [first, ...args] = [...array(config['Entrypoint']), ...array(config['Cmd'])].map(text);
  if (first === undefined) throw new Failure('invalid', t('{0} runs no program of its own.', image));
  if (/(?:^|\/)(?:ba|da|a)?sh$/.test(first)) {
    throw new Failure(
      'invalid',
      t('{0} runs a shell. Write its ENTRYPOINT as a JSON list, so that the program itself can be debugged.', image),
    );
  }
  const inside = first.includes('/') ? posix.resolve(text(config['WorkingDir']) || '/', first) : `${place}/${first}`;
  return { program: inside, args };
}

const exposedOf = (inspection: Record<string, unknown>): readonly string[] =>
  Object.keys(record(record(inspection['Config'])['ExposedPorts']));

interface Start {
  readonly program: string;
  readonly args: readonly string[];
  /** Path in the container → file on this machine. */
  readonly files: Readonly<Record<string, string>>;
  readonly exposed: readonly string[];
}

/** A container in which Delve listens. One that does not come so far is removed, and its words are the failure's. */
async function launch(
  client: EngineClient,
  { image }: DebugRequest,
  { program, args, files, exposed }: Start,
  signal: AbortSignal,
): Promise<string> {
  // On loopback only: whoever reaches Delve can run anything in the container.
  const binding = [{ HostIp: '127.0.0.1', HostPort: '' }];
  const body = {
    Image: image,
    Entrypoint: delveCommand({ program, args, reached: 'published' }),
    Cmd: [],
    Labels: { [label]: image },
    ExposedPorts: { [port]: {} },
    HostConfig: {
      PortBindings: Object.fromEntries([port, ...exposed].map((one) => [one, binding])),
      // A debugger holds and reads other processes, which containers may not do.
      CapAdd: ['SYS_PTRACE'],
      SecurityOpt: ['seccomp=unconfined'],
    },
  };
  const container = text(record(await client.ask({ method: 'POST', path: '/containers/create', body }, signal))['Id']);
  const path = `/containers/${container}`;
  try {
    await removeOthers(client, image, container, signal);
    const archive = await archiveOf(files);
    await client.ask({ method: 'PUT', path: `${path}/archive`, query: { path: '/' } }, signal, archive);
    await client.ask({ method: 'POST', path: `${path}/start` }, signal);
    await listening(client, container, signal);
    return container;
  } catch (error) {
    await removed(client, container);
    throw error;
  }
}

const removed = async (client: EngineClient, container: string): Promise<void> => {
  const request = { method: 'DELETE', path: `/containers/${container}`, query: { force: 1, v: 1 } } as const;
  await client.ask(request, AbortSignal.timeout(10_000)).catch(() => {});
};

/** What was debugged of the image before: nobody goes back to it, for launch.json leads to the new one. */
async function removeOthers(
  client: EngineClient,
  image: string,
  container: string,
  signal: AbortSignal,
): Promise<void> {
  const query = { all: true, filters: { label: [`${label}=${image}`] } };
  const found = array(await client.ask({ method: 'GET', path: '/containers/json', query }, signal));
  const others = found.map((one) => text(record(one)['Id'])).filter((id) => id !== container);
  for (const id of others) {
    await client.ask({ method: 'DELETE', path: `/containers/${id}`, query: { force: 1, v: 1 } }, signal);
  }
}

/** Programs that everybody may run. */
async function archiveOf(files: Start['files']): Promise<Buffer> {
  const modified = Date.now();
  const programs = Object.entries(files).map(async ([inside, file]) => {
    return { path: inside.slice(1), data: await readFile(file), mode: 0o755, modified };
  });
  return writeTar([{ path: `${place.slice(1)}/`, mode: 0o755, modified }, ...(await Promise.all(programs))]);
}

/** Delve says so when it is ready; when its output ends before, what it said is why. */
async function listening(client: EngineClient, container: string, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(60_000)]);
  let said = '';
  try {
    for await (const { data } of containerLogs(client, container, { follow: true, tail: 'all' }, limit)) {
      said += data.toString();
      if (said.includes('API server listening at')) return;
    }
  } catch (error) {
    if (signal.aborted || !isAbort(error)) throw error;
  }
  throw new Failure('invalid', t('Delve does not come up in the container: {0}', said.trim().slice(-1000)));
}

async function publishedPort(client: EngineClient, container: string, signal: AbortSignal): Promise<number> {
  const inspection = record(await client.inspectContainer(container, signal));
  const ports = record(record(inspection['NetworkSettings'])['Ports']);
  return Number(text(record(array(ports[port])[0])['HostPort']));
}
