/** What the editor says of the schemas that judge. */
import { t } from '../core/l10n.ts';
import type { FollowedCluster } from './followed.ts';
import { clusterVersion, defaultVersion } from './target.ts';

/** What a person chose. */
export interface Chosen {
  /** The setting: `1.34`, or `cluster`. */
  readonly version: string;
  /** Name of the context whose schemas judge. */
  readonly schemasOf?: string | undefined;
}

export interface TargetDescription {
  /** What judges now: `Kubernetes 1.34`. */
  readonly text: string;
  readonly detail: string;
  /** True while the choice cannot be followed. */
  readonly warning: boolean;
}

/** The shipped version that judges while, or when, no cluster does. */
export const shippedVersion = ({ version }: Chosen): string => (version === clusterVersion ? defaultVersion : version);

export function describeTarget(
  chosen: Chosen,
  followed: Pick<FollowedCluster, 'known' | 'failure'> | undefined,
): TargetDescription {
  const { known, failure } = followed ?? {};
  const shipped = `Kubernetes ${known?.nearest ?? shippedVersion(chosen)}`;
  const warning = failure !== undefined;
  if (chosen.schemasOf !== undefined) {
    const { served } = known ?? {};
    const text = served === undefined ? shipped : t('Kubernetes {0} of cluster {1}', served.release, served.cluster);
    if (failure !== undefined) return { text, detail: failure.message, warning };
    return { text, detail: served ? t('served schemas') : t('asking cluster {0}…', chosen.schemasOf), warning };
  }
  if (chosen.version !== clusterVersion) return { text: shipped, detail: t('shipped schemas'), warning };
  if (failure !== undefined) return { text: shipped, detail: failure.message, warning };
  const detail = known
    ? t('nearest to {0} of cluster {1}', known.release, known.cluster)
    : t('asking the current cluster…');
  return { text: shipped, detail, warning };
}
