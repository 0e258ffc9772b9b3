/** The Chinese strings of all domains as one bundle, as VS Code and the terminal program load it. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './project.ts';

/** @throws when two domains translate one English text differently. */
export async function mergeTranslations(): Promise<Record<string, string>> {
  const merged: Record<string, string> = {};
  const folder = join(root, 'l10n');
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.zh-cn.json')).sort()) {
    const strings = JSON.parse(await readFile(join(folder, file), 'utf8')) as Record<string, string>;
    for (const [english, chinese] of Object.entries(strings)) {
      if (Object.hasOwn(merged, english) && merged[english] !== chinese) {
        throw new Error(`l10n/${file} translates "${english}" as "${chinese}", another file as "${merged[english]}"`);
      }
      merged[english] = chinese;
    }
  }
  return merged;
}
