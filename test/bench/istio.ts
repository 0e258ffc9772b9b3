/**
 * The real istiod of the mesh lessons, before the embedded cluster: until it serves configuration, its memory, and how soon a
 * changed rule reaches the running client, which is T6.1's solution. A call in the very moment of a change can fail in gRPC's
 * client ("unknown cluster selected for RPC": it takes over the rule before it has the connections); such calls are counted.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/core/backoff.ts';
import { freePorts } from '../../src/core/ports.ts';
import { goEnvironment } from '../../src/curriculum/checks/build.ts';
import { ClusterLab, runLabel } from '../../src/curriculum/checks/clusterLab.ts';
import { ClusterClient } from '../../src/curriculum/checks/clusterProxy.ts';
import { Mesh } from '../../src/curriculum/checks/mesh.ts';
import { Values } from '../../src/curriculum/checks/templates.ts';
import { ask } from '../../src/curriculum/checks/ask.ts';
import { type Double, startDouble } from '../../src/curriculum/doubles/double.ts';
import { EvidenceRecord } from '../../src/curriculum/evidence.ts';
import { Istiod, installTypes } from '../../src/curriculum/istiod.ts';
import { seeded } from '../../src/curriculum/random.ts';
import { testPorts } from '../support/checkPorts.ts';
import { eventually } from '../support/controlPlane.ts';
import { curriculumFolder } from '../support/lessons.ts';
import { type Figure, figure, median, percentile95 } from './figures.ts';

const runs = 5;
const changes = 20;
const { signal } = new AbortController();
const lesson = join(curriculumFolder, 'T6.1');
const context = {
  lab: join(lesson, 'solution'),
  support: join(lesson, 'support'),
  clock: systemClock,
  signal,
  pace: 1,
};

export async function bench(): Promise<Figure[]> {
  const report = (sentence: string): void => console.error(sentence);
  const cluster = await testPorts().cluster(report, signal);
  const program = await testPorts().labkit('istiod', report, signal);
  const client = new ClusterClient(cluster);
  const scratch = mkdtempSync(join(tmpdir(), 'gantry-bench-'));
  const run = `bench-${process.pid}`;
  const lab = new ClusterLab(client, `gantry-${run}`, run);
  const doubles = new Map<string, Double>();
  const started: { stop(): Promise<void> }[] = [];
  try {
    await installTypes(program, (path, body) => client.send('POST', path, body, signal), signal);
    await lab.open(signal);
    const labkit = (): never => {
      throw new Error('no double of these needs it');
    };
    const random = seeded(1);
    for (const name of ['v1', 'v2']) {
      doubles.set(
        name,
        await startDouble({ kind: 'fake-grpc', proto: 'prices.proto' }, { ...context, random, labkit }),
      );
    }
    const workloads = { v1: { app: 'prices', version: 'v1' }, v2: { app: 'prices', version: 'v2' } };
    const mesh = new Mesh(lab, workloads, doubles, { ...context, record: new EvidenceRecord('bench') });
    for (const name of doubles.keys()) await mesh.join(name);
    await mesh.applyOwn('mesh.yaml');
    const options = { ...context, program, cluster, selects: [runLabel, run] as const };
    const starts: number[] = [];
    let istiod: Istiod | undefined;
    for (let i = 0; i < runs; i++) {
      await istiod?.stop();
      const began = performance.now();
      istiod = await Istiod.start({ ...options, folder: join(scratch, `istiod-${i}`) });
      starts.push((performance.now() - began) / 1000);
    }
    started.push(istiod!);
    const front = await startFront(scratch, istiod!.bootstrap(lab.namespace), lab.namespace);
    started.push(front);
    const { delays, calls, failed } = await changeRules(front.port, mesh, doubles);
    return [
      figure('start to serving configuration', median(starts), 's', 3),
      figure('resident memory of istiod', residentOf(istiod!.pid!), 'MB', 200),
      figure('rule change to the running client', median(delays), 's', 1),
      figure('the same, p95', percentile95(delays), 's', 1),
      { name: `calls that failed in ${changes} changes`, value: failed, unit: `of ${calls}` },
    ];
  } finally {
    await Promise.all(started.map((one) => one.stop()));
    await Promise.all([...doubles.values()].map((double) => double.close()));
    await lab.remove();
    client.dispose();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Seconds from the API server's answer to the first call that obeys, of a client that calls without a pause. */
async function changeRules(
  port: number,
  mesh: Mesh,
  doubles: ReadonlyMap<string, Double>,
): Promise<{ readonly delays: readonly number[]; readonly calls: number; readonly failed: number }> {
  const delays: number[] = [];
  let [calls, failed] = [0, 0];
  for (let change = 0; change < changes; change++) {
    const [file, name] = change % 2 === 0 ? ['version-two.yaml', 'v2'] : ['version-one.yaml', 'v1'];
    await mesh.apply(file, new Values());
    const before = performance.now();
    for (let obeys = false; !obeys;) {
      const answer = await ask(port, '/prices/tea', 10_000, signal).answer;
      calls++;
      if (answer.kind !== 'answer') throw new Error(`there was no answer: ${JSON.stringify(answer)}`);
      if (answer.status === 200) obeys = doubles.get(name)!.claim((JSON.parse(answer.body) as { price: string }).price);
      else failed++;
    }
    delays.push((performance.now() - before) / 1000);
  }
  return { delays, calls, failed };
}

async function startFront(
  scratch: string,
  bootstrap: string,
  namespace: string,
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const [binary, file] = [join(scratch, 'front'), join(scratch, 'bootstrap.json')];
  execFileSync('go', ['build', '-o', binary, '.'], { cwd: context.lab, env: goEnvironment() });
  writeFileSync(file, bootstrap);
  const [port = 0] = await freePorts(1);
  const child = spawn(binary, [], {
    env: {
      PORT: String(port),
      PRICES: `prices.${namespace}.svc.cluster.local:7070`,
      GRPC_XDS_BOOTSTRAP: file,
      HOME: scratch,
    },
    stdio: 'ignore',
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  await eventually(async () => {
    const answer = await ask(port, '/prices/tea', 20_000, signal).answer;
    return answer.kind === 'answer' && answer.status === 200;
  }, 30_000);
  return { port, stop };
}

/** Megabytes, from /proc. */
function residentOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return (Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) * 1024) / 1e6;
}
