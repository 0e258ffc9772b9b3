/** The nodes of the embedded cluster, and what becomes of pods on them, as a person asks for it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSimulation } from '../../../src/cluster/simulation.ts';
import { TestCluster, eventually, ownControlPlane, pod, sharedControlPlane } from '../../support/controlPlane.ts';

const never = new AbortController().signal;
const quiet = (): void => {};

/** Pods with a label fail once they run. */
const chaos = `
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata:
  name: pod-chaos
spec:
  resourceRef: { apiGroup: v1, kind: Pod }
  selector:
    matchLabels: { chaos: 'true' }
    matchExpressions: [{ key: .status.phase, operator: In, values: [Running] }]
  next:
    statusTemplate: |
      phase: Failed
      reason: Chaos
`;

describe('nodes and stages of the embedded cluster', function () {
  let folder: string;
  before(async function () {
    await sharedControlPlane(this); // Which skips without Go.
    folder = mkdtempSync(join(tmpdir(), 'gantry-stages-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('are those asked for at a start, and as before at the next', async () => {
    const controlPlane = ownControlPlane();
    const file = join(folder, 'stages.yaml');
    writeFileSync(file, chaos);
    const cluster = new TestCluster(
      controlPlane,
      await controlPlane.start(quiet, never, await readSimulation(3, file)),
    );
    const pods = '/api/v1/namespaces/default/pods';
    const nodes = async (): Promise<string[]> => {
      const { items } = await cluster.api<{ items: { metadata: { name: string } }[] }>('GET', '/api/v1/nodes');
      return items.map(({ metadata }) => metadata.name).toSorted();
    };
    const phase = async (name: string): Promise<string> =>
      (await cluster.api<{ status: { phase: string; reason?: string } }>('GET', `${pods}/${name}`)).status.phase;
    try {
      assert.deepEqual(await nodes(), ['gantry-node', 'gantry-node-2', 'gantry-node-3']);
      await cluster.api('POST', pods, pod('calm'));
      await cluster.api('POST', pods, pod('wild', { chaos: 'true' }));
      await eventually(async () => (await phase('wild')) === 'Failed');
      await eventually(async () => (await phase('calm')) === 'Running');
      const { processes } = await controlPlane.start(quiet, never);
      assert.deepEqual(processes, (await controlPlane.start(quiet, never, await readSimulation(3, file))).processes);
      await controlPlane.start(quiet, never, await readSimulation(2, ''));
      assert.deepEqual(await nodes(), ['gantry-node', 'gantry-node-2']);
      await cluster.api('POST', pods, pod('tame', { chaos: 'true' }));
      await eventually(async () => (await phase('tame')) === 'Running');
    } finally {
      await controlPlane.remove();
    }
  });
});
