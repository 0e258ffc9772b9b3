/**
 * Makes `schemas/kubernetes.json.br`, the pool of Kubernetes' schemas, from the OpenAPI documents inside the Go module
 * k8s.io/kubernetes. `node scripts/schemas.ts` writes it; `node scripts/schemas.ts --check` says whether it is current.
 * Needs `go`, which fetches the modules the way it is configured to.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { run } from '../src/core/processes.ts';
import type { Schema } from '../src/core/yaml/schema.ts';
import { apiVersionOf, definitionsOf, kindOf } from '../src/manifests/openapi.ts';
import { type PoolFile, type PoolVersion, poolFile } from '../src/manifests/pool.ts';
import { isMain, root } from './lib/project.ts';

const module = 'k8s.io/kubernetes';
/** One release of every minor version that is served, oldest first. */
const releases = ['1.34.4', '1.35.4', '1.36.3', '1.37.2'];
/** Hexadecimal digits kept of a definition's hash: 48 bits for some thousand definitions; a clash stops the script. */
const hashLength = 12;
const target = join(root, 'schemas', poolFile);

if (isMain(import.meta.url)) process.exitCode = await main(process.argv.includes('--check'));

async function main(check: boolean): Promise<number> {
  const json = JSON.stringify(await makePool());
  if (check) {
    // The text is compared, not the bytes: another zlib may compress differently.
    const current = brotliDecompressSync(await readFile(target)).toString('utf8') === json;
    console.log(current ? `${poolFile} is current` : `${poolFile} is out of date: run node scripts/schemas.ts`);
    return current ? 0 : 1;
  }
  const bytes = compress(json);
  await writeFile(target, bytes);
  console.log(`${poolFile}: ${Math.round(bytes.length / 1024)} KiB, ${Math.round(json.length / 1024)} KiB inflated`);
  return 0;
}

function compress(json: string): Buffer {
  const bytes = Buffer.from(json);
  return brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
}

/** The same input gives the same text: everything is sorted. */
async function makePool(): Promise<PoolFile> {
  const definitions = new Map<string, { name: string; schema: Schema }>();
  const versions: Record<string, PoolVersion> = {};
  for (const release of releases) {
    const published = await readDefinitions(await moduleFolder(`${module}@v${release}`));
    versions[release.split('.').slice(0, 2).join('.')] = describeVersion(release, published, definitions);
  }
  // Neighbours that differ little compress best: the same name of two versions.
  const byName = [...definitions].sort(([, a], [, b]) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return {
    about: {
      source: `${releases.map((release) => `${module}@v${release}`).join(', ')}: api/openapi-spec/v3`,
      licence: 'Apache-2.0, Copyright The Kubernetes Authors',
      changes: 'Definitions with equal content are stored once; references are by name; Quantity has a format.',
      madeBy: 'scripts/schemas.ts',
    },
    definitions: Object.fromEntries(byName.map(([hash, { schema }]) => [hash, schema])),
    versions,
  };
}

/** Adds a version's definitions to the pool and says which of them it uses. */
function describeVersion(
  release: string,
  published: ReadonlyMap<string, Schema>,
  pool: Map<string, { name: string; schema: Schema }>,
): PoolVersion {
  const names: Record<string, string> = {};
  const kinds: Record<string, Record<string, string>> = {};
  for (const name of [...published.keys()].sort()) {
    const schema = published.get(name)!;
    names[name] = addDefinition(pool, name, schema);
    const kind = kindOf(schema);
    if (kind !== undefined) (kinds[apiVersionOf(kind)] ??= {})[kind.kind] = name;
  }
  return { release, names, kinds };
}

function addDefinition(pool: Map<string, { name: string; schema: Schema }>, name: string, schema: Schema): string {
  const json = JSON.stringify(schema);
  const hash = createHash('sha256').update(json).digest('hex').slice(0, hashLength);
  const there = pool.get(hash);
  if (there === undefined) pool.set(hash, { name, schema });
  else if (JSON.stringify(there.schema) !== json) throw new Error(`${name} and ${there.name} share the hash ${hash}`);
  return hash;
}

async function readDefinitions(folder: string): Promise<Map<string, Schema>> {
  const specs = join(folder, 'api', 'openapi-spec', 'v3');
  const definitions = new Map<string, Schema>();
  for (const file of (await readdir(specs)).sort()) {
    const document: unknown = JSON.parse(await readFile(join(specs, file), 'utf8'));
    for (const [name, schema] of definitionsOf(document)) addPublished(definitions, name, schema);
  }
  return definitions;
}

/** Each group's document repeats the shared definitions; the pool may merge them only because they never differ. */
function addPublished(definitions: Map<string, Schema>, name: string, schema: Schema): void {
  const there = definitions.get(name);
  if (there !== undefined && JSON.stringify(there) !== JSON.stringify(schema)) {
    throw new Error(`${name} differs between the documents of one release`);
  }
  definitions.set(name, schema);
}

/** Where the module's files are, after `go` has fetched and verified it. */
async function moduleFolder(versioned: string): Promise<string> {
  const cwd = await mkdtemp(join(tmpdir(), 'gantry-schemas-'));
  try {
    const { stdout, stderr } = await run('go', ['mod', 'download', '-json', versioned], { cwd });
    const answer = JSON.parse(stdout || '{}') as { Dir?: string; Error?: string };
    if (answer.Dir === undefined) throw new Error(`${versioned} could not be fetched: ${answer.Error ?? stderr}`);
    return answer.Dir;
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}
