/** A container engine as the curriculum's checks ask it. */
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { readTar } from './core/tar/read.ts';
import type { BuildResult, ContainerState, EnginePort, HealthOptions, ImageFile } from './curriculum/ports.ts';
import { deadlines } from './docker/api.ts';
import { BuildFailure, type BuildReport } from './docker/build/build.ts';
import type { BuildStep } from './docker/build/progress.ts';
import type { EngineClient } from './docker/client.ts';
import type { Docker } from './docker/domain.ts';
import { engineFailure } from './docker/failures.ts';
import { findInImage } from './docker/findInImage.ts';
import { containerLogs } from './docker/logs.ts';

/** Characters of a step's output that are kept, from its end. */
const keptOutput = 16_384;

/** The engine's API in the few words that checks need (docs.docker.com/reference/api/engine). */
export function enginePort(docker: Docker, address: string, client: EngineClient): EnginePort {
  const get = (path: string, signal: AbortSignal, query: object = {}): Promise<unknown> =>
    client.ask({ method: 'GET', path, query: { ...query } }, signal);
  const create = async (body: object, name: string | undefined, signal: AbortSignal): Promise<string> => {
    const query = name === undefined ? {} : { name };
    const made = await client.ask({ method: 'POST', path: '/containers/create', query, body }, signal);
    return (made as { Id: string }).Id;
  };
  const remove = (id: string, signal: AbortSignal): Promise<unknown> =>
    client.ask({ method: 'DELETE', path: `/containers/${id}`, query: { force: true, v: true } }, signal);
  const kill = (id: string, name: string, signal: AbortSignal): Promise<unknown> =>
    client.ask({ method: 'POST', path: `/containers/${id}/kill`, query: { signal: name } }, signal);
  return {
    address,
    async build(options, signal) {
      const printed = new Map<string, string>();
      const report: BuildReport = (news) => {
        for (const one of news) {
          if (one.kind !== 'output') continue;
          const { name } = one.step;
          printed.set(name, `${printed.get(name) ?? ''}${Buffer.from(one.data).toString('utf8')}`.slice(-keptOutput));
        }
      };
      const ranOf = (steps: readonly BuildStep[]): BuildResult['ran'] =>
        steps
          .filter(({ state, cached }) => !cached && (state === 'done' || state === 'failed'))
          .map(({ name, line }) => ({
            name,
            output: printed.get(name) ?? '',
            ...(line === undefined ? {} : { line }),
          }));
      try {
        const { steps } = await docker.build(address, { ...options, dockerfile: 'Dockerfile' }, report, signal);
        return { ran: ranOf(steps) };
      } catch (error) {
        if (!(error instanceof BuildFailure) || error.kind !== 'invalid') throw error;
        const { step, output, message, outcome } = error;
        const text = `${message}\n${output.trim().slice(-600)}`.trim();
        const line = step?.line;
        return { failure: { text, ...(line === undefined ? {} : { line }) }, ran: ranOf(outcome.steps) };
      }
    },
    async image(name, signal) {
      const found = (await get(`/images/${encodeURIComponent(name)}/json`, signal)) as ImageAnswer;
      const steps = (await get(`/images/${encodeURIComponent(name)}/history`, signal)) as { CreatedBy?: string }[];
      return {
        id: found.Id,
        user: found.Config.User ?? '',
        layers: found.RootFS.Layers ?? [],
        entrypoint: [...(found.Config.Entrypoint ?? []), ...(found.Config.Cmd ?? [])],
        labels: found.Config.Labels ?? {},
        history: steps.map(({ CreatedBy = '' }) => CreatedBy),
      };
    },
    async files(image, labels, content, signal) {
      const id = await create({ Image: image, Labels: labels, Cmd: ['/-'] }, undefined, signal);
      try {
        const stream = await client.api.stream({ method: 'GET', path: `/containers/${id}/export` }, signal);
        return await filesIn(chunksOf(stream, address), content);
      } finally {
        await remove(id, AbortSignal.timeout(30_000)).catch(() => {});
      }
    },
    async find(image, texts, signal) {
      const path = `/images/${encodeURIComponent(image)}/get`;
      const stream = await client.api.stream({ method: 'GET', path }, signal);
      return findInImage(chunksOf(stream, address), texts);
    },
    async run(options, signal) {
      const { at } = options;
      const port = 'port' in at ? `${at.port}/tcp` : undefined;
      const body = {
        Image: options.image,
        Env: options.env,
        Labels: options.labels,
        ...(port === undefined ? {} : { ExposedPorts: { [port]: {} } }),
        ...(options.health === undefined ? {} : { Healthcheck: healthOf(options.health) }),
        ...(options.user === undefined ? {} : { User: options.user }),
        HostConfig: {
          ...(port === undefined ? {} : { PortBindings: { [port]: [{ HostIp: '127.0.0.1', HostPort: '' }] } }),
          ...('networkOf' in at ? { NetworkMode: `container:${at.networkOf}` } : {}),
          ReadonlyRootfs: options.readOnly,
          SecurityOpt: ['no-new-privileges'],
          ...(options.dropCapabilities ? { CapDrop: ['ALL'] } : {}),
          ...(options.processors === undefined ? {} : { NanoCpus: options.processors * 1e9 }),
          ...(options.memory === undefined ? {} : { Memory: options.memory, MemorySwap: options.memory }),
          PidsLimit: 512,
        },
      };
      const id = await create(body, options.name, signal);
      await client.ask({ method: 'POST', path: `/containers/${id}/start` }, signal);
      return id;
    },
    async state(id, signal) {
      const { State: state, NetworkSettings: network } = (await get(
        `/containers/${id}/json`,
        signal,
      )) as ContainerAnswer;
      const port = Object.values(network.Ports ?? {}).flatMap((bindings) => bindings ?? [])[0]?.HostPort;
      return {
        running: state.Running,
        exitCode: state.ExitCode,
        outOfMemory: state.OOMKilled,
        ...(port === undefined ? {} : { port: Number(port) }),
        ...(state.Health === undefined ? {} : { health: state.Health.Status }),
      } satisfies ContainerState;
    },
    async logs(id, signal) {
      let text = '';
      for await (const output of containerLogs(client, id, { follow: false, tail: 20 }, signal)) {
        text = (text + output.data.toString('utf8')).slice(-8_000);
      }
      return text;
    },
    async stop(id, seconds, signal) {
      await client.ask({ method: 'POST', path: `/containers/${id}/stop`, query: { t: seconds } }, signal);
    },
    async askToStop(id, signal) {
      const { Config: config } = (await get(`/containers/${id}/json`, signal)) as ContainerAnswer;
      await kill(id, config.StopSignal ?? 'SIGTERM', signal);
    },
    async kill(id, name, signal) {
      await kill(id, name, signal);
    },
    async runHealth(id, env, milliseconds, signal) {
      const { Config: config } = (await get(`/containers/${id}/json`, signal)) as ContainerAnswer;
      const body = { Cmd: healthCommand(config), Env: env };
      const made = await client.ask({ method: 'POST', path: `/containers/${id}/exec`, body }, signal);
      const exec = `/exec/${(made as { Id: string }).Id}`;
      await client.ask({ method: 'POST', path: `${exec}/start`, body: { Detach: true } }, signal);
      const until = performance.now() + milliseconds;
      while (performance.now() < until) {
        const { Running: running, ExitCode: code } = (await get(`${exec}/json`, signal)) as ExecAnswer;
        if (!running && code !== null) return code;
        await delay(50, undefined, { signal });
      }
      return undefined;
    },
    async wait(id, signal) {
      // A connection of its own: those for requests are few, and what waits would keep a signal from being sent.
      const request = { method: 'POST', path: `/containers/${id}/wait`, patience: deadlines.act } as const;
      const answer = await client.api.stream(request, signal);
      return ((await json(chunksOf(answer, address))) as { StatusCode: number }).StatusCode;
    },
    async processors(signal) {
      return ((await get('/info', signal)) as { NCPU: number }).NCPU;
    },
    async hold(signal) {
      const over = new AbortController();
      const query = { filters: { container: ['-'] } }; // Of a container that cannot be.
      const path = '/events';
      const events = await client.api.stream({ method: 'GET', path, query }, AbortSignal.any([signal, over.signal]));
      let lost = false;
      events.on('error', () => {}).on('close', () => (lost = !over.signal.aborted));
      events.resume();
      return {
        get lost() {
          return lost;
        },
        dispose: () => over.abort(),
      };
    },
    async removeAll(label) {
      const signal = AbortSignal.timeout(60_000);
      const filters = { label: [label] };
      const containers = (await get('/containers/json', signal, { all: true, filters })) as { Id: string }[];
      for (const { Id: id } of containers) await remove(id, signal).catch(() => {});
      const images = (await get('/images/json', signal, { filters })) as { Id: string }[];
      for (const { Id: id } of images) {
        await client.ask({ method: 'DELETE', path: `/images/${id}`, query: { force: true } }, signal).catch(() => {});
      }
    },
  };
}

/** The command is the image's: what is left out here is taken from there. Nanoseconds. */
const healthOf = ({ interval, timeout, retries }: HealthOptions): object => ({
  Interval: interval * 1e6,
  Timeout: timeout * 1e6,
  Retries: retries,
});

/** As the engine runs it: CMD-SHELL goes through the image's shell. */
function healthCommand({ Healthcheck: health, Shell: shell }: ContainerAnswer['Config']): readonly string[] {
  const [form, ...words] = health?.Test ?? [];
  return form === 'CMD-SHELL' ? [...(shell ?? ['/bin/sh', '-c']), ...words] : words;
}

/** Throws a Failure when the engine goes away in the middle. */
async function* chunksOf(stream: AsyncIterable<Buffer>, address: string): AsyncGenerator<Buffer> {
  try {
    yield* stream;
  } catch (error) {
    throw engineFailure(error, address);
  }
}

interface ImageAnswer {
  readonly Id: string;
  readonly Config: {
    readonly User?: string;
    readonly Entrypoint?: readonly string[] | null;
    readonly Cmd?: readonly string[] | null;
    readonly Labels?: Readonly<Record<string, string>> | null;
  };
  readonly RootFS: { readonly Layers?: readonly string[] };
}

interface ContainerAnswer {
  readonly Config: {
    readonly StopSignal?: string;
    readonly Healthcheck?: { readonly Test?: readonly string[] };
    readonly Shell?: readonly string[] | null;
  };
  readonly State: {
    readonly Running: boolean;
    readonly ExitCode: number;
    readonly OOMKilled: boolean;
    readonly Health?: { readonly Status: string };
  };
  readonly NetworkSettings: {
    readonly Ports?: Readonly<Record<string, readonly { readonly HostPort: string }[] | null>>;
  };
}

interface ExecAnswer {
  readonly Running: boolean;
  readonly ExitCode: number | null;
}

/** What an engine puts into every container, not the image. */
const ofTheEngine = /^(\.dockerenv|etc\/(hosts|hostname|resolv\.conf|mtab)|dev\/|proc\/|sys\/)/;

/** Bytes of each file that tell what it is. */
const headLength = 256;

async function filesIn(
  archive: AsyncIterable<Uint8Array>,
  wanted: string,
): Promise<{ readonly files: ImageFile[]; readonly content?: Buffer }> {
  const files: ImageFile[] = [];
  const chunks: Buffer[] = [];
  await readTar(archive, ({ path, type, size }) => {
    if (type !== 'file' || ofTheEngine.test(path)) return undefined;
    const head: Buffer[] = [];
    let missing = headLength;
    return {
      write(chunk) {
        if (path === wanted) chunks.push(Buffer.from(chunk));
        if (missing === 0) return;
        head.push(Buffer.from(chunk.subarray(0, missing)));
        missing -= Math.min(missing, chunk.length);
      },
      end: () => void files.push({ path, size, head: Buffer.concat(head).toString('latin1') }),
    };
  });
  return { files, ...(chunks.length === 0 ? {} : { content: Buffer.concat(chunks) }) };
}
