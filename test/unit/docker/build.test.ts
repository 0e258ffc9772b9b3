import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { Failure } from '../../../src/core/failure.ts';
import { type BuildOutcome, buildImage } from '../../../src/docker/build/build.ts';
import { ClassicSteps } from '../../../src/docker/build/classic.ts';
import { dockerIgnore } from '../../../src/docker/build/ignore.ts';
import { layerSizes } from '../../../src/docker/build/layers.ts';
import { BuildLines, lineNotes } from '../../../src/docker/build/lines.ts';
import { type BuildInputs, explainMisses } from '../../../src/docker/build/misses.ts';
import { BuildProgress, type BuildStep } from '../../../src/docker/build/progress.ts';
import { parseRawJson } from '../../../src/docker/build/rawjson.ts';
import { buildArgs, tagFor } from '../../../src/docker/build/request.ts';
import { instructionOf } from '../../../src/docker/build/steps.ts';
import { decodeTrace } from '../../../src/docker/build/trace.ts';
import type { EngineClient } from '../../../src/docker/client.ts';
import { parseDockerfile } from '../../../src/docker/dockerfile/parse.ts';

const source = `ARG GO=golang:1.26
FROM \${GO} AS build
WORKDIR /src
COPY go.mod ./
ARG MODE
RUN go build \\
    ./...

FROM build AS tested
RUN go test ./...

FROM scratch
COPY --from=build /app /app
USER 65532
`;
const file = parseDockerfile(source);

describe('a build', () => {
  it('leads each step to its line, whichever builder names it', () => {
    const line = (name: string): number | undefined => instructionOf(file, name)?.line;
    assert.deepEqual(
      {
        base: line('[build 1/4] FROM docker.io/library/golang:1.26'),
        platform: line('[linux/arm64 build 3/4] COPY go.mod ./'),
        padded: line('[build  4/14] RUN go build     ./...'),
        ofStage: line('[tested 1/1] RUN go test ./...'),
        unnamed: line('[stage-2 1/1] COPY --from=build /app /app'),
        internal: line('[internal] load build context'),
        another: line('[build 3/4] RUN go vet'),
        classic: line('7/11 FROM build AS tested'),
        podman: line('2: 2/2 RUN go test ./...'),
      },
      {
        base: 1,
        platform: 3,
        padded: 5,
        ofStage: 9,
        unnamed: 12,
        internal: undefined,
        another: undefined,
        classic: 8,
        podman: 9,
      },
    );
  });

  it('reads .dockerignore as the docker command does', () => {
    const rules = dockerIgnore(
      '# comment\n\n/bin/\n*.md\n!README.md\n**/testdata\nb?d\nx[0-9].go\nsrc/**/gen\n\\!odd\n',
    );
    const kept = [
      'README.md',
      'docs/a.md',
      'bind',
      'bad/x',
      'x1.go',
      'xa.go',
      'bin/app',
      'a/b/testdata/f',
      'testdata',
      'src/gen/x',
      'src/a/b/gen',
      'a.md',
      '!odd',
    ];
    assert.deepEqual(
      kept.filter((path) => !rules.ignores(path)),
      ['README.md', 'docs/a.md', 'bind', 'xa.go'],
    );
    assert.ok(rules.takesBack);
  });

  const inputs = (text: string, files: Record<string, string>, args: Record<string, string> = {}): BuildInputs => ({
    file: parseDockerfile(text),
    args,
    files: new Map(Object.entries(files)),
  });
  const step = (name: string, cached = false): BuildStep => ({
    name,
    cached,
    state: 'done',
    line: instructionOf(file, name)!.line,
  });
  const all = [
    '[build 2/4] WORKDIR /src',
    '[build 3/4] COPY go.mod ./',
    '[build 4/4] RUN go build',
    '[stage-2 1/1] COPY --from=build /app /app',
  ];
  const first = inputs(source, { 'go.mod': '1', 'main.go': '1' });

  it('says why a step was not cached', () => {
    const why = (now: BuildInputs, cached: number, before: BuildInputs | null = first): [number, string][] => [
      ...explainMisses(
        all.map((name, i) => step(name, i < cached)),
        now,
        before ?? undefined,
      ),
    ];
    const rest: [number, string][] = [
      [5, 'line 4 was not cached'],
      [12, 'stage build was built anew from line 4 on'],
    ];
    assert.deepEqual(why(inputs(source, { 'go.mod': '2', 'main.go': '2' }), 1), [[3, 'go.mod changed'], ...rest]);
    assert.deepEqual(why(first, 1, null)[0], [3, 'no build of it before is known here']);
    assert.deepEqual(why(inputs(source, { 'go.mod': '1' }, { MODE: 'x' }), 2)[0], [
      5,
      'the argument MODE has another value',
    ]);
    assert.deepEqual(why(inputs(source, { 'go.mod': '1' }, { GO: 'golang:2' }), 0)[0], [
      2,
      'its base image is another one: golang:2',
    ]);
    assert.deepEqual(why(inputs(source.replace('go build', 'go vet'), { 'go.mod': '1' }), 2)[0], [
      5,
      'line 6 was changed',
    ]);
    assert.deepEqual(why(first, 2)[0], [5, 'the cache was emptied, or its base image is a newer one']);
    assert.deepEqual(why(first, 4), []);
  });

  it('names files by the pattern that copies them', () => {
    const text = 'FROM scratch\nCOPY ["cmd", "*.go", "./internal/", "/app/"]\n';
    const before = inputs(text, {
      'cmd/a/b.go': '1',
      'main.go': '1',
      'doc.md': '1',
      'internal/x.go': '1',
      'sub/y.go': '1',
    });
    const now = inputs(text, { 'cmd/a/b.go': '2', 'main.go': '2', 'doc.md': '2', 'sub/y.go': '2' });
    const copied: BuildStep = { name: '[1/1] COPY', cached: false, state: 'done', line: 1 };
    assert.deepEqual(
      [...explainMisses([copied], now, before)],
      [[1, 'cmd/a/b.go, internal/x.go and 1 more files changed']],
    );
  });

  it('gives lines the sizes of the layers they made', () => {
    const history = [
      { CreatedBy: 'USER 65532', Size: 0 },
      { CreatedBy: 'COPY /app /app # buildkit', Size: 1200 },
    ];
    assert.deepEqual(
      [...layerSizes(file, history)],
      [
        [13, 0],
        [12, 1200],
        [11, 0],
      ],
    );
    const classic = [
      { CreatedBy: '/bin/sh -c #(nop)  CMD ["/app"]', Size: 0 },
      { CreatedBy: '|1 A=b /bin/sh -c make', Size: 5 },
      { CreatedBy: '/bin/sh -c #(nop) ADD file:1 in / ', Size: 70 },
      { CreatedBy: '', Size: 1 },
    ];
    assert.deepEqual(
      [...layerSizes(parseDockerfile('FROM base\nRUN make\nCMD ["/app"]\n'), classic)],
      [
        [2, 0],
        [1, 5],
        [0, 71],
      ],
    );
  });

  it('brings three builders’ words into one form', () => {
    const digest = 'sha256:1';
    const raw = parseRawJson(
      JSON.stringify({
        vertexes: [
          {
            digest,
            name: '[build 4/4] RUN go build',
            started: '2026-01-01T00:00:00Z',
            completed: '2026-01-01T00:00:01.5Z',
            error: 'exit code: 1',
          },
        ],
        logs: [{ vertex: digest, stream: 2, data: Buffer.from('wrong\n').toString('base64') }],
      }),
    );
    const progress = new BuildProgress(file);
    progress.add(raw!);
    assert.deepEqual(progress.failed, {
      step: {
        name: '[build 4/4] RUN go build',
        cached: false,
        state: 'failed',
        line: 5,
        milliseconds: 1500,
        error: 'exit code: 1',
      },
      output: 'wrong\n',
    });
    assert.equal(parseRawJson('ERROR: failed to build'), undefined);
    assert.equal(parseRawJson('{broken'), undefined);

    const time = new BinaryWriter().tag(1, 0).int64(1).tag(2, 0).int32(500_000_000).finish();
    const vertex = new BinaryWriter()
      .tag(1, 2)
      .string('d')
      .tag(3, 2)
      .string('n')
      .tag(4, 0)
      .bool(true)
      .tag(6, 2)
      .bytes(time)
      .tag(9, 2)
      .string('unknown');
    const trace = new BinaryWriter().tag(1, 2).bytes(vertex.finish()).finish();
    assert.deepEqual(decodeTrace(trace).vertexes, [{ digest: 'd', name: 'n', cached: true, completed: 1500 }]);

    const steps = new ClassicSteps(() => 1000);
    const heard = ['Step 1/2 : FROM scr', 'atch\n ---> abc\nStep 2/2 : COPY a /\n ---> Using cache\n'].map((piece) =>
      steps.push(piece),
    );
    const vertexes = [...heard, steps.end()].flatMap((status) => status.vertexes);
    assert.deepEqual(
      vertexes.map(({ name, cached, completed }) => [name, cached, completed]),
      [
        ['1/2 FROM scratch', false, undefined],
        ['1/2 FROM scratch', false, 1000],
        ['2/2 COPY a /', false, undefined],
        ['2/2 COPY a /', true, 1000],
      ],
    );
  });

  it('is told in lines', () => {
    const progress = new BuildProgress(file);
    const lines = new BuildLines();
    const name = '[build 4/4] RUN go build';
    const tell = (more: object, logs: string[] = []): string[] =>
      lines
        .of(
          progress.add({
            vertexes: [{ digest: 'd', name, cached: false, ...more }],
            statuses: [],
            logs: logs.map((text) => ({ vertex: 'd', data: Buffer.from(text) })),
          }),
        )
        .map(({ text }) => text);
    assert.deepEqual(tell({ started: 0 }, ['one\ntw', 'o\n10%\r20']), [
      '   6  [build 4/4] RUN go build',
      '    one',
      '    two',
    ]);
    assert.deepEqual(tell({ started: 0, completed: 2500 }), [
      '    20',
      '   6  [build 4/4] RUN go build: done in 2.5 s',
    ]);
    const outcome = { steps: progress.steps, misses: new Map([[5, 'main.go changed']]), sizes: new Map([[5, 2048]]) };
    assert.deepEqual([...lineNotes(outcome)], [[5, '2.5 s · 2.0 kB · ran because main.go changed']]);
  });

  it('takes names and arguments as people type them', () => {
    assert.deepEqual(['/home/me/My Shop!', '/'].map(tagFor), ['my-shop:dev', 'app:dev']);
    assert.deepEqual(buildArgs(['A=b=c', 'B=']), { A: 'b=c', B: '' });
    assert.throws(() => buildArgs(['1A=b']), { kind: 'invalid' });
  });
});

describe('a build by buildx', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'gantry-buildx-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A stand-in for the docker command: says what buildx says. */
  const docker = (version: string, said: readonly string[], status: number): void => {
    writeFileSync(join(folder, 'said'), said.join('\n'));
    const script = `if [ "$2" = version ]; then echo "github.com/docker/buildx ${version} abc"; exit 0; fi\necho "$DOCKER_HOST $@" > ${folder}/asked\ncat ${folder}/said >&2\nexit ${status}\n`;
    writeFileSync(join(folder, 'docker'), `#!/bin/sh\n${script}`, { mode: 0o755 });
  };
  const build = (): Promise<BuildOutcome> => {
    writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY a /\n');
    const client = {
      runtime: 'docker',
      address: 'unix:///e.sock',
      commandEnv: (env: NodeJS.ProcessEnv) => ({ ...env, DOCKER_HOST: 'unix:///e.sock' }),
      ask: () => Promise.resolve([{ CreatedBy: 'COPY a / # buildkit', Size: 7 }]),
      api: { stream: () => Promise.reject(new Failure('unreachable', 'the engine was asked')) },
    } as unknown as EngineClient;
    const env = { PATH: `${folder}:/usr/bin:/bin` };
    const deps = { client, env, now: () => 0, credentials: () => Promise.resolve('') };
    return buildImage(
      deps,
      { folder, dockerfile: 'Dockerfile', tag: 'a:1', args: { B: 'c d' } },
      () => {},
      new AbortController().signal,
    );
  };
  const vertex = { digest: 'd', name: '[1/1] COPY a /', started: '2026-01-01T00:00:00Z' };
  const end = '2026-01-01T00:00:01Z';

  it('asks for the build and reads its lines', async () => {
    docker(
      'v0.29.1',
      [
        JSON.stringify({ vertexes: [vertex] }),
        'WARNING: words',
        JSON.stringify({ vertexes: [{ ...vertex, completed: end }] }),
        '',
      ],
      0,
    );
    const { steps, sizes } = await build();
    assert.deepEqual(steps, [{ name: vertex.name, cached: false, state: 'done', line: 1, milliseconds: 1000 }]);
    assert.deepEqual(
      [...sizes],
      [
        [1, 7],
        [0, 0],
      ],
    );
    const asked = readFileSync(join(folder, 'asked'), 'utf8').trim();
    assert.equal(
      asked,
      `unix:///e.sock buildx build --progress=rawjson --load --file ${folder}/Dockerfile --tag a:1 --build-arg B=c d ${folder}`,
    );
  });

  it('finds the line that failed; without one, what it said last', async () => {
    docker(
      'v0.29.1',
      [
        JSON.stringify({ vertexes: [{ ...vertex, completed: end, error: 'failed: "/a": not found' }] }),
        'ERROR: failed to build: failed to solve: x',
      ],
      1,
    );
    await assert.rejects(build(), { name: 'Failure', message: 'The build failed at line 2: failed: "/a": not found' });
    docker('v0.29.1', ['ERROR: failed to build: failed to solve: no builder'], 1);
    await assert.rejects(build(), { message: 'no builder' });
  });

  it('is not asked of a buildx that has no JSON', async () => {
    docker('v0.12.0', [], 0);
    await assert.rejects(build(), { message: 'the engine was asked' });
  });
});
