/** The custom resources of widely used projects, read from the CustomResourceDefinitions in their Go modules. */
import { parseAllDocuments } from 'yaml';
import type { Schema } from '../../src/core/yaml/schema.ts';
import type { CrdFile, CustomKind } from '../../src/manifests/pool.ts';
import { moduleFiles } from './goModules.ts';

interface Source {
  readonly project: string;
  readonly module: string;
  readonly files: RegExp;
}

/** All are Apache-2.0. One release each; a newer one is taken by changing its version here. */
const sources: readonly Source[] = [
  { project: 'Istio', module: 'istio.io/api@v1.31.1', files: /^kubernetes\/customresourcedefinitions\.gen\.yaml$/ },
  {
    project: 'Gateway API',
    module: 'sigs.k8s.io/gateway-api@v1.6.3',
    files: /^config\/crd\/standard\/gateway.*\.yaml$/,
  },
  {
    project: 'Prometheus Operator',
    module: 'github.com/prometheus-operator/prometheus-operator@v0.85.0',
    files: /^example\/prometheus-operator-crd\/.*\.yaml$/,
  },
  {
    project: 'cert-manager',
    module: 'github.com/cert-manager/cert-manager@v1.21.2',
    files: /^deploy\/crds\/.*\.yaml$/,
  },
  { project: 'Argo CD', module: 'github.com/argoproj/argo-cd/v3@v3.6.1', files: /^manifests\/crds\/.*-crd\.yaml$/ },
  {
    project: 'Argo Rollouts',
    module: 'github.com/argoproj/argo-rollouts@v1.10.2',
    files: /^manifests\/crds\/.*-crd\.yaml$/,
  },
  { project: 'Flux', module: 'github.com/fluxcd/source-controller@v1.10.1', files: /^config\/crd\/bases\/.*\.yaml$/ },
  {
    project: 'Flux',
    module: 'github.com/fluxcd/kustomize-controller@v1.10.1',
    files: /^config\/crd\/bases\/.*\.yaml$/,
  },
  { project: 'KEDA', module: 'github.com/kedacore/keda/v2@v2.21.0', files: /^config\/crd\/bases\/.*\.yaml$/ },
  {
    project: 'External Secrets',
    module: 'github.com/external-secrets/external-secrets@v1.3.2',
    files: /^config\/crds\/bases\/.*\.yaml$/,
  },
  {
    project: 'Knative Serving',
    module: 'knative.dev/serving@v0.51.0',
    files: /^config\/core\/300-resources\/.*\.yaml$/,
  },
  {
    project: 'Sealed Secrets',
    module: 'github.com/bitnami-labs/sealed-secrets@v0.40.0',
    files: /^helm\/sealed-secrets\/crds\/.*\.yaml$/,
  },
];

interface Definition {
  readonly kind?: string;
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly schema?: { readonly openAPIV3Schema?: Schema };
    }[];
  };
}

/** Every served version of every kind. */
export async function makeCrds(): Promise<CrdFile> {
  const kinds: Record<string, Record<string, CustomKind>> = {};
  const modules: Record<string, string[]> = {};
  for (const { project, module, files } of sources) {
    (modules[project] ??= []).push(module);
    for (const { read } of await moduleFiles(module, (path) => files.test(path))) {
      for (const document of parseAllDocuments(read())) {
        const definition = document.toJS() as Definition | null;
        if (definition?.kind === 'CustomResourceDefinition') addKinds(definition, project, kinds);
      }
    }
  }
  return {
    about: { changes: 'The schemas of served versions, otherwise as they are.', madeBy: 'scripts/schemas.ts' },
    sources: Object.fromEntries(
      Object.entries(modules).map(([project, each]) => [project, { module: each.join(', '), licence: 'Apache-2.0' }]),
    ),
    kinds,
  };
}

function addKinds({ spec }: Definition, source: string, kinds: Record<string, Record<string, CustomKind>>): void {
  for (const { name, served, schema } of spec.versions) {
    if (served && schema?.openAPIV3Schema)
      (kinds[`${spec.group}/${name}`] ??= {})[spec.names.kind] = { schema: schema.openAPIV3Schema, source };
  }
}
