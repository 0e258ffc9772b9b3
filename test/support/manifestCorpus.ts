/** Manifests that other people wrote, out of the archives of public Go modules. */
import { moduleFiles } from '../../scripts/lib/goModules.ts';
import { parseYaml } from '../../src/core/yaml/parse.ts';
import { stringAt } from '../../src/core/yaml/tree.ts';
import { looksLikeManifests } from '../../src/manifests/detect.ts';

export interface CorpusDocument {
  /** `module: path#index`. */
  readonly name: string;
  readonly source: string;
  readonly text: string;
}

/** A module, and which of its files hold manifests that mean to be applied (or refused). */
const sources: readonly (readonly [module: string, files: RegExp])[] = [
  [
    'k8s.io/kubernetes@v1.34.4',
    /^(?:test\/(?:fixtures|e2e\/testing-manifests|conformance)|cluster\/addons|hack\/testdata)\//,
  ],
  ['github.com/kyverno/kyverno@v1.19.1', /^test\/(?!best_practices_pod)/],
  ['github.com/zegl/kube-score@v1.20.0', /^score\/testdata\//],
  ['github.com/yannh/kubeconform@v0.8.0', /^fixtures\//],
  ['sigs.k8s.io/kubectl-validate@v0.0.4', /^testcases\/|^pkg\/.*testdata/],
  ['github.com/stefanprodan/podinfo@v1.8.1-0.20250910200901-e86405a8674e', /^(?:deploy|kustomize)\//],
  ['knative.dev/serving@v0.51.0', /^(?:config|test\/config)\//],
];

/** Nobody looked at these while writing a rule: a corpus that rules were tuned on says little of others. */
const heldOut: typeof sources = [
  ['github.com/open-policy-agent/gatekeeper/v3@v3.23.1', /^(?!\.github|charts|manifest_staging|vendor)/],
  ['sigs.k8s.io/metrics-server@v0.9.0', /^manifests\//],
  ['github.com/argoproj/argo-rollouts@v1.10.2', /^(?:test|examples|manifests|docs)\//],
  ['github.com/argoproj/argo-cd/v3@v3.6.1', /^(?:test|examples|manifests|reposerver|util|controller)\//],
  ['github.com/kedacore/keda/v2@v2.21.0', /^(?:config|tests)\//],
  ['github.com/cert-manager/cert-manager@v1.21.2', /^(?:deploy|test|make|docs)\//],
];

/** Every document that names a kind and is no template. */
export async function corpus(which: 'tuned' | 'held out' = 'tuned'): Promise<CorpusDocument[]> {
  const documents: CorpusDocument[] = [];
  const seen = new Set<string>();
  for (const [module, pattern] of which === 'tuned' ? sources : heldOut) {
    const files = await moduleFiles(module, (path) => /\.ya?ml$/.test(path) && pattern.test(path));
    for (const { path, read } of files) {
      const text = read();
      if (!looksLikeManifests(text) || text.includes('{{')) continue;
      for (const [index, part] of text.split(/^---.*\r?\n/m).entries()) {
        const root = parseYaml(part, 'yaml1.1').documents[0]?.root;
        if (seen.has(part) || !stringAt(root, 'apiVersion') || !stringAt(root, 'kind')) continue;
        seen.add(part);
        documents.push({ name: `${module.split('@')[0]}: ${path}#${index}`, source: module, text: part });
      }
    }
  }
  return documents;
}
