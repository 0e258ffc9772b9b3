/** Kustomize: which files are patches, so that they are not asked for what only the whole object must have. */
import { posix } from 'node:path';
import { parseYaml } from '../core/yaml/parse.ts';
import { itemsAt, textAt } from '../core/yaml/read.ts';
import { slashes } from './fileNames.ts';

/** The files that a kustomization applies as patches; paths as its own is given. */
export function patchesOf(path: string, text: string): string[] {
  const folder = posix.dirname(slashes(path));
  const root = parseYaml(text, 'yaml1.1').documents[0]?.root;
  const named = [
    ...itemsAt(root, 'patches').map((patch) => textAt(patch, 'path')),
    ...itemsAt(root, 'patchesJson6902').map((patch) => textAt(patch, 'path')),
    // A patch may also be written here; that is no file.
    ...itemsAt(root, 'patchesStrategicMerge').map((patch) => textAt(patch)),
  ];
  return named.flatMap((file) => (file === undefined || file.includes('\n') ? [] : [posix.join(folder, file)]));
}
