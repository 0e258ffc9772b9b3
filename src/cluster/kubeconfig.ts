/** Writes kubeconfigs. Reading the person's is the kubernetes domain's. */

export interface Access {
  /** Name of cluster, user and context alike. */
  readonly name: string;
  /** `https://127.0.0.1:PORT`. */
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
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
