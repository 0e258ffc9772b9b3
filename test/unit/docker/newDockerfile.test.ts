import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installLanguage } from '../../../src/core/l10n.ts';
import { readGoProject } from '../../../src/docker/generate/goProject.ts';
import { dockerfileFor, writeDockerfile } from '../../../src/docker/generate/write.ts';
import { type Files, goModules, writeFiles } from '../../support/goModules.ts';
import { root } from '../../../scripts/lib/project.ts';

describe('New Dockerfile', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'gantry-new-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const project = (files: Files): ReturnType<typeof readGoProject> => readGoProject(writeFiles(folder, files));
  /** Instructions without the comments that explain them. */
  const instructions = async (files: Files): Promise<string[]> => {
    const { dockerfile } = await dockerfileFor(writeFiles(folder, files));
    return dockerfile.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  };

  it('reads what a module is made of', async () => {
    assert.deepEqual(await project(goModules.commands), {
      go: '1.26',
      modules: ['.'],
      workspace: false,
      vendored: false,
      commands: [
        { path: './cmd/api', name: 'api' },
        { path: './cmd/worker', name: 'worker' },
      ],
      grpc: false,
      embedded: [],
      sourceFolders: ['cmd', 'tools'],
      port: 8080,
    });
    const { modules, workspace } = await project(goModules.workspace);
    assert.deepEqual([modules, workspace], [['api', 'shared'], true]);
    assert.equal((await project(goModules.cgo)).cgo, 'main.go');
    const { grpc, port } = await project(goModules.grpc);
    assert.deepEqual([grpc, port], [true, 50051]);
    assert.deepEqual((await project(goModules.embed)).embedded, ['README.md', 'testdata/seed.json', 'dist']);
  });

  it('takes the newest Go that is asked for, and none that gets no fixes any more', async () => {
    const main = 'package main\n\nfunc main() {}\n';
    const go = async (goMod: string): Promise<string> => (await project({ 'go.mod': goMod, 'main.go': main })).go;
    assert.equal(await go('module a\n\ngo 1.18\n'), '1.25');
    assert.equal(await go('module a\n\ngo 1.25.0\n\ntoolchain go1.27.1\n'), '1.27');
  });

  it('copies what go.mod replaces by a folder before the modules are downloaded', async () => {
    const files = {
      'go.mod': 'module a\n\ngo 1.26\n\nrequire b v0.0.0\n\nreplace b => ./lib/b\n',
      'lib/b/go.mod': 'module b\n',
      'main.go': 'package main\n\nfunc main() {}\n',
    };
    assert.ok((await instructions(files)).includes('COPY lib/b/go.mod lib/b/go.sum* ./lib/b/'));
    await assert.rejects(project({ ...files, 'go.mod': 'module a\n\nreplace b => ../b\n' }), {
      kind: 'invalid',
      message: /go\.work/,
    });
  });

  it('tells what is missing', async () => {
    await assert.rejects(project({ 'main.go': '' }), { kind: 'invalid', message: /no go\.mod/ });
    await assert.rejects(project({ 'go.mod': 'module a\n', 'a.go': 'package a\n' }), { message: /package main/ });
    const ignored = {
      'go.mod': 'module a\n',
      'a.go': '//go:build ignore\n\npackage main\n',
      'a_test.go': 'package main\n',
    };
    await assert.rejects(project(ignored), { message: /package main/ });
  });

  it('is, for one program', async () => {
    assert.deepEqual(await instructions(goModules.embed), [
      'ARG GO_IMAGE=golang:1.26-trixie',
      'ARG RUN_IMAGE=gcr.io/distroless/static-debian13:nonroot',
      'FROM --platform=$BUILDPLATFORM ${GO_IMAGE} AS build',
      'WORKDIR /src',
      'COPY go.mod go.sum* ./',
      'RUN --mount=type=cache,target=/go/pkg/mod go mod download',
      'COPY . .',
      'ARG TARGETOS TARGETARCH',
      'RUN --mount=type=cache,target=/go/pkg/mod \\',
      '    --mount=type=cache,target=/root/.cache/go-build \\',
      '    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \\',
      '    go build -trimpath -ldflags="-s -w" -o /app .',
      'FROM ${RUN_IMAGE}',
      'COPY --from=build /app /app',
      'USER 65532:65532',
      'EXPOSE 8080',
      'ENTRYPOINT ["/app"]',
    ]);
  });

  it('explains each instruction, in Chinese too', async () => {
    const at = writeFiles(folder, goModules.commands);
    const translations = readFileSync(join(root, 'l10n/docker.zh-cn.json'), 'utf8');
    installLanguage(JSON.parse(translations) as Record<string, string>);
    try {
      const { dockerfile, ignore } = await dockerfileFor(at);
      for (const text of [dockerfile, ignore]) {
        const comments = text.split('\n').filter((line) => line.startsWith('#'));
        assert.ok(comments.length >= 5);
        for (const comment of comments) assert.match(comment, /[\u4e00-\u9fff]/);
      }
    } finally {
      installLanguage({});
    }
    const { dockerfile } = await dockerfileFor(at);
    const lines = dockerfile.split('\n');
    // Every block of instructions has its reason right above.
    for (const [i, line] of lines.entries()) {
      if (/^[A-Z]/.test(line) && !/^(?:ARG RUN_IMAGE|COPY \S+\/go\.mod)/.test(line))
        assert.match(lines[i - 1]!, /^# /, line);
    }
  });

  it('leaves what is there, unless told', async () => {
    const at = writeFiles(folder, { ...goModules.commands, '.dockerignore': 'mine\n' });
    const files = await dockerfileFor(at);
    assert.deepEqual(await writeDockerfile(at, files), ['Dockerfile']);
    await assert.rejects(writeDockerfile(at, { ...files, dockerfile: 'another' }), { kind: 'conflict' });
    assert.equal(readFileSync(join(at, 'Dockerfile'), 'utf8'), files.dockerfile);
    assert.deepEqual(await writeDockerfile(at, files, true), ['Dockerfile', '.dockerignore']);
  });
});
