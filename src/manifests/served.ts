/** The documents that a cluster serves, made into what a version of Kubernetes knows. */
import { readFile } from 'node:fs/promises';
import { t } from '../core/l10n.ts';
import { remembering } from '../core/lazy.ts';
import type { Schema } from '../core/yaml/schema.ts';
import type { CustomKinds } from './custom.ts';
import { apiVersionOf, definitionsOf, kindOf } from './openapi.ts';
import type { Catalog, CustomKind, Pool } from './pool.ts';
import { minorVersion, nearestVersion, type Served } from './target.ts';

export interface ServedKinds {
  /** Kubernetes' own kinds. */
  readonly catalog: Catalog;
  /** The custom resources that are installed there. */
  readonly custom: CustomKinds;
}

/** The latest documents; a file's name tells its content. */
const mostDocuments = 64;
const definitionsIn = remembering(mostDocuments, async (file) =>
  definitionsOf(JSON.parse(await readFile(file, 'utf8'))),
);

/** How the definitions of Kubernetes' own kinds are named; all others are custom resources, or made to look like them. */
const isOwn = (name: string): boolean =>
  /^io\.k8s\.(?:api|apimachinery|apiextensions-apiserver|kube-aggregator)\./.test(name);

/**
 * Reads the documents. What the cluster was not asked for is as the nearest shipped version has it: lifecycles, and the
 * kinds of other groups that it serves.
 */
export async function openServed(served: Served, pool: Pool): Promise<ServedKinds> {
  const { cluster, release, documents, apiVersions } = served;
  const base = pool.catalog(nearestVersion(release, pool.versions));
  const definitions = new Map<string, Schema>();
  const kinds = new Map<string, Map<string, string>>();
  const custom: Record<string, Record<string, CustomKind>> = {};
  const source = t('cluster {0}', cluster);
  for (const [apiVersion, file] of Object.entries(documents)) {
    for (const [name, schema] of await definitionsIn(file)) {
      if (!definitions.has(name)) definitions.set(name, schema);
      const kind = kindOf(schema);
      if (kind === undefined || apiVersionOf(kind) !== apiVersion) continue;
      if (!isOwn(name)) (custom[apiVersion] ??= {})[kind.kind] = { schema, source };
      else kinds.set(apiVersion, (kinds.get(apiVersion) ?? new Map<string, string>()).set(kind.kind, name));
    }
  }
  const isServed = new Set(apiVersions);
  const own = base.apiVersions.filter((each) => isServed.has(each) && !kinds.has(each));
  const kindsOf = (apiVersion: string): readonly string[] =>
    kinds.has(apiVersion)
      ? [...kinds.get(apiVersion)!.keys()]
      : own.includes(apiVersion)
        ? base.kindsOf(apiVersion)
        : [];
  const all = [...kinds.keys(), ...own];
  const catalog: Catalog = {
    version: minorVersion(release),
    dialect: { ...base.dialect, resolve: (name) => definitions.get(name) ?? base.dialect.resolve(name) },
    sourceOf: (apiVersion) =>
      apiVersion !== undefined && own.includes(apiVersion)
        ? base.sourceOf()
        : t('Kubernetes {0} of cluster {1}', release, cluster),
    schemaOf(apiVersion, kind) {
      const name = kinds.get(apiVersion)?.get(kind);
      if (name !== undefined) return { $ref: name };
      return own.includes(apiVersion) ? base.schemaOf(apiVersion, kind) : undefined;
    },
    apiVersions: all,
    kindsOf,
    lifecycleOf: (apiVersion, kind) => base.lifecycleOf(apiVersion, kind),
    apiVersionsOf: (kind) => all.filter((apiVersion) => kindsOf(apiVersion).includes(kind)),
  };
  return { catalog, custom };
}
