import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { describeKubeconfig } from '../../../src/cluster/kubeconfig.ts';
import { Layout } from '../../../src/cluster/layout.ts';
import { describeParts } from '../../../src/cluster/parts.ts';
import { isReady, isRenewed } from '../../../src/cluster/readiness.ts';
import { reason } from '../../../src/cluster/processes.ts';
import { type Simulation, usualSimulation } from '../../../src/cluster/simulation.ts';
import { parseRecord } from '../../../src/cluster/state.ts';

const described = (simulation: Simulation) =>
  describeParts(
    new Layout('/state/cluster/gantry'),
    { api: 1001, etcd: 1002, etcdPeer: 1003 },
    { controlPlane: '/cache/gantry-controlplane', kwok: '/cache/gantry-kwok' },
    simulation,
  );
const parts = described(usualSimulation);

describe('parts of the cluster', () => {
  it('gives kwok the stages that a person wrote', () => {
    const config = (simulation: Simulation) =>
      described(simulation)
        .at(-1)!
        .args.filter((arg) => arg.startsWith('--config'));
    assert.deepEqual(config(usualSimulation), []);
    assert.deepEqual(config({ nodes: 1, stages: 'kind: Stage' }), ['--config=/state/cluster/gantry/stages.yaml']);
  });

  it('are five, etcd first', () => {
    assert.deepEqual(
      parts.map(({ name, command, args }) => [name, command, args[0]]),
      [
        ['etcd', '/cache/gantry-controlplane', 'etcd'],
        ['kube-apiserver', '/cache/gantry-controlplane', 'kube-apiserver'],
        ['kube-controller-manager', '/cache/gantry-controlplane', 'kube-controller-manager'],
        ['kube-scheduler', '/cache/gantry-controlplane', 'kube-scheduler'],
        ['kwok', '/cache/gantry-kwok', '--kubeconfig=/state/cluster/gantry/kwok.kubeconfig'],
      ],
    );
  });

  it('name no address but the loopback', () => {
    const addresses = parts.flatMap(({ args }) => args.join(' ').match(/\b\d+\.\d+\.\d+\.\d+(?!\/|\d)/g) ?? []);
    assert.deepEqual([...new Set(addresses)], ['127.0.0.1']);
  });

  it('ask everyone for a certificate and everyone of the cluster for permission', () => {
    const flags = parts.flatMap(({ args }) => args);
    for (const flag of ['--client-cert-auth', '--peer-client-cert-auth', '--authorization-mode=Node,RBAC']) {
      assert.ok(flags.includes(flag), flag);
    }
  });
});

describe('version of the cluster', () => {
  it('is the same in the modules and in what the linker sets', () => {
    const read = (file: string): string => readFileSync(join(root, 'labkit/controlplane', file), 'utf8');
    const required = /k8s\.io\/kubernetes v(\S+)/.exec(read('go.mod'))![1]!;
    const staging = [...read('go.mod').matchAll(/=> k8s\.io\/\S+ v(\S+)/g)].map(([, version]) => version);
    const linked = [...read('ldflags').matchAll(/gitVersion=v(\S+)/g)].map(([, version]) => version);
    assert.deepEqual([...new Set(linked)], [required]);
    assert.deepEqual([...new Set(staging)], [required.replace(/^1/, '0')]);
  });
});

describe('kubeconfig of the cluster', () => {
  it('holds everything and nothing else', () => {
    const text = describeKubeconfig({
      name: 'gantry',
      server: 'https://127.0.0.1:1001',
      ca: 'A',
      certificate: 'B',
      key: 'C',
    });
    assert.equal(
      text,
      `apiVersion: v1
kind: Config
clusters:
- name: gantry
  cluster:
    server: https://127.0.0.1:1001
    certificate-authority-data: QQ==
users:
- name: gantry
  user:
    client-certificate-data: Qg==
    client-key-data: Qw==
contexts:
- name: gantry
  context:
    cluster: gantry
    user: gantry
current-context: gantry
`,
    );
  });
});

describe('record of the cluster', () => {
  const whole = {
    ports: { api: 1, etcd: 2, etcdPeer: 3 },
    programs: { controlPlane: '/a', kwok: '/b' },
    processes: { etcd: { pid: 5, started: 'x' } },
  };

  it('is read as it was written', () => assert.deepEqual(parseRecord(whole), whole));

  it('is nothing when a part is missing or of another kind', () => {
    const broken = [
      null,
      'text',
      {},
      { ...whole, ports: { api: 1, etcd: 2 } },
      { ...whole, ports: { ...whole.ports, api: 65536 } },
      { ...whole, ports: { ...whole.ports, api: '1' } },
      { ...whole, programs: { controlPlane: '/a' } },
    ];
    assert.deepEqual(
      broken.map(parseRecord),
      broken.map(() => undefined),
    );
  });

  it('leaves out processes that it cannot tell apart', () => {
    const processes = { etcd: { pid: 5 }, kwok: { pid: '6', started: 'x' }, other: { pid: 7, started: 'x' } };
    assert.deepEqual(parseRecord({ ...whole, processes })?.processes, {});
  });
});

describe('readiness', () => {
  const node = (status: string, taints: object[] = []): object => ({
    status: { conditions: [{ type: 'Ready', status }] },
    spec: { taints },
  });

  it('needs the condition, and the taint gone', () => {
    const taint = { key: 'node.kubernetes.io/not-ready' };
    assert.deepEqual(
      [{}, node('False'), node('True', [taint]), node('True', [{ key: 'mine' }]), node('True')].map(isReady),
      [false, false, false, true, true],
    );
  });

  it('needs a sign of life of this run', () => {
    const since = Date.parse('2026-01-01T00:00:10Z');
    const lease = (renewTime: string): object => ({ spec: { renewTime } });
    assert.deepEqual(
      [{}, lease('2026-01-01T00:00:09.999999Z'), lease('2026-01-01T00:00:10.000000Z')].map((l) => isRenewed(l, since)),
      [false, false, true],
    );
  });
});

describe('reason of an end', () => {
  it('is the last telling line', () => {
    const cases: [string, string][] = [
      ['I0101 fine\nE0101 no such host\nI0101 bye\n', 'E0101 no such host'],
      ['I0101 fine\npanic: runtime error\n\ngoroutine 1 [running]:\nmain.main()\n', 'panic: runtime error'],
      ['{"level":"fatal","msg":"bad data"}\n{"level":"info"}', '{"level":"fatal","msg":"bad data"}'],
      ['just text\n', 'just text'],
      ['', 'it wrote nothing'],
    ];
    assert.deepEqual(
      cases.map(([output]) => reason(output)),
      cases.map(([, expected]) => expected),
    );
  });
});
