/** Two who look after one field, by a script: nothing is lost, and both are named. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import type { KubeObject } from '../../../src/kubernetes/actions/apiCall.ts';
import type { Conflict } from '../../../src/kubernetes/actions/apply.ts';
import { at } from '../../../src/kubernetes/actions/fields.ts';
import { save } from '../../../src/kubernetes/actions/save.ts';
import { type ObjectRef, workloadResources } from '../../../src/kubernetes/apiResource.ts';
import { kubernetesProgram } from '../../support/peers.ts';
import { type Figure, figure } from '../figures.ts';
import { type Scene, never } from './scene.ts';

/** Values that were lost, and managers that were not named; each side changes the field, and one that only it has. */
export async function conflict({ node, namespace, kubernetes, context }: Scene): Promise<Figure[]> {
  const program = await kubernetesProgram();
  const ref: ObjectRef = { ...workloadResources['Deployment']!, context, namespace, name: 'shared' };
  const manifest = (replicas: number): string =>
    JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'shared', namespace, labels: { pipeline: String(replicas) } },
      spec: {
        replicas,
        selector: { matchLabels: { app: 'shared' } },
        template: {
          metadata: { labels: { app: 'shared' } },
          spec: { nodeSelector: { no: 'node' }, containers: [{ name: 'main', image: 'example.invalid/app:1' }] },
        },
      },
    });
  const apply = (replicas: number): { readonly status: number | null; readonly stderr: string } =>
    spawnSync(
      program,
      [
        'kubectl',
        '--kubeconfig',
        node.cluster.kubeconfig,
        'apply',
        '--server-side',
        '--field-manager=pipeline',
        '-f',
        '-',
      ],
      { input: manifest(replicas), encoding: 'utf8' },
    );
  const live = async (): Promise<KubeObject> => (await kubernetes.actions.subject(ref, never)).object;
  let missed = 0;
  const expect = (what: string, holds: boolean): void => {
    if (!holds) console.error(`not so: ${what}`);
    missed += holds ? 0 : 1;
  };
  assert.equal(apply(0).status, 0);
  const base = await live();
  const wanted = { ...base, spec: { ...(base['spec'] as object), replicas: 1, minReadySeconds: 7 } };
  const named: Conflict[] = [];
  const saving = (answer: 'take' | 'keep' | undefined): Promise<KubeObject> =>
    save(ref, base, wanted, {
      server: kubernetes.actions.server(context),
      signal: never,
      dialogue: {
        review: async () => true,
        resolve: async (conflicts) => {
          named.push(...conflicts);
          return answer;
        },
      },
    });
  await saving(undefined).catch(() => undefined);
  expect(
    'the other manager and the field are named',
    named.some(({ manager, field }) => manager === 'pipeline' && field === '.spec.replicas'),
  );
  expect('leaving changes nothing', at(await live(), 'spec', 'replicas') === 0);
  const kept = await saving('keep');
  expect(
    'what is kept is theirs, the rest is saved',
    at(kept, 'spec', 'replicas') === 0 && at(kept, 'spec', 'minReadySeconds') === 7,
  );
  const taken = await saving('take');
  expect(
    'what is taken is saved, and what only they set stays',
    at(taken, 'spec', 'replicas') === 1 && at(taken, 'metadata', 'labels', 'pipeline') === '0',
  );
  const second = apply(3);
  expect('they are told of us', second.status !== 0 && /conflict with "gantry"/.test(second.stderr));
  expect('and overwrite nothing', at(await live(), 'spec', 'replicas') === 1);
  return [figure('two managers of one field: values lost or managers not named, of 6', missed, '', 0)];
}
