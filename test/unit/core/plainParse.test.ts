import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { parseWhole } from '../../../src/core/yaml/parse.ts';
import { parsePlain } from '../../../src/core/yaml/plainParse.ts';
import { randomOf } from '../../bench/manifests/mutations.ts';

/** Both readers say the same, wherever the plain one says anything. True when it did. */
function agree(text: string): boolean {
  const plain = parsePlain(text, 'yaml1.1');
  if (plain !== undefined) assert.deepEqual(plain, parseWhole(text, 'yaml1.1').documents, text);
  return plain !== undefined;
}

const shop = readFileSync(join(root, 'test/fixtures/manifests/shop.yaml'), 'utf8');

describe('everyday YAML', () => {
  const everyday = {
    'maps and lists': 'a:\n  b: 1\n  c:\n    - d\n    - e: f\n      g: h\n    -  i: j\n',
    'list below its key': 'a:\n- b\n- c\nd: e\n',
    'flow on a line': "a: {b: [1, \"x\", 'y''z'], c: {}, d: []}\n",
    'quoted text': 'a: "x: # y"\n"b c": \'d\'\n"e\\n": "\\u00e9"\n',
    comments: '# a\nb: c # d\n# e\nf:\n  # g\n  h: i\n',
    'block text': 'a: |\n  b\n\n    c\n  d\ne: |-\n  f\n',
    'text over several lines':
      "a: b\n  c\n\n\n  - d\ne:\n- f\n  g \n\nh: 'i''\n  j'\nk: \"l\n\n\n  \\\"m\\\\ n\n   o\" # p\nq: 1\n  2\n# r\ns: t\n",
    documents: 'a: 1\n---\nb: 2\n',
    'words and numbers': 'a: yes\nb: 0x1F\nc: 1_000\nd: ~\ne: 12:30:45\nf: -1\ng: .5\nh: a:b\ni: http://x\nj: -x\n',
    'no line end': 'a:\n  b: c',
  };
  for (const [name, text] of Object.entries(everyday))
    it(name, () => assert.ok(agree(text), 'the plain reader reads it'));

  it('most of the shop', () => {
    const documents = shop.split(/^---\n/m);
    const plain = documents.filter(agree);
    assert.ok(plain.length >= documents.length / 2, `${plain.length} of ${documents.length}`);
  });

  const whole = [
    'a: &b c\nd: *b\n',
    'a: !!str 1\n',
    'a: b\n  c: d\n',
    'a: b # c\n  d\n',
    'a: b\n  # c\n  d\n',
    'a: >\n  b\n',
    '? a\n: b\n',
    'a: "b\nc"\n',
    'a: "b\\\n  c"\n',
    'a:\tb\n',
    'a: 1\na: 2\n',
    'a: [b\n',
    '%YAML 1.2\n---\na: b\n',
    '<<: {a: b}\n',
    'a: b: c\n',
    '- a\nb: c\n',
    'a:\n  b: 1\n c: 2\n',
  ];
  for (const text of whole)
    it(`leaves ${JSON.stringify(text)} to the whole parser`, () =>
      assert.equal(parsePlain(text, 'yaml1.1'), undefined));

  const seed = Number(process.env['GANTRY_SEED'] ?? Date.now() % 2 ** 31);
  it(`agrees on random edits (GANTRY_SEED=${seed})`, () => {
    const random = randomOf(seed);
    const pieces = [
      ' ',
      '  ',
      '\n',
      '\n\n',
      ':',
      ': ',
      '-',
      '- ',
      '#',
      ' #',
      '"',
      "'",
      '{',
      '}',
      '[',
      ']',
      ',',
      '|',
      '|-',
      '>',
      '&a',
      '*a',
      '!',
      '?',
      '%',
      '@',
      '---\n',
      '...\n',
      'x',
      '0',
      '~',
      'null',
      '<<',
      '\\',
      '\t',
      '\r\n',
      'é',
      '\n        x',
      '\n\n          y ',
      "'x\n          y'",
    ];
    const lines = shop.split('\n');
    let plain = 0;
    for (let i = 0; i < 4000; i++) {
      const from = random(lines.length);
      let text = lines.slice(from, from + 1 + random(30)).join('\n');
      for (let edits = random(4); edits > 0; edits--) {
        const at = random(text.length + 1);
        text = text.slice(0, at) + pieces[random(pieces.length)] + text.slice(at + random(4));
      }
      if (agree(text)) plain++;
    }
    assert.ok(plain > 300, `${plain} read plainly`);
  });
});
