/**
 * Files that break readers of YAML. Each is shown to be what it claims, then checked in the thread the product uses: an
 * answer comes, by the reading or by giving up, and the next file is checked as if nothing had been.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { root } from '../../../scripts/lib/project.ts';
import type { Disposable } from '../../../src/core/disposable.ts';
import { createBoundedManifests } from '../../../src/manifests/bounded.ts';
import { largestDocument } from '../../../src/manifests/detect.ts';
import type { Manifests } from '../../../src/manifests/domain.ts';
import type { Validation } from '../../../src/manifests/findings.ts';

const head = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n';
const wrong = 'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {prots: [{port: 80}]}\n';
const shop = readFileSync(join(root, 'test/fixtures/manifests/shop.yaml'), 'utf8');

/** Nine levels of nine aliases each: 387 million strings when it is expanded. */
const bomb = (): string => {
  const level = (n: number): string => `l${n}: &l${n} [${Array.from({ length: 9 }, () => `*l${n - 1}`).join(', ')}]`;
  return `${head}data:\n  l0: &l0 lol\n${[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `  ${level(n)}`).join('\n')}\n`;
};

interface Fault {
  readonly text: string;
  /** That the text is what the row says. */
  readonly proof: (text: string) => boolean;
  /** The codes found; those given must be among them, `[]` means that nothing is found. */
  readonly codes: readonly string[];
}

const count = (text: string, piece: string): number => text.split(piece).length - 1;

const faults: Readonly<Record<string, () => Fault>> = {
  'an alias bomb': () => ({
    text: bomb(),
    proof: (text) => {
      assert.throws(() => parseDocument(text).toJS({ maxAliasCount: 1e4 }), /alias/i);
      return true;
    },
    codes: ['wrong-type'],
  }),
  'merge keys that multiply': () => {
    const levels = Array.from({ length: 40 }, (_, n) => `  m${n + 1}: &m${n + 1} {<<: [*m${n}, *m${n}], k${n}: v}`);
    return {
      text: `${head}data:\n  m0: &m0 {k: v}\n${levels.join('\n')}\n`,
      proof: (text) => count(text, '<<') === 40,
      codes: ['wrong-type'],
    };
  },
  '100,000 levels of lists': () => ({
    text: `${head}data: ${'['.repeat(100_000)}`,
    proof: (text) => count(text, '[') === 100_000,
    codes: ['too-deep'],
  }),
  '100,000 levels of maps in one line': () => ({
    text: `${head}data: ${'{a: '.repeat(100_000)}${'}'.repeat(100_000)}`,
    proof: (text) => count(text, '{a: ') === 100_000,
    codes: ['too-deep'],
  }),
  '1,000 levels of indentation': () => ({
    text: `${head}data:\n${Array.from({ length: 1000 }, (_, n) => `${' '.repeat(n + 1)}a:`).join('\n')}\n`,
    proof: (text) => text.includes(`\n${' '.repeat(1000)}a:`),
    codes: ['too-deep'],
  }),
  '20,000 keys': () => ({
    text: `${head}data:\n${Array.from({ length: 20_000 }, (_, n) => `  k${n}: v`).join('\n')}\n`,
    proof: (text) => count(text, ': v\n') === 20_000,
    codes: [],
  }),
  '20,000 times the same key': () => ({
    text: `${head}data:\n${'  k: v\n'.repeat(20_000)}`,
    proof: (text) => count(text, 'k: v') === 20_000,
    codes: ['duplicate-key'],
  }),
  '10 MB of another tool': () => ({
    text: 'services: {web: {image: web}}\n'.repeat(350_000),
    proof: (text) => text.length > 1e7,
    codes: [],
  }),
  '10 MB': () => ({
    text: `${head}data: {a: ${'x'.repeat(1e7)}}\n`,
    proof: (text) => text.length > 1e7,
    codes: ['not-checked'],
  }),
  '2,000,000 blank lines': () => ({
    text: `${head}data:\n${'\n'.repeat(2_000_000)}  a: b\n`,
    proof: (text) => count(text, '\n') > 2_000_000,
    codes: [],
  }),
  // Costs 25 s where 1.5 are allowed: no machine is quick enough.
  'a list of 4,000,000 commas': () => ({
    text: `${head}data: &here [${','.repeat(4_000_000)}]\n`,
    proof: (text) => count(text, ',') === 4_000_000 && text.length < largestDocument,
    codes: ['not-checked'],
  }),
  'one line of 3 MB': () => ({
    text: `${head}data: {a: "${'x'.repeat(3e6)}"}\n`,
    proof: (text) => text.length > 3e6,
    codes: [],
  }),
  '__proto__ and its kin as keys': () => ({
    text: `${head}data:\n  __proto__: a\n  constructor: b\n  toString: c\n---\n${wrong.replace('prots', '__proto__')}`,
    proof: (text) => count(text, '__proto__') === 2,
    codes: ['unknown-field'],
  }),
  '__proto__ as kind and version': () => ({
    text: 'apiVersion: __proto__\nkind: constructor\nmetadata: {name: a}\n',
    proof: () => true,
    codes: ['unknown-api-version'],
  }),
  'tabs as indentation': () => ({
    text: `${head}data:\n\ta: b\n`,
    proof: (text) => text.includes('\n\t'),
    codes: ['syntax'],
  }),
  CRLF: () => ({
    text: wrong.replaceAll('\n', '\r\n'),
    proof: (text) => count(text, '\r\n') === 4,
    codes: ['unknown-field'],
  }),
  'a byte order mark': () => ({
    text: `\uFEFF${wrong}`,
    proof: (text) => text.charCodeAt(0) === 0xfeff,
    codes: ['unknown-field'],
  }),
  NUL: () => ({
    text: `${head}data: {a: "b\0c"}\n`,
    proof: (text) => text.includes('\0'),
    codes: ['syntax'],
  }),
  'half a surrogate pair': () => ({
    text: `${head}data: {a: "\ud800"}\n`,
    proof: (text) => !text.isWellFormed(),
    codes: [],
  }),
  'Windows paths': () => ({
    text: `${head}data:\n  plain: C:\\Users\\a\n  quoted: "C:\\Users\\a"\n`,
    proof: (text) => count(text, 'C:\\Users') === 2,
    codes: ['syntax'],
  }),
  'conflict markers': () => ({
    text: `${head}data:\n<<<<<<< HEAD\n  a: b\n=======\n  a: c\n>>>>>>> other\n`,
    proof: (text) => text.includes('<<<<<<< HEAD'),
    codes: ['syntax'],
  }),
  'a Jinja template': () => ({
    text: `${head}data:\n{% for a in b %}\n  {{ a }}: c\n{% endfor %}\n`,
    proof: (text) => text.includes('{%'),
    codes: [],
  }),
  'a ytt template': () => ({
    text: `#@ load("@ytt:data", "data")\n${head}data:\n  a: #@ data.values.a\n  #@ if data.values.b:\n  c: d\n  #@ end\n`,
    proof: (text) => text.includes('#@'),
    codes: [],
  }),
  'an envsubst template': () => ({
    text: `${head}data:\n  a: \${A}\n  b: $(B)\n`,
    proof: (text) => text.includes('${A}'),
    codes: [],
  }),
  'a picture': () => ({
    text: readFileSync(join(root, 'media/icon.png'), 'latin1'),
    proof: (text) => text.includes('PNG'),
    codes: [],
  }),
};

describe('files that break readers of YAML', function () {
  this.timeout(120_000);
  let manifests: Manifests & Disposable;
  const prototype = Object.getOwnPropertyNames(Object.prototype).sort().join();

  before(() => {
    manifests = createBoundedManifests({
      schemas: join(root, 'schemas'),
      worker: join(root, 'dist/manifestsWorker.js'),
    });
  });
  after(() => manifests?.dispose());

  const check = (text: string): Promise<Validation> => manifests.validate(text, '1.34');

  for (const [name, make] of Object.entries(faults)) {
    it(name, async () => {
      const { text, proof, codes } = make();
      assert.ok(proof(text), 'the file is what it claims');
      const { findings } = await check(text);
      const found = [...new Set(findings.map(({ code }) => code as string))];
      if (codes.length === 0) assert.deepEqual(found, []);
      for (const code of codes) assert.ok(found.includes(code), `${code} is among ${found.join()}`);
      assert.ok(findings.length <= 400, 'not one for every line');
      assert.deepEqual(
        (await check(wrong)).findings.map(({ code }) => code),
        ['unknown-field'],
        'the next one is checked',
      );
      assert.equal(Object.getOwnPropertyNames(Object.prototype).sort().join(), prototype);
    });
  }

  it('what runs away does not delay the answer to a file asked about at the same time for good', async () => {
    const [given, fine] = await Promise.all([check(faults['a list of 4,000,000 commas']!().text), check(wrong)]);
    assert.deepEqual([given.findings[0]?.code, fine.findings[0]?.code], ['not-checked', 'unknown-field']);
  });

  it('a file at every prefix: an answer, and before the line being typed no error that the whole has not', async () => {
    for (let end = 0; end < shop.length; end += 7) {
      const text = shop.slice(0, end);
      const lineStart = text.lastIndexOf('\n') + 1;
      const early = (await check(text)).findings.filter(
        ({ range, code, severity }) => range.end < lineStart && code !== 'missing-field' && severity === 'error',
      );
      assert.deepEqual([text.slice(-40), early], [text.slice(-40), []]);
    }
  });
});
