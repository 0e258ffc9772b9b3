/** What is found in manifests: the one result that the editor shows and the terminal prints. */
import type { RuleId } from './practice/ruleIds.ts';
import type { SchemaFinding, SchemaFindingCode } from '../core/yaml/walk.ts';
import type { YamlProblemCode } from '../core/yaml/tree.ts';
import type { Position } from '../core/yaml/text.ts';

export type FindingCode =
  | SchemaFindingCode
  | YamlProblemCode
  | 'missing-api-version'
  | 'missing-kind'
  | 'unknown-kind'
  | 'unknown-api-version'
  | 'no-schema'
  | 'deprecated-version'
  /** A CEL rule that is beyond us: the API server will judge it. */
  | 'rule-not-evaluated'
  | 'not-checked'
  /** A template uses what the values of its chart do not know. */
  | 'unknown-value'
  /** Helm's own word on a chart. */
  | 'not-rendered'
  /** What a cluster said that was asked. */
  | 'cluster'
  | RuleId;

export interface Finding extends SchemaFinding<FindingCode> {
  /** Whose schema judged, for people: `Kubernetes 1.34`, `Istio`, the file of a definition. */
  readonly source: string;
  /** Both zero-based; columns count UTF-16 units. */
  readonly from: Position;
  readonly to: Position;
}

export interface Validation {
  /** The Kubernetes version judged by: `1.34`. */
  readonly version: string;
  /** In the order of the text. */
  readonly findings: readonly Finding[];
  /** Objects whose schema was known and compared. */
  readonly checked: number;
}
