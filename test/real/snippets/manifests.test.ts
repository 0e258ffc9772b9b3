import assert from 'node:assert/strict';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { root } from '../../../scripts/lib/project.ts';
import { readSnippets } from '../../../scripts/lib/snippets.ts';
import { createManifests } from '../../../src/manifests/domain.ts';
import { sharedControlPlane, type TestCluster } from '../../support/controlPlane.ts';
import { installDefinitions } from '../../support/crds.ts';
import { expandSnippet } from '../../support/snippetSyntax.ts';

/** Files of other programs, which no API server knows → how many documents in them are judged by schemas of those programs. */
const files = new Map([
  ['gt-kustomization', 1],
  ['gt-values', 0],
  ['gt-skaffold', 0],
  ['gt-ci', 0],
]);

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; namespace?: string };
}

const manifestsOf = (text: string): Manifest[] =>
  parseAllDocuments(text, { strict: true, uniqueKeys: true }).map((document) => {
    assert.deepEqual(document.errors, []);
    return document.toJS() as Manifest;
  });

describe('YAML snippets', () => {
  const manifests = createManifests({ schemas: join(root, 'schemas') });

  for (const { name, body, prefix } of readSnippets('yaml')) {
    const text = expandSnippet(body.join('\n'));

    it(`${name}: nothing to object to, for every version`, async () => {
      const versions = await manifests.versions();
      for (const version of versions) {
        const { findings, checked } = await manifests.validate(text, version);
        // A kind of which there is no schema is the API server's alone to judge, below.
        const unknown = findings.filter(({ code }) => code === 'no-schema');
        assert.deepEqual(
          findings.filter((finding) => !unknown.includes(finding)),
          [],
          version,
        );
        const objects = files.get(prefix) ?? manifestsOf(text).length;
        assert.equal(checked + unknown.length, objects, version);
      }
    });
  }

  describe('put to a real API server, strictly', function () {
    this.timeout(10 * 60_000);
    let cluster: TestCluster;
    let namespace: string;
    let definitions: { remove: () => Promise<void> } | undefined;
    before(async function () {
      cluster = await sharedControlPlane(this);
      namespace = await cluster.namespace();
      definitions = await installDefinitions(cluster);
    });
    after(async () => {
      await definitions?.remove();
      if (namespace !== undefined) await cluster.removeNamespace(namespace);
    });

    /** What the server says to each object of a text: empty when it would take all. */
    async function refusals(text: string): Promise<string[]> {
      const said: string[] = [];
      for (const manifest of manifestsOf(text)) {
        const { status, text: answer } = await cluster.send(
          'POST',
          `${await collection(manifest)}?dryRun=All&fieldValidation=Strict`,
          { ...manifest, metadata: { ...manifest.metadata, namespace: undefined } },
        );
        if (status >= 400) said.push(`${manifest.kind}: ${answer}`);
      }
      return said;
    }

    /** Where objects of a kind are made, as the server's discovery has it. */
    async function collection({ apiVersion, kind }: Manifest): Promise<string> {
      const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
      const { resources } = await cluster.api<{ resources: { name: string; kind: string; namespaced: boolean }[] }>(
        'GET',
        group,
      );
      const found = resources.find((resource) => resource.kind === kind && !resource.name.includes('/'));
      assert.ok(found, `${apiVersion} has no ${kind}`);
      return found.namespaced ? `${group}/namespaces/${namespace}/${found.name}` : `${group}/${found.name}`;
    }

    for (const { name, body, prefix } of readSnippets('yaml')) {
      if (files.has(prefix)) continue;
      it(`${name}: is taken`, async () => {
        assert.deepEqual(await refusals(expandSnippet(body.join('\n'))), []);
      });
    }

    it('a field that is none is refused, of kinds built in and brought along', async () => {
      for (const prefix of ['gt-deployment', 'gt-istio-outlier', 'gt-httproute', 'gt-servicemonitor']) {
        const snippet = readSnippets('yaml').find((one) => one.prefix === prefix)!;
        const [said] = await refusals(
          expandSnippet(snippet.body.join('\n')).replace('\nspec:', '\nspec:\n  nosuch: 1'),
        );
        assert.match(said ?? '', /unknown field \\"spec.nosuch\\"/, prefix);
      }
    });
  });
});
