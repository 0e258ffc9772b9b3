/** The container of a cluster: the request that makes it, and the files that it gets before it starts. Nothing is asked here. */
import type { EngineFacts } from './engine.ts';

export interface ContainerSettings {
  /** An image of k3s, or one that keeps its contract. */
  readonly image: string;
  /** An image of a registry that is to stand next to the cluster; empty for none. */
  readonly registry: string;
  /** Registry → the addresses that are asked for its images instead, the first that answers. */
  readonly mirrors: Readonly<Record<string, readonly string[]>>;
  /** Address of a proxy for what the cluster pulls; empty for none. */
  readonly proxy: string;
  /** Added to those of `k3s server`. */
  readonly arguments: readonly string[];
  /** `2g`, `1500m`; empty for no limit. */
  readonly memory: string;
  /** Processors, also parts of one; 0 for no limit. */
  readonly cpus: number;
}

/** Marks the container of a cluster with its name; the Containers view knows it by this, too. */
export const clusterLabel = 'gantry.cluster';

/** The image of https://hub.docker.com/r/rancher/k3s; a kubelet of 1.35 or later refuses hosts with cgroup v1. */
export const defaultImage = 'rancher/k3s:v1.34.4-k3s1';

export const defaultSettings: ContainerSettings = {
  image: defaultImage,
  registry: '',
  mirrors: {},
  proxy: '',
  arguments: [],
  memory: '',
  cpus: 0,
};

/** Flags of `gantry cluster create` and the settings that say the same in VS Code. */
const settingOf = {
  image: 'gantry.cluster.image',
  registry: 'gantry.cluster.registry',
  mirror: 'gantry.cluster.registryMirrors',
  argument: 'gantry.cluster.arguments',
  memory: 'gantry.cluster.memory',
} as const;

/** How a person chooses otherwise, in the terminal and in VS Code: `--memory (gantry.cluster.memory)`. */
export const option = (flag: keyof typeof settingOf, value?: string): string =>
  `--${flag}${value === undefined ? '' : `=${value}`} (${settingOf[flag]})`;

export const kubeconfigPath = '/etc/rancher/k3s/k3s.yaml';
const apiPort = '6443/tcp';

/** `privileged`, or the least that a node gets along with, for hosts that do not have every capability to give away. */
export type Rights = 'privileged' | 'listed';

export interface NodeSpec {
  readonly cluster: string;
  readonly settings: ContainerSettings;
  readonly facts: EngineFacts;
  /** Port of 127.0.0.1 at which the API is published: pinned, since an engine would choose another at each start. */
  readonly port: number;
  /** The same of the registry; 0 without one. */
  readonly registryPort: number;
  /** What servers and agents of one cluster know. */
  readonly token: string;
  readonly rights: Rights;
}

/** All but CAP_SYS_RESOURCE, which --privileged asks for and the root of a container or of a sandbox may lack. */
const capabilities = [
  ...['AUDIT_CONTROL', 'AUDIT_WRITE', 'BLOCK_SUSPEND', 'CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER'],
  ...['FSETID', 'IPC_LOCK', 'IPC_OWNER', 'KILL', 'LEASE', 'MKNOD', 'NET_ADMIN', 'NET_BIND_SERVICE', 'NET_BROADCAST'],
  ...['NET_RAW', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYSLOG', 'SYS_ADMIN', 'SYS_CHROOT', 'SYS_NICE'],
  ...['SYS_PTRACE', 'SYS_TTY_CONFIG'],
];

/**
 * What --privileged does besides: control groups that can be written, a kernel log. Then k3s takes this shell's place,
 * since it has to be the first process: only then does it leave the root control group and collect what pods leave.
 */
const preparation = [
  'for mount in /sys/fs/cgroup /sys/fs/cgroup/*; do mount -o remount,bind,rw "$mount" 2>/dev/null; done',
  '[ -e /dev/kmsg ] || ln -s /dev/null /dev/kmsg',
  'exec k3s "$@"',
].join('\n');

/** Body of `POST /containers/create`. */
export function containerRequest(spec: NodeSpec): object {
  const { cluster, settings, facts, port, registryPort, token, rights } = spec;
  const published = [[apiPort, port], ...(registryPort === 0 ? [] : [[`${registryPort}/tcp`, registryPort]])] as const;
  return {
    Image: settings.image,
    Hostname: containerName(cluster),
    Labels: { [clusterLabel]: cluster },
    ...(rights === 'listed' ? { Entrypoint: ['/bin/sh', '-c', preparation, 'k3s'] } : {}),
    Cmd: ['server', '--disable=traefik', '--tls-san=127.0.0.1', ...ofHost(facts, rights), ...settings.arguments],
    Env: [`K3S_TOKEN=${token}`, ...proxyVariables(settings.proxy)],
    ExposedPorts: Object.fromEntries(published.map(([inside]) => [inside, {}])),
    HostConfig: {
      ...rightsOf(rights),
      Init: false,
      CgroupnsMode: 'private',
      Tmpfs: { '/run': '', '/var/run': '' },
      PortBindings: Object.fromEntries(
        published.map(([inside, outside]) => [inside, [{ HostIp: '127.0.0.1', HostPort: String(outside) }]]),
      ),
      ...(facts.remapped ? { UsernsMode: 'host' } : {}),
      ...(settings.memory === '' ? {} : { Memory: parseBytes(settings.memory) }),
      ...(settings.cpus === 0 ? {} : { NanoCpus: Math.round(settings.cpus * 1e9) }),
      ExtraHosts: ['host.docker.internal:host-gateway'],
      SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
    },
  };
}

function rightsOf(rights: Rights): object {
  if (rights === 'privileged') {
    return { Privileged: true, Ulimits: [{ Name: 'nofile', Soft: 65_535, Hard: 65_535 }] };
  }
  // No limits either: raising one needs CAP_SYS_RESOURCE.
  return { CapAdd: capabilities, MaskedPaths: [], ReadonlyPaths: [], DeviceCgroupRules: ['a *:* rwm'] };
}

function ofHost({ cgroupVersion, rootless }: EngineFacts, rights: Rights): string[] {
  return [
    // Known to kubelets from 1.31 on; without it those from 1.35 on end at once.
    ...(cgroupVersion === '1' ? ['--kubelet-arg=fail-cgroupv1=false'] : []),
    // Lowering the score needs CAP_SYS_RESOURCE.
    ...(rights === 'listed' ? ['--kubelet-arg=oom-score-adj=0'] : []),
    ...(rootless ? ['--kubelet-arg=feature-gates=KubeletInUserNamespace=true'] : []),
  ];
}

/** What stays inside is not asked of the proxy: k3s's networks for pods and services, and names of the cluster. */
const inside = ['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'localhost', '.svc', '.cluster.local'];

const proxyVariables = (proxy: string): string[] =>
  proxy === '' ? [] : [`HTTP_PROXY=${proxy}`, `HTTPS_PROXY=${proxy}`, `NO_PROXY=${inside.join(',')}`];

/** Names of container and host; `k3d-` and `kind-` would have other tools take it for theirs. */
export const containerName = (cluster: string): string => `gantry-${cluster}`;

export interface NodeFile {
  /** Without a leading slash. */
  readonly path: string;
  readonly text: string;
}

/** Files below the root of the container, before it starts. */
export function nodeFiles({ mirrors }: ContainerSettings, registryPort: number, rights: Rights): NodeFile[] {
  const own = `localhost:${registryPort}`;
  const registries = registriesFile(registryPort === 0 ? mirrors : { ...mirrors, [own]: [`http://${own}`] });
  return [
    ...(registries === undefined ? [] : [{ path: 'etc/rancher/k3s/registries.yaml', text: registries }]),
    ...(rights === 'listed' ? [containerdDropIn] : []),
  ];
}

/** Without CAP_SYS_RESOURCE no score can be lowered, so that of pods must not be either. Read by containerd 2 of k3s. */
const containerdDropIn: NodeFile = {
  path: 'var/lib/rancher/k3s/agent/etc/containerd/config-v3.toml.d/gantry.toml',
  text: "[plugins.'io.containerd.cri.v1.runtime']\n  restrict_oom_score_adj = true\n",
};

/** https://docs.k3s.io/installation/private-registry; JSON is YAML. */
export function registriesFile(mirrors: ContainerSettings['mirrors']): string | undefined {
  const entries = Object.entries(mirrors).filter(([, endpoint]) => endpoint.length > 0);
  if (entries.length === 0) return undefined;
  const named = Object.fromEntries(entries.map(([registry, endpoint]) => [registry, { endpoint }]));
  return `${JSON.stringify({ mirrors: named }, undefined, 2)}\n`;
}

const units: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** Bytes of `2g` as the docker command reads it; undefined for what it would not take. */
export function parseBytes(written: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([bkmg]?)b?$/i.exec(written.trim());
  return match === null ? undefined : Math.round(Number(match[1]) * units[match[2]!.toLowerCase()]!);
}
