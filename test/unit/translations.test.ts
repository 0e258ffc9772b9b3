import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/lib/project.ts';
import { mergeTranslations } from '../../scripts/lib/translations.ts';

/** Chinese strings that rightly hold no Chinese character: names and formats. */
const sameInBoth = new Set<string>(JSON.parse(readFileSync(join(root, 'l10n/same-in-both.json'), 'utf8')) as string[]);

/** The first arguments of `t(…)` in a source, as the program sees them; `undefined` stands for one that is no literal. */
function texts(source: string): (string | undefined)[] {
  const literal = /(?<![\w.$])t\(\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\$]|\\.)*)`|([^)]))/g;
  return [...source.matchAll(literal)].map(([, single, double, template]) => {
    const raw = single ?? double ?? template;
    return raw?.replace(
      /\\(?:u\{([0-9a-f]+)\}|u([0-9a-f]{4})|(.))/gi,
      (_, braced: string, four: string, other: string) =>
        other === undefined ? String.fromCodePoint(Number.parseInt(braced ?? four, 16)) : other === 'n' ? '\n' : other,
    );
  });
}

const placeholders = (text: string): string[] => [...new Set(text.match(/\{\d+\}/g))].sort();

describe('translations', () => {
  const used = new Map<string, string>();
  const unreadable: string[] = [];
  for (const file of globSync('src/**/*.ts', { cwd: root })) {
    if (file === 'src/core/l10n.ts') continue;
    for (const text of texts(readFileSync(join(root, file), 'utf8'))) {
      if (text === undefined) unreadable.push(file);
      else used.set(text, file);
    }
  }

  it('finds literals of every form', () => {
    assert.deepEqual(texts(`t('a'); t("b's {0}", 1); x.t('no'); about('no'); t(\n 'c\\'d'); t(variable)`), [
      'a',
      "b's {0}",
      "c'd",
      undefined,
    ]);
  });

  it('every text is a literal, so that it can be found', () => {
    assert.deepEqual(unreadable, []);
  });

  it('every text has a Chinese translation, and none is left over', async () => {
    const translated = Object.keys(await mergeTranslations());
    assert.deepEqual(
      [...used.keys()].filter((text) => !translated.includes(text)).map((text) => `${used.get(text)}: ${text}`),
      [],
    );
    assert.deepEqual(
      translated.filter((text) => !used.has(text)),
      [],
    );
  });

  it('translations hold Chinese and the same placeholders', async () => {
    const strings = { ...(await mergeTranslations()) };
    const nls = (suffix: string): Record<string, string> =>
      JSON.parse(readFileSync(join(root, `package.nls${suffix}.json`), 'utf8')) as Record<string, string>;
    const [english, chinese] = [nls(''), nls('.zh-cn')];
    assert.deepEqual(Object.keys(chinese), Object.keys(english));
    const pictures = Object.keys(english).filter((key) => /^walkthrough\..*\.image$/.test(key)); // Paths: the same picture in each.
    for (const key of pictures) assert.equal(chinese[key], english[key]!.replace('/en/', '/zh-cn/'));
    for (const [key, text] of Object.entries(english)) if (!pictures.includes(key)) strings[text] = chinese[key]!;
    const wrong = Object.entries(strings).filter(
      ([text, other]) =>
        placeholders(text).join() !== placeholders(other).join() ||
        (!/\p{Script=Han}/u.test(other) && !sameInBoth.has(text)),
    );
    assert.deepEqual(wrong, []);
  });

  it('package.json uses each of its strings', () => {
    const manifest = readFileSync(join(root, 'package.json'), 'utf8');
    const keys = Object.keys(JSON.parse(readFileSync(join(root, 'package.nls.json'), 'utf8')) as object);
    assert.deepEqual(
      [...new Set([...manifest.matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key!))].sort(),
      [...keys].sort(),
    );
  });
});
