/** The practice rules: what each is about, why, and what to do. Few, so that what they say is read. */
import { t } from '../../core/l10n.ts';
import type { Severity } from '../../core/yaml/schema.ts';
import { type RuleId, ruleIds } from './ruleIds.ts';

export type RuleSeverity = Severity | 'off';

export interface PracticeRule {
  readonly id: RuleId;
  /** Unless a setting says otherwise. Hints are quiet in an editor: nothing is wrong yet. */
  readonly severity: RuleSeverity;
  /** The curriculum's item on it. */
  readonly lesson?: string;
  readonly title: () => string;
  readonly reason: () => string;
  readonly remedy: () => string;
}

/** Rule → severity, as the setting has it. */
export type RuleSettings = Readonly<Partial<Record<string, RuleSeverity>>>;

const rules: Readonly<Record<RuleId, Omit<PracticeRule, 'id'>>> = {
  'no-requests': {
    severity: 'hint',
    lesson: 'T5.1',
    title: () => t('A container asks for no CPU or memory'),
    reason: () =>
      t(
        'The scheduler places pods by their requests. A container without them lands on full nodes and is the first to be killed when memory runs out. A limit for memory keeps a leak from taking the node along; a limit for CPU is not asked for, because it slows a service down while cores are idle.',
      ),
    remedy: () => t('Set requests for CPU and memory, and a limit for memory, from what the service really uses.'),
  },
  'image-tag': {
    severity: 'warning',
    lesson: 'T4.1',
    title: () => t('An image without a fixed tag'),
    reason: () =>
      t(
        'Without a tag, or with "latest", two pods of one Deployment may run different programs, and a rollback brings nothing back.',
      ),
    remedy: () => t('Name a version, or a digest: name@sha256:…'),
  },
  'no-readiness': {
    severity: 'hint',
    lesson: 'B5',
    title: () => t('A service without a readiness probe'),
    reason: () =>
      t(
        'Without it a pod gets requests as soon as its process has started, and every rollout loses the first of them.',
      ),
    remedy: () => t('Add a readinessProbe that answers once the service can do its work.'),
  },
  'same-probes': {
    severity: 'warning',
    lesson: 'B5',
    title: () => t('Liveness and readiness ask the same, equally patiently'),
    reason: () =>
      t(
        'A pod that is merely busy or waits for a dependency should be taken out of the Service, not restarted. With two equal probes both happen at once, and under load one restart brings the next.',
      ),
    remedy: () =>
      t('Let liveness ask another path, or be more patient: a higher failureThreshold than the readiness probe has.'),
  },
  'grace-too-short': {
    severity: 'warning',
    lesson: 'B6',
    title: () => t('The grace period ends before the preStop hook'),
    reason: () =>
      t(
        'The hook runs within the grace period. When it sleeps as long or longer, the service is killed before it can finish its requests.',
      ),
    remedy: () => t('Make terminationGracePeriodSeconds longer than the hook and the longest request together.'),
  },
  'no-pre-stop': {
    severity: 'hint',
    lesson: 'B6',
    title: () => t('A service that stops at once'),
    reason: () =>
      t(
        'A pod is told to end and taken out of the Service at the same moment, but every node learns of it a little later. A service that closes at once refuses the requests still on their way.',
      ),
    remedy: () => t('Wait a few seconds in a preStop hook before the process is told to end.'),
  },
  'runs-as-root': {
    severity: 'hint',
    lesson: 'T4.4',
    title: () => t('A container that may run as root'),
    reason: () => t('A process that breaks out of a container that runs as root is root on the node.'),
    remedy: () => t('Set runAsNonRoot: true and allowPrivilegeEscalation: false in the security context.'),
  },
  privileged: {
    severity: 'warning',
    lesson: 'T4.4',
    title: () => t('A privileged container'),
    reason: () => t('It has all devices and capabilities of its node: whoever controls it controls the node.'),
    remedy: () => t('Name the capabilities it needs under securityContext.capabilities.add.'),
  },
  'host-access': {
    severity: 'warning',
    lesson: 'T4.4',
    title: () => t('A pod that shares its node'),
    reason: () =>
      t(
        'hostNetwork, hostPID, hostIPC and sensitive host paths let a pod see and change what belongs to others on the node.',
      ),
    remedy: () => t('Leave it out; agents of nodes that need it say so in a comment.'),
  },
  'wildcard-access': {
    severity: 'warning',
    lesson: 'T4.4',
    title: () => t('A role that allows everything'),
    reason: () =>
      t('All verbs on all resources of a group include reading its secrets and what will be added to it later.'),
    remedy: () => t('List the resources and verbs that are used.'),
  },
  'budget-blocks': {
    severity: 'warning',
    lesson: 'T5.2',
    title: () => t('A disruption budget that allows no disruption'),
    reason: () =>
      t('No pod may be evicted then: draining a node, and with it every upgrade of the cluster, waits forever.'),
    remedy: () => t('Leave at least one pod to be evicted: fewer under minAvailable, or more replicas.'),
  },
  'no-spread': {
    severity: 'off',
    lesson: 'T5.2',
    title: () => t('Replicas that may all run on one node'),
    reason: () =>
      t(
        'Several replicas are meant to survive the loss of a node. The scheduler spreads them by default only as far as is easy. Off by default, because that is enough for most.',
      ),
    remedy: () => t('Add topologySpreadConstraints, or podAntiAffinity.'),
  },
  'replicas-and-autoscaler': {
    severity: 'hint',
    lesson: 'T5.2',
    title: () => t('Replicas set beside an autoscaler'),
    reason: () => t('Every apply sets the number back that the autoscaler had chosen.'),
    remedy: () => t('Remove replicas where a HorizontalPodAutoscaler scales.'),
  },
  'selects-nothing': {
    severity: 'warning',
    lesson: 'T5.1',
    title: () => t('A selector that selects no pods'),
    reason: () =>
      t('The labels differ from those of the pods meant: the Service has no endpoints, the budget guards nothing.'),
    remedy: () => t('Use the labels of the pod template.'),
  },
  'unknown-target-port': {
    severity: 'warning',
    lesson: 'T5.1',
    title: () => t('A port that the pods do not have'),
    reason: () => t('A port named by the Service or Ingress must be there: else nothing answers.'),
    remedy: () => t('Use the name of a port of the container, or its number.'),
  },
  'missing-key': {
    severity: 'warning',
    lesson: 'B7',
    title: () => t('A key that the ConfigMap or Secret does not have'),
    reason: () => t('The container does not start until the key is there.'),
    remedy: () => t('Use a key that is there, or add it; optional: true starts without.'),
  },
};

export const practiceRules: readonly PracticeRule[] = ruleIds.map((id) => ({ id, ...rules[id] }));

export function severityOf(id: RuleId, settings: RuleSettings): RuleSeverity {
  return settings[id] ?? rules[id].severity;
}
