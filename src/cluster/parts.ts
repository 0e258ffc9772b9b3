/** The processes of a cluster: what runs, with which flags. Nothing here starts anything. */
import type { Layout, Ports, Programs } from './layout.ts';
import type { Simulation } from './simulation.ts';

export const partNames = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kwok'] as const;
export type PartName = (typeof partNames)[number];

/** A process as it is started. */
export interface Part {
  readonly name: PartName;
  readonly command: string;
  readonly args: readonly string[];
}

/** Clients of the API server with a kubeconfig of their own, and the name of their certificate. */
export const partIdentities = {
  'kube-controller-manager': 'controller-manager',
  'kube-scheduler': 'scheduler',
  kwok: 'kwok',
} as const satisfies Partial<Record<PartName, string>>;

/** The first node, and the only one unless more are asked for; kwok plays its kubelet. */
export const nodeName = 'gantry-node';

/** `gantry-node`, `gantry-node-2`, … */
export const nodeNames = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => (at === 0 ? nodeName : `${nodeName}-${at + 1}`));

/** Whether a node is one of those, of however many. */
export const isOurNode = (name: string): boolean => /^gantry-node(?:-\d+)?$/.test(name);

/** All five, in the order in which they are started. */
export function describeParts(layout: Layout, ports: Ports, programs: Programs, { stages }: Simulation): Part[] {
  const controlPlane = (name: PartName, args: readonly string[]): Part => ({
    name,
    command: programs.controlPlane,
    args: [name, ...args],
  });
  return [
    controlPlane('etcd', etcdFlags(layout, ports)),
    controlPlane('kube-apiserver', apiServerFlags(layout, ports)),
    controlPlane('kube-controller-manager', controllerManagerFlags(layout)),
    controlPlane('kube-scheduler', [...clientFlags(layout, 'kube-scheduler'), ...singleFlags]),
    { name: 'kwok', command: programs.kwok, args: kwokFlags(layout, stages) },
  ];
}

function etcdFlags(layout: Layout, ports: Ports): string[] {
  const client = `https://127.0.0.1:${ports.etcd}`;
  const peer = `https://127.0.0.1:${ports.etcdPeer}`;
  const file = (name: string): string => layout.certificate(name);
  return [
    '--name=gantry',
    `--data-dir=${layout.data}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=gantry=${peer}`,
    // Other people of this machine reach the port too.
    ...['', 'peer-'].flatMap((side) => [
      `--${side}client-cert-auth`,
      `--${side}cert-file=${file('etcd.crt')}`,
      `--${side}key-file=${file('etcd.key')}`,
      `--${side}trusted-ca-file=${file('etcd-ca.crt')}`,
    ]),
    // Lets the API server serve consistent lists from its cache and mark the end of a streamed list.
    '--watch-progress-notify-interval=5s',
    // A reset is one transaction over all objects; etcd's bounds are meant for servers of many.
    '--max-txn-ops=1000000',
    `--max-request-bytes=${512 * 1024 * 1024}`,
    '--log-level=warn',
    '--log-outputs=stderr',
  ];
}

function apiServerFlags(layout: Layout, ports: Ports): string[] {
  const file = (name: string): string => layout.certificate(name);
  return [
    '--bind-address=127.0.0.1',
    `--secure-port=${ports.api}`,
    // The Service "kubernetes" gets no endpoints: a loopback address is not allowed there, and no pod runs to ask it.
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none',
    `--etcd-servers=https://127.0.0.1:${ports.etcd}`,
    `--etcd-cafile=${file('etcd-ca.crt')}`,
    `--etcd-certfile=${file('etcd.crt')}`,
    `--etcd-keyfile=${file('etcd.key')}`,
    '--authorization-mode=Node,RBAC',
    `--client-ca-file=${file('ca.crt')}`,
    `--tls-cert-file=${file('apiserver.crt')}`,
    `--tls-private-key-file=${file('apiserver.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${file('service-account.pub')}`,
    `--service-account-signing-key-file=${file('service-account.key')}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--kubelet-preferred-address-types=InternalIP',
    // For nodes with a real kubelet, which gives logs and terminals to nobody else.
    `--kubelet-client-certificate=${file('admin.crt')}`,
    `--kubelet-client-key=${file('admin.key')}`,
    '--allow-privileged=true',
    '--profiling=false',
  ];
}

function controllerManagerFlags(layout: Layout): string[] {
  return [
    ...clientFlags(layout, 'kube-controller-manager'),
    ...singleFlags,
    '--use-service-account-credentials=true',
    // It first makes an account per controller; at the usual 20 requests a second that takes most of the start.
    '--kube-api-qps=300',
    '--kube-api-burst=600',
    `--service-account-private-key-file=${layout.certificate('service-account.key')}`,
    `--root-ca-file=${layout.certificate('ca.crt')}`,
    `--cluster-signing-cert-file=${layout.certificate('ca.crt')}`,
    `--cluster-signing-key-file=${layout.certificate('ca.key')}`,
  ];
}

function kwokFlags(layout: Layout, stages: string): string[] {
  return [
    ...clientFlags(layout, 'kwok'),
    // Not every node: one with a real kubelet may join.
    '--manage-all-nodes=false',
    '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
    // Without a lease the node controller takes the node for dead.
    '--node-lease-duration-seconds=40',
    '--node-ip=127.0.0.1',
    '--cidr=10.244.0.0/16',
    ...(stages === '' ? [] : [`--config=${layout.stages}`]),
  ];
}

/** There is one of each, so no leader is elected; and nobody asks them for metrics, so they open no port. */
const singleFlags = ['--leader-elect=false', '--secure-port=0', '--profiling=false'];

const clientFlags = (layout: Layout, name: keyof typeof partIdentities): string[] => [
  `--kubeconfig=${layout.partKubeconfig(name)}`,
];

/** The Node object; its status is kwok's. */
export const nodeObject = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: {
    name,
    labels: {
      'kubernetes.io/hostname': name,
      'kubernetes.io/os': 'linux',
      'node-role.kubernetes.io/agent': '',
      type: 'kwok',
    },
    annotations: { 'kwok.x-k8s.io/node': 'fake' },
  },
});
