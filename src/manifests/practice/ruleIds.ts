/** The names of the practice rules: what asks only for them need not load what the rules say. */

export const ruleIds = [
  'no-requests',
  'image-tag',
  'no-readiness',
  'same-probes',
  'grace-too-short',
  'no-pre-stop',
  'runs-as-root',
  'privileged',
  'host-access',
  'wildcard-access',
  'budget-blocks',
  'no-spread',
  'replicas-and-autoscaler',
  'selects-nothing',
  'unknown-target-port',
  'missing-key',
] as const;

export type RuleId = (typeof ruleIds)[number];

export const isRuleId = (id: string): id is RuleId => (ruleIds as readonly string[]).includes(id);
