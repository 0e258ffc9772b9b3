import assert from 'node:assert/strict';
import { parseYaml } from '../../../src/core/yaml/parse.ts';
import type { ScalarRules } from '../../../src/core/yaml/scalars.ts';
import type { YamlNode } from '../../../src/core/yaml/tree.ts';
import { drawCarets, withoutCarets } from '../../support/carets.ts';

/** The tree as plain values, the way JSON would have it; merged keys included. */
function plain(node: YamlNode | undefined): unknown {
  if (node === undefined) return undefined;
  if (node.kind === 'list') return node.items.map(plain);
  if (node.kind === 'map') return Object.fromEntries(node.entries.map(({ key, value }) => [key, plain(value)]));
  return node.value;
}

const values = (text: string, rules: ScalarRules = 'yaml1.1'): unknown[] =>
  parseYaml(text, rules).documents.map(({ root }) => plain(root));

/** The text with its parse problems drawn under it equals what was written. */
function assertProblems(drawn: string): void {
  const text = withoutCarets(drawn);
  const problems = parseYaml(text, 'yaml1.1').documents.flatMap((document) => document.problems);
  assert.equal(drawCarets(text, problems), drawn);
}

/** Each key and scalar with the text that stands at its range. */
function slices(text: string): string[] {
  const found: string[] = [];
  const visit = (node: YamlNode): void => {
    if (node.kind === 'list') node.items.forEach(visit);
    else if (node.kind === 'map') {
      for (const { key, keyRange, value } of node.entries) {
        found.push(`${key}=${text.slice(keyRange.start, keyRange.end)}`);
        visit(value);
      }
    } else found.push(text.slice(node.range.start, node.range.end));
  };
  for (const { root } of parseYaml(text, 'yaml1.1').documents) if (root) visit(root);
  return found;
}

describe('YAML parsing', function () {
  this.timeout(60_000);

  it('reads words and numbers as Kubernetes does', () => {
    const text = '[yes, on, n, 0777, 0o17, 0x1F, 1_000, 08, 1e3, .5, 1:20, 2001-01-01, ~, "yes", 1.2.3, +1, -0b11]';
    assert.deepEqual(values(text), [
      [true, true, false, 511, 15, 31, 1000, 8, 1000, 0.5, '1:20', '2001-01-01', null, 'yes', '1.2.3', 1, -3],
    ]);
  });

  it('reads words and numbers as YAML 1.2 does', () => {
    assert.deepEqual(values('[yes, on, 0777, 0o17, 0x1F, 1_000, True, NULL, .inf, -.inf]', 'yaml1.2'), [
      ['yes', 'on', 777, 15, 31, '1_000', true, null, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    ]);
  });

  it('obeys tags that change the type', () => {
    assert.deepEqual(values('[!!str 1, !!int 1, !mine 1]'), [['1', 1, '1']]);
  });

  it('gives every key and value its range, with CRLF, a byte order mark and several documents', () => {
    const text = '\uFEFFa: 1\r\n"b c":\r\n  - x y\r\n  - {d: \'e\'}\r\n---\r\nf: |\r\n  g\r\n';
    assert.deepEqual(slices(text), ['a=a', '1', 'b c="b c"', 'x y', 'd=d', "'e'", 'f=f', '|\r\n  g\r\n']);
  });

  it('lets quoted text go on at any indentation, as Go does', () => {
    const text = "a:\n  b: 'c: d''e\n  f'\n  g: \"h\n\n    i\"\n";
    assert.deepEqual(
      [values(text), slices(text)],
      [[{ a: { b: "c: d'e   f", g: 'h\ni' } }], ['a=a', 'b=b', "'c: d''e\n  f'", 'g=g', '"h\n\n    i"']],
    );
    assertProblems("a: 'b\nc: d\n\n^ syntax");
    assert.deepEqual(values("a:\n    - b: 'c\n    d\n  e\nf'\n      g: 1\n"), [{ a: [{ b: 'c     d   e f', g: 1 }] }]);
    assert.ok(parseYaml("a:\n  - b: 'c\n---\nd'\n", 'yaml1.2').documents.some(({ problems }) => problems.length > 0));
  });

  it('makes JSON keys of every key', () => {
    assert.deepEqual(values('8080: a\non: b\n? [x]\n: c\n__proto__: d\n'), [
      JSON.parse('{"8080": "a", "true": "b", "[x]": "c", "__proto__": "d"}'),
    ]);
  });

  it('follows aliases and merge keys; own keys win', () => {
    assert.deepEqual(values('base: &b {x: 1, v: 2}\nown: {<<: *b, v: 3}\nlist: {<<: [*b, {z: 4}]}\nsame: *b\n'), [
      { base: { x: 1, v: 2 }, own: { v: 3, x: 1 }, list: { x: 1, v: 2, z: 4 }, same: { x: 1, v: 2 } },
    ]);
  });

  it('reports duplicate keys, unknown and recursive aliases, tabs and broken syntax where they stand', () => {
    assertProblems(`a: 1
a: 2
^ duplicate-key
b: *no
   ^^^ bad-alias
c: &c
  - *c
    ^^ bad-alias
---
a:
	b: 1
^ syntax
---
- [x
- y
^ syntax
`);
  });

  it('keeps what is readable around an error', () => {
    const [document] = parseYaml('kind: Pod\nspec:\n  a: [1, 2\n  b: 3\nlast: 4\n', 'yaml1.1').documents;
    assert.notDeepEqual(document!.problems, []);
    assert.equal((plain(document!.root) as { kind: string }).kind, 'Pod');
  });

  it('survives nesting without end', () => {
    for (const text of ['['.repeat(1_000), '- '.repeat(1_000), '{a: '.repeat(1_000)]) {
      const codes = parseYaml(text, 'yaml1.1').documents.flatMap(({ problems }) => problems.map(({ code }) => code));
      assert.ok(codes.includes('too-deep'), codes.join());
    }
  });

  it('survives merge keys that multiply', () => {
    const keys = Array.from({ length: 1000 }, (_, i) => `k${i}: 1`).join(', ');
    const merges = Array.from({ length: 200 }, (_, i) => `m${i}: {<<: *base}`).join('\n');
    const [document] = parseYaml(`base: &base {${keys}}\n${merges}\n`, 'yaml1.1').documents;
    assert.ok(document!.problems.some(({ code }) => code === 'too-large'));
  });
});
