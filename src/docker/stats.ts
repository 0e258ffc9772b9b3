/** What a container uses, from the engine's stream of samples, about one a second. */
import type { EngineClient } from './client.ts';
import { engineFailure } from './failures.ts';
import { array, number, record, text } from './fields.ts';
import { lines } from '../core/lines.ts';

export interface Sample {
  /** Of one core: 150 is one core and a half. */
  readonly cpuPercent: number;
  /** Bytes in use, without the page cache that can be dropped. */
  readonly memory: number;
  /** Bytes it may use. */
  readonly memoryLimit: number;
  /** Bytes since it started. */
  readonly received: number;
  readonly sent: number;
  readonly read: number;
  readonly written: number;
  readonly processes: number;
}

/** Samples until the signal, or until the container stops. Throws Failure when the engine goes away. */
export async function* containerStats(client: EngineClient, id: string, signal: AbortSignal): AsyncGenerator<Sample> {
  try {
    const path = `/containers/${encodeURIComponent(id)}/stats`;
    const stream = await client.api.stream({ method: 'GET', path, query: { stream: 1 } }, signal);
    for await (const line of lines(stream)) {
      const sample = sampleOf(JSON.parse(line.toString()));
      if (sample === undefined) return; // A container that has stopped uses nothing any more.
      yield sample;
    }
  } catch (error) {
    if (!signal.aborted) throw engineFailure(error, client.address);
  }
}

/** Undefined for a container that does not run. The first sample has no CPU: that is a difference of two. */
export function sampleOf(answer: unknown): Sample | undefined {
  const root = record(answer);
  const [now, before] = [record(root['cpu_stats']), record(root['precpu_stats'])];
  const memory = record(root['memory_stats']);
  if (number(now['system_cpu_usage']) === 0 && number(memory['usage']) === 0) return undefined;
  const networks = Object.values(record(root['networks'])).map(record);
  const sum = (name: string): number => networks.reduce((total, row) => total + number(row[name]), 0);
  const blocks = array(record(root['blkio_stats'])['io_service_bytes_recursive']).map(record);
  const io = (op: string): number =>
    blocks
      .filter((row) => text(row['op']).toLowerCase() === op)
      .reduce((total, row) => total + number(row['value']), 0);
  return {
    cpuPercent: cpuPercent(now, before),
    memory: Math.max(0, number(memory['usage']) - pageCache(record(memory['stats']))),
    memoryLimit: number(memory['limit']),
    received: sum('rx_bytes'),
    sent: sum('tx_bytes'),
    read: io('read'),
    written: io('write'),
    processes: number(record(root['pids_stats'])['current']),
  };
}

/** As `docker stats` reckons: the share of the machine's time, times its cores. */
function cpuPercent(now: Record<string, unknown>, before: Record<string, unknown>): number {
  const total = (row: Record<string, unknown>): number => number(record(row['cpu_usage'])['total_usage']);
  const used = total(now) - total(before);
  const passed = number(now['system_cpu_usage']) - number(before['system_cpu_usage']);
  if (used <= 0 || passed <= 0 || number(before['system_cpu_usage']) === 0) return 0;
  const cores = number(now['online_cpus']) || array(record(now['cpu_usage'])['percpu_usage']).length || 1;
  return (used / passed) * cores * 100;
}

/** cgroup v1 tells `total_inactive_file`, v2 `inactive_file`. */
const pageCache = (stats: Record<string, unknown>): number =>
  number(stats['total_inactive_file']) || number(stats['inactive_file']);

const bars = '▁▂▃▄▅▆▇█';

/** Numbers as a row of bars, the highest full; all zero is flat. @param most what a full bar stands for, at least. */
export function sparkline(values: readonly number[], most = 0): string {
  const top = Math.max(most, ...values);
  return values.map((value) => bars[top <= 0 ? 0 : Math.min(7, Math.floor((value / top) * 8))]).join('');
}
