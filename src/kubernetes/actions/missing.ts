/** Objects that a manifest names and that neither it nor the cluster has. */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Range } from '../../core/yaml/text.ts';
import { send } from './apiCall.ts';
import type { ApplyTarget } from './applyFile.ts';
import { getCall } from './look.ts';
import { readManifests } from './manifest.ts';
import type { Remark } from './remarks.ts';
import { parseApiVersion } from './resources.ts';

/** A field that names an object (`part` is `name`), or a part of one. */
export interface NamingField {
  readonly kind: string;
  readonly part: string;
  readonly value: string;
  readonly range: Range;
  readonly namespace?: string;
  /** The object may be missing. */
  readonly optional?: true;
}

/** The groups of the kinds that are named without one. */
const apiVersions: Readonly<Record<string, string>> = {
  ConfigMap: 'v1',
  Secret: 'v1',
  Service: 'v1',
  ServiceAccount: 'v1',
  PersistentVolumeClaim: 'v1',
  StorageClass: 'storage.k8s.io/v1',
  PriorityClass: 'scheduling.k8s.io/v1',
  IngressClass: 'networking.k8s.io/v1',
  Role: 'rbac.authorization.k8s.io/v1',
  ClusterRole: 'rbac.authorization.k8s.io/v1',
};

/** @param name the text's, for people. What may not be read is taken to be there. Throws Failure. */
export async function missingFrom(
  fields: readonly NamingField[],
  text: string,
  name: string,
  target: ApplyTarget,
): Promise<Remark[]> {
  const own = new Set(readManifests(text, name).map(({ kind, metadata }) => `${kind}/${metadata.name}`));
  const wanted = fields.filter(
    ({ part, kind, value, optional }) => part === 'name' && optional !== true && !own.has(`${kind}/${value}`),
  );
  const asked = new Map<string, Promise<string | undefined>>();
  const ask = (field: NamingField): Promise<string | undefined> => {
    const key = `${field.kind}/${field.namespace ?? ''}/${field.value}`;
    const asking = asked.get(key) ?? whatIsMissing(field, target);
    asked.set(key, asking);
    return asking;
  };
  const remarks: Remark[] = [];
  for (const field of wanted) {
    const message = await ask(field);
    if (message !== undefined) remarks.push({ severity: 'warning', message, range: field.range });
  }
  return remarks;
}

async function whatIsMissing(field: NamingField, target: ApplyTarget): Promise<string | undefined> {
  const { kind, value } = field;
  if (!Object.hasOwn(apiVersions, kind)) return undefined;
  const resource = await target.find({ ...parseApiVersion(apiVersions[kind]!), kind });
  const namespace = resource.namespaced ? (field.namespace ?? target.namespace) : '';
  const ref = { ...resource, context: target.context, namespace, name: value };
  // By its metadata alone: no secret is read to see that it is there.
  const call = { ...getCall(ref), accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' };
  try {
    await send(target.server, call, target.signal);
    return undefined;
  } catch (error) {
    if (!(error instanceof Failure) || error.kind !== 'notFound') {
      if (error instanceof Failure && error.kind === 'forbidden') return undefined;
      throw error;
    }
    return namespace === ''
      ? t('The cluster has no {0} {1}.', kind, value)
      : t('Namespace {0} has no {1} {2}.', namespace, kind, value);
  }
}
