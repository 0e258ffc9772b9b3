/** VS Code's icons, as their package has them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/lib/project.ts';

export const codiconSources = join(root, 'node_modules/@vscode/codicons/src');

/** Every name that a codicon has. */
export function codiconNames(): ReadonlySet<string> {
  const mapping = JSON.parse(readFileSync(join(codiconSources, 'template/mapping.json'), 'utf8')) as object;
  return new Set((Object.values(mapping) as string[][]).flat());
}
