/**
 * Makes `schemas/kubernetes.json.br`, the pool of Kubernetes' schemas, from the OpenAPI documents inside the Go module
 * k8s.io/kubernetes. `node scripts/schemas.ts` writes it; `node scripts/schemas.ts --check` says whether it is current.
 * Needs `go`, which fetches the modules the way it is configured to.
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import type { Schema } from '../src/core/yaml/schema.ts';
import { apiVersionOf, definitionsOf, kindOf } from '../src/manifests/openapi.ts';
import { crdFile, type Lifecycle, type PoolFile, type PoolVersion, poolFile } from '../src/manifests/pool.ts';
import { type ComposeSchemaFile, composeSchemaFile } from '../src/docker/compose/validate.ts';
import { fileFormatsFile } from '../src/manifests/files.ts';
import { makeCrds } from './lib/crdSources.ts';
import { makeFileFormats } from './lib/fileFormats.ts';
import { moduleFiles } from './lib/goModules.ts';
import { enumsOf, lifecyclesOf, withEnums } from './lib/goSources.ts';
import { isMain, root } from './lib/project.ts';

const module = 'k8s.io/kubernetes';
/** One release of every minor version that is served, oldest first. */
const releases = ['1.34.4', '1.35.4', '1.36.3', '1.37.2'];
/** Hexadecimal digits kept of a definition's hash: 48 bits for some thousand definitions; a clash stops the script. */
const hashLength = 12;
const composeModule = 'github.com/compose-spec/compose-go/v2@v2.16.2';
const specs = 'api/openapi-spec/v3/';
const generated = 'pkg/generated/openapi/zz_generated.openapi.go';

if (isMain(import.meta.url)) process.exitCode = await main(process.argv.includes('--check'));

async function main(check: boolean): Promise<number> {
  let current = true;
  for (const [file, make] of [
    [poolFile, makePool],
    [crdFile, makeCrds],
    [composeSchemaFile, makeCompose],
    [fileFormatsFile, makeFileFormats],
  ] as const) {
    const json = JSON.stringify(await make());
    if (check) current = (await isCurrent(file, json)) && current;
    else await writeFile(join(root, 'schemas', file), compress(json));
    console.log(
      `${file}: ${Math.round(compress(json).length / 1024)} KiB, ${Math.round(json.length / 1024)} KiB inflated`,
    );
  }
  return current ? 0 : 1;
}

/** The text is compared, not the bytes: another zlib may compress differently. */
async function isCurrent(file: string, json: string): Promise<boolean> {
  const current = brotliDecompressSync(await readFile(join(root, 'schemas', file))).toString('utf8') === json;
  if (!current) console.log(`${file} is out of date: run npm run schemas`);
  return current;
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

/** The Compose Specification's schema, as the library of docker compose has it. */
async function makeCompose(): Promise<ComposeSchemaFile> {
  const [file] = await moduleFiles(composeModule, (path) => path === 'schema/compose-spec.json');
  if (file === undefined) throw new Error(`${composeModule} has no schema`);
  const schema = JSON.parse(file.read()) as Extended;
  const about = {
    source: `${composeModule}: ${file.path}`,
    licence: 'Apache-2.0, The Compose Specification Authors',
    changes: 'unevaluatedProperties with allOf are written as properties with additionalProperties.',
    madeBy: 'scripts/schemas.ts',
  };
  return { about, schema: { ...schema, $defs: mapped(schema.$defs ?? {}, (one) => closed(one, schema)) } as Schema };
}

/** What that schema uses beyond what the walker knows. */
interface Extended extends Omit<Schema, 'allOf'> {
  readonly allOf?: readonly Extended[];
  readonly unevaluatedProperties?: boolean;
  readonly $defs?: Readonly<Record<string, Extended>>;
}

/** A type made of parts and closed as a whole, as one type. */
function closed(one: Extended, root: Extended): Extended {
  const { unevaluatedProperties, allOf = [], ...rest } = one;
  if (unevaluatedProperties !== false) return one;
  const parts = allOf.map((part) => closed(inPart(part, root), root));
  const merged = <K extends 'properties' | 'patternProperties'>(key: K): Schema[K] =>
    Object.assign({}, ...parts.map((part) => part[key]), rest[key]) as Schema[K];
  return {
    type: 'object',
    ...rest,
    properties: merged('properties'),
    patternProperties: merged('patternProperties'),
    additionalProperties: false,
  } as Extended;
}

function inPart(part: Extended, root: Extended): Extended {
  const name = part.$ref?.split('/').at(-1) ?? '';
  return { ...(part.$ref === undefined ? part : root.$defs?.[name]), unevaluatedProperties: false };
}

function mapped<T>(record: Readonly<Record<string, T>>, change: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

/** The same input gives the same text: everything is sorted. */
async function makePool(): Promise<PoolFile> {
  const definitions = new Map<string, { name: string; schema: Schema }>();
  const versions: Record<string, PoolVersion> = {};
  const lifecycles: Record<string, Record<string, Lifecycle>> = {};
  for (const release of releases) {
    const published = await readDefinitions(release);
    versions[release.split('.').slice(0, 2).join('.')] = describeVersion(release, published, definitions);
    await addLifecycles(release, lifecycles);
  }
  // Neighbours that differ little compress best: the same name of two versions.
  const byName = [...definitions].sort(([, a], [, b]) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return {
    about: {
      source: `${releases.map((release) => `${module}@v${release}`).join(', ')}: api/openapi-spec/v3, enums from ${generated}; k8s.io/api of the same releases: lifecycles`,
      licence: 'Apache-2.0, Copyright The Kubernetes Authors',
      changes: 'Definitions with equal content are stored once; references are by name; Quantity has a format.',
      madeBy: 'scripts/schemas.ts',
    },
    definitions: Object.fromEntries(byName.map(([hash, { schema }]) => [hash, schema])),
    versions,
    lifecycles: sorted(lifecycles),
  };
}

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What a later release says of a kind's life takes the place of what an earlier one said. */
async function addLifecycles(release: string, all: Record<string, Record<string, Lifecycle>>): Promise<void> {
  const api = `k8s.io/api@v0.${release.split('.').slice(1).join('.')}`;
  const files = await moduleFiles(api, (path) => /\/(register|zz_generated\.prerelease-lifecycle)\.go$/.test(path));
  for (const { path, read } of files) {
    if (!path.endsWith('lifecycle.go')) continue;
    const [folder, version] = [path.slice(0, path.lastIndexOf('/')), path.split('/').at(-2)!];
    const register = files.find((file) => file.path === `${folder}/register.go`)!.read();
    const group = /const GroupName = "(.*)"/.exec(register)![1]!;
    const kinds = (all[group === '' ? version : `${group}/${version}`] ??= {});
    for (const [kind, life] of lifecyclesOf(read())) if (!/List$|Options$/.test(kind)) kinds[kind] = life;
  }
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

async function readDefinitions(release: string): Promise<Map<string, Schema>> {
  const files = await moduleFiles(`${module}@v${release}`, (path) => path.startsWith(specs) || path === generated);
  const definitions = new Map<string, Schema>();
  for (const { path, read } of files) {
    if (!path.startsWith(specs)) continue;
    for (const [name, schema] of definitionsOf(JSON.parse(read()))) addPublished(definitions, name, schema);
  }
  const enums = enumsOf(files.find(({ path }) => path === generated)!.read(), definitions.keys());
  return new Map([...definitions].map(([name, schema]) => [name, withEnums(schema, enums.get(name))]));
}

/** Each group's document repeats the shared definitions; the pool may merge them only because they never differ. */
function addPublished(definitions: Map<string, Schema>, name: string, schema: Schema): void {
  const there = definitions.get(name);
  if (there !== undefined && JSON.stringify(there) !== JSON.stringify(schema)) {
    throw new Error(`${name} differs between the documents of one release`);
  }
  definitions.set(name, schema);
}
