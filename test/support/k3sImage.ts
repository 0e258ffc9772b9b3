/**
 * An image that keeps k3s's contract with a real Kubernetes in it: k3s's own cannot be pulled everywhere. It is made of
 * the node's root file system, the programs of the embedded cluster, and test/fixtures/cluster/k3s, which plays `k3s`.
 *
 *   const image = await k3sImage(engine);          // goes into the setting that a person would use
 */
import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Layout } from '../../src/cluster/layout.ts';
import { describeParts, partIdentities } from '../../src/cluster/parts.ts';
import { usualSimulation } from '../../src/cluster/simulation.ts';
import { builtPrograms } from './controlPlane.ts';
import type { Engine } from './engine.ts';
import { containerdConfiguration, kubeletConfiguration, networkConfiguration } from './node.ts';
import { nodeRootFileSystem, pauseImage } from './nodeImage.ts';
import { kubernetesProgram } from './peers.ts';
import { tar } from './tar.ts';

const player = readFileSync(join(import.meta.dirname, '..', 'fixtures', 'cluster', 'k3s'));
const name = `gantry-test/k3s:v1.34.4-${createHash('sha256').update(player).digest('hex').slice(0, 8)}`;
const layout = new Layout('/var/lib/rancher/k3s/server');
const ports = { api: 6443, etcd: 2379, etcdPeer: 2380 };

/** Imports the image unless the engine has it. Returns its name. */
export async function k3sImage(engine: Engine): Promise<string> {
  if ((await engine.api('GET', `/images/${name}/json`)).status === 200) return name;
  const changes = ['ENTRYPOINT ["k3s"]', 'VOLUME /var/lib/rancher/k3s', 'VOLUME /var/lib/kubelet', 'VOLUME /var/log'];
  const query = new URLSearchParams([
    ['fromSrc', '-'],
    ['repo', name],
    ...changes.map((one): [string, string] => ['changes', one]),
  ]);
  const archive = await imageFiles();
  await new Promise<void>((resolve, reject) => {
    const path = `/images/create?${query.toString()}`;
    const outgoing = request({ socketPath: engine.socketPath, method: 'POST', path });
    outgoing.on('error', reject).on('response', (response) => {
      let text = '';
      response.on('data', (piece: Buffer) => (text += piece.toString()));
      response.on('end', () => (text.includes('"error"') ? reject(new Error(text)) : resolve()));
    });
    archive.on('error', reject).pipe(outgoing);
  });
  return name;
}

/** Ours first, without the end of an archive, then the root file system as it is. */
async function imageFiles(): Promise<Readable> {
  const { controlPlane } = await builtPrograms(() => {}, new AbortController().signal);
  const program = (path: string): Promise<Buffer> => readFile(path);
  const text = (file: string, data: string): { name: string; data: Buffer } => ({
    name: `gantry/${file}`,
    data: Buffer.from(data),
  });
  const ours = tar([
    {
      name: 'usr/local/bin/k3s',
      data: player,
      mode: 0o755,
    },
    { name: 'gantry/controlplane', data: await program(controlPlane), mode: 0o755 },
    { name: 'gantry/kubernetes', data: await program(await kubernetesProgram()), mode: 0o755 },
    { name: 'gantry/pause.tar', data: await pauseImage() },
    text('server.sh', script(['etcd', 'kube-apiserver'])),
    text('controllers.sh', script(['kube-controller-manager', 'kube-scheduler'])),
    text('containerd.toml', containerdConfiguration),
    text('cni.conflist', JSON.stringify(networkConfiguration)),
    text('kubelet.yaml', kubeletConfiguration.replace('/gantry/ca.crt', layout.certificate('ca.crt'))),
    text('admin.kubeconfig', kubeconfig('admin')),
    ...Object.entries(partIdentities).map(([part, identity]) => text(`${part}.kubeconfig`, kubeconfig(identity))),
  ]);
  const file = createReadStream(await nodeRootFileSystem());
  return Readable.from(
    (async function* () {
      yield ours.subarray(0, ours.length - 1024);
      yield* file;
    })(),
    { objectMode: false },
  );
}

/** Starts parts of the embedded cluster, with the API server where a published port leads. */
function script(names: readonly string[]): string {
  const parts = describeParts(layout, ports, { controlPlane: '/gantry/controlplane', kwok: '' }, usualSimulation);
  const lines = parts
    .filter((part) => names.includes(part.name))
    .map(({ command, args, name: part }) => {
      const words = args.map((word) => word.replace('--bind-address=127.0.0.1', '--bind-address=0.0.0.0'));
      return `${[command, ...words].map((word) => `'${word}'`).join(' ')} >'${layout.log(part)}' 2>&1 &`;
    });
  return `${lines.join('\n')}\n`;
}

const kubeconfig = (identity: string): string => `apiVersion: v1
kind: Config
clusters:
- name: own
  cluster: {server: 'https://127.0.0.1:6443', certificate-authority: ${layout.certificate('ca.crt')}}
users:
- name: own
  user: {client-certificate: ${layout.certificate(`${identity}.crt`)}, client-key: ${layout.certificate(`${identity}.key`)}}
contexts:
- name: own
  context: {cluster: own, user: own}
current-context: own
`;
