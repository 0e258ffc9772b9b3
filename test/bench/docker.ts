/**
 * The Containers view and the reading of logs, beside the docker command on the same engine in the same run. An engine of
 * its own, behind a proxy that writes down each request.
 */
import { execFile } from 'node:child_process';
import { isDeepStrictEqual, promisify } from 'node:util';
import { type Clock, systemClock } from '../../src/core/backoff.ts';
import { silentLog } from '../../src/core/log.ts';
import { lastValue } from '../../src/core/loadable.ts';
import { type Docker, createDocker } from '../../src/docker/domain.ts';
import { type CountingProxy, countingProxy } from '../support/countingProxy.ts';
import { eventually } from '../support/eventually.ts';
import { OwnEngine } from '../support/engine.ts';
import { following, memory } from './docker/logs.ts';
import { dockerEnv, never, runs } from './docker/options.ts';
import { type Figure, against, figure } from './figures.ts';

export async function bench(): Promise<Figure[]> {
  const engine = await OwnEngine.launch();
  try {
    await engine.image();
    return [
      ...(await idle(engine)),
      ...(await startsAndStops(engine)),
      await listing(engine),
      ...(await following(engine)),
      await memory(engine),
      ...(await restarts(engine)),
    ];
  } finally {
    await engine.close();
  }
}

/** Times as fast as the real clock. Events, answers and connections are the engine's own. */
const pace = 60;
const began = Date.now();
const fast: Clock = {
  ...systemClock,
  now: () => began + (Date.now() - began) * pace,
  sleep: (ms, signal) => systemClock.sleep(ms / pace, signal),
};

async function watched<T>(
  engine: OwnEngine,
  clock: Clock,
  work: (docker: Docker, proxy: CountingProxy) => Promise<T>,
): Promise<T> {
  const proxy = await countingProxy(engine.socketPath);
  const docker = createDocker({ log: silentLog, endpoint: () => `unix://${proxy.socketPath}`, clock });
  try {
    await docker.engines.found();
    docker.tree().setVisible(true);
    await docker.engines.all[0]!.store.known();
    return await work(docker, proxy);
  } finally {
    docker.dispose();
    await proxy.close();
  }
}

/** Ten minutes in which nothing happens, looked at and not. */
function idle(engine: OwnEngine): Promise<Figure[]> {
  return watched(engine, fast, async (docker, proxy) => {
    const tenMinutes = 600_000 / pace;
    const asked = async (): Promise<string[]> => {
      const before = proxy.requests.length;
      await new Promise((resolve) => setTimeout(resolve, tenMinutes));
      return proxy.requests.slice(before).map(({ path }) => path.replace(/\?.*/, ''));
    };
    const seen = await asked();
    docker.tree().setVisible(false);
    await eventually(() => proxy.requests.every(({ open }) => !open));
    const hidden = await asked();
    const count = (path: string): number => seen.filter((one) => one === path).length;
    const [pings, lists] = [count('/_ping'), count('/containers/json')];
    const rest = seen.length - pings - lists;
    const name = (what: string): string => `${what} in 10 idle minutes (clock ×${pace}), one run`;
    return [
      figure(name('requests, hidden'), hidden.length, '', 0),
      figure(name('pings, visible'), pings, '', 20),
      figure(name('container lists, visible'), lists, '', 2),
      figure(name('anything else, visible'), rest, '', 0),
    ];
  });
}

/** Containers that come and go, until the view says what the docker command says. */
function startsAndStops(engine: OwnEngine): Promise<Figure[]> {
  const count = 100;
  return watched(engine, systemClock, async (docker, proxy) => {
    const ids: string[] = [];
    for (let i = 0; i < count; i++) ids.push(await engine.create({ name: `bench-${i}`, command: ['wait'] }));
    await eventually(() => rowsOf(docker).size === count);
    const before = proxy.requests.length;
    const each = async (verb: string, of: readonly string[]): Promise<void> => {
      for (let i = 0; i < of.length; i += 4) {
        await Promise.all(of.slice(i, i + 4).map((id) => engine.json('POST', `/containers/${id}/${verb}?t=1`)));
      }
    };
    await each('start', ids);
    await each('stop', ids.slice(0, count / 2));
    await each('restart', ids.slice(count / 2));
    const ended = performance.now();
    const truth = await statesOf(engine);
    await eventually(() => isDeepStrictEqual(Object.fromEntries(rowsOf(docker)), truth), 30_000);
    const seconds = (performance.now() - ended) / 1000;
    const paths = proxy.requests.slice(before).map(({ path }) => path);
    const inspects = paths.filter((path) => /^\/containers\/\w{64}\/json/.test(path)).length;
    // Each start tells one event, a stop one, a restart three.
    const events = count + count / 2 + (count / 2) * 3;
    await engine.removeContainers();
    return [
      figure(`tree equal after ${2 * count} starts and stops, one run`, seconds, 's', 1),
      figure('image lists meanwhile', paths.filter((path) => path.startsWith('/images/json')).length, '', 0),
      figure('inspects per event', inspects / events, '', 1),
    ];
  });
}

const rowsOf = (docker: Docker): Map<string, string> => {
  const [running] = docker.engines.all;
  const rows = running === undefined ? undefined : lastValue(running.store.state);
  return new Map([...(rows?.values() ?? [])].map(({ id, state }) => [id, state]));
};

async function statesOf(engine: OwnEngine): Promise<Record<string, string>> {
  const rows = await engine.json<{ Id: string; State: string }[]>('GET', '/containers/json?all=1');
  return Object.fromEntries(rows.map(({ Id, State }) => [Id, State]));
}

const run = promisify(execFile);

async function listing(engine: OwnEngine): Promise<Figure> {
  const count = 300;
  for (let i = 0; i < count; i++) await engine.create({ command: ['wait'] });
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let i = 0; i < runs; i++) {
    let began = performance.now();
    const { stdout } = await run('docker', ['ps', '-a'], { env: dockerEnv(engine) });
    theirs.push((performance.now() - began) / 1000);
    if (stdout.trim().split('\n').length !== count + 1) throw new Error('docker ps lists another number');
    began = performance.now();
    const docker = createDocker({ log: silentLog, endpoint: () => engine.address });
    const listed = await docker.list(never);
    ours.push((performance.now() - began) / 1000);
    docker.dispose();
    if (listed.length !== count) throw new Error('Gantry lists another number');
  }
  await engine.removeContainers();
  return against(
    `find the engine and list ${count} containers`,
    ours,
    'docker ps -a',
    theirs,
    (ratio) => ratio <= 0.5,
    '≤ 0.5',
  );
}

/** The engine restarted under an open view. */
function restarts(engine: OwnEngine): Promise<Figure[]> {
  const times = 20;
  return watched(engine, systemClock, async (docker, proxy) => {
    const seconds: number[] = [];
    const open = await proxy.connections();
    for (let i = 0; i < times; i++) {
      await engine.create({ name: `restart-${i}`, command: ['wait'] });
      await engine.kill('SIGKILL');
      await engine.start();
      const began = performance.now();
      const truth = await statesOf(engine);
      await eventually(
        () =>
          docker.engines.all[0]?.store.state.state === 'ready' &&
          isDeepStrictEqual(Object.fromEntries(rowsOf(docker)), truth),
      );
      seconds.push((performance.now() - began) / 1000);
    }
    const leaked = (await proxy.connections()) - open;
    await engine.removeContainers();
    return [
      figure(`state equal after an engine answers again, slowest of ${times}`, Math.max(...seconds), 's', 2),
      figure('sockets leaked', Math.max(0, leaked), '', 0),
    ];
  });
}
