/** The schemas Gantry ships: definitions of several Kubernetes versions, each stored once. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import type { Dialect, Rule, Schema } from '../core/yaml/schema.ts';
import { kubernetesFormats, severityOfDuplicates, toleratesMissing } from './kubernetesRules.ts';
import { objectRule, rulesOf } from './rules/rules.ts';
import { minorVersion } from './target.ts';

/** The file's name in `schemas/`. */
export const poolFile = 'kubernetes.json.br';

/** The file in `schemas/` that holds the custom resources of other projects. */
export const crdFile = 'crds.json.br';

/** The pool as it stands in the file. Written by `scripts/schemas.ts`. */
export interface PoolFile {
  /** Where the definitions come from and under which licence. */
  readonly about: Readonly<Record<string, string>>;
  /** Hash of the definition → definition; references inside are by name. */
  readonly definitions: Readonly<Record<string, Schema>>;
  /** Minor version (`1.34`) → what it has. */
  readonly versions: Readonly<Record<string, PoolVersion>>;
  /** `policy/v1beta1` → kind → its life, also of versions that none of the releases serves any more. */
  readonly lifecycles: Readonly<Record<string, Readonly<Record<string, Lifecycle>>>>;
}

/** Since when a version of a kind exists, and until when. Minor versions: `1.25`. */
export interface Lifecycle {
  readonly introduced?: string;
  readonly deprecated?: string;
  readonly removed?: string;
  /** apiVersion and kind to use instead: `policy/v1/PodDisruptionBudget`. */
  readonly replacement?: string;
}

/** The custom resources of other projects as they stand in the file. Written by `scripts/schemas.ts`. */
export interface CrdFile {
  readonly about: Readonly<Record<string, string>>;
  /** Project (`Gateway API`) → where its schemas come from. */
  readonly sources: Readonly<Record<string, { readonly module: string; readonly licence: string }>>;
  /** apiVersion → kind → schema, as the project's CustomResourceDefinition has it. */
  readonly kinds: Readonly<Record<string, Readonly<Record<string, CustomKind>>>>;
}

export interface CustomKind {
  readonly schema: Schema;
  /** The project, a key of `sources`. */
  readonly source: string;
}

export interface PoolVersion {
  /** The release the definitions were published with: `1.34.4`. */
  readonly release: string;
  /** Definition name → hash. */
  readonly names: Readonly<Record<string, string>>;
  /** `apps/v1` → kind → definition name. */
  readonly kinds: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** What one Kubernetes version knows. */
export interface Catalog {
  /** `1.34`. */
  readonly version: string;
  readonly dialect: Dialect;
  /** Whose schemas these are, for people: `Kubernetes 1.34`; of one `apiVersion` where they have several owners. */
  sourceOf(apiVersion?: string): string;
  /** The schema of a kind; undefined when this version does not have it. */
  schemaOf(apiVersion: string, kind: string): Schema | undefined;
  readonly apiVersions: readonly string[];
  /** The kinds of one `apiVersion`; empty when it is unknown. */
  kindsOf(apiVersion: string): readonly string[];
  /** Since when and until when a version of a kind is served; undefined for what has no end. */
  lifecycleOf(apiVersion: string, kind: string): Lifecycle | undefined;
  /** Every `apiVersion` that has the kind. */
  apiVersionsOf(kind: string): readonly string[];
}

export interface Pool {
  /** Oldest first: `1.34`, `1.35` … */
  readonly versions: readonly string[];
  /** Accepts `1.34`, `v1.34`, `1.34.2`. Throws Failure `invalid` for a version that is not shipped. */
  catalog(version: string): Catalog;
}

/** Reads and inflates the pool; about 15 ms. Throws Failure when the file is missing or broken. */
export async function loadPool(folder: string): Promise<Pool> {
  const path = join(folder, poolFile);
  try {
    const bytes = await promisify(brotliDecompress)(await readFile(path));
    return openPool(JSON.parse(bytes.toString('utf8')) as PoolFile);
  } catch (error) {
    throw new Failure(
      'internal',
      t('The Kubernetes schemas could not be read from {0}. Reinstall Gantry.', path),
      error,
    );
  }
}

export function openPool(file: PoolFile): Pool {
  const catalogs = new Map<string, Catalog>();
  const versions = Object.keys(file.versions);
  return {
    versions,
    catalog(version) {
      const minor = minorVersion(version);
      const found = catalogs.get(minor) ?? openCatalog(file, minor);
      catalogs.set(minor, found);
      return found;
    },
  };
}

function openCatalog(file: PoolFile, version: string): Catalog {
  const { versions, definitions } = file;
  const own = Object.hasOwn(versions, version) ? versions[version] : undefined;
  if (own === undefined) {
    const known = Object.keys(versions).join(', ');
    throw new Failure('invalid', t('There are no schemas of Kubernetes {0}; choose one of {1}.', version, known));
  }
  const { names, kinds } = own;
  return {
    version,
    sourceOf: () => `Kubernetes ${version}`,
    dialect: {
      resolve: (name) => (Object.hasOwn(names, name) ? definitions[names[name]!] : undefined),
      nameOf: (name) => name.slice(name.lastIndexOf('.') + 1),
      closed: 'listed',
      dropsNull: () => true,
      formats: kubernetesFormats,
      duplicateItems: severityOfDuplicates,
      toleratesMissing,
      rulesOf: (name, whole) =>
        both(rulesOf(name), whole ? objectRule(name.slice(name.lastIndexOf('.') + 1)) : undefined),
    },
    schemaOf(apiVersion, kind) {
      const group = Object.hasOwn(kinds, apiVersion) ? kinds[apiVersion]! : {};
      return Object.hasOwn(group, kind) ? { $ref: group[kind]! } : undefined;
    },
    lifecycleOf(apiVersion, kind) {
      const lives = Object.hasOwn(file.lifecycles, apiVersion) ? file.lifecycles[apiVersion]! : {};
      return Object.hasOwn(lives, kind) ? lives[kind] : undefined;
    },
    apiVersions: Object.keys(kinds),
    kindsOf: (apiVersion) => (Object.hasOwn(kinds, apiVersion) ? Object.keys(kinds[apiVersion]!) : []),
    apiVersionsOf: (kind) => Object.keys(kinds).filter((apiVersion) => Object.hasOwn(kinds[apiVersion]!, kind)),
  };
}

function both(first: Rule | undefined, second: Rule | undefined): Rule | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return (object, say, root) => {
    first(object, say, root);
    second(object, say, root);
  };
}
