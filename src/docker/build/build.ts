/**
 * Building an image: by buildx where the docker command has it, which brings credentials, secrets and structured progress;
 * else by the engine's own BuildKit; else by the builder it has.
 */
import { readFile } from 'node:fs/promises';
import { posix, resolve, sep, join } from 'node:path';
import { Failure, isAbort, toFailure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { run } from '../../core/processes.ts';
import type { EngineClient } from '../client.ts';
import { type Dockerfile, parseDockerfile } from '../dockerfile/parse.ts';
import { engineFailure } from '../failures.ts';
import { shellLine } from '../operations.ts';
import { progressLines } from '../progress.ts';
import { ClassicSteps } from './classic.ts';
import { type ContextFile, contextArchive, contextFiles } from './context.ts';
import { layerSizes } from './layers.ts';
import { type BuildInputs, explainMisses, externalBases } from './misses.ts';
import { type BuildNews, BuildProgress, type BuildStep } from './progress.ts';
import { parseRawJson } from './rawjson.ts';
import type { SolveStatus } from './solve.ts';
import { decodeTrace } from './trace.ts';

export interface BuildRequest {
  /** The folder that is sent. */
  readonly folder: string;
  /** Path of the Dockerfile, in the folder. */
  readonly dockerfile: string;
  readonly tag: string;
  readonly args?: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly noCache?: boolean;
  /** `none` keeps RUN steps off the network. */
  readonly network?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** How it is told to go; called as often as something is new. */
export type BuildReport = (news: readonly BuildNews[], progress: BuildProgress) => void;

export interface BuildOutcome {
  readonly tag: string;
  readonly steps: readonly BuildStep[];
  /** Line → why its step was not taken from the cache. Lines are counted from 0. */
  readonly misses: ReadonlyMap<number, string>;
  /** Line → bytes that it adds to the image. */
  readonly sizes: ReadonlyMap<number, number>;
  readonly inputs: BuildInputs;
}

/** Why a build ended early: the step, its line, and the end of what it printed. */
export class BuildFailure extends Failure {
  readonly step: BuildStep | undefined;
  readonly output: string;
  readonly outcome: Omit<BuildOutcome, 'sizes'>;

  constructor(failure: Failure, failed: BuildProgress['failed'], outcome: Omit<BuildOutcome, 'sizes'>) {
    super(failure.kind, failure.message, failure.cause);
    this.step = failed?.step;
    this.output = failed?.output ?? '';
    this.outcome = outcome;
  }
}

export interface BuildDeps {
  readonly client: EngineClient;
  readonly env: NodeJS.ProcessEnv;
  /** Value of `X-Registry-Config`: credentials of the registries of base images. */
  readonly credentials: (bases: readonly string[]) => Promise<string>;
  readonly now: () => number;
}

/** Throws BuildFailure when a step fails, Failure when it cannot begin. @param before what the last build began from. */
export async function buildImage(
  deps: BuildDeps,
  request: BuildRequest,
  report: BuildReport,
  signal: AbortSignal,
  before?: BuildInputs,
): Promise<BuildOutcome> {
  const [file, files] = await read(request);
  const progress = new BuildProgress(file);
  const add = (status: SolveStatus): void => report(progress.add(status), progress);
  const inputs = { file, args: request.args ?? {}, files: fingerprints(files) };
  const outcome = (): Omit<BuildOutcome, 'sizes'> => {
    const { steps } = progress;
    return { tag: request.tag, steps, misses: explainMisses(steps, inputs, before), inputs };
  };
  try {
    if (await hasBuildx(deps, signal)) await byBuildx(deps, request, add, signal);
    else await byEngine(deps, request, { files, bases: externalBases(inputs) }, add, signal);
  } catch (error) {
    // A connection that is closed to cancel it fails in its own words.
    if (signal.aborted) throw new Failure('cancelled', t('Cancelled.'), error);
    if (isAbort(error)) throw error;
    const failed = progress.failed;
    const failure = failed === undefined ? toFailure(error) : new Failure('invalid', failureOf(failed.step), error);
    throw new BuildFailure(failure, failed, outcome());
  }
  const path = `/images/${request.tag}/history`;
  const history = await deps.client.ask({ method: 'GET', path }, signal);
  return { ...outcome(), sizes: layerSizes(file, history) };
}

function failureOf({ line, name, error = '' }: BuildStep): string {
  const why = /exit code: (\d+)/.exec(error)?.[1];
  const what = why === undefined ? error : t('it ended with {0}', why);
  return line === undefined
    ? t('The build failed at {0}: {1}', name, what)
    : t('The build failed at line {0}: {1}', line + 1, what);
}

async function read({ folder, dockerfile }: BuildRequest): Promise<[Dockerfile, readonly ContextFile[]]> {
  const path = inside(folder, dockerfile);
  const text = await readFile(join(folder, path), 'utf8').catch((error: unknown) => {
    throw new Failure(
      'notFound',
      t('There is no {0} in {1}. Make one with: gantry new dockerfile', dockerfile, folder),
      error,
    );
  });
  return [parseDockerfile(text), await contextFiles(folder, path)];
}

/** A path of the folder, with `/`. Throws Failure `invalid` for one outside of it. */
function inside(folder: string, path: string): string {
  const full = resolve(folder, path);
  if (!full.startsWith(resolve(folder) + sep)) throw new Failure('invalid', t('{0} is not in {1}.', path, folder));
  return full
    .slice(resolve(folder).length + 1)
    .split(sep)
    .join(posix.sep);
}

const fingerprints = (files: readonly ContextFile[]): Map<string, string> =>
  new Map(
    files.filter(({ kind }) => kind !== 'folder').map((one) => [one.path, `${one.size} ${one.modified} ${one.mode}`]),
  );

/** The `docker` line of a build, which is also what buildx is run with. */
export function buildLine({
  folder,
  dockerfile,
  tag,
  args = {},
  target,
  noCache,
  network,
  labels = {},
}: BuildRequest): readonly string[] {
  return [
    ...['build', '--file', join(folder, dockerfile), '--tag', tag],
    ...Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
    ...(target === undefined ? [] : ['--target', target]),
    ...(noCache === true ? ['--no-cache'] : []),
    ...(network === undefined ? [] : ['--network', network]),
    ...Object.entries(labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]),
    folder,
  ];
}

/** The same, as a shell takes it. */
export const buildShellLine = (request: BuildRequest): string => shellLine(buildLine(request));

async function hasBuildx({ client, env }: BuildDeps, signal: AbortSignal): Promise<boolean> {
  if (client.runtime === 'podman') return false;
  const found = await run('docker', ['buildx', 'version'], { env, signal, timeout: 10_000 }).catch((error: unknown) => {
    if (isAbort(error)) throw error;
    return undefined; // No docker command, or one that hangs: the engine itself is asked.
  });
  return found?.code === 0 && tellsInJson(found.stdout);
}

/** `github.com/docker/buildx v0.29.1 …`: since 0.13 it has `--progress=rawjson`. */
function tellsInJson(version: string): boolean {
  const [, major, minor] = /\bv?(\d+)\.(\d+)\.\d/.exec(version) ?? [];
  return Number(major) > 0 || Number(minor) >= 13;
}

async function byBuildx(
  { client, env }: BuildDeps,
  request: BuildRequest,
  add: (status: SolveStatus) => void,
  signal: AbortSignal,
): Promise<void> {
  const [, ...line] = buildLine(request);
  const words: string[] = [];
  let rest = '';
  const take = (text: string): void => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const one of lines) {
      const status = parseRawJson(one);
      if (status !== undefined) add(status);
      else if (one.trim() !== '') words.push(one);
    }
  };
  const args = ['buildx', 'build', '--progress=rawjson', '--load', ...line];
  const { code } = await run('docker', args, { env: client.commandEnv(env), signal, onOutput: take });
  take('\n');
  if (code !== 0) throw new Failure('invalid', buildxWords(words));
}

/** What buildx says at its end: `ERROR: failed to build: failed to solve: …`. */
const buildxWords = (words: readonly string[]): string =>
  words
    .findLast((line) => line.startsWith('ERROR'))
    ?.replace(/^ERROR: (?:failed to build: )?(?:failed to solve: )?/, '') ??
  (words.slice(-3).join(' ') || t('The build failed.'));

async function byEngine(
  { client, credentials, now }: BuildDeps,
  request: BuildRequest,
  { files, bases }: { readonly files: readonly ContextFile[]; readonly bases: readonly string[] },
  add: (status: SolveStatus) => void,
  signal: AbortSignal,
): Promise<void> {
  const { tag, dockerfile, args, target, noCache, network, labels } = request;
  const buildKit = client.runtime === 'docker';
  const query = {
    t: tag,
    dockerfile: inside(request.folder, dockerfile),
    ...(args === undefined ? {} : { buildargs: JSON.stringify(args) }),
    ...(target === undefined ? {} : { target }),
    ...(noCache === true ? { nocache: true } : {}),
    ...(network === undefined ? {} : { networkmode: network }),
    ...(labels === undefined ? {} : { labels: JSON.stringify(labels) }),
    ...(buildKit ? { version: '2' } : { rm: true }),
  };
  const headers = { 'Content-Type': 'application/x-tar', 'X-Registry-Config': await credentials(bases) };
  const archive = contextArchive(request.folder, files);
  const classic = new ClassicSteps(now);
  try {
    const answer = await client.api.stream({ method: 'POST', path: '/build', query, headers }, signal, archive);
    for await (const { trace, output } of progressLines(answer, client.address)) {
      if (trace !== undefined) add(decodeTrace(trace));
      else if (output !== undefined) add(classic.push(output));
    }
    add(classic.end());
  } catch (error) {
    archive.destroy();
    const failure = archive.errored instanceof Failure ? archive.errored : engineFailure(error, client.address);
    if (!isAbort(failure)) add(classic.end(failure.message));
    throw failure;
  }
}
