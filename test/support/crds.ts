/** Kinds that others bring to a cluster, from the modules of those who make them. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { run } from '../../src/core/processes.ts';
import { eventually, type TestCluster } from './controlPlane.ts';

/** `path@version` → the files of it that hold CustomResourceDefinitions. */
const sources: Readonly<Record<string, readonly string[]>> = {
  'sigs.k8s.io/gateway-api@v1.6.3': ['gateways', 'httproutes'].map(
    (kind) => `config/crd/standard/gateway.networking.k8s.io_${kind}.yaml`,
  ),
  'github.com/prometheus-operator/prometheus-operator@v0.85.0': ['servicemonitors', 'prometheusrules'].map(
    (kind) => `example/prometheus-operator-crd/monitoring.coreos.com_${kind}.yaml`,
  ),
  'istio.io/api@v1.31.1': ['kubernetes/customresourcedefinitions.gen.yaml'],
};

/** Of a file with many, the ones that snippets use. */
const wanted =
  /^(gateways|httproutes|servicemonitors|prometheusrules|virtualservices|destinationrules|peerauthentications|authorizationpolicies)\./;

interface Definition {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
}

/** Where the definitions of a cluster are. */
export const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Installs the definitions of `sources`; `remove` takes them away again. */
export async function installDefinitions(cluster: TestCluster): Promise<{ remove: () => Promise<void> }> {
  const definitions = (await Promise.all(Object.entries(sources).map(([module, files]) => read(module, files)))).flat();
  await makeDefinitions(cluster, definitions);
  const names = definitions.map(({ metadata }) => metadata.name);
  return { remove: () => removeDefinitions(cluster, names) };
}

/**
 * Makes the definitions and waits until the objects of each version are served. A server that is first asked for
 * objects when their definition is being removed may say "storage is (re)initializing" to itself, and took up to
 * 261 s then to remove it (seen in 4 of 35 rounds; in none of 120 since they are waited for).
 */
export async function makeDefinitions(cluster: TestCluster, definitions: readonly Definition[]): Promise<void> {
  for (const definition of definitions) await cluster.api('POST', definitionsPath, definition);
  for (const { spec } of definitions)
    for (const { name } of spec.versions.filter(({ served }) => served)) {
      const objects = `/apis/${spec.group}/${name}/${spec.names.plural}`;
      await eventually(async () => (await cluster.send('GET', objects)).status === 200);
    }
}

/** Removes definitions with all their objects, and waits until they are gone: only then can the next test make them. */
export async function removeDefinitions(cluster: TestCluster, names: readonly string[]): Promise<void> {
  for (const name of names) await cluster.send('DELETE', `${definitionsPath}/${name}`);
  for (const name of names)
    await eventually(async () => (await cluster.send('GET', `${definitionsPath}/${name}`)).status === 404);
}

async function read(module: string, files: readonly string[]): Promise<Definition[]> {
  const cwd = await mkdtemp(join(tmpdir(), 'gantry-crds-'));
  try {
    const { stdout, stderr } = await run('go', ['mod', 'download', '-json', module], { cwd });
    const { Dir } = JSON.parse(stdout || '{}') as { Dir?: string };
    if (Dir === undefined) throw new Error(`${module} could not be fetched: ${stderr}`);
    return files
      .flatMap((file) => parseAllDocuments(readFileSync(join(Dir, file), 'utf8')))
      .map((document) => document.toJS() as Definition | null)
      .filter((definition) => definition !== null && wanted.test(definition.metadata.name)) as Definition[];
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}
