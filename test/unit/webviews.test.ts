import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { root } from '../../scripts/lib/project.ts';
import { webviews } from '../support/webviews.ts';

/** View types of the webviews that sources open; `openPanel` opens one for each folder of `src/webview`. */
function openedIn(sources: readonly string[]): string[] {
  const opening = /(?:createWebviewPanel|registerWebviewViewProvider|registerCustomEditorProvider)\(\s*(['`])(.*?)\1/g;
  const types = sources.flatMap((source) => [...source.matchAll(opening)].map(([, , type]) => type!));
  const panels = globSync('src/webview/*/main.ts', { cwd: root }).map((path) => `gantry.${basename(dirname(path))}`);
  return [...new Set([...types.filter((type) => !type.includes('${')), ...panels])].sort();
}

describe('webviews', () => {
  const sources = globSync('src/**/*.ts', { cwd: root }).map((path) => readFileSync(join(root, path), 'utf8'));

  it('are all in the table of those that everybody can use', () => {
    assert.deepEqual(Object.keys(webviews).sort(), openedIn(sources));
  });

  it('that are new are found', () => {
    const planted =
      "window.createWebviewPanel('gantry.planted', title); window.registerWebviewViewProvider(\n `gantry.view`, it)";
    assert.deepEqual(openedIn([...sources, planted]).filter((type) => /planted|view$/.test(type)), ['gantry.planted', 'gantry.view']); // prettier-ignore
  });
});
