import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { root } from '../../../scripts/lib/project.ts';
import { definitionsOf, kindOf } from '../../../src/manifests/openapi.ts';
import { openPool, type PoolFile, poolFile } from '../../../src/manifests/pool.ts';

const bytes = readFileSync(join(root, 'schemas', poolFile));
const file = JSON.parse(brotliDecompressSync(bytes).toString('utf8')) as PoolFile;

/** Every `$ref` in a definition. A property may have that name; its value is a schema then. */
function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    key === '$ref' && typeof child === 'string' ? [child] : references(child),
  );
}

describe('schema pool', () => {
  for (const [version, { names, kinds }] of Object.entries(file.versions)) {
    it(`${version}: every name, reference and kind leads to a definition`, () => {
      const dangling = Object.entries(names).flatMap(([name, hash]) => {
        const schema = file.definitions[hash];
        return schema === undefined ? [name] : references(schema).filter((ref) => !Object.hasOwn(names, ref));
      });
      assert.deepEqual(dangling, []);
      const named = Object.values(kinds).flatMap((group) => Object.values(group));
      assert.deepEqual(
        named.filter((name) => !Object.hasOwn(names, name)),
        [],
      );
      assert.ok(named.length > 150, `${named.length} kinds`);
    });
  }

  it('holds nothing that no version uses, and says where it comes from', () => {
    const used = new Set(Object.values(file.versions).flatMap(({ names }) => Object.values(names)));
    assert.deepEqual(
      Object.keys(file.definitions).filter((hash) => !used.has(hash)),
      [],
    );
    assert.match(file.about['licence']!, /Apache-2\.0/);
  });

  it('is small enough to ship', () => {
    assert.ok(bytes.length < 200_000, `${bytes.length} bytes`);
  });

  it('looks kinds up by own names only', () => {
    const catalog = openPool(file).catalog('1.35');
    assert.deepEqual(catalog.apiVersionsOf('Deployment'), ['apps/v1']);
    assert.equal(catalog.schemaOf('__proto__', 'toString'), undefined);
    assert.equal(catalog.schemaOf('v1', 'constructor'), undefined);
    assert.equal(catalog.dialect.resolve('__proto__'), undefined);
  });
});

describe('published OpenAPI', () => {
  it('becomes definitions with plain references', () => {
    const published = {
      components: {
        schemas: {
          A: {
            properties: {
              b: { allOf: [{ $ref: '#/components/schemas/B' }], description: 'the b', default: {} },
              both: { allOf: [{ $ref: '#/components/schemas/B' }, { minimum: 1 }] },
              $ref: { type: 'string' },
            },
            'x-kubernetes-group-version-kind': [{ group: 'apps', version: 'v1', kind: 'A' }],
          },
          D: { 'x-kubernetes-group-version-kind': [{ group: '', version: 'v1', kind: 'DeleteOptions' }] },
        },
      },
    };
    const definitions = definitionsOf(published);
    assert.deepEqual(definitions.get('A')!.properties, {
      b: { $ref: 'B', description: 'the b', default: {} },
      both: { allOf: [{ $ref: 'B' }, { minimum: 1 }] },
      $ref: { type: 'string' },
    });
    assert.deepEqual([...definitions.values()].map(kindOf), [{ group: 'apps', version: 'v1', kind: 'A' }, undefined]);
    assert.deepEqual([...definitionsOf({}).keys()], []);
  });
});
