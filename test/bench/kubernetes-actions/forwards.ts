/** Forwarded ports: how fast a gigabyte comes, in how much memory, and how soon after its pod was replaced. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { passingMemory } from '../../../src/core/memory.ts';
import { Forwards } from '../../../src/kubernetes/forward/forwards.ts';
import { eventually } from '../../support/controlPlane.ts';
import { type Figure, against, figure, median } from '../figures.ts';
import { type Scene, growth, runs } from './scene.ts';

const bytes = Number(process.env['GANTRY_BENCH_BYTES'] ?? 1_000_000_000);

const forwardsOf = ({ kubernetes }: Scene): Forwards =>
  new Forwards({ store: kubernetes.store, connect: kubernetes.contexts.connect }, passingMemory());

export async function forwarding(scene: Scene): Promise<Figure[]> {
  const { node, namespace, context } = scene;
  await node.run(namespace, 'sender', { args: ['serve', '8080'] });
  const forwards = forwardsOf(scene);
  const spec = { context, namespace, kind: 'Pod', name: 'sender', remotePort: 8080, localPort: 0 };
  const { address } = await forwards.start(spec);
  const ours: number[] = [];
  const theirs: number[] = [];
  const grown: number[] = [];
  try {
    for (let run = 0; run < runs; run++) {
      theirs.push(await throughKubectl(scene));
      const [megabytes, seconds] = await growth(() => download(Number(address!.split(':')[1])));
      ours.push(seconds);
      grown.push(megabytes);
      console.error(
        `1 GB: kubectl ${theirs.at(-1)!.toFixed(2)} s, ours ${seconds.toFixed(2)} s, ${megabytes.toFixed(0)} MB`,
      );
    }
  } finally {
    forwards.dispose();
  }
  const name = `${bytes / 1e9} GB through a forward`;
  return [
    against(name, ours, 'kubectl port-forward', theirs, (ratio) => ratio <= 1.2, '≤ 1.2'),
    figure(`${name}: memory growth, the most of ${runs} runs`, Math.max(...grown), 'MB', 40),
  ];
}

async function throughKubectl({ kubectl }: Scene): Promise<number> {
  const child = kubectl('port-forward', 'pod/sender', ':8080');
  try {
    return await download(await announcedPort(child));
  } finally {
    child.kill('SIGKILL');
  }
}

/** Reads on for as long as kubectl runs: it ends when nobody takes what it says of each connection. */
function announcedPort({ stdout }: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = '';
    stdout!.on('data', (piece: Buffer) => {
      said += piece.toString();
      const port = /127\.0\.0\.1:(\d+) ->/.exec(said)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    stdout!.once('close', () => reject(new Error(`kubectl forwards nothing: ${said}`)));
  });
}

/** Seconds for all bytes, read by a program of its own, so that reading costs neither side anything here. */
async function download(port: number): Promise<number> {
  const program = `
    const began = performance.now();
    let length = 0;
    const onread = { buffer: Buffer.alloc(1 << 20), callback: (read) => { length += read; return true; } };
    const socket = require('node:net').connect({ host: '127.0.0.1', port: ${port}, onread }, () => socket.write('send ${bytes}\\n'));
    socket.on('end', () => { console.log(JSON.stringify({ length, seconds: (performance.now() - began) / 1000 })); process.exit(0); });
    socket.on('error', (error) => { console.error(error, length); process.exit(1); });`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (piece: Buffer) => (said += piece.toString()));
  await once(child, 'close');
  if (said === '') throw new Error(`port ${port} gave no bytes`);
  const { length, seconds } = JSON.parse(said) as { length: number; seconds: number };
  if (length !== bytes) throw new Error(`${length} of ${bytes} bytes came`);
  return seconds;
}

/** Seconds from the moment at which the server says that the new pod is ready to an answer through the same local port. */
export async function replacement(scene: Scene): Promise<Figure[]> {
  const { node, namespace, context } = scene;
  const { cluster } = node;
  await node.deploy(namespace, 'replaced', 1, { args: ['serve', '8080'] });
  const forwards = forwardsOf(scene);
  const spec = { context, namespace, kind: 'Deployment', name: 'replaced', remotePort: 8080, localPort: 0 };
  const { address } = await forwards.start(spec);
  const port = Number(address!.split(':')[1]);
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  interface Pod {
    readonly metadata: { readonly name: string };
    readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }
  const ready = async (): Promise<string | undefined> => {
    const { items } = await cluster.api<{ items: Pod[] }>('GET', `${pods}?labelSelector=app%3Dreplaced`);
    return items.find(({ status }) =>
      status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True'),
    )?.metadata.name;
  };
  const seconds: number[] = [];
  try {
    let before = (await nameAt(port))!;
    for (let run = 0; run < runs; run++) {
      await cluster.api('DELETE', `${pods}/${before}?gracePeriodSeconds=0`);
      await eventually(async () => ![undefined, before].includes(await ready()), 120_000);
      const began = performance.now();
      let now: string | undefined;
      while (now === undefined || now === before) now = await nameAt(port);
      seconds.push((performance.now() - began) / 1000);
      before = now;
    }
  } finally {
    forwards.dispose();
  }
  return [figure('forward answers after its pod was replaced', median(seconds), 's', 2)];
}

/** What the pod behind a port calls itself; undefined while it does not answer. */
function nameAt(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write('name\n'));
    socket.on('data', (piece) => (text += piece.toString()));
    socket
      .on('error', () => resolve(undefined))
      .on('end', () => {
        socket.end();
        resolve(text.trim() || undefined);
      });
  });
}
