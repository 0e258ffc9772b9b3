import assert from 'node:assert/strict';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { replaceRanges } from '../../../src/core/yaml/edit.ts';
import { createManifests } from '../../../src/manifests/domain.ts';

const schemas = join(root, 'schemas');
const patch = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template: {spec: {containers: [{name: web, imagePullPolcy: Always}, {name: old, $patch: delete}]}}
`;

describe('kustomizations', () => {
  const manifests = createManifests({ schemas });
  const codes = async (path: string): Promise<string[]> =>
    (await manifests.validate(patch, '1.34', { path, rules: {} })).findings.map(({ code }) => code);

  it('are read: a patch is judged by what it says, not by what it leaves out', async () => {
    assert.ok((await codes('overlays/prod/web.yaml')).includes('missing-field'));
    const kustomization = 'resources: [../../base]\npatches: [{path: web.yaml}, {path: ../shared/limits.yaml}]\n';
    assert.equal(await manifests.learn('overlays/prod/kustomization.yaml', kustomization), true);
    assert.equal(await manifests.learn('overlays/prod/kustomization.yaml', kustomization), false);
    assert.deepEqual(await codes('overlays/prod/web.yaml'), ['unknown-field']);
    assert.deepEqual(await codes('overlays/shared/limits.yaml'), ['unknown-field']);
    assert.ok((await codes('base/web.yaml')).includes('missing-field'));
    await manifests.learn('overlays/prod/kustomization.yaml', undefined);
    assert.ok((await codes('overlays/prod/web.yaml')).includes('missing-field'));
  });
});

describe('versions that end', () => {
  const manifests = createManifests({ schemas });
  const budget = (apiVersion: string): string =>
    `apiVersion: ${apiVersion}\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec: {minAvailable: 1, selector: {matchLabels: {a: b}}}\n`;

  it('are marked when they are gone, and the fix leads to the one that took their place', async () => {
    const text = budget('policy/v1beta1');
    const { findings } = await manifests.validate(text, '1.34');
    assert.deepEqual(
      findings.map(({ code, severity, message }) => [code, severity, message]),
      [
        [
          'unknown-api-version',
          'error',
          'policy/v1beta1 PodDisruptionBudget was removed in Kubernetes 1.25; use policy/v1 PodDisruptionBudget.',
        ],
      ],
    );
    assert.equal(replaceRanges(text, [findings[0]!.fix!]), budget('policy/v1'));
    assert.deepEqual((await manifests.validate(budget('policy/v1'), '1.34')).findings, []);
  });

  it('are told of while they are still served', async () => {
    const range = (apiVersion: string): string =>
      `apiVersion: ${apiVersion}\nkind: ServiceCIDR\nmetadata: {name: a}\nspec: {cidrs: [10.0.0.0/8]}\n`;
    const text = range('networking.k8s.io/v1beta1');
    const { findings } = await manifests.validate(text, '1.34');
    assert.deepEqual(
      findings.map(({ code, severity, message }) => [code, severity, message]),
      [
        [
          'deprecated-version',
          'warning',
          'networking.k8s.io/v1beta1 ServiceCIDR is deprecated since Kubernetes 1.34; use networking.k8s.io/v1 ServiceCIDR. It is removed in 1.37.',
        ],
      ],
    );
    const mended = replaceRanges(text, [findings[0]!.fix!]);
    assert.deepEqual(
      [mended, (await manifests.validate(mended, '1.34')).findings],
      [range('networking.k8s.io/v1'), []],
    );
  });
});
