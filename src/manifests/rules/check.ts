/** The demands that recur in Kubernetes' validation, each reported where it is not met. */
import { t } from '../../core/l10n.ts';
import { itemsAt, keysAt, numberAt, scalarAt, type Step, stringsAt, textAt, valueAt } from '../../core/yaml/read.ts';
import type { Say } from '../../core/yaml/schema.ts';
import { quoted } from '../../core/yaml/text.ts';
import type { YamlMap, YamlNode } from '../../core/yaml/tree.ts';
import { type Check, ianaName, labelValue, qualifiedName } from './names.ts';

/** Reads one object and reports on it. Steps are relative to the object. */
export class Checker {
  readonly object: YamlMap;
  readonly say: Say;

  constructor(object: YamlMap, say: Say) {
    this.object = object;
    this.say = say;
  }

  value = (...steps: readonly Step[]): YamlNode | undefined => valueAt(this.object, ...steps);
  text = (...steps: readonly Step[]): string | undefined => textAt(this.object, ...steps);
  number = (...steps: readonly Step[]): number | undefined => numberAt(this.object, ...steps);
  scalar = (...steps: readonly Step[]): string | number | boolean | null | undefined => scalarAt(this.object, ...steps);
  items = (...steps: readonly Step[]): readonly YamlNode[] => itemsAt(this.object, ...steps);
  keys = (...steps: readonly Step[]): readonly string[] => keysAt(this.object, ...steps);
  strings = (...steps: readonly Step[]): Map<string, string> => stringsAt(this.object, ...steps);

  /** Calls `each` with the steps to every item of the list. */
  each(steps: readonly Step[], each: (steps: readonly Step[], item: YamlNode) => void): void {
    this.items(...steps).forEach((item, index) => each([...steps, index], item));
  }

  /** The field must be there and not empty. */
  required(...steps: readonly Step[]): boolean {
    const value = this.value(...steps);
    const empty =
      value === undefined ||
      (value.kind === 'scalar' && value.value === '') ||
      (value.kind === 'list' && value.items.length === 0) ||
      (value.kind === 'map' && value.entries.length === 0);
    if (!empty) return true;
    const name = String(steps.at(-1));
    if (value === undefined) this.say(steps, t('The field "{0}" is missing.', name), { code: 'missing-field' });
    else this.say(steps, t('"{0}" must not be empty.', name));
    return false;
  }

  /** A text, when there is one, must pass. */
  passes(check: Check, ...steps: readonly Step[]): void {
    const text = this.text(...steps);
    const problem = text === undefined ? undefined : check(text);
    if (problem !== undefined) this.say(steps, problem);
  }

  /** Required, and a text that passes. */
  named(check: Check, ...steps: readonly Step[]): void {
    if (this.required(...steps)) this.passes(check, ...steps);
  }

  /** A number, when there is one, must be within bounds, both included. */
  between(least: number, most: number, ...steps: readonly Step[]): void {
    const value = this.number(...steps);
    if (value === undefined) return;
    if (value < least && most === Infinity) this.say(steps, t('The least allowed is {0}.', least));
    else if (value < least || value > most)
      this.say(steps, t('{0} is outside the range of this field, {1} to {2}.', value, least, most));
  }

  notNegative(...steps: readonly Step[]): void {
    this.between(0, Infinity, ...steps);
  }

  /** The text, when there is one, must be one of these. */
  oneOf(allowed: readonly string[], ...steps: readonly Step[]): void {
    const text = this.text(...steps);
    if (text === undefined || allowed.includes(text)) return;
    this.say(steps, t('"{0}" is not allowed here. Allowed: {1}.', quoted(text), allowed.join(', ')));
  }

  /** Of these fields at most one may stand at the steps; with `needed`, exactly one. */
  exclusive(fields: readonly string[], needed: boolean, ...steps: readonly Step[]): void {
    const present = this.keys(...steps).filter((key) => fields.includes(key));
    const names = (list: readonly string[]): string => list.map((name) => `"${name}"`).join(', ');
    if (present.length > 1) this.say([...steps, present[1]!], t('Only one of {0} may stand here.', names(present)));
    if (present.length === 0 && needed)
      this.say(steps, t('One of {0} is needed here.', names(fields)), { code: 'missing-field' });
  }

  /** The field must not be there, given what else is. */
  without(reason: string, ...steps: readonly Step[]): void {
    if (this.value(...steps) !== undefined)
      this.say(steps, t('"{0}" is not allowed with {1}.', String(steps.at(-1)), reason));
  }

  /** Texts found in several places must differ. */
  unique(found: Iterable<readonly [text: string, steps: readonly Step[]]>): void {
    const seen = new Set<string>();
    for (const [text, steps] of found) {
      if (seen.has(text)) this.say(steps, t('"{0}" is already in this list.', quoted(text)));
      seen.add(text);
    }
  }

  /** A port: a number, or the name of one. */
  port(...steps: readonly Step[]): void {
    this.between(1, 65_535, ...steps);
    this.passes(ianaName, ...steps);
  }

  labels(...steps: readonly Step[]): void {
    const values = this.strings(...steps);
    for (const key of this.keys(...steps)) {
      const problem = qualifiedName(key) ?? labelValue(values.get(key) ?? '');
      if (problem !== undefined) this.say([...steps, key], problem);
    }
  }

  /** A LabelSelector: k8s.io/apimachinery/pkg/apis/meta/v1/validation. */
  selector(...steps: readonly Step[]): void {
    this.labels(...steps, 'matchLabels');
    this.each([...steps, 'matchExpressions'], (at) => {
      this.named(qualifiedName, ...at, 'key');
      this.operator(['In', 'NotIn'], ['Exists', 'DoesNotExist'], at);
    });
  }

  /** Operators that need values, and operators that take none. */
  operator(needing: readonly string[], alone: readonly string[], at: readonly Step[]): void {
    const operator = this.text(...at, 'operator');
    if (operator === undefined) return;
    const values = this.items(...at, 'values').length;
    if (needing.includes(operator) && values === 0) this.required(...at, 'values');
    else if (alone.includes(operator) && values > 0) this.without(`operator ${operator}`, ...at, 'values');
    else if (!needing.includes(operator) && !alone.includes(operator))
      this.oneOf([...needing, ...alone], ...at, 'operator');
  }
}
