/** Which texts are ours, decided by what stands in them. Light: asked for every YAML document that is opened. */

import { isChartFile } from './charts.ts';
import { isKustomization } from './kustomize.ts';

/** UTF-16 units; larger documents are not parsed. The largest manifests people apply, bundles of CRDs, have 3 MiB. */
export const largestDocument = 4 * 2 ** 20;

/** Enough of a large text to see what it is. */
const glance = 65_536;

const apiVersion = /^(?:[-\t ]*|\{.*)["']?apiVersion["']?[\t ]*:/m;
const kind = /(?:^[-\t ]*|[{,][\t ]*)["']?kind["']?[\t ]*:/m;

/** Worth parsing: somewhere there is an `apiVersion:` and a `kind:`. */
export function looksLikeManifests(text: string): boolean {
  const seen = text.length > largestDocument ? text.slice(0, glance) : text;
  return apiVersion.test(seen) && kind.test(seen);
}

/** Worth learning: other files may refer to what is in it. */
export const isWorthLearning = (path: string, text: string): boolean =>
  isKustomization(path) || isChartFile(path) || looksLikeManifests(text) || definesKinds(text);

/** Worth looking for definitions of custom resources in. */
export const definesKinds = (text: string): boolean =>
  /\bkind["']?[\t ]*:[\t ]*["']?CustomResourceDefinition\b/.test(text);
