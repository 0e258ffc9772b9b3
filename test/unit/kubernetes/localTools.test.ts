import assert from 'node:assert/strict';
import type { KubeContext } from '../../../src/kubernetes/kubeconfig.ts';
import { localToolOf } from '../../../src/kubernetes/localTools.ts';

const context = (name: string, server: string, caFile?: string): KubeContext => ({
  id: name,
  name,
  namespace: 'default',
  cluster: { name, server, skipTLSVerify: false, ...(caFile === undefined ? {} : { caFile }) },
  user: undefined,
  file: '/kubeconfig',
});
const toolOf = (...args: Parameters<typeof context>): string => localToolOf(context(...args))?.title ?? '';

describe('clusters of other programs', () => {
  // Each as the program of that name writes it.
  for (const [title, name, server, caFile] of [
    ['kind', 'kind-dev', 'https://127.0.0.1:38213'],
    ['k3d', 'k3d-dev', 'https://0.0.0.0:6550'],
    ['minikube', 'minikube', 'https://192.168.49.2:8443'],
    ['minikube', 'team', 'https://192.168.59.101:8443', '/home/me/.minikube/ca.crt'],
    ['minikube', 'team', 'https://127.0.0.1:32769', 'C:\\Users\\me\\.minikube\\ca.crt'],
    ['Docker Desktop', 'docker-desktop', 'https://kubernetes.docker.internal:6443'],
    ['Docker Desktop', 'docker-desktop', 'https://127.0.0.1:6443'],
    ['Rancher Desktop', 'rancher-desktop', 'https://127.0.0.1:6443'],
    ['Colima', 'colima-work', 'https://127.0.0.1:55423'],
  ] as const) {
    it(`${name} at ${server}${caFile === undefined ? '' : ' with its certificates'} is one of ${title}`, () => {
      assert.equal(toolOf(name, server, caFile), title);
    });
  }

  for (const [name, server] of [
    ['kind-prod', 'https://api.example.com:6443'], // Called so by somebody; the server is elsewhere.
    ['docker-desktop', 'https://203.0.113.7:6443'],
    ['kind-', 'https://127.0.0.1:6443'],
    ['mankind-dev', 'https://127.0.0.1:6443'],
    ['team', 'https://127.0.0.1:6443'],
    ['kind-dev', 'https://127.0.0.1.example.com'],
    ['kind-dev', 'https://172.32.0.1:6443'],
    ['kind-dev', 'no address'],
  ] as const) {
    it(`${name} at ${server} is none`, () => assert.equal(toolOf(name, server), ''));
  }
});
