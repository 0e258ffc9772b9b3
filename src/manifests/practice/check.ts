/** Asks the practice rules about one object. */
import { rangeAt } from '../../core/yaml/locate.ts';
import type { Replacement, Severity } from '../../core/yaml/schema.ts';
import type { Range } from '../../core/yaml/text.ts';
import type { YamlNode } from '../../core/yaml/tree.ts';
import { pathTo } from '../../core/yaml/walk.ts';
import type { ManifestObject } from '../objects.ts';
import { type RuleSettings, severityOf } from './catalog.ts';
import type { RuleId } from './ruleIds.ts';
import { advisePods } from './pods.ts';
import { adviseRelations } from './relations.ts';

export interface Advice {
  readonly code: RuleId;
  readonly severity: Severity;
  readonly range: Range;
  readonly message: string;
  readonly path: string;
  readonly fix?: Replacement;
}

/** What the rules that are on say of an object; `known` are the objects beside it, its own text's included. */
export function advice(
  root: YamlNode,
  text: string,
  known: readonly ManifestObject[],
  settings: RuleSettings,
): Advice[] {
  const found: Advice[] = [];
  const say = (code: RuleId, steps: readonly (string | number)[], message: string, fix?: Replacement): void => {
    const severity = severityOf(code, settings);
    if (severity === 'off') return;
    found.push({
      code,
      severity,
      range: rangeAt(root, steps, text),
      message,
      path: pathTo(steps),
      ...(fix && { fix }),
    });
  };
  advisePods(root, text, say);
  adviseRelations(root, text, known, say);
  return found;
}
