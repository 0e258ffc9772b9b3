/** Charts and overlays that others publish, which are right: nothing is an error in them, and no value misspelt. */
import assert from 'node:assert/strict';
import { moduleFiles } from '../../../scripts/lib/goModules.ts';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { createManifests } from '../../../src/manifests/domain.ts';
import { isKustomization } from '../../../src/manifests/fileNames.ts';
import { patchesOf } from '../../../src/manifests/kustomize.ts';

const charts: readonly (readonly [module: string, folder: string])[] = [
  ['github.com/stefanprodan/podinfo@v1.8.1-0.20250910200901-e86405a8674e', 'charts/podinfo/'],
  ['github.com/open-policy-agent/gatekeeper/v3@v3.23.1', 'charts/gatekeeper/'],
  ['github.com/external-secrets/external-secrets@v1.3.2', 'deploy/charts/external-secrets/'],
];

describe('public charts', function () {
  this.timeout(5 * 60_000);
  for (const [module, folder] of charts)
    it(module, async () => {
      const ours = createManifests({ schemas: join(root, 'schemas') });
      const files = await moduleFiles(
        module,
        (path) =>
          path.startsWith(folder) &&
          /\.(?:ya?ml|schema\.json)$/.test(path) &&
          !/\/(?:tests|ci)\//.test(path.replace('/templates/tests/', '/')),
      );
      for (const { path, read } of files) await ours.learn(path, read());
      let checked = 0;
      for (const { path, read } of files) {
        if (path.endsWith('.json')) continue;
        const { findings, checked: own } = await ours.validate(read(), '1.34', { path, rules: {} });
        checked += own;
        const errors = findings.filter(({ severity, code }) => severity === 'error' || code === 'unknown-value');
        assert.deepEqual(
          errors.map(({ from, message }) => `${path}:${from.line + 1}: ${message}`),
          [],
        );
      }
      assert.ok(checked >= 10, `${checked} objects were checked`);
    });
});

/** Bases, overlays and their patches. What is left out is wrong on purpose, or was left behind by a generator. */
const overlays: readonly (readonly [module: string, files: RegExp, patches: number])[] = [
  ['github.com/stefanprodan/podinfo@v1.8.1-0.20250910200901-e86405a8674e', /^(?:deploy|kustomize)\//, 0],
  ['github.com/argoproj/argo-rollouts@v1.10.2', /^(?:manifests|examples)\//, 5],
  ['github.com/kedacore/keda/v2@v2.21.0', /^config\/(?!samples\/|crd\/bases\/_)/, 2],
];

describe('public overlays', function () {
  this.timeout(5 * 60_000);
  for (const [module, accepted, leastPatches] of overlays)
    it(module, async () => {
      const ours = createManifests({ schemas: join(root, 'schemas') });
      const files = await moduleFiles(module, (path) => accepted.test(path) && /\.ya?ml$/.test(path));
      for (const { path, read } of files) await ours.learn(path, read());
      const errors: string[] = [];
      let checked = 0;
      for (const { path, read } of files) {
        const { findings, checked: own } = await ours.validate(read(), '1.34', { path, rules: {} });
        checked += own;
        for (const { severity, from, message } of findings)
          if (severity === 'error') errors.push(`${path}:${from.line + 1}: ${message}`);
      }
      assert.deepEqual(errors, []);
      const kustomizations = files.filter(({ path }) => isKustomization(path));
      const patches = kustomizations.flatMap(({ path, read }) => patchesOf(path, read())).length;
      assert.ok(checked >= 30 && kustomizations.length >= 7 && patches >= leastPatches, `${checked}, ${patches}`);
    });
});
