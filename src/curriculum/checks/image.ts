/** Check type `image`: builds the lab's Dockerfile and looks at what came of it. Never alone: a container must answer, too. */
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { t } from '../../core/l10n.ts';
import { run } from '../../core/processes.ts';
import { type NewEntry, writeTar } from '../../core/tar/write.ts';
import { environmentTrouble, firstLines, goEnvironment } from './build.ts';
import { parseBuildInfo } from './buildInfo.ts';
import type { CheckContext, RunCheck } from './context.ts';
import type { ImageCheck } from './specs.ts';

const mib = 1024 * 1024;
/** Everything of a run carries it, and only what carries it is removed. */
export const labelOf = (runId: string): Readonly<Record<string, string>> => ({ 'gantry.lab': runId });

export const tagOf = ({ run: runId }: CheckContext): string => `gantry-lab:${runId}`;

export const runImage: RunCheck<ImageCheck> = async (spec, context) => {
  const { ports, signal, record, open, report, run: runId } = context;
  const engine = await ports.engine(signal);
  report(t('Building the image'));
  const archive = await buildContext(spec, context);
  if (archive === undefined) return;
  const built = await engine.build(archive, tagOf(context), labelOf(runId), signal);
  const held = record.assert('builds', built.id !== undefined, {
    what: t('The image builds'),
    want: t('docker build ends with an image'),
    got: built.id === undefined ? built.output.trim().split('\n').slice(-4).join('\n').slice(0, 600) : t('it does'),
    where: 'Dockerfile',
    next: t('Fix the step that failed; the ones before it are kept.'),
  });
  if (!held) return;
  const image = await engine.image(tagOf(context), signal);
  const program = image.entrypoint[0] ?? '';
  const { files, content } = await engine.files(tagOf(context), labelOf(runId), program.replace(/^\//, ''), signal);
  const info = content === undefined ? undefined : await infoOf(content, context);
  const own = await moduleOf(context);
  record.fact('program', content === undefined ? 'missing' : info?.module === own ? 'ok' : 'foreign');
  const right = record.assert('program', info?.module === own && own !== '', {
    what: t('Its entry point is your program'),
    want: t('ENTRYPOINT names a Go program of the module {0}', own),
    got: content === undefined ? t('there is no file {0}', program || '-') : (info?.module ?? '') || t('no Go program'),
    where: open,
    next: t('Copy the program you built into the last stage, and name it by its path in ENTRYPOINT ["/…"].'),
  });
  if (!right) return;
  if (!user(spec, image.user, context) || !absent(spec, files, context)) return;
  size(spec, files, content?.length ?? 0, context);
};

function user(spec: ImageCheck, name: string, { record, open }: CheckContext): boolean {
  if (spec.user === undefined) return true;
  const root = ['', 'root', '0'].includes(name.split(':')[0]!);
  record.fact('user', root ? 'root' : 'ok');
  return record.assert('user', !root, {
    what: t('It does not run as root'),
    want: t('USER with a number other than 0'),
    got: name === '' ? t('none') : name,
    where: open,
    next: t('Add USER 65532:65532 to the last stage.'),
  });
}

function absent(
  spec: ImageCheck,
  files: readonly { readonly path: string }[],
  { record, open }: CheckContext,
): boolean {
  if (spec.lacks === undefined) return true;
  const found = files
    .map(({ path }) => path)
    .filter((path) => spec.lacks!.some((pattern) => new RegExp(pattern, 'u').test(path)));
  record.fact('lacks', found.length === 0 ? 'ok' : 'there');
  return record.assert('lacks', found.length === 0, {
    what: t('Nothing is in it that the program does not need'),
    want: t('no file like {0}', spec.lacks.join(', ')),
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
): void {
  if (spec.beyondProgram === undefined) return;
  const beyond = (files.reduce((sum, file) => sum + file.size, 0) - program) / mib;
  record.fact('size', beyond <= spec.beyondProgram ? 'ok' : 'large');
  record.assert('size', beyond <= spec.beyondProgram, {
    what: t('It is hardly larger than the program'),
    want: t('at most {0} MiB beyond it', spec.beyondProgram),
    got: t('{0} MiB beyond it', beyond.toFixed(1)),
    where: open,
    next: t('Leave the toolchain and the sources in the first stage.'),
  });
}

/** The lab as an archive; with the program built static for a container, when the item says so. */
async function buildContext(spec: ImageCheck, context: CheckContext): Promise<Buffer | undefined> {
  const { lab, scratch, program, signal, record } = context;
  const entries = await archived(lab);
  if (spec.binary === undefined) return writeTar(entries);
  const binary = join(scratch, 'static');
  const env = { ...goEnvironment(), CGO_ENABLED: '0', GOOS: 'linux' };
  const { code, stderr } = await run('go', ['build', '-trimpath', '-o', binary, program.package], {
    cwd: lab,
    env,
    signal,
  });
  const trouble = code === 0 ? undefined : environmentTrouble(stderr);
  if (trouble !== undefined) throw trouble;
  if (code !== 0) {
    record.assert('builds', false, {
      what: t('The image builds'),
      want: t('go build ends with code 0'),
      got: firstLines(stderr),
      next: t('Fix the first error the compiler names; the later ones often follow from it.'),
    });
    return undefined;
  }
  const data = await readFile(binary);
  return writeTar([...entries, { path: spec.binary, data, mode: 0o755, modified: 0 }]);
}

async function archived(folder: string): Promise<NewEntry[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !relative(folder, path).split(sep).includes('.git'));
  return Promise.all(
    files.sort().map(async (path) => ({
      path: relative(folder, path).split(sep).join('/'),
      data: await readFile(path),
      mode: 0o644,
      modified: 0,
    })),
  );
}

async function infoOf(content: Buffer, { scratch, signal }: CheckContext): Promise<ReturnType<typeof parseBuildInfo>> {
  const copy = join(scratch, 'from-image');
  await writeFile(copy, content, { mode: 0o700 });
  return parseBuildInfo((await run('go', ['version', '-m', copy], { signal, timeout: 30_000 })).stdout);
}

const moduleOf = async ({ lab }: CheckContext): Promise<string> =>
  /^module\s+(\S+)/m.exec(await readFile(join(lab, 'go.mod'), 'utf8').catch(() => ''))?.[1] ?? '';
