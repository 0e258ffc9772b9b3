/** Custom resources: their schemas, shipped or found in the workspace, and how they differ from Kubernetes' own. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { parseYaml } from '../core/yaml/parse.ts';
import { itemsAt, plainValue, scalarAt, textAt, valueAt } from '../core/yaml/read.ts';
import type { Dialect, Schema } from '../core/yaml/schema.ts';
import { customFormats } from './kubernetesRules.ts';
import { crdFile, type CrdFile, type CustomKind } from './pool.ts';
import { objectRule } from './rules/rules.ts';
import { rootsOf } from './objects.ts';

/** apiVersion → kind → its schema and where that comes from. */
export type CustomKinds = Readonly<Record<string, Readonly<Record<string, CustomKind>>>>;

/** A schema with all it takes to judge by it. */
export interface Judge {
  readonly schema: Schema;
  readonly dialect: Dialect;
  /** Whose schema it is, for people: `Kubernetes 1.34`, `Istio`, a file. */
  readonly source: string;
  /** The structural schema itself, for the rules in it; Kubernetes' own kinds have none. */
  readonly whole?: Schema;
}

/** The kinds of other projects that are shipped. Throws Failure when the file is missing or broken. */
export async function loadCustomKinds(folder: string): Promise<CustomKinds> {
  const path = join(folder, crdFile);
  try {
    const bytes = await promisify(brotliDecompress)(await readFile(path));
    return (JSON.parse(bytes.toString('utf8')) as CrdFile).kinds;
  } catch (error) {
    throw new Failure(
      'internal',
      t('The schemas of custom resources could not be read from {0}. Reinstall Gantry.', path),
      error,
    );
  }
}

/** The kinds that the CustomResourceDefinitions in a text define; `source` names the text. */
export function kindsDefinedIn(text: string, source: string): CustomKinds {
  const kinds: Record<string, Record<string, CustomKind>> = {};
  for (const definition of rootsOf(parseYaml(text, 'yaml1.1'))) {
    if (textAt(definition, 'kind') !== 'CustomResourceDefinition') continue;
    const [group, kind] = [textAt(definition, 'spec', 'group'), textAt(definition, 'spec', 'names', 'kind')];
    for (const version of itemsAt(definition, 'spec', 'versions')) {
      const [name, schema] = [textAt(version, 'name'), valueAt(version, 'schema', 'openAPIV3Schema')];
      if (!group || !kind || !name || schema?.kind !== 'map' || scalarAt(version, 'served') === false) continue;
      (kinds[`${group}/${name}`] ??= {})[kind] = { schema: plainValue(schema) as Schema, source };
    }
  }
  return kinds;
}

const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const objectFields: Readonly<Record<string, Schema>> = {
  apiVersion: { type: 'string' },
  kind: { type: 'string' },
  metadata: { $ref: objectMeta },
};

/** Made once for each schema. */
const judges = new WeakMap<CustomKind, Map<Dialect, Judge>>();

/** Judges by a custom resource's schema; what every object has is Kubernetes' own. */
export function customJudge(custom: CustomKind, kind: string, own: Dialect): Judge {
  const made = judges.get(custom) ?? new Map<Dialect, Judge>();
  judges.set(custom, made);
  const whole = wholeSchema(custom);
  const judge = made.get(own) ?? {
    schema: { $ref: kind },
    dialect: customDialect(whole, kind, own),
    source: custom.source,
    whole,
  };
  made.set(own, judge);
  return judge;
}

const wholeSchema = ({ schema }: CustomKind): Schema => ({
  ...schema,
  type: 'object',
  properties: { ...schema.properties, ...objectFields },
});

function customDialect(whole: Schema, kind: string, own: Dialect): Dialect {
  return {
    ...own,
    resolve: (ref) => (ref === kind ? whole : own.resolve(ref)),
    nameOf: (ref) => (ref === kind ? kind : own.nameOf(ref)),
    formats: { ...own.formats, ...customFormats },
    closed: 'all',
    // Structural schemas keep null, and refuse it, unless a default takes its place.
    dropsNull: (at, topField) => at.default !== undefined || topField() === 'metadata',
    exactlyOne: true,
    objectFields,
    duplicateItems: () => 'error',
    toleratesMissing: () => false,
    rulesOf: (ref, atTop) => (atTop ? objectRule(kind) : own.rulesOf?.(ref, false)),
  };
}
