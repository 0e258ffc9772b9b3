/** The front door of the manifests domain. */
import { lazy } from '../core/lazy.ts';
import type { Validation } from './findings.ts';
import { loadPool } from './pool.ts';
import { validate } from './validate.ts';

export interface ManifestsDeps {
  /** The folder `schemas/` of the installation. */
  readonly schemas: string;
}

export interface Manifests {
  /** Loads the schemas at the first call. Rejects with Failure `invalid` for a version that is not shipped. */
  validate(text: string, version: string): Promise<Validation>;
  /** The versions there are schemas of, oldest first. */
  versions(): Promise<readonly string[]>;
}

export function createManifests({ schemas }: ManifestsDeps): Manifests {
  const pool = lazy(() => loadPool(schemas));
  return {
    validate: async (text, version) => validate(text, (await pool()).catalog(version)),
    versions: async () => (await pool()).versions,
  };
}
