/** Clusters that other programs run on this machine, known by what those programs write into a kubeconfig. */
import type { KubeContext } from './kubeconfig.ts';

export interface LocalTool {
  /** For `when` clauses. */
  readonly id: string;
  /** As its makers write it. */
  readonly title: string;
}

interface Rule extends LocalTool {
  /** What the program calls its contexts. */
  readonly context: RegExp;
}

const rules: readonly Rule[] = [
  { id: 'kind', title: 'kind', context: /^kind-./ },
  { id: 'k3d', title: 'k3d', context: /^k3d-./ },
  { id: 'minikube', title: 'minikube', context: /^minikube$/ },
  { id: 'dockerDesktop', title: 'Docker Desktop', context: /^docker-(?:desktop|for-desktop)$/ },
  { id: 'rancherDesktop', title: 'Rancher Desktop', context: /^rancher-desktop$/ },
  { id: 'colima', title: 'Colima', context: /^colima(?:-.+)?$/ },
];

const minikube = rules.find(({ id }) => id === 'minikube')!;

/**
 * The program whose cluster a context leads to; undefined when it is none of these, or not on this machine: a name alone
 * proves nothing. Profiles of minikube are named freely, so they are known by the folder that their certificates are in.
 */
export function localToolOf({ name, cluster, user }: KubeContext): LocalTool | undefined {
  if (!isThisMachine(cluster.server)) return undefined;
  const files = [cluster.caFile, user?.certFile, user?.keyFile];
  if (files.some((file) => file !== undefined && /[\\/]\.minikube[\\/]/.test(file))) return minikube;
  return rules.find(({ context }) => context.test(name));
}

/** Loopback, the names that Docker gives it, and the private networks in which minikube's machines are. */
function isThisMachine(server: string): boolean {
  const host = URL.canParse(server) ? new URL(server).hostname : '';
  return (
    /^(?:localhost|0\.0\.0\.0|\[::1?\]|(?:kubernetes|host)\.docker\.internal)$/.test(host) ||
    /^(?:127|10)\.\d+\.\d+\.\d+$|^192\.168\.\d+\.\d+$|^172\.(?:1[6-9]|2\d|3[01])\.\d+\.\d+$/.test(host)
  );
}
