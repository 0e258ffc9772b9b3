/** What clusters in containers need of the engines: their port, filled by the docker domain. */
import type { Readable } from 'node:stream';
import type {
  ContainerEngine,
  ContainerEngines,
  ContainerFacts,
  EngineFacts,
  LabelledContainer,
} from './cluster/container/engine.ts';
import { Failure } from './core/failure.ts';
import { t } from './core/l10n.ts';
import { lines } from './core/lines.ts';
import { formatBytes } from './core/storage.ts';
import { readTar } from './core/tar/read.ts';
import type { EngineClient } from './docker/client.ts';
import { demux } from './docker/demux.ts';
import type { Docker } from './docker/domain.ts';
import { engineFailure } from './docker/failures.ts';
import { array, number, record, text } from './docker/fields.ts';
import { inspect, simple } from './docker/operations.ts';
import { LayerProgress } from './docker/progress.ts';
import { exec } from './docker/session.ts';

export function clusterEngines(docker: () => Promise<Docker>): ContainerEngines {
  return {
    async preferred() {
      const { address, client } = await (await docker()).preferred();
      return clusterEngine(await docker(), address, client);
    },
    async at(address) {
      const { engines } = await docker();
      await engines.found();
      if (engines.byAddress(address) === undefined) await engines.refresh(); // It may have been started since.
      const engine = engines.byAddress(address);
      if (engine === undefined) {
        throw new Failure('unreachable', t('The engine at {0} does not answer. Start it and try again.', address));
      }
      return clusterEngine(await docker(), address, engine.client);
    },
  };
}

function clusterEngine(docker: Docker, address: string, client: EngineClient): ContainerEngine {
  const get = (path: string, signal: AbortSignal): Promise<unknown> => client.ask({ method: 'GET', path }, signal);
  const named = (id: string): { id: string; name: string } => ({ id, name: id });
  return {
    address,
    facts: async (signal) => factsFrom(record(await get('/info', signal))),
    async image(name, signal) {
      const found = await client.ask(inspect.image(named(name)).request, signal).catch(unlessMissing);
      if (found === undefined) return undefined;
      const { Id, Os, Architecture } = record(found);
      return { id: text(Id), os: text(Os), architecture: text(Architecture) };
    },
    async imageNames(signal) {
      return (await client.list('images', signal)).flatMap(({ name }) => name ?? []);
    },
    async pull(name, report, signal) {
      const layers = new LayerProgress();
      for await (const line of docker.transfer(address, 'pull', name, signal)) {
        layers.add(line);
        const { current, total } = layers.bytes;
        if (total > 0) report(t('Pulling {0}: {1} of {2}', name, formatBytes(current), formatBytes(total)));
      }
    },
    save(name, platform, signal) {
      // Before API 1.48 an engine holds one platform of an image, and would not know the parameter.
      const query = { names: name, ...(atLeast(client.version, 1, 48) ? { platform } : {}) };
      return client.api.stream({ method: 'GET', path: '/images/get', query }, signal);
    },
    async create(name, body, signal) {
      const request = { method: 'POST', path: '/containers/create', query: { name }, body } as const;
      return text(record(await client.ask(request, signal))['Id']);
    },
    async put(id, folder, archive, signal) {
      const request = { method: 'PUT', path: `/containers/${id}/archive`, query: { path: folder } } as const;
      await client.ask(request, signal, archive);
    },
    start: async (id, signal) => void (await client.ask(simple.start(named(id)).request, signal)),
    stop: async (id, signal) => void (await client.ask(simple.stop(named(id)).request, signal)),
    async remove(id, signal) {
      const request = { method: 'DELETE', path: `/containers/${id}`, query: { force: true, v: true } } as const;
      await client.ask(request, signal).catch(unlessMissing);
    },
    async container(name, signal) {
      const found = await client.inspectContainer(name, signal).catch(unlessMissing);
      return found === undefined ? undefined : containerFrom(record(found));
    },
    async labelled(label, signal) {
      const query = { filters: { label: [label], status: ['running'] } };
      const found = await client.ask({ method: 'GET', path: '/containers/json', query }, signal);
      return array(found).map((each) => labelledFrom(record(each)));
    },
    async read(id, path, signal) {
      const request = { method: 'GET', path: `/containers/${id}/archive`, query: { path } } as const;
      const archive = await client.api.stream(request, signal).catch(unlessMissing);
      return archive === undefined ? undefined : firstFile(archive, address);
    },
    async exec(id, command, signal, input) {
      const session = await exec(client, id, { command, tty: false }, signal);
      const said = { stdout: '', stderr: '' };
      const feeding = input === undefined ? Promise.resolve(session.endInput()) : session.feed(input);
      try {
        const reading = (async () => {
          for await (const { stream, data } of session.output) said[stream] = (said[stream] + data).slice(-100_000);
        })();
        await Promise.all([feeding, reading]);
      } catch (error) {
        signal.throwIfAborted();
        throw engineFailure(error, address);
      } finally {
        session.close();
        input?.destroy();
      }
      signal.throwIfAborted();
      return { ...said, exitCode: (await session.exitCode()) ?? -1 };
    },
    async logs(id, count, signal) {
      const stream = await client.containerLogs(id, { follow: false, tail: count }, signal);
      let said = '';
      for await (const { data } of demux(stream, { tty: false })) said += data.toString();
      return said;
    },
    async *changes(name, signal) {
      const events = await client.containerEvents(name, ['start', 'die', 'destroy'], signal);
      yield;
      for await (const _ of lines(events)) yield;
    },
    follow: (id, name, count) => docker.follow([{ engine: address, id, name }], count),
  };
}

function factsFrom(info: Record<string, unknown>): EngineFacts {
  const security = array(info['SecurityOptions']).map(text);
  const version = text(info['CgroupVersion']);
  return {
    os: text(info['OSType']) || 'linux',
    architecture: architectureOf(text(info['Architecture'])),
    cgroupVersion: version === '1' || version === '2' ? version : '',
    memory: number(info['MemTotal']),
    rootless: security.some((option) => option.includes('rootless')),
    remapped: security.some((option) => option.includes('userns')),
    limits: {
      memory: info['MemoryLimit'] !== false,
      cpu: info['CpuCfsQuota'] !== false,
      pids: info['PidsLimit'] !== false,
    },
  };
}

/** Engines tell the kernel's name of it, images Go's. */
function architectureOf(machine: string): string {
  const names: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64', armv7l: 'arm', i686: '386' };
  return Object.hasOwn(names, machine) ? names[machine]! : machine;
}

const labelsFrom = (labels: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(record(labels)).map(([name, value]) => [name, text(value)]));

function labelledFrom(root: Record<string, unknown>): LabelledContainer {
  const ports = array(root['Ports']).map((port) => number(record(port)['PublicPort']));
  return { id: text(root['Id']), labels: labelsFrom(root['Labels']), ports: ports.filter((port) => port > 0) };
}

function containerFrom(root: Record<string, unknown>): ContainerFacts {
  const state = record(root['State']);
  return {
    id: text(root['Id']),
    running: state['Running'] === true,
    exitCode: number(state['ExitCode']),
    outOfMemory: state['OOMKilled'] === true,
    // The year 1 says never.
    started: Math.max(0, Date.parse(text(state['StartedAt'])) || 0),
    labels: labelsFrom(record(root['Config'])['Labels']),
  };
}

/** Content of the first file of an archive. */
async function firstFile(archive: Readable, address: string): Promise<Buffer | undefined> {
  let pieces: Buffer[] | undefined;
  try {
    await readTar(archive, (entry) => {
      if (entry.type !== 'file' || pieces !== undefined) return undefined;
      const own: Buffer[] = (pieces = []);
      return { write: (piece) => void own.push(Buffer.from(piece)), end: () => {} };
    });
  } catch (error) {
    throw engineFailure(error, address);
  } finally {
    archive.destroy();
  }
  return pieces === undefined ? undefined : Buffer.concat(pieces);
}

function atLeast(version: string, major: number, minor: number): boolean {
  const [ours = 0, also = 0] = version.split('.').map(Number);
  return ours > major || (ours === major && also >= minor);
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof Failure && error.kind === 'notFound') return undefined;
  throw error;
}
