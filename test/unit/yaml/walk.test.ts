import assert from 'node:assert/strict';
import { parseYaml } from '../../../src/core/yaml/parse.ts';
import { jsonSchemaDialect, type Schema } from '../../../src/core/yaml/schema.ts';
import { type SchemaFinding, walk } from '../../../src/core/yaml/walk.ts';
import { drawCarets, withoutCarets } from '../../support/carets.ts';

function findings(text: string, schema: Schema): SchemaFinding[] {
  return parseYaml(text, 'yaml1.2').documents.flatMap(({ root }) =>
    root ? walk(root, schema, jsonSchemaDialect(schema), text) : [],
  );
}

function assertDrawn(schema: Schema, drawn: string): void {
  const text = withoutCarets(drawn);
  assert.equal(drawCarets(text, findings(text, schema)), drawn);
}

const lesson: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['id', 'checks'],
  properties: {
    id: { type: 'string', pattern: '^[a-z-]+$', maxLength: 8 },
    week: { type: 'integer', minimum: 1, maximum: 12 },
    tags: { type: 'array', uniqueItems: true, minItems: 1, items: { type: 'string' } },
    level: { enum: ['easy', 'hard'] },
    env: {
      type: 'object',
      patternProperties: { '^[A-Z]+$': { type: ['string', 'number'] } },
      additionalProperties: false,
    },
    checks: { type: 'array', items: { oneOf: [{ $ref: '#/$defs/http' }, { $ref: '#/$defs/file' }] } },
  },
  $defs: {
    http: {
      type: 'object',
      additionalProperties: false,
      required: ['kind', 'url'],
      properties: { kind: { const: 'http' }, url: { type: 'string' }, again: { $ref: '#/$defs/http' } },
    },
    file: {
      type: 'object',
      additionalProperties: false,
      required: ['kind', 'path'],
      properties: { kind: { const: 'file' }, path: { type: 'string' } },
    },
  },
} as Schema;

describe('schema walker', () => {
  it('is silent on what fits', () => {
    assertDrawn(
      lesson,
      `id: abc
week: 3.0
tags: [a, b]
level: hard
env: {A: 1, B: two}
checks:
  - {kind: http, url: x, again: {kind: http, url: y}}
  - {kind: file, path: y}
`,
    );
  });

  it('marks each difference at its own place', () => {
    assertDrawn(
      lesson,
      `id: Abc
    ^^^ out-of-bounds
week: 13
      ^^ out-of-bounds
tags: [a, 1, a]
          ^ wrong-type
             ^ duplicate-item
level: hart
       ^^^^ not-allowed
env: {a: 1}
      ^ unknown-field
weak: 1
^^^^ unknown-field
checks:
  - {kind: htp, url: x}
           ^^^ not-allowed
  - {kind: http, ulr: x}
                 ^^^ unknown-field
  - {kind: file, path: [x]}
                       ^^^ wrong-type
  - text
    ^^^^ wrong-type
`,
    );
  });

  it('marks what is missing at the key of its parent, and blocks of the wrong type at their key', () => {
    assertDrawn(
      { properties: { a: { properties: { b: { required: ['c'] }, d: { type: 'string' } } } } },
      `a:
  b:
  ^ missing-field
    x: 1
  d:
  ^ wrong-type
    y: 1
`,
    );
  });

  it('says what to write instead', () => {
    const schema: Schema = {
      additionalProperties: false,
      properties: { replicas: { type: 'integer' }, name: { type: 'string' }, level: { enum: ['easy', 'hard'] } },
    };
    const fixes = findings('replcas: 1\nreplicas: "3"\nname: 1.10\nlevel: Hard\n', schema).map(({ message, fix }) => [
      message,
      fix?.text,
    ]);
    assert.deepEqual(fixes, [
      ['Unknown field "replcas".', undefined],
      ['Expected an integer, found a string.', '3'],
      ['Expected a string, found a number.', '"1.10"'],
      ['"Hard" is not allowed here. Allowed: easy, hard.', 'hard'],
    ]);
    assert.deepEqual(
      findings('relicas: 1\n', schema).map(({ message, fix }) => [message, fix?.text]),
      [['Unknown field "relicas". Did you mean "replicas"?', 'replicas']],
    );
  });

  it('ends on schemas and documents that repeat themselves', () => {
    const loop: Schema = { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } } as Schema;
    assert.deepEqual(findings('x: 1\n', loop), []);
    const levels = Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`).join('\n');
    const nested: Schema = {
      additionalProperties: { $ref: '#/$defs/n' },
      $defs: { n: { type: ['array', 'integer'], items: { $ref: '#/$defs/n' } } },
    } as Schema;
    assert.deepEqual(
      findings(`a0: &a0 [x]\n${levels}\n`, nested).map(({ path }) => path),
      ['a0[0]'],
    );
  });

  it('gives paths as the API server does', () => {
    const schema: Schema = { additionalProperties: { items: { additionalProperties: { type: 'string' } } } };
    assert.deepEqual(
      findings('a:\n  - b.c/d: 1\n    e: 2\n', schema).map(({ path }) => path),
      ['a[0][b.c/d]', 'a[0].e'],
    );
  });
});
