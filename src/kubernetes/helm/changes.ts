/** What a change of a Helm release changes, object by object. */
import { t } from '../../core/l10n.ts';
import type { KubeObject } from '../actions/apiCall.ts';
import { title } from '../actions/confirmation.ts';
import { readManifests, toYaml } from '../actions/manifest.ts';

/** One object of a manifest, before and after. */
export interface ManifestChange {
  /** `Deployment web` */
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/**
 * The objects in which two manifests differ, those that come last. Values of secrets are hidden, so of a Secret only its
 * keys and sizes are compared. Throws Failure for what is no manifest.
 */
export function manifestChanges(before: string, after: string): ManifestChange[] {
  const [old, wanted] = [before, after].map((text) => {
    const objects = readManifests(text, t('the manifest of the release')).map(
      (object) => [nameOf(object), toYaml(object)] as const,
    );
    return new Map(objects);
  }) as [Map<string, string>, Map<string, string>];
  return [...new Set([...old.keys(), ...wanted.keys()])]
    .map((name) => ({ name, before: old.get(name) ?? '', after: wanted.get(name) ?? '' }))
    .filter((change) => change.before !== change.after);
}

const nameOf = ({ kind = '', metadata }: KubeObject): string =>
  title({ kind, namespace: metadata.namespace ?? '', name: metadata.name });
