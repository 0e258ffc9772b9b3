/** What files are, by their names alone. */
import { posix } from 'node:path';

/** The names Kustomize looks for in a folder. */
export const isKustomization = (path: string): boolean =>
  /(?:^|\/)(?:kustomization\.ya?ml|Kustomization)$/.test(slashes(path));

export const slashes = (path: string): string => path.replaceAll('\\', '/');

/** The files of a chart that tell about its other files. */
const telling = /^(?:Chart\.yaml|values\.yaml|values\.schema\.json)$/;

export const isChartFile = (path: string): boolean => telling.test(posix.basename(slashes(path)));

/** `values.yaml`, and those that stand in for it: `values-prod.yaml`, `prod.values.yaml`. */
export const isValuesFile = (path: string): boolean =>
  /^(?:values(?:[.-][\w.-]+)?|[\w.-]+[.-]values)\.ya?ml$/.test(posix.basename(slashes(path)));
