/** The front door of the manifests domain. */
import { lazy } from '../core/lazy.ts';
import { complete, type Completion, hover, type Hover } from './assist.ts';
import { type CustomKinds, kindsDefinedIn, loadCustomKinds } from './custom.ts';
import { definesKinds } from './detect.ts';
import type { Validation } from './findings.ts';
import { type Catalog, loadPool } from './pool.ts';
import { type Context, validate } from './validate.ts';

export interface ManifestsDeps {
  /** The folder `schemas/` of the installation. */
  readonly schemas: string;
}

export interface Manifests {
  /** Loads the schemas at the first call. Rejects with Failure `invalid` for a version that is not shipped. */
  validate(text: string, version: string): Promise<Validation>;
  /**
   * Takes the custom resources that a file defines, and forgets those it defined before; undefined when the file is
   * gone. True when that changed what is known.
   */
  learn(path: string, text: string | undefined): Promise<boolean>;
  /** What may be written at an offset. */
  complete(text: string, offset: number, version: string): Promise<readonly Completion[]>;
  /** What is known of the field at an offset. */
  hover(text: string, offset: number, version: string): Promise<Hover | undefined>;
  /** The versions there are schemas of, oldest first. */
  versions(): Promise<readonly string[]>;
}

export function createManifests({ schemas }: ManifestsDeps): Manifests {
  const pool = lazy(() => loadPool(schemas));
  const shipped = lazy(() => loadCustomKinds(schemas));
  const evaluator = lazy(async () => (await import('./cel/evaluate.ts')).evaluateRules);
  const learnt = new Map<string, CustomKinds>();
  const contextFor = async (text: string, version: string): Promise<Context> => {
    const catalog = (await pool()).catalog(version);
    const own = [...learnt.values()];
    // Seven megabytes are read only for who uses them.
    if (!mayHoldCustom(text, catalog)) return { catalog, custom: own };
    return { catalog, custom: [...own, await shipped()], evaluate: await evaluator() };
  };
  return {
    validate: async (text, version) => validate(text, await contextFor(text, version)),
    complete: async (text, offset, version) => complete(text, offset, await contextFor(text, version)),
    hover: async (text, offset, version) => hover(text, offset, await contextFor(text, version)),
    async learn(path, text) {
      const before = learnt.get(path);
      const kinds = text === undefined || !definesKinds(text) ? {} : kindsDefinedIn(text, path);
      if (Object.keys(kinds).length > 0) learnt.set(path, kinds);
      else learnt.delete(path);
      return JSON.stringify(before ?? {}) !== JSON.stringify(kinds);
    },
    versions: async () => (await pool()).versions,
  };
}

/** Some object is of a group that is not Kubernetes' own. */
function mayHoldCustom(text: string, catalog: Catalog): boolean {
  for (const [, apiVersion] of text.matchAll(/\bapiVersion["']?[\t ]*:[\t ]*["']?([\w.-]+\/\w+)/g))
    if (apiVersion!.includes('.') && !catalog.apiVersions.includes(apiVersion!)) return true;
  return false;
}
