/** Logs read whole: how fast, how completely, and in how much memory, beside `docker logs`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { silentLog } from '../../../src/core/log.ts';
import { createDocker } from '../../../src/docker/domain.ts';
import type { OwnEngine } from '../../support/engine.ts';
import { type Figure, against, figure } from '../figures.ts';
import { dockerEnv, never, runs } from './options.ts';

/** Bytes of a line, with its end. */
const width = 200;

/** A container's whole log read as it comes, each line's number checked. */
export async function following(engine: OwnEngine): Promise<Figure[]> {
  const count = 100_000_000 / width;
  const id = await engine.run({ command: ['lines', String(count), String(width)] });
  await engine.json('POST', `/containers/${id}/wait`);
  const [ours, theirs]: [number[], number[]] = [[], []];
  let wrong = 0;
  for (let i = 0; i < runs; i++) {
    theirs.push(await dockerLogs(engine, id));
    const began = performance.now();
    wrong += await readNumbered(engine, id, count);
    ours.push((performance.now() - began) / 1000);
  }
  await engine.removeContainers();
  const throughput = (seconds: readonly number[]): number[] => seconds.map((s) => 100 / s);
  return [
    figure(`lines lost or doubled of ${count}, ${runs} runs`, wrong, '', 0),
    against('100 MB of log', throughput(ours), 'docker logs', throughput(theirs), (r) => r >= 0.5, '≥ 0.5', 'MB/s'),
  ];
}

async function dockerLogs(engine: OwnEngine, id: string): Promise<number> {
  const began = performance.now();
  const child: ChildProcess = spawn('docker', ['logs', '-f', id], {
    env: dockerEnv(engine),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let bytes = 0;
  for await (const chunk of child.stdout!) bytes += (chunk as Buffer).length;
  if (bytes !== 100_000_000) throw new Error(`docker logs printed ${bytes} bytes`);
  return (performance.now() - began) / 1000;
}

/** How many lines were not the next one. */
async function readNumbered(engine: OwnEngine, id: string, count: number): Promise<number> {
  const docker = createDocker({ log: silentLog, endpoint: () => engine.address });
  let [next, wrong] = [0, 0];
  let rest = Buffer.alloc(0);
  for await (const { data } of docker.logs(id, { follow: true, tail: 'all' }, never)) {
    const bytes = rest.length === 0 ? data : Buffer.concat([rest, data]);
    let at = 0;
    for (; at + width <= bytes.length; at += width) {
      if (Number.parseInt(bytes.toString('latin1', at, at + 12), 10) !== next) wrong++;
      next++;
    }
    rest = Buffer.from(bytes.subarray(at));
  }
  docker.dispose();
  return wrong + Math.abs(count - next);
}

/** Growth of this process while a log of 200 MB passes through it. */
export async function memory(engine: OwnEngine): Promise<Figure> {
  const count = 200_000_000 / width;
  const id = await engine.run({ command: ['lines', String(count), String(width)] });
  await engine.json('POST', `/containers/${id}/wait`);
  const before = process.memoryUsage.rss();
  let peak = before;
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20);
  const wrong = await readNumbered(engine, id, count);
  clearInterval(timer);
  if (wrong > 0) throw new Error(`${wrong} lines of 200 MB were wrong`);
  await engine.removeContainers();
  return figure('peak memory growth while following 200 MB, one run', (peak - before) / 1e6, 'MB', 60);
}
