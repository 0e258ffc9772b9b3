/** The files beside manifests that Kustomize and Helm read, out of the Go types they are read into. */
import type { Schema } from '../../src/core/yaml/schema.ts';
import type { FileFormatsFile } from '../../src/manifests/files.ts';
import { moduleFiles } from './goModules.ts';
import { goSchema } from './goTypes.ts';

const kustomize = ['sigs.k8s.io/kustomize/api@v0.21.1', 'sigs.k8s.io/kustomize/kyaml@v0.21.1'] as const;
const helm = 'helm.sh/helm/v3@v3.22.0';

type Definitions = Record<string, Schema>;

export async function makeFileFormats(): Promise<FileFormatsFile> {
  return {
    about: {
      source: `${kustomize.join(', ')}: api/types, kyaml/resid; ${helm}: pkg/chart`,
      licence: 'Apache-2.0, The Kubernetes Authors; Apache-2.0, The Helm Authors',
      changes: 'Made from the Go types; what the programs demand beyond them is read from their sources.',
      madeBy: 'scripts/schemas.ts',
    },
    formats: { Kustomization: await makeKustomization(), Chart: await makeChart() },
  };
}

async function makeKustomization(): Promise<Schema> {
  const [types, resid] = await Promise.all([
    sourcesOf(kustomize[0], /^types\/(?!.*_test)[^/]+\.go$/),
    sourcesOf(kustomize[1], /^resid\/(?!.*_test)[^/]+\.go$/),
  ]);
  const schema = goSchema([...types, ...resid], 'Kustomization');
  const all = types.join('\n');
  const constant = (name: string): string => new RegExp(`\\b${name} += "(.*)"`).exec(all)![1]!;
  const values = (...names: string[]): Schema => ({ type: 'string', enum: names.map(constant) });
  const options = /BuildMetadataOptions = \[\]string\{(.*)\}/.exec(all)![1]!.split(', ');
  return changed(schema, 'Kustomization', (properties) => ({
    apiVersion: values('KustomizationVersion', 'ComponentVersion'),
    kind: values('KustomizationKind', 'ComponentKind'),
    buildMetadata: { ...properties['buildMetadata'], items: values(...options) },
  }));
}

/**
 * Helm takes any scalar for text, but `version: 1.10` becomes 1.1: of these two `helm lint` asks that they are text. What
 * must be there says `Metadata.Validate`.
 */
async function makeChart(): Promise<Schema> {
  const sources = await sourcesOf(helm, /^pkg\/chart\/(?:metadata|dependency)\.go$/);
  const { $defs, ...root } = goSchema(sources, 'Metadata');
  const lenient = Object.fromEntries(Object.entries($defs).map(([name, definition]) => [name, withText(definition)]));
  const all = sources.join('\n');
  const required = Array.from(all.matchAll(/"chart\.metadata\.(\w+) is required"/g), ([, name]) => name!);
  const types = /chart\.metadata\.type must be (\w+) or (\w+)/.exec(all)!.slice(1);
  const text: Schema = { type: 'string' };
  const schema = changed({ ...root, $defs: lenient }, 'Metadata', (properties) => ({
    version: { ...properties['version'], format: 'string' },
    appVersion: { ...properties['appVersion'], format: 'string' },
    type: { ...properties['type'], enum: types },
    // The versions of charts, as chart.go names them.
    apiVersion: { ...properties['apiVersion'], ...text, enum: ['v1', 'v2'] },
  }));
  const { $defs: definitions } = schema;
  return { ...schema, $defs: { ...definitions, Metadata: { ...definitions['Metadata'], required } } } as Schema;
}

/** Every text in it may be any scalar. */
const withText = (schema: Schema): Schema => ({
  ...schema,
  ...(schema.type === 'string' && { format: 'text' }),
  ...(schema.items && { items: withText(schema.items) }),
  ...(typeof schema.additionalProperties === 'object' && {
    additionalProperties: withText(schema.additionalProperties),
  }),
  ...(schema.properties && {
    properties: Object.fromEntries(Object.entries(schema.properties).map(([name, each]) => [name, withText(each)])),
  }),
});

type WithDefinitions = Schema & { readonly $defs: Definitions };

function changed(
  schema: WithDefinitions,
  name: string,
  change: (properties: Definitions) => Definitions,
): WithDefinitions {
  const definition = schema.$defs[name]!;
  const properties = { ...definition.properties };
  return {
    ...schema,
    $defs: { ...schema.$defs, [name]: { ...definition, properties: { ...properties, ...change(properties) } } },
  };
}

const sourcesOf = async (module: string, files: RegExp): Promise<string[]> =>
  (await moduleFiles(module, (path) => files.test(path))).map(({ read }) => read());
