/**
 * Writes to an API server at a steady rate, in a process of its own so that its work is not measured with ours:
 *
 *   const writer = startWriter(cluster, { targets, bodies: ['{"data":{"n":"#"}}'], rate: 200, seconds: 10 });
 *   const { written } = await writer.done;
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import type { TestCluster } from './controlPlane.ts';

export interface WriterOptions {
  /** Paths of the objects, patched in turn. */
  readonly targets: readonly string[];
  /** Merge patches, one for each round over the targets in turn; `#` in them becomes the number of the write. */
  readonly bodies: readonly string[];
  /** Writes a second. */
  readonly rate: number;
  readonly seconds: number;
}

export interface Written {
  readonly written: number;
  /** Seconds that it took: more than asked for when the server is slower than the rate. */
  readonly seconds: number;
}

interface Job extends WriterOptions {
  readonly server: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Most requests at a time. */
const parallel = 32;

export function startWriter(
  { server, ca, adminCert: cert, adminKey: key }: TestCluster,
  options: WriterOptions,
): { readonly done: Promise<Written>; stop(): void } {
  const child: ChildProcess = fork(import.meta.filename, { execArgv: process.execArgv });
  child.send({ ...options, server, ca, cert, key } satisfies Job);
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const done = (async () => {
    const [answer] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [unknown];
    process.removeListener('exit', kill);
    if (typeof answer !== 'object' || answer === null) throw new Error(`the writer ended early: ${String(answer)}`);
    return answer as Written;
  })();
  done.catch(() => {}); // Whoever stops it does not wait for it.
  return { done, stop: kill };
}

/** Patches at the rate, as far as the server keeps up. */
async function write({ targets, bodies, rate, seconds, server, ...tls }: Job): Promise<Written> {
  const agent = new Agent({ ...tls, keepAlive: true, maxSockets: parallel });
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1000;
  const total = rate * seconds;
  let next = 0;
  const one = async (number: number): Promise<void> => {
    const due = number / rate - elapsed();
    if (due > 0) await new Promise((resolve) => setTimeout(resolve, due * 1000));
    const body = bodies[Math.floor(number / targets.length) % bodies.length]!.replaceAll('#', String(number));
    await patch(`${server}${targets[number % targets.length]}`, body, agent);
  };
  const work = async (): Promise<void> => {
    while (next < total) await one(next++);
  };
  await Promise.all(Array.from({ length: parallel }, work));
  agent.destroy();
  return { written: total, seconds: elapsed() };
}

function patch(url: string, body: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/merge-patch+json' };
    const outgoing = request(url, { method: 'PATCH', agent, headers }, (response) => {
      response.resume().once('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`PATCH ${url}: ${response.statusCode}`));
      });
    });
    outgoing.once('error', reject).end(body);
  });
}

if (process.argv[1] === import.meta.filename && process.send !== undefined) {
  const [job] = (await once(process, 'message')) as [Job];
  process.send(await write(job));
  process.disconnect();
}
