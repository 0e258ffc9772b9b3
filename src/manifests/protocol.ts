/** What the thread that reads manifests is asked. */
import type { Completion, Hover } from './assist.ts';
import type { RenderedChart, RenderedValidation, ValidateOptions } from './domain.ts';
import type { Validation } from './findings.ts';
import type { RuleSettings } from './practice/catalog.ts';
import type { Place, Reference } from './references.ts';
import type { ManifestSymbol } from './symbols.ts';
import type { Target } from './target.ts';

/** What a thread starts with. */
export interface WorkerData {
  /** The folder `schemas/` of the installation. */
  readonly schemas: string;
  readonly language: Readonly<Record<string, string>>;
  /** Path → text of the files with definitions that an earlier thread had learnt. */
  readonly learnt: ReadonlyMap<string, string>;
}

export interface ManifestsProtocol {
  readonly requests: {
    readonly validate: {
      readonly params: { text: string; target: Target; options: ValidateOptions };
      readonly result: Validation;
    };
    readonly complete: {
      readonly params: { text: string; offset: number; target: Target; path: string | undefined };
      readonly result: readonly Completion[];
    };
    readonly definitions: {
      readonly params: { text: string; offset: number; path: string | undefined };
      readonly result: readonly Place[];
    };
    readonly references: {
      readonly params: { text: string; offset: number; path: string | undefined };
      readonly result: readonly Place[];
    };
    readonly named: { readonly params: { text: string }; readonly result: readonly Reference[] };
    readonly symbols: { readonly params: { text: string }; readonly result: readonly ManifestSymbol[] };
    readonly hover: {
      readonly params: { text: string; offset: number; target: Target; path: string | undefined };
      readonly result: Hover | undefined;
    };
    readonly rendered: {
      readonly params: { chart: RenderedChart; target: Target; rules: RuleSettings };
      readonly result: RenderedValidation;
    };
    readonly learn: { readonly params: { path: string; text: string | undefined }; readonly result: boolean };
    readonly versions: { readonly params: undefined; readonly result: readonly string[] };
  };
  readonly events: Record<string, never>;
}
