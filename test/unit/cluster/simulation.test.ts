import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSimulation, stagesProblem } from '../../../src/cluster/simulation.ts';

const stage = `apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: { name: fails }
spec: { resourceRef: { apiGroup: v1, kind: Pod }, next: { statusTemplate: 'phase: Failed' } }
`;

describe('what kwok plays', () => {
  it('takes stages, and says which document is none and why', () => {
    assert.equal(stagesProblem(`${stage}---\n${stage}`), undefined);
    const wrong = [
      ['', 'it is empty.'],
      ['just text', 'document 1: it is no object.'],
      [`${stage}---\napiVersion: v1\nkind: Pod\n`, 'document 2: it is a Pod of v1, but only a Stage of kwok.x-k8s.io/v1alpha1 can stand here.'], // prettier-ignore
      [stage.replace('name: fails', ''), 'document 1: metadata.name is missing.'],
      [stage.replace('kind: Pod', ''), 'document 1: spec.resourceRef.kind is missing.'],
      [stage.replace('next:', 'then:'), 'document 1: spec.next is missing.'],
    ];
    for (const [text, problem] of wrong) assert.equal(stagesProblem(text!), problem);
    assert.match(stagesProblem('a: [')!, /^document 1: /);
  });

  it('refuses numbers that cannot be meant, and names the file that is wrong', async () => {
    for (const nodes of [0, -1, 1.5, Number.NaN, 101]) {
      await assert.rejects(readSimulation(nodes, ''), { kind: 'invalid', message: /^A cluster has 1 to 100 nodes/ });
    }
    const folder = await mkdtemp(join(tmpdir(), 'gantry-stages-'));
    try {
      const file = join(folder, 'stages.yaml');
      await assert.rejects(readSimulation(1, file), { kind: 'notFound', message: new RegExp(`^The stages ${file}`) });
      await writeFile(file, 'kind: Pod');
      await assert.rejects(readSimulation(1, file), {
        kind: 'invalid',
        message: /stages\.yaml holds no stages of kwok/,
      });
      await writeFile(file, stage);
      assert.deepEqual(await readSimulation(2, file), { nodes: 2, stages: stage });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
