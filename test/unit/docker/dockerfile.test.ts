import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import type { Fix } from '../../../src/docker/dockerfile/finding.ts';
import { instructionNames } from '../../../src/docker/dockerfile/help.ts';
import { parseDockerfile } from '../../../src/docker/dockerfile/parse.ts';
import { lintDockerfile } from '../../../src/docker/dockerfile/rules.ts';

const good = `ARG GO=golang:1.26
FROM \${GO} AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -o /service ./cmd/service

FROM scratch
COPY --from=build /service /service
USER 65532:65532
ENTRYPOINT ["/service"]
`;
const codes = (source: string, hasIgnoreFile = true): string[] =>
  lintDockerfile(source, { hasIgnoreFile }).map(({ code, line }) => `${code} ${line}`);

function applied(source: string, { edits }: Fix): string {
  const lines = source.split('\n');
  const offset = (line: number, column: number): number =>
    lines.slice(0, line).join('\n').length + (line > 0 ? 1 : 0) + column;
  const [edit] = edits;
  if (edit === undefined) return source;
  return (
    source.slice(0, offset(edit.line, edit.column)) + edit.text + source.slice(offset(edit.endLine, edit.endColumn))
  );
}

describe('Dockerfiles', () => {
  it('are taken apart: continuations, comments between, here-documents, flags', () => {
    const source =
      'from a as b\n  run --mount=type=cache,target=/x \\\n  # why\n\n  go build && \\\n  true\nCOPY <<EOF /f\nRUN not this\nEOF\nCMD ["x"]';
    const { instructions, stages } = parseDockerfile(source);
    assert.deepEqual(
      instructions.map(({ keyword, text, flags, line, endLine }) => [keyword, text, flags, line, endLine]),
      [
        ['FROM', 'a as b', [], 0, 0],
        ['RUN', 'go build && true', ['--mount=type=cache,target=/x'], 1, 5],
        ['COPY', '<<EOF /f', [], 6, 8],
        ['CMD', '["x"]', [], 9, 9],
      ],
    );
    assert.deepEqual([stages[0]?.base, stages[0]?.name], ['a', 'b']);
  });

  it('that are right have no findings', () => {
    assert.deepEqual(codes(good), []);
  });

  /** What is changed in the right one, and what must be found then. */
  const wrong: readonly (readonly [string, string, readonly string[]])[] = [
    ['FROM ${GO} AS build', 'FROM golang AS build', ['unpinned-base 1']],
    ['FROM ${GO} AS build', 'FROM localhost:5000/golang:latest AS build', ['unpinned-base 1']],
    ['USER 65532:65532\n', '', ['root-user 8']],
    ['USER 65532:65532', 'USER root', ['root-user 10']],
    ['WORKDIR /src', 'WORKDIR /src\nENV DB_PASSWORD=x', ['secret-in-layer 3']],
    ['WORKDIR /src', 'WORKDIR /src\nCOPY .env /', ['secret-in-layer 3']],
    ['COPY go.mod go.sum ./\nRUN go mod download\n', '', ['dependency-order 3']],
    ['CGO_ENABLED=0 ', '', ['cgo-before-scratch 6']],
    ['ENTRYPOINT ["/service"]', 'ENTRYPOINT /service --port 80', ['shell-form 11']],
    ['COPY . .', 'ADD . .', ['add-instead-of-copy 5']],
    ['ENTRYPOINT', 'ENTRYPOINT ["/old"]\nENTRYPOINT', ['repeated 11']],
    ['WORKDIR /src', 'WORKDIR src', ['relative-workdir 2']],
    ['WORKDIR /src', 'WORKDRI /src', ['unknown-instruction 2']],
  ];
  for (const [before, after, found] of wrong) {
    it(`${JSON.stringify(after)}: ${found.join()}, and its fix mends it`, () => {
      assert.ok(good.includes(before));
      const source = good.replace(before, after);
      assert.deepEqual(codes(source), found);
      const [finding] = lintDockerfile(source, { hasIgnoreFile: true });
      if (finding?.fix !== undefined) assert.deepEqual(codes(applied(source, finding.fix)), []);
    });
  }

  it('a missing .dockerignore is offered', () => {
    assert.deepEqual(codes(good, false), ['missing-dockerignore 5']);
    const [finding] = lintDockerfile(good, { hasIgnoreFile: false });
    assert.match(finding?.fix?.file?.text ?? '', /^\.git$/m);
  });

  it('CGO_ENABLED=0 may stand in an ENV; a base that is no scratch needs none', () => {
    const without = good.replace('CGO_ENABLED=0 ', '');
    assert.deepEqual(codes(without.replace('WORKDIR', 'ENV CGO_ENABLED=0\nWORKDIR')), []);
    assert.deepEqual(codes(without.replace('FROM scratch', 'FROM debian:12-slim')), []);
  });

  it('our own examples and snippets are right', () => {
    const shop = readFileSync(join(root, 'examples/shop/Dockerfile'), 'utf8');
    assert.deepEqual(codes(shop), []);
  });

  it('nothing makes it throw', () => {
    const pieces = ['FROM', 'RUN', ' \\\n', '\n', '<<A', '#', '--x', '[', 'go build', 'COPY . .', '"', 'CMD', '\r\n'];
    let seed = 7;
    for (let round = 0; round < 3000; round++) {
      let source = '';
      for (let i = 0; i < 12; i++) source += `${pieces[(seed = (seed * 48_271) % 0x7fffffff) % pieces.length]} `;
      lintDockerfile(source, { hasIgnoreFile: false });
    }
    assert.equal(instructionNames.length, 18);
  });
});
