/** What Kubernetes' schemas mean beyond JSON Schema, as its Go code reads it. */
import { isIPv4, isIPv6 } from 'node:net';
import { t } from '../core/l10n.ts';
import { lookup } from '../core/lookup.ts';
import type { Format } from '../core/yaml/schema.ts';
import { quoted } from '../core/yaml/text.ts';
import type { YamlScalar } from '../core/yaml/tree.ts';

/** k8s.io/apimachinery/pkg/api/resource: number, then a binary or decimal suffix or an exponent. */
const quantity = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;
/** What Go's time.RFC3339 reads. */
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The formats of published Kubernetes schemas that the API server really checks when it decodes. */
export const kubernetesFormats: Readonly<Record<string, Format>> = lookup({
  'int-or-string': {
    types: ['integer', 'string'],
    check: (scalar) => (typeof scalar.value === 'number' ? int32Problem(scalar) : undefined),
  },
  quantity: { types: ['string', 'number'], check: quantityProblem },
  int32: { check: int32Problem },
  int64: { check: (scalar) => rangeProblem(scalar, -(2 ** 63), 2 ** 63) },
  byte: { check: base64Problem },
  'date-time': { check: dateTimeProblem },
});

const written = (pattern: RegExp, problem: (text: string) => string): Format => ({
  check: ({ value }) => (pattern.test(String(value)) ? undefined : problem(quoted(String(value)))),
});

/** Formats that are checked in custom resources alone: k8s.io/kube-openapi/pkg/validation/strfmt. */
export const customFormats: Readonly<Record<string, Format>> = lookup({
  ipv4: { check: ({ value }) => (isIPv4(String(value)) ? undefined : t('"{0}" is not an IP address.', String(value))) },
  ipv6: { check: ({ value }) => (isIPv6(String(value)) ? undefined : t('"{0}" is not an IP address.', String(value))) },
  uuid: written(/^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i, (text) => t('"{0}" is not a UUID.', text)),
  date: written(/^\d{4}-(?:0\d|1[0-2])-(?:[0-2]\d|3[01])$/, (text) =>
    t('"{0}" is not a date. Write it as 2026-01-31.', text),
  ),
});

function int32Problem(scalar: YamlScalar): string | undefined {
  return rangeProblem(scalar, -(2 ** 31), 2 ** 31 - 1);
}

function rangeProblem({ value }: YamlScalar, least: number, most: number): string | undefined {
  if (typeof value !== 'number' || (value >= least && value <= most)) return undefined;
  return t('{0} is outside the range of this field, {1} to {2}.', value, least, most);
}

function quantityProblem({ value }: YamlScalar): string | undefined {
  if (typeof value === 'number' || quantity.test(String(value))) return undefined;
  return t('"{0}" is not a quantity. Write a number and a suffix: 500m, 1.5, 128Mi, 2G.', quoted(String(value)));
}

function base64Problem({ value }: YamlScalar): string | undefined {
  // Go's decoder skips line breaks.
  if (base64.test(String(value).replace(/[\r\n]/g, ''))) return undefined;
  return t('This is not base64. Encode the value, or write it as it is under stringData when this is a Secret.');
}

function dateTimeProblem({ value }: YamlScalar): string | undefined {
  const text = String(value);
  if (dateTime.test(text) && !Number.isNaN(Date.parse(text.replace(',', '.')))) return undefined;
  return t('"{0}" is not a time. Write it as 2026-01-31T23:59:59Z.', quoted(text));
}

/**
 * Lists keyed by a field in which the API server takes two items with one key all the same: with a warning
 * (k8s.io/kubernetes pkg/api/pod/warnings.go) or silently (no check in pkg/apis/core/validation).
 */
const toleratedDuplicates = new Set([
  'Container.env',
  'Container.ports',
  'EphemeralContainer.env',
  'EphemeralContainer.ports',
  'PodSpec.hostAliases',
  'PodSpec.imagePullSecrets',
  'ServiceAccount.secrets',
  'ObjectMeta.ownerReferences',
  'JSONSchemaProps.x-kubernetes-validations',
]);

export function severityOfDuplicates(owner: string | undefined, property: string): 'error' | 'warning' {
  return owner?.endsWith('Status') || toleratedDuplicates.has(`${owner}.${property}`) ? 'warning' : 'error';
}

/** Fields that schemas require because Go writes them always, and whose absence the API server does not mind. */
const toleratedMissing = new Set(['Sysctl.value', 'CSIDriver.spec']);

export const toleratesMissing = (owner: string | undefined, property: string): boolean =>
  toleratedMissing.has(`${owner}.${property}`);
