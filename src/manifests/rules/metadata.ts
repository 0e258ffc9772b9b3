/** Names, labels and annotations: k8s.io/apimachinery/pkg/api/validation/objectmeta.go and each kind's strategy. */
import { t } from '../../core/l10n.ts';
import { lookup } from '../../core/lookup.ts';
import type { Rule } from '../../core/yaml/schema.ts';
import { Checker } from './check.ts';
import { type Check, dnsLabel, dnsLabel1035, dnsSubdomain, pathSegment, qualifiedName } from './names.ts';

/** Bytes that all annotations of an object may have. */
const mostAnnotations = 256 * 1024;

export const objectMeta: Rule = (object, say) => {
  const meta = new Checker(object, say);
  meta.labels('labels');
  let bytes = 0;
  for (const [key, value] of meta.strings('annotations')) {
    const problem = qualifiedName(key.toLowerCase());
    if (problem !== undefined) say(['annotations', key], problem);
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes > mostAnnotations) say(['annotations'], t('Annotations may have {0} bytes in all.', mostAnnotations));
  meta.passes(dnsLabel, 'namespace');
  meta.each(['ownerReferences'], (at) => {
    for (const field of ['apiVersion', 'kind', 'name', 'uid']) meta.required(...at, field);
  });
  meta.each(['finalizers'], (at) => meta.passes(finalizer, ...at));
};

/** The names without a domain that Kubernetes itself uses. */
const ownFinalizers = ['kubernetes', 'orphan', 'foregroundDeletion'];

const finalizer: Check = (text) =>
  text.includes('/') || ownFinalizers.includes(text)
    ? qualifiedName(text)
    : t('"{0}" has no domain: write example.com/{0}.', text);

const subdomain = dnsSubdomain;
/** Kinds whose names follow other rules than those of most. */
const nameChecks: Readonly<Record<string, Check>> = lookup({
  Service: dnsLabel1035,
  Namespace: dnsLabel,
  Role: pathSegment,
  ClusterRole: pathSegment,
  RoleBinding: pathSegment,
  ClusterRoleBinding: pathSegment,
});

/** Every object needs a name, or lets the server make one. */
export function objectName(kind: string, needsSpec: boolean): Rule {
  const check = nameChecks[kind] ?? subdomain;
  return (object, say) => {
    const one = new Checker(object, say);
    if (kind === 'Pod' && one.items('spec', 'ephemeralContainers').length > 0)
      say(['spec', 'ephemeralContainers'], t('Ephemeral containers can only be added to a pod that runs.'));
    if (needsSpec && one.value('spec')?.kind !== 'list') one.required('spec');
    const prefix = one.text('metadata', 'generateName');
    if (one.text('metadata', 'name') === undefined && prefix !== undefined && prefix !== '') {
      const problem = check(`${prefix.replace(/-$/, '')}x`);
      if (problem !== undefined) say(['metadata', 'generateName'], problem);
      return;
    }
    if (one.required('metadata', 'name')) one.passes(check, 'metadata', 'name');
    if (kind === 'CronJob' && (one.text('metadata', 'name')?.length ?? 0) > 52)
      say(['metadata', 'name'], t('At most {0} characters are allowed.', 52));
  };
}
