/** Check type `image`: builds the lab's Dockerfile and looks at what came of it. Never alone: a container must answer, too. */
import { createHash } from 'node:crypto';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { run } from '../../core/processes.ts';
import type { BuildResult, EnginePort, ImageFacts, ImageFile } from '../ports.ts';
import { environmentTrouble, firstLines, goEnvironment } from './build.ts';
import { parseBuildInfo } from './buildInfo.ts';
import type { CheckContext, RunCheck } from './context.ts';
import { loaderOf } from './elf.ts';
import type { ImageCheck } from './specs.ts';

const mib = 1024 * 1024;
const dockerfile = 'Dockerfile';
/** Everything of a run carries it, and only what carries it is removed. */
export const labelOf = (runId: string): Readonly<Record<string, string>> => ({ 'gantry.lab': runId });

export const tagOf = ({ run: runId }: CheckContext): string => `gantry-lab:${runId}`;

/** What was put into the sources of a run's image, so that an image of other sources does not know it. */
export const plantedIn = ({ run: runId }: CheckContext): string => drawn('planted', runId);

export const drawn = (what: string, runId: string): string =>
  createHash('sha256').update(`${what} ${runId}`).digest('hex').slice(0, 16);

export const runImage: RunCheck<ImageCheck> = async (spec, context) => {
  const { ports, signal, report } = context;
  const engine = await ports.engine(signal);
  report(t('Building the image'));
  const folder = await buildFolder(spec, context);
  const built = folder === undefined ? undefined : await build(engine, spec, folder, context);
  if (built === undefined) return;
  const image = await engine.image(tagOf(context), signal);
  if (!user(spec, image.user, context)) return;
  const program = (image.entrypoint[0] ?? '').replace(/^\//, '');
  const { files, content } = await engine.files(tagOf(context), labelOf(context.run), program, signal);
  const right =
    (await isProgram(image, content, context)) &&
    isStatic(spec, content!, context) &&
    absent(
      spec,
      files.filter(({ path }) => path !== program),
      context,
    ) &&
    size(spec, files, content!.length, context) &&
    (await keepsSecret(engine, spec, context));
  if (right) await caches(engine, spec, folder!, built, context);
};

/** Builds it, and when it shall be built twice once more, with something else in the sources. Undefined when it failed. */
async function build(
  engine: EnginePort,
  spec: ImageCheck,
  folder: string,
  context: CheckContext,
): Promise<BuildResult | undefined> {
  const { record, run: runId } = context;
  const words = spec.twice === true ? [drawn('before', runId), plantedIn(context)] : [plantedIn(context)];
  let result: BuildResult | undefined;
  for (const word of words) {
    await plant(spec, folder, word, context);
    result = await buildOnce(engine, spec, folder, tagOf(context), context);
    if (result.failure !== undefined) break;
  }
  const failure = result?.failure;
  return builds(failure, record) ? result : undefined;
}

/** Asserts that a build has not failed. */
export const builds = (failure: BuildResult['failure'], record: CheckContext['record']): boolean =>
  record.assert('builds', failure === undefined, {
    what: t('The image builds'),
    want: t('docker build ends with an image'),
    got: failure === undefined ? t('it does') : failure.text.slice(0, 600),
    where: failure?.line === undefined ? dockerfile : `${dockerfile}:${failure.line + 1}`,
    next: t('Fix the step that failed; the ones before it are kept.'),
  });

export async function plant(
  spec: Pick<ImageCheck, 'plants'>,
  folder: string,
  word: string,
  { support }: CheckContext,
): Promise<void> {
  for (const [path, from] of Object.entries(spec.plants ?? {})) {
    const text = await readFile(join(support, from), 'utf8');
    await writeFile(join(folder, path), text.replaceAll('${planted}', word));
  }
}

/** Throws a Failure when the network is why it failed. */
export async function buildOnce(
  engine: EnginePort,
  spec: Pick<ImageCheck, 'args'>,
  folder: string,
  tag: string,
  { signal, run: runId }: CheckContext,
): Promise<BuildResult> {
  const args = Object.fromEntries(
    (spec.args ?? []).flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
  const result = await engine.build({ folder, tag, labels: labelOf(runId), args }, signal);
  const text = result.failure?.text ?? '';
  if (!isNetwork(text)) return result;
  throw new Failure(
    'unreachable',
    t('The image could not be built, and not because of your code: {0}', firstLines(text)),
  );
}

/** A base image or a module that this machine cannot get; `caches` alone forbids modules. */
const isNetwork = (text: string): boolean =>
  !needsModules(text) &&
  (environmentTrouble(text) !== undefined ||
    /failed to do request|TLS handshake|net\/http: request canceled/.test(text));

const needsModules = (text: string): boolean => /module lookup disabled by GOPROXY=off/.test(text);

async function isProgram(image: ImageFacts, content: Buffer | undefined, context: CheckContext): Promise<boolean> {
  const { record, open } = context;
  const [program = '-', ...words] = image.entrypoint;
  const shell = /(?:^|\/)(?:ba|da|a)?sh$/.test(program) || program.endsWith('.sh');
  const info = content === undefined || shell ? undefined : await infoOf(content, context);
  const own = await moduleOf(context);
  const right = info?.module === own && own !== '';
  record.fact('program', right ? 'ok' : shell ? 'shell' : content === undefined ? 'missing' : 'foreign');
  return record.assert('program', right, {
    what: t('Its entry point is your program'),
    want: t('ENTRYPOINT names a Go program of the module {0}', own),
    got: shell
      ? [program, ...words].join(' ')
      : content === undefined
        ? t('there is no file {0}', program)
        : (info?.module ?? '') || t('no Go program'),
    where: open,
    next: t('Copy the program you built into the last stage, and name it by its path in ENTRYPOINT ["/…"].'),
  });
}

function isStatic(spec: ImageCheck, program: Buffer, { record, open }: CheckContext): boolean {
  if (spec.static !== true) return true;
  const loader = loaderOf(program);
  return record.assert('static', loader === undefined, {
    what: t('The program needs nothing but itself'),
    want: t('a static program'),
    got: loader === undefined ? t('it is one') : t('it asks for {0}', loader),
    where: open,
    next: t('Build it with CGO_ENABLED=0, and without -buildmode=pie.'),
  });
}

function user(spec: ImageCheck, name: string, { record, open }: CheckContext): boolean {
  if (spec.user === undefined) return true;
  // A name says nothing: the image itself says whose it is. 00 is 0.
  const ok = Number(/^(\d+)(?::|$)/.exec(name)?.[1] ?? 0) !== 0;
  record.fact('user', ok ? 'ok' : /^(?:0*|root)(?::|$)/.test(name) ? 'root' : 'named');
  return record.assert('user', ok, {
    what: t('It does not run as root'),
    want: t('USER with a number other than 0'),
    got: name === '' ? t('none') : name,
    where: open,
    next: t('Add USER 65532:65532 to the last stage.'),
  });
}

function absent(spec: ImageCheck, files: readonly ImageFile[], { record, open, language }: CheckContext): boolean {
  if (spec.lacks === undefined) return true;
  const { what, paths, begins = [] } = spec.lacks;
  const fits = (text: string) => (pattern: string) => new RegExp(pattern, 'u').test(text);
  const found = files
    .filter(({ path, head }) => paths.some(fits(path)) || begins.some(fits(head)))
    .map(({ path }) => path);
  record.fact('lacks', found.length === 0 ? 'ok' : 'there');
  return record.assert('lacks', found.length === 0, {
    what: t('Nothing is in it that the program does not need'),
    want: t('none of these: {0}', what[language]),
    got: found.length === 0 ? t('none') : found.slice(0, 4).join(', '),
    where: open,
    next: t(
      'Begin the last stage FROM scratch or distroless and COPY the program alone; list the rest in .dockerignore.',
    ),
  });
}

function size(
  spec: ImageCheck,
  files: readonly { readonly size: number }[],
  program: number,
  { record, open }: CheckContext,
): boolean {
  if (spec.beyondProgram === undefined) return true;
  const beyond = (files.reduce((sum, file) => sum + file.size, 0) - program) / mib;
  record.fact('size', beyond <= spec.beyondProgram ? 'ok' : 'large');
  return record.assert('size', beyond <= spec.beyondProgram, {
    what: t('It is hardly larger than the program'),
    want: t('at most {0} MiB beyond it', spec.beyondProgram),
    got: t('{0} MiB beyond it', beyond.toFixed(1)),
    where: open,
    next: t('Leave the toolchain and the sources in the first stage.'),
  });
}

/** As it is, and as what is often taken for hidden: in base64, whatever it begins with, and in hexadecimal digits. */
const disguises = (secret: string): string[] => [
  secret,
  Buffer.from(secret).toString('hex'),
  ...[0, 1, 2].map((before) => {
    // Of what base64 makes of it, the digits that nothing beside it has a part in.
    const digits = Buffer.from(' '.repeat(before) + secret)
      .toString('base64')
      .replace(/=+$/, '');
    return digits.slice(before === 0 ? 0 : before + 1, (before + secret.length) % 3 === 0 ? undefined : -1);
  }),
];

/** What was in the file is in no layer, in no later removed file and in no setting. */
async function keepsSecret(engine: EnginePort, spec: ImageCheck, context: CheckContext): Promise<boolean> {
  const { record, signal, run: runId, open } = context;
  if (spec.secret === undefined) return true;
  const found = await engine.find(tagOf(context), disguises(drawn('secret', runId)), signal);
  record.fact('secret', found ?? 'ok');
  return record.assert('secret', found === undefined, {
    what: t('What {0} holds is nowhere in it', spec.secret),
    want: t('in no layer and in no setting'),
    got:
      found === undefined
        ? t('none')
        : found === 'layer'
          ? t('it is in a layer')
          : t('it is in its settings or history'),
    where: open,
    next: t('List {0} in .dockerignore, and give the program its secrets when it is started.', spec.secret),
  });
}

/**
 * No step that is run again, because another source has changed, has modules to fetch: those that the program needs are there
 * before it. What a step prints does not tell, as a script can be silent.
 */
async function caches(
  engine: EnginePort,
  spec: ImageCheck,
  folder: string,
  { ran }: BuildResult,
  context: CheckContext,
): Promise<void> {
  if (spec.twice !== true) return;
  let again = await fetching(engine, spec, folder, ran, context);
  if (again !== undefined) {
    // An engine may tell of a step as run that the build just before ran: what is run for a third source is run again.
    await plant(spec, folder, drawn('after', context.run), context);
    const third = await buildOnce(engine, spec, folder, modulesTag(context), context);
    const both = ran.filter(({ line }) => third.ran.some((step) => step.line === line));
    again = await fetching(engine, spec, folder, both, context);
  }
  context.record.assert('caches', again === undefined, {
    what: t('Another source fetches no modules anew'),
    want: t('each step that is run again finds the modules in what comes from the cache'),
    got: again === undefined ? t('it does') : t('it was run again: {0}', again.name.slice(0, 200)),
    where: again?.line === undefined ? dockerfile : `${dockerfile}:${again.line + 1}`,
    next: t('Copy go.mod and go.sum alone, fetch the modules, and copy the sources after that.'),
  });
}

/** Of the steps that ran, the first that had modules to fetch. The Dockerfile is as it was afterwards. */
async function fetching(
  engine: EnginePort,
  spec: ImageCheck,
  folder: string,
  ran: BuildResult['ran'],
  context: CheckContext,
): Promise<BuildResult['ran'][number] | undefined> {
  const path = join(folder, dockerfile);
  const text = await readFile(path, 'utf8');
  let without: RunStep | undefined;
  for (const step of firstOfStages(text, ran)) {
    await writeFile(path, listingModules(text, step.line, context.program.package));
    const { failure } = await buildOnce(engine, spec, folder, modulesTag(context), context);
    const harmless = failure === undefined || /executable file .*not found/.test(failure.text); // No Go, no modules.
    if (!harmless) without ??= step;
  }
  await writeFile(path, text);
  return without ?? ran.find(({ name, output }) => isRun.test(name) && /go: downloading /.test(output));
}

const modulesTag = (context: CheckContext): string => `${tagOf(context)}-modules`;

const isRun = /\bRUN\b/;

type RunStep = BuildResult['ran'][number] & { readonly line: number };

/** Of the RUN steps that ran, the first of each stage: what comes before it in its stage fetched nothing. */
function firstOfStages(text: string, ran: BuildResult['ran']): RunStep[] {
  const lines = text.split('\n');
  const stageOf = ({ line }: RunStep): number => lines.slice(0, line).filter((one) => /^\s*FROM\s/i.test(one)).length;
  const steps = ran
    .filter((step): step is RunStep => step.line !== undefined && isRun.test(step.name))
    .sort((one, other) => other.line - one.line);
  return [...new Map(steps.map((step) => [stageOf(step), step])).values()];
}

/**
 * The Dockerfile up to a line, then all the modules that the package needs asked for, with none to be had: also not past the
 * proxy, and with no settings of the stage's that let errors pass. The caches that later steps mount are there, too.
 */
function listingModules(text: string, line: number, program: string): string {
  const lines = text.split('\n');
  const mounts = new Set(
    lines
      .slice(line)
      .join('\n')
      .match(/--mount=\S*\btype=cache\S*/g),
  );
  return [
    ...lines.slice(0, line),
    'COPY . /gantry-modules',
    'WORKDIR /gantry-modules',
    'ENV GOENV=off GOFLAGS= GOPROXY=off GONOPROXY=none GOVCS=*:off',
    `RUN ${[...mounts, ''].join(' ')}${JSON.stringify(['go', 'list', '-deps', program])}`,
    '',
  ].join('\n');
}

/** A copy of the lab to build in. */
export async function buildContext({ lab, scratch }: CheckContext): Promise<string> {
  const folder = join(scratch, 'context');
  await cp(lab, folder, { recursive: true, filter: (path) => !relative(lab, path).split(sep).includes('.git') });
  return folder;
}

/** The lab as the build sees it; with the program built static for a container, when the item says so. */
async function buildFolder(spec: ImageCheck, context: CheckContext): Promise<string | undefined> {
  const { lab, program, signal, record, run: runId } = context;
  const folder = await buildContext(context);
  if (spec.secret !== undefined) await writeFile(join(folder, spec.secret), `TOKEN=${drawn('secret', runId)}\n`);
  if (spec.binary === undefined) return folder;
  const env = { ...goEnvironment(), CGO_ENABLED: '0', GOOS: 'linux' };
  const args = ['build', '-trimpath', '-o', join(folder, spec.binary), program.package];
  const { code, stderr } = await run('go', args, { cwd: lab, env, signal });
  const trouble = code === 0 ? undefined : environmentTrouble(stderr);
  if (trouble !== undefined) throw trouble;
  if (code === 0) return folder;
  record.assert('builds', false, {
    what: t('The image builds'),
    want: t('go build ends with code 0'),
    got: firstLines(stderr),
    next: t('Fix the first error the compiler names; the later ones often follow from it.'),
  });
  return undefined;
}

async function infoOf(content: Buffer, { scratch, signal }: CheckContext): Promise<ReturnType<typeof parseBuildInfo>> {
  const copy = join(scratch, 'from-image');
  await writeFile(copy, content, { mode: 0o700 });
  return parseBuildInfo((await run('go', ['version', '-m', copy], { signal, timeout: 30_000 })).stdout);
}

const moduleOf = async ({ lab }: CheckContext): Promise<string> =>
  /^module\s+(\S+)/m.exec(await readFile(join(lab, 'go.mod'), 'utf8').catch(() => ''))?.[1] ?? '';
