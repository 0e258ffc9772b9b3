/** The programs that manifests' figures are compared with, built or installed for the run. */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../../scripts/lib/project.ts';
import type { Schema } from '../../../src/core/yaml/schema.ts';
import type { Catalog } from '../../../src/manifests/pool.ts';

/** Builds kubeconform, pinned in test/peers, and returns its path. */
export async function kubeconform(folder: string): Promise<string> {
  const program = join(folder, 'kubeconform');
  await promisify(execFile)('go', ['build', '-o', program, 'github.com/yannh/kubeconform/cmd/kubeconform'], {
    cwd: join(root, 'test/peers/manifests'),
  });
  return program;
}

/** Writes the schemas as kubeconform wants them, strict and each by itself, and returns its option for them. */
export async function schemasFor(catalog: Catalog, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const apiVersion of catalog.apiVersions)
    for (const kind of catalog.kindsOf(apiVersion)) {
      const name = `${kind.toLowerCase()}-${apiVersion.replace(/\.[^/]*/, '').replace('/', '-')}.json`;
      const definitions: Record<string, Schema> = {};
      const { $ref } = catalog.schemaOf(apiVersion, kind)!;
      collect($ref!, catalog, definitions);
      await writeFile(join(folder, name), JSON.stringify({ $ref: `#/definitions/${$ref}`, definitions }));
    }
  return join(folder, '{{.ResourceKind}}{{.KindSuffix}}.json');
}

/** All definitions, closed, each kind saying which it is: what `all.json` of the published schemas is. */
export function definitionsFor(catalog: Catalog): {
  readonly definitions: Readonly<Record<string, Schema>>;
  readonly kinds: readonly { readonly name: string }[];
} {
  const definitions: Record<string, Schema> = {};
  const kinds = new Map<string, { name: string }>();
  for (const apiVersion of catalog.apiVersions)
    for (const kind of catalog.kindsOf(apiVersion)) {
      const name = catalog.schemaOf(apiVersion, kind)!.$ref!;
      collect(name, catalog, definitions);
      const { properties } = definitions[name]!;
      const named = {
        apiVersion: { type: 'string', enum: [apiVersion] },
        kind: { type: 'string', enum: [kind] },
      } as const;
      definitions[name] = { ...definitions[name], properties: { ...properties, ...named } };
      kinds.set(name, { name });
    }
  return { definitions, kinds: [...kinds.values()] };
}

function collect(name: string, catalog: Catalog, into: Record<string, Schema>): void {
  if (Object.hasOwn(into, name)) return;
  const schema = catalog.dialect.resolve(name) ?? {};
  into[name] = {};
  into[name] = rewritten(schema, (ref) => collect(ref, catalog, into)) as Schema;
}

/** References into `definitions`, objects closed: what yannh's published schemas are. */
function rewritten(value: unknown, seen: (ref: string) => void): unknown {
  if (Array.isArray(value)) return value.map((item) => rewritten(item, seen));
  if (typeof value !== 'object' || value === null) return value;
  const ref = (value as Schema).$ref;
  if (typeof ref === 'string') {
    seen(ref);
    return { $ref: `#/definitions/${ref}` };
  }
  const schema = Object.fromEntries(Object.entries(value).map(([key, child]) => [key, rewritten(child, seen)]));
  const closed = 'properties' in schema && !('additionalProperties' in schema) && schema['type'] === 'object';
  return closed ? { ...schema, additionalProperties: false } : schema;
}
