/** Secrets: their keys and sizes are shown, a value only when somebody asks for that one. */
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { shellLine } from '../../core/shell.ts';
import { apiVersion } from '../apiResource.ts';
import { type Action, type Subject, isKind, onObject } from './action.ts';
import { type KubeObject, fieldManager } from './apiCall.ts';
import { applyCall } from './apply.ts';
import { inNamespace, kubectl, typeAndName } from './commandLine.ts';
import { textsAt } from './fields.ts';
import { getCall } from './look.ts';

export const keysOf = (secret: KubeObject): string[] => Object.keys(textsAt(secret, 'data'));

/** Decoded. Throws Failure when there is no such key. */
export function valueOf(secret: KubeObject, key: string): Uint8Array {
  const value = textsAt(secret, 'data')[key];
  if (value !== undefined) return Buffer.from(value, 'base64');
  throw new Failure('notFound', t('The secret {0} has no key {1} any more.', secret.metadata.name, key));
}

/** The secret with another value at a key. */
export const withValue = (secret: KubeObject, key: string, value: Uint8Array): KubeObject => ({
  ...secret,
  data: { ...textsAt(secret, 'data'), [key]: Buffer.from(value).toString('base64') },
});

const isSecret = isKind('Secret');
const firstKey = ({ object }: Subject): string => keysOf(object)[0] ?? 'key';

/** The input is the key. */
export const revealSecret: Action<string> = {
  id: 'revealSecret',
  title: () => t('Reveal Secret Value'),
  effect: 'none',
  applies: isSecret,
  needs: onObject('get'),
  example: firstKey,
  plan: ({ ref, target }, key) => ({
    calls: [getCall(ref)],
    kubectl: kubectl(target, [
      ...inNamespace(ref),
      'get',
      typeAndName(ref),
      '-o',
      `go-template={{index .data ${JSON.stringify(key)} | base64decode}}`,
    ]),
  }),
};

export interface SecretValue {
  readonly key: string;
  /** Base64; only a placeholder where the action is shown. */
  readonly value: string;
}

/** The kubectl line takes the value from a file, so that it stands in no history of a shell. */
export const editSecret: Action<SecretValue> = {
  id: 'editSecret',
  title: () => t('Edit Secret Value'),
  effect: 'change',
  applies: isSecret,
  needs: onObject('patch'),
  example: (subject) => ({ key: firstKey(subject), value: 'BASE64' }),
  plan: ({ ref, target }, { key, value }) => {
    const metadata = { name: ref.name, namespace: ref.namespace };
    const object = { apiVersion: apiVersion(ref), kind: ref.kind, metadata, data: { [key]: value } };
    const made = ['create', 'secret', 'generic', ref.name, `--from-file=${key}=FILE`, '--dry-run=client', '-o', 'yaml'];
    const applied = ['apply', '--server-side', `--field-manager=${fieldManager}`, '-f', '-'];
    return {
      calls: [applyCall(ref, object)],
      kubectl: `kubectl ${shellLine([...inNamespace(ref), ...made])} | ${kubectl(target, applied)}`,
    };
  },
};
