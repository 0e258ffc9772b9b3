/** Writes kubeconfigs, and reads that of a cluster of ours. Reading the person's is the kubernetes domain's. */
import { Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';

/** What lets a person in, as PEM. */
export interface Credentials {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

export interface Access extends Credentials {
  /** Name of cluster, user and context alike. */
  readonly name: string;
  /** `https://127.0.0.1:PORT`. */
  readonly server: string;
}

/** One cluster, one user, one context, with the certificates inside, so that the file can be copied. */
export function describeKubeconfig({ name, server, ca, certificate, key }: Access): string {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return `apiVersion: v1
kind: Config
clusters:
- name: ${name}
  cluster:
    server: ${server}
    certificate-authority-data: ${base64(ca)}
users:
- name: ${name}
  user:
    client-certificate-data: ${base64(certificate)}
    client-key-data: ${base64(key)}
contexts:
- name: ${name}
  context:
    cluster: ${name}
    user: ${name}
current-context: ${name}
`;
}

/**
 * The credentials in a kubeconfig with one of each, as this file and k3s write it.
 * @param where it came from, for the message. Throws Failure `invalid`.
 */
export function credentialsIn(text: string, where: string): Credentials {
  const value = (name: string): string => {
    const base64 = new RegExp(`^\\s*${name}: *(\\S+)$`, 'm').exec(text)?.[1];
    if (base64 === undefined) throw new Failure('invalid', t('{0} holds no {1}.', where, name));
    return Buffer.from(base64, 'base64').toString('utf8');
  };
  return {
    ca: value('certificate-authority-data'),
    certificate: value('client-certificate-data'),
    key: value('client-key-data'),
  };
}
