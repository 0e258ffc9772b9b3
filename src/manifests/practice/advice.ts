/** How practice rules speak. */
import { type Step, valueAt } from '../../core/yaml/read.ts';
import type { Replacement } from '../../core/yaml/schema.ts';
import type { YamlNode } from '../../core/yaml/tree.ts';
import type { RuleId } from './ruleIds.ts';

/** Says what is wrong at the place that steps from the object's root lead to. */
export type Advise = (rule: RuleId, steps: readonly Step[], message: string, fix?: Replacement) => void;

/** The steps to a key itself rather than its value, for values like `true` that say nothing alone. */
export const inText = (root: YamlNode, steps: readonly Step[]): readonly Step[] =>
  valueAt(root, ...steps) === undefined ? steps.slice(0, -1) : steps;
