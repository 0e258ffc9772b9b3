/** A Dockerfile and a .dockerignore for a Go project, each line with the reason for it. */
import { t } from '../../core/l10n.ts';
import type { GoProject } from './goProject.ts';

export interface NewFiles {
  readonly dockerfile: string;
  readonly ignore: string;
}

/** Reasons are told in the language that is chosen. */
export function newDockerfile(project: GoProject): NewFiles {
  return { dockerfile: dockerfileOf(project), ignore: ignoreOf(project) };
}

/** One or more instructions and why they are there. */
interface Part {
  readonly why: readonly string[];
  readonly lines: readonly string[];
}

const part = (why: string | readonly string[], ...lines: string[]): Part => ({
  why: typeof why === 'string' ? [why] : why,
  lines,
});

const modulesCache = '--mount=type=cache,target=/go/pkg/mod';
const buildCache = '--mount=type=cache,target=/root/.cache/go-build';

function dockerfileOf(project: GoProject): string {
  const stages = [[bases(project)], buildStage(project), runStage(project)];
  return `${stages.map((parts) => parts.map(written).join('\n')).join('\n\n')}\n`;
}

const written = ({ why, lines }: Part): string => [...why.map((line) => `# ${line}`), ...lines].join('\n');

function bases({ go, cgo }: GoProject): Part {
  const run =
    cgo === undefined
      ? t('The second holds certificates, time zones and a user without rights, but no shell and no C library.')
      : t('The second holds the C library that cgo ({0}) links against, but no shell.', cgo);
  return part(
    [
      t('The base images are arguments: a mirror or a digest needs no change of this file.'),
      t('Both are of one Debian release; Go {0} is what go.mod asks for.', go),
      run,
    ],
    `ARG GO_IMAGE=golang:${go}-trixie`,
    `ARG RUN_IMAGE=gcr.io/distroless/${cgo === undefined ? 'static' : 'base'}-debian13:nonroot`,
  );
}

function buildStage(project: GoProject): Part[] {
  const { cgo, commands } = project;
  const [first] = commands;
  const several = commands.length > 1;
  const from =
    cgo === undefined
      ? part(
          t(
            'Go compiles for other processors by itself, so it always runs on the processor of the machine that builds.',
          ),
          'FROM --platform=$BUILDPLATFORM ${GO_IMAGE} AS build',
        )
      : part(t('The C compiler builds for the processor it runs on.'), 'FROM ${GO_IMAGE} AS build');
  return [
    from,
    part(t('An absolute folder that every base image can have.'), 'WORKDIR /src'),
    ...dependencies(project),
    part(
      t('Everything that .dockerignore lets through; a changed source ends the cache here and not before.'),
      'COPY . .',
    ),
    ...(several
      ? [
          part(
            [
              t(
                'Which program the image holds, one image for each: docker build --build-arg PACKAGE={0} .',
                commands[1]!.path,
              ),
              t('There are: {0}', commands.map(({ path }) => path).join(' ')),
            ],
            `ARG PACKAGE=${first!.path}`,
          ),
        ]
      : []),
    ...(cgo === undefined
      ? [part(t('BuildKit sets these to the platform that is asked for.'), 'ARG TARGETOS TARGETARCH')]
      : []),
    part(
      [
        cgo === undefined
          ? t('CGO_ENABLED=0 makes a program that needs no C library.')
          : t('CGO_ENABLED=1, because of {0}.', cgo),
        t('The caches keep modules and compiled packages between builds, outside of the image.'),
        t('-trimpath leaves paths of this machine out; -s -w leave out what only debuggers read, stack traces stay.'),
      ],
      `RUN ${project.vendored ? '' : `${modulesCache} \\\n    `}${buildCache} \\`,
      `    CGO_ENABLED=${cgo === undefined ? '0 GOOS=$TARGETOS GOARCH=$TARGETARCH' : '1'} \\`,
      `    go build -trimpath -ldflags="-s -w" -o /app ${several ? '"$PACKAGE"' : first!.path}`,
    ),
  ];
}

/** Modules before sources, so that only a changed go.mod downloads them again. */
function dependencies({ vendored, workspace, modules }: GoProject): Part[] {
  if (vendored) return []; // They are in the sources.
  const copies = [
    ...(workspace ? ['COPY go.work go.work.sum* ./'] : []),
    ...modules.map((at) => (at === '.' ? 'COPY go.mod go.sum* ./' : `COPY ${at}/go.mod ${at}/go.sum* ./${at}/`)),
  ];
  return [
    part(
      t('What names the modules comes before the sources, so that a changed source downloads nothing again.'),
      ...copies,
    ),
    part(t('The cache keeps downloaded modules even when go.mod changes.'), `RUN ${modulesCache} go mod download`),
  ];
}

function runStage({ port, grpc }: GoProject): Part[] {
  return [
    part(t('The image itself: the compiler and the sources stay behind.'), 'FROM ${RUN_IMAGE}'),
    part(t('Nothing but the program.'), 'COPY --from=build /app /app'),
    part(
      t(
        'A user without rights, as a number: with runAsNonRoot Kubernetes refuses a name, because it cannot look it up.',
      ),
      'USER 65532:65532',
    ),
    ...(port === undefined
      ? []
      : [
          part(
            [
              t('Says where it listens; publishes nothing.'),
              ...(grpc ? [t('A gRPC probe of Kubernetes asks grpc.health.v1 there; no probe program is needed.')] : []),
            ],
            `EXPOSE ${port}`,
          ),
        ]),
    part(
      t(
        'As a JSON list the program is process 1 and gets SIGTERM itself, so it can finish what it began before it ends.',
      ),
      'ENTRYPOINT ["/app"]',
    ),
  ];
}

/** What no build needs, with reasons. A pattern that hides something embedded is taken back for that. */
function ignoreOf({ embedded, sourceFolders }: GoProject): string {
  const built = ['bin', 'dist'].filter((folder) => !sourceFolders.includes(folder));
  const parts = [
    part(t('The history: large, and different after each commit, which would end the cache.'), '.git'),
    part(t('Settings of editors and machines.'), '.vscode', '.idea', '.DS_Store'),
    part(t('Local secrets must not become a layer.'), '.env', '.env.*', '**/*.pem', '**/*.key'),
    part(t('Tests are not part of the program, so they should not end its cache.'), '**/*_test.go', '**/testdata'),
    part(
      t('Neither is what describes how to build and run it.'),
      'Dockerfile*',
      '.dockerignore',
      'compose*.y*ml',
      '*.md',
    ),
    ...(built.length === 0 ? [] : [part(t('Built on this machine, for this machine.'), ...built)]),
  ];
  const back = [...new Set(embedded)]
    .filter((path) => !path.endsWith('.go'))
    .flatMap((path) => [`!${path}`, `!${path}/**`]);
  const all =
    back.length === 0 ? parts : [...parts, part(t('These are embedded by //go:embed and must stay.'), ...back)];
  return `${all.map(written).join('\n')}\n`;
}
