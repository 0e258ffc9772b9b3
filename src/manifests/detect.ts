/** Which texts are ours, decided by what stands in them. Light: asked for every YAML document that is opened. */

import { type FileFormat, fileFormatOf } from './files.ts';
import { isChartFile, isKustomization, isValuesFile } from './fileNames.ts';

/** UTF-16 units; larger documents are not parsed. The largest manifests people apply, bundles of CRDs, have 3 MiB. */
export const largestDocument = 4 * 2 ** 20;

/** Enough of a large text to see what it is. */
const glance = 65_536;

const apiVersion = /^(?:[-\t ]*|\{.*)["']?apiVersion["']?[\t ]*:/m;
const kind = /(?:^[-\t ]*|[{,][\t ]*)["']?kind["']?[\t ]*:/m;

const body = /(?:^[-\t ]*|[{,][\t ]*)["']?(?:metadata|spec)["']?[\t ]*:/m;

/** `template`: no object stands in it, but it uses the values of its chart. */
export type Form = FileFormat | 'manifests' | 'values' | 'template';

/**
 * What a YAML text is, by its name and what stands in it; undefined: somebody else's, of which nothing is said. Asked
 * before a text is judged, by whichever program, and before the editor helps with it.
 */
export function formOf(path: string | undefined, text: string): Form | undefined {
  const format = fileFormatOf(path, text);
  if (format !== undefined) return format;
  if (looksLikeManifests(text)) return 'manifests';
  if (path !== undefined && isValuesFile(path)) return 'values';
  return text.includes('.Values.') ? 'template' : undefined;
}

/** Worth parsing: somewhere there are two of `apiVersion:`, `kind:`, and `metadata:` or `spec:`. One may be forgotten. */
export function looksLikeManifests(text: string): boolean {
  const seen = text.length > largestDocument ? text.slice(0, glance) : text;
  return [apiVersion, kind, body].filter((mark) => mark.test(seen)).length > 1;
}

/** So little is written yet that it may become a manifest. */
export const mayBecomeManifests = (text: string): boolean =>
  /^(?:---\s*)?\w*$/.test(text.trim()) || apiVersion.test(text) || kind.test(text);

/** Worth learning: other files may refer to what is in it. */
export const isWorthLearning = (path: string, text: string): boolean =>
  isKustomization(path) || isChartFile(path) || looksLikeManifests(text) || definesKinds(text);

/** Worth looking for definitions of custom resources in. */
export const definesKinds = (text: string): boolean =>
  /\bkind["']?[\t ]*:[\t ]*["']?CustomResourceDefinition\b/.test(text);
