import assert from 'node:assert/strict';
import { packageClause, readGoFile } from '../../../src/snippets/goFile.ts';

const wanted = [{ path: 'errors' }, { path: 'example.com/gen', alias: 'pb' }, { path: 'example.com/breaker/v2' }];

/** The file with what it lacks. */
function withImports(text: string, imports = wanted): string {
  const insertion = readGoFile(text).lacking(imports);
  return insertion === undefined
    ? text
    : text.slice(0, insertion.offset) + insertion.text + text.slice(insertion.offset);
}

const both = '\t"errors"\n\n\t"example.com/breaker/v2"\n\tpb "example.com/gen"\n';

describe('the imports that a Go file lacks', () => {
  for (const [what, before, after] of [
    ['no import yet', 'package a\n\nfunc f() {}\n', `package a\n\nimport (\n${both})\n\nfunc f() {}\n`],
    ['a group', 'package a\n\nimport (\n\t"fmt"\n)\n', `package a\n\nimport (\n\t"fmt"\n\n${both})\n`],
    ['an empty group', 'package a\n\nimport ()\n', `package a\n\nimport (\n${both})\n`],
    ['a group on one line', 'package a\nimport ("fmt")\n', `package a\nimport ("fmt"\n\n${both})\n`],
    ['single ones', 'package a\n\nimport "fmt"\n', `package a\n\nimport "fmt"\nimport (\n${both})\n`],
    [
      'some of them, in comments and strings others',
      'package a\n\nimport (\n\t"errors" // "x"\n\tgen "example.com/gen"\n)\n\n// import "example.com/breaker/v2"\nvar s = `\nimport "example.com/breaker/v2"\n`\n',
      'package a\n\nimport (\n\t"errors" // "x"\n\tgen "example.com/gen"\n\n\t"example.com/breaker/v2"\n)\n\n// import "example.com/breaker/v2"\nvar s = `\nimport "example.com/breaker/v2"\n`\n',
    ],
    [
      'a comment before the clause',
      '// Package a is first.\npackage a',
      `// Package a is first.\npackage a\n\nimport (\n${both})`,
    ],
    ['nothing at all', '', `import (\n${both})\n\n`],
  ] as const) {
    it(`go into a file with ${what}`, () => assert.equal(withImports(before), after));
  }

  it('are not put in twice', () => assert.equal(readGoFile(withImports('package a\n')).lacking(wanted), undefined));

  it('are one line when there is one', () => {
    assert.equal(withImports('package a\n', [{ path: 'errors' }]), 'package a\n\nimport "errors"\n');
  });
});

describe('the package clause', () => {
  it('is seen, but not in a comment or a string', () => {
    assert.deepEqual(
      ['package a', '/* x */ package a', '// package a', '/*\npackage a\n*/', 'var s = `\npackage a\n`', ''].map(
        (text) => readGoFile(text).hasPackage,
      ),
      [true, true, false, false, false, false],
    );
  });

  it('is the name of the folder as far as Go allows it', () => {
    assert.deepEqual(
      ['orders', 'rate-limit', 'v2.1', '2nd', '注文'].map((folder) => packageClause(folder)),
      ['package orders\n\n', 'package ratelimit\n\n', 'package v21\n\n', 'package main\n\n', 'package main\n\n'],
    );
  });
});
