/** What the thread that reads manifests is asked. */
import type { Validation } from './findings.ts';

/** What a thread starts with. */
export interface WorkerData {
  /** The folder `schemas/` of the installation. */
  readonly schemas: string;
  readonly language: Readonly<Record<string, string>>;
}

export interface ManifestsProtocol {
  readonly requests: {
    readonly validate: { readonly params: { text: string; version: string }; readonly result: Validation };
    readonly versions: { readonly params: undefined; readonly result: readonly string[] };
  };
  readonly events: Record<string, never>;
}
