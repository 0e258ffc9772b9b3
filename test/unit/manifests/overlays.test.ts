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

  const metadata = 'metadata: {name: a}';
  const rewrites: Readonly<Record<string, readonly [before: string, after: string]>> = {
    'an Ingress with all its backends': [
      `apiVersion: extensions/v1beta1
kind: Ingress
${metadata}
spec:
  backend: {serviceName: a, servicePort: http}
  rules:
    - http:
        paths:
          - path: / # all
            backend:
              serviceName: a
              servicePort: 80
`,
      `apiVersion: networking.k8s.io/v1
kind: Ingress
${metadata}
spec:
  defaultBackend: {service: {name: a, port: {name: http}}}
  rules:
    - http:
        paths:
          - path: / # all
            pathType: ImplementationSpecific
            backend:
              service:
                name: a
                port:
                  number: 80
`,
    ],
    'an autoscaler by its metrics': [
      `apiVersion: autoscaling/v2beta1
kind: HorizontalPodAutoscaler
${metadata}
spec:
  maxReplicas: 2
  scaleTargetRef: {kind: Deployment, name: a}
  metrics:
    - type: Resource
      resource: {name: cpu, targetAverageUtilization: 50}
`,
      `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
${metadata}
spec:
  maxReplicas: 2
  scaleTargetRef: {kind: Deployment, name: a}
  metrics:
    - type: Resource
      resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}
`,
    ],
    'a Deployment by the selector it had unsaid': [
      `apiVersion: apps/v1beta1
kind: Deployment
${metadata}
spec:
  replicas: 1
  template:
    metadata: {labels: {app: a}}
    spec: {containers: [{name: a, image: a:1}]}
`,
      `apiVersion: apps/v1
kind: Deployment
${metadata}
spec:
  replicas: 1
  selector:
    matchLabels:
      app: "a"
  template:
    metadata: {labels: {app: a}}
    spec: {containers: [{name: a, image: a:1}]}
`,
    ],
  };
  for (const [name, [before, after]] of Object.entries(rewrites))
    it(`are rewritten: ${name}`, async () => {
      const { findings } = await manifests.validate(before, '1.34');
      assert.deepEqual(
        findings.map(({ code }) => code),
        ['unknown-api-version'],
      );
      const mended = replaceRanges(before, [findings[0]!.fix!]);
      assert.equal(mended, after);
      assert.deepEqual((await manifests.validate(mended, '1.34')).findings, []);
    });

  it('are left to the person where something has to be decided', async () => {
    const hook = `apiVersion: admissionregistration.k8s.io/v1beta1\nkind: ValidatingWebhookConfiguration\n${metadata}\n`;
    const [finding] = (await manifests.validate(hook, '1.34')).findings;
    assert.deepEqual([finding!.code, finding!.fix], ['unknown-api-version', undefined]);
  });
});
