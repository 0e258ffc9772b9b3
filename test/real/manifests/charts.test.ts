/** Charts that others publish, whose templates and values are right: nothing is an error in them, and no value misspelt. */
import assert from 'node:assert/strict';
import { moduleFiles } from '../../../scripts/lib/goModules.ts';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { createManifests } from '../../../src/manifests/domain.ts';

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
