/** One visual language: the colours of pages are the theme's, their icons and those of the views are VS Code's. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/lib/project.ts';
import { codicons } from '../../src/core/page/codicons.ts';
import { pageStyle } from '../../src/core/page/style.ts';
import { lessonStyle } from '../../src/curriculum/lessonPage.ts';
import { styles } from '../../src/webview/grpc/styles.ts';
import { codiconNames, codiconSources } from '../support/codicons.ts';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** `property: value` of a style sheet, of a style attribute, or of an object with styles. */
const declarations = (text: string): [string, string][] =>
  [...text.matchAll(/(?<![\w-])'?([a-zA-Z-]+)'?: *'?([^;'"{}]+)/g)].map(([, name, value]) => [name!, value!.trim()]);

/** Properties that draw in a colour. */
const drawing = /^(color|background|backgroundColor|background-color|fill|stroke|border|outline|accent-color|caretColor|box-shadow|boxShadow|text-decoration|textDecoration|border(-?(top|left|bottom|right))?-?color)$/i; // prettier-ignore
/** What else may stand in the value of such a property. */
const colourless = /^(none|transparent|inherit|currentColor|solid|underline|wavy|line-through|normal|0|[\d.]+(px|em)|!important)$/; // prettier-ignore

/** Declarations with a colour that is not the theme's. */
function foreignColours(text: string): string[] {
  const found = declarations(text).filter(([name, value]) => {
    if (!drawing.test(name)) return false;
    let rest = value;
    // From the innermost outwards: what is left of a token is what stands for it where a theme has it not.
    for (let before = ''; before !== rest;) {
      before = rest;
      rest = rest.replaceAll(/var\(--(?:vscode|gantry)-[\w-]+(?:,([^()]*))?\)/g, (_, instead = '') => String(instead));
    }
    return rest.split(/\s+/).some((word) => word !== '' && !colourless.test(word));
  });
  return found.map(([name, value]) => `${name}: ${value}`);
}

describe('pages of webviews', () => {
  const pages = [...globSync('src/{webview,core/page}/**/*.ts', { cwd: root }), 'src/curriculum/lessonPage.ts', 'src/editor/webviewPanel.ts']; // prettier-ignore

  it('have the colours of the theme and no others', () => {
    const styled = { pageStyle, lessonStyle, panelStyle: styles.cssText };
    const attributes = pages.flatMap((path) => [...read(path).matchAll(/style="([^"]+)"/g)].map(([, style]) => style!));
    const found = [...Object.values(styled), ...attributes, read('src/webview/grpc/request/editorTheme.ts')].flatMap(foreignColours); // prettier-ignore
    assert.deepEqual(found, []);
    for (const planted of [
      'color: red',
      'border: 1px solid #ccc',
      'background: rgb(0 0 0 / 50%)',
      'fill: var(--vscode-x, white)',
    ])
      // prettier-ignore
      assert.deepEqual(foreignColours(`p { ${planted}; }`), [planted]);
  });

  it('begin with the style that all share', () => {
    for (const style of [lessonStyle, styles.cssText.trim()]) assert.ok(style.trim().startsWith(pageStyle.trim()));
  });

  it('draw codicons, as they are in VS Code, and no signs or emoji', () => {
    for (const [name, path] of Object.entries(codicons)) {
      assert.ok(
        readFileSync(join(codiconSources, 'icons', `${name}.svg`), 'utf8').includes(`<path d="${path}"/>`),
        name,
      );
    }
    const signs = pages.filter((path) => {
      const code = read(path).replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, '');
      return /[\u2190-\u21e6\u2500-\u27bf\u{1f000}-\u{1faff}]/u.test(code);
    });
    assert.deepEqual(signs, []);
  });
});

describe('icons of commands', () => {
  it('are codicons that there are', () => {
    const known = codiconNames();
    const used = [...read('package.json').matchAll(/\$\(([\w-]+)\)/g)].map(([, name]) => name!);
    assert.ok(used.length > 20, String(used.length));
    assert.deepEqual(
      used.filter((name) => !known.has(name)),
      [],
    );
  });
});
