/** What manifests are judged by: the schemas of a version that are shipped, or those that a cluster serves. */

/** `1.34`, or what a cluster serves. */
export type Target = string | Served;

/** What a cluster said of its schemas, as far as it was asked. */
export interface Served {
  /** The context's name, for people. */
  readonly cluster: string;
  /** As its `/version` says: `1.34.4`. */
  readonly release: string;
  /** Every `apiVersion` that it serves. */
  readonly apiVersions: readonly string[];
  /** apiVersion → file with its OpenAPI v3 document, for those that were asked for. */
  readonly documents: Readonly<Record<string, string>>;
}

/** The version when none is chosen, and when a cluster that should say it does not: package.json's default. */
export const defaultVersion = '1.34';

/** The value of the setting, and of the option, for the version that the current cluster runs. */
export const clusterVersion = 'cluster';

/** `1.34` of `1.34`, `v1.34.4+k3s1` and the like; the text itself when it is no version. */
export const minorVersion = (version: string): string => /^v?(\d+\.\d+)(?:[.+-]|$)/.exec(version)?.[1] ?? version;

/** The shipped version that judges most like a release: its own, or the first or last there is. */
export function nearestVersion(release: string, versions: readonly string[]): string {
  const rank = (version: string): number => {
    const [major, minor] = minorVersion(version).split('.').map(Number);
    return major! * 1000 + minor!;
  };
  const distance = (version: string): number => Math.abs(rank(version) - rank(release)) || 0;
  return versions.reduce((best, each) => (distance(each) < distance(best) ? each : best));
}

/** With the documents of these group versions alone: reading others would cost each text time. */
export const narrowed = (served: Served, apiVersions: readonly string[]): Served => ({
  ...served,
  documents: Object.fromEntries(Object.entries(served.documents).filter(([each]) => apiVersions.includes(each))),
});

/** Every `apiVersion` that a text names, each once. */
export const apiVersionsIn = (text: string): string[] => [
  ...new Set(
    Array.from(text.matchAll(/\bapiVersion["']?[\t ]*:[\t ]*["']?([\w.-]+(?:\/[\w-]+)?)/g), ([, one]) => one!),
  ),
];
