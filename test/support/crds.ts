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
}

/** Installs the definitions and waits until they are served; `remove` takes them away again. */
export async function installDefinitions(cluster: TestCluster): Promise<{ remove: () => Promise<void> }> {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const definitions = (await Promise.all(Object.entries(sources).map(([module, files]) => read(module, files)))).flat();
  for (const definition of definitions) await cluster.api('POST', path, definition);
  for (const { metadata } of definitions) {
    await eventually(async () => {
      const { status } = await cluster.api<{ status?: { conditions?: { type: string; status: string }[] } }>(
        'GET',
        `${path}/${metadata.name}`,
      );
      return status?.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True') ?? false;
    });
  }
  return {
    remove: async () => {
      for (const { metadata } of definitions) await cluster.send('DELETE', `${path}/${metadata.name}`);
    },
  };
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
