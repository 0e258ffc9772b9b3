/** What the API server's hand-written validation refuses in RBAC, webhooks and CRDs: pkg/apis/rbac, admissionregistration. */
import { t } from '../../core/l10n.ts';
import { type Step, textAt } from '../../core/yaml/read.ts';
import type { Rule } from '../../core/yaml/schema.ts';
import { Checker } from './check.ts';
import { dnsSubdomain, pathSegment } from './names.ts';

function policyRules(one: Checker, clusterWide: boolean): void {
  one.each(['rules'], (at) => {
    one.required(...at, 'verbs');
    const urls = one.items(...at, 'nonResourceURLs').length > 0;
    if (urls && !clusterWide) one.without('Role', ...at, 'nonResourceURLs');
    if (urls && (one.items(...at, 'apiGroups').length > 0 || one.items(...at, 'resources').length > 0))
      one.without('nonResourceURLs', ...at, one.items(...at, 'resources').length > 0 ? 'resources' : 'apiGroups');
    if (!urls) for (const field of ['apiGroups', 'resources']) one.required(...at, field);
  });
}

export const role: Rule = (object, say) => policyRules(new Checker(object, say), false);
export const clusterRole: Rule = (object, say) => policyRules(new Checker(object, say), true);

function binding(one: Checker, kinds: readonly string[], namespaced: boolean): void {
  if (one.value('roleRef') !== undefined) {
    if (one.text('roleRef', 'apiGroup')) one.oneOf(['rbac.authorization.k8s.io'], 'roleRef', 'apiGroup');
    one.oneOf(kinds, 'roleRef', 'kind');
    one.named(pathSegment, 'roleRef', 'name');
  }
  one.each(['subjects'], (at) => {
    one.required(...at, 'name');
    const kind = one.text(...at, 'kind');
    one.oneOf(['ServiceAccount', 'User', 'Group'], ...at, 'kind');
    if (kind === 'ServiceAccount') {
      one.passes(dnsSubdomain, ...at, 'name');
      if (!namespaced) one.required(...at, 'namespace');
      if (one.text(...at, 'apiGroup')) one.oneOf([''], ...at, 'apiGroup');
    } else if (kind === 'User' || kind === 'Group') {
      if (one.text(...at, 'apiGroup')) one.oneOf(['rbac.authorization.k8s.io'], ...at, 'apiGroup');
    }
  });
}

export const roleBinding: Rule = (object, say) => binding(new Checker(object, say), ['Role', 'ClusterRole'], true);
export const clusterRoleBinding: Rule = (object, say) => binding(new Checker(object, say), ['ClusterRole'], false);

function webhooks(one: Checker): void {
  one.each(['webhooks'], (at) => {
    const name = one.text(...at, 'name');
    if (name !== undefined && (dnsSubdomain(name) !== undefined || name.split('.').length < 3))
      one.say([...at, 'name'], t('A name with at least three parts is needed, as in check.example.com.'));
    one.oneOf(['None', 'NoneOnDryRun'], ...at, 'sideEffects');
    one.required(...at, 'admissionReviewVersions');
    const versions = one.items(...at, 'admissionReviewVersions').map((item) => textAt(item));
    if (versions.length > 0 && !versions.includes('v1') && !versions.includes('v1beta1'))
      one.say([...at, 'admissionReviewVersions'], t('At least one of {0} is needed.', 'v1, v1beta1'));
    one.between(1, 30, ...at, 'timeoutSeconds');
    one.exclusive(['url', 'service'], true, ...at, 'clientConfig');
    one.selector(...at, 'namespaceSelector');
    one.selector(...at, 'objectSelector');
    one.each([...at, 'rules'], (rule) => {
      for (const field of ['operations', 'apiGroups', 'apiVersions', 'resources']) one.required(...rule, field);
    });
  });
}

function matchConstraints(one: Checker, ...at: readonly Step[]): void {
  one.each([...at, 'resourceRules'], (rule) => {
    for (const field of ['operations', 'apiGroups', 'apiVersions', 'resources']) one.required(...rule, field);
  });
  one.selector(...at, 'namespaceSelector');
  one.selector(...at, 'objectSelector');
}

export const admissionPolicySpec: Rule = (object, say) => {
  const one = new Checker(object, say);
  if (one.required('matchConstraints')) one.required('matchConstraints', 'resourceRules');
  matchConstraints(one, 'matchConstraints');
  if (one.items('validations').length === 0 && one.items('auditAnnotations').length === 0)
    one.exclusive(['validations', 'auditAnnotations'], true);
  one.each(['validations'], (at) => one.required(...at, 'expression'));
  if (one.value('paramKind') !== undefined)
    for (const field of ['apiVersion', 'kind']) one.required('paramKind', field);
};

export const admissionBindingSpec: Rule = (object, say) => {
  const one = new Checker(object, say);
  one.named(dnsSubdomain, 'policyName');
  if (one.required('validationActions')) {
    const actions = one.items('validationActions').map((item) => textAt(item));
    one.each(['validationActions'], (at) => one.oneOf(['Deny', 'Warn', 'Audit'], ...at));
    if (actions.includes('Deny') && actions.includes('Warn'))
      say(['validationActions'], t('Not both of {0} and {1} may be here.', 'Deny', 'Warn'));
  }
  if (one.value('paramRef') !== undefined) {
    one.required('paramRef', 'parameterNotFoundAction');
    one.exclusive(['name', 'selector'], true, 'paramRef');
  }
  matchConstraints(one, 'matchResources');
};

export const webhookConfiguration: Rule = (object, say) => webhooks(new Checker(object, say));

export const customDefinition: Rule = (object, say) => {
  const one = new Checker(object, say);
  const [group, plural] = [one.text('spec', 'group'), one.text('spec', 'names', 'plural')];
  if (group !== undefined && !group.includes('.')) say(['spec', 'group'], t('The group needs a dot: example.com.'));
  const name = `${plural}.${group}`;
  if (group !== undefined && plural !== undefined && one.text('metadata', 'name') !== name)
    say(['metadata', 'name'], t('It must be the plural name and the group: {0}.', name));
  const stored = one.items('spec', 'versions').filter((_, i) => one.scalar('spec', 'versions', i, 'storage') === true);
  if (stored.length !== 1 && one.items('spec', 'versions').length > 0)
    say(['spec', 'versions'], t('Exactly one version must have storage: true.'));
  one.oneOf(['Namespaced', 'Cluster'], 'spec', 'scope');
  one.each(['spec', 'versions'], (at) => {
    if (one.required(...at, 'schema', 'openAPIV3Schema')) structural(one, [...at, 'schema', 'openAPIV3Schema'], 0);
  });
};

/** Structural schemas name the type of every value: apiextensions-apiserver pkg/apiserver/schema. */
function structural(one: Checker, at: readonly Step[], depth: number): void {
  if (depth > 40 || one.value(...at) === undefined) return;
  const open = ['x-kubernetes-int-or-string', 'x-kubernetes-preserve-unknown-fields'].some(
    (key) => one.scalar(...at, key) === true,
  );
  if (!open) one.required(...at, 'type');
  if (depth === 0 && one.text(...at, 'type')) one.oneOf(['object'], ...at, 'type');
  for (const key of one.keys(...at, 'properties')) structural(one, [...at, 'properties', key], depth + 1);
  if (one.value(...at, 'items') !== undefined) structural(one, [...at, 'items'], depth + 1);
  if (one.value(...at, 'additionalProperties')?.kind === 'map')
    structural(one, [...at, 'additionalProperties'], depth + 1);
}
