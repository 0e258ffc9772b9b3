/** Rendering a chart through the person's own `helm`: what its templates make is Helm's to say. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoOf, Failure } from '../core/failure.ts';
import { t } from '../core/l10n.ts';
import { run } from '../core/processes.ts';
import { asShown } from '../core/yaml/text.ts';
import { filesNamed, type Rendered } from './rendered.ts';

/** Milliseconds; charts of a thousand objects take a second. */
const timeout = 60_000;

export interface RenderDeps {
  /** Path of the program; undefined where there is none. */
  readonly helm: () => Promise<string | undefined>;
  /** False in an untrusted workspace: then no program is run for it. */
  readonly trusted: () => boolean;
  readonly env: NodeJS.ProcessEnv;
}

export interface ChartToRender {
  /** Absolute, as are the paths of the values. */
  readonly folder: string;
  /** Files of values that are laid over those of the chart, the last one on top. */
  readonly values: readonly string[];
  /** What the chart is told of the cluster: `1.34`, `1.34.4`. */
  readonly kubernetesVersion: string;
}

/** What helm made of a chart, and the files that this is told of. */
export interface RenderedFiles {
  readonly rendered: Rendered;
  /** Path below the chart's folder → text. */
  readonly files: Readonly<Record<string, string>>;
}

/** Throws Failure: `forbidden` in an untrusted workspace, `toolMissing`, `timeout`, `cancelled`. */
export type RenderChart = (chart: ChartToRender, signal: AbortSignal) => Promise<RenderedFiles>;

export const chartRenderer =
  ({ helm, trusted, env }: RenderDeps): RenderChart =>
  async ({ folder, values, kubernetesVersion }, signal) => {
    if (!trusted())
      throw new Failure('forbidden', t('helm is not run in an untrusted workspace. Trust the workspace first.'));
    const program = await helm();
    if (program === undefined)
      throw new Failure(
        'toolMissing',
        t('helm was not found. Install it with Toolchain Doctor, or with: {0}', 'gantry doctor install helm'),
      );
    const args = ['template', folder, '--kube-version', kubernetesVersion];
    // Debugging, helm prints what it could not read, too, where the manifests are expected.
    const options = { cwd: folder, env: { ...env, HELM_DEBUG: 'false' }, signal, timeout };
    const { code, stdout, stderr } = await run(
      program,
      [...args, ...values.flatMap((file) => ['--values', file])],
      options,
    );
    const rendered: Rendered = code === 0 ? { output: stdout } : { refused: sentenceOf(stderr) };
    return { rendered, files: await readFiles(folder, filesNamed(rendered)) };
  };

/** Helm's last word, without the warnings before and the advice after it. */
function sentenceOf(stderr: string): string {
  const [, said] = /^Error: ([^]*)/m.exec(stderr) ?? [];
  return (said ?? stderr).replace(/^Use --debug flag.*$/m, '').trim();
}

async function readFiles(folder: string, names: readonly string[]): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const name of names)
    try {
      files[name] = asShown(await readFile(join(folder, name), 'utf8'));
    } catch (error) {
      // Of a chart that came as an archive, or a name that a template made up.
      if (errnoOf(error) === undefined) throw error;
    }
  return files;
}

/** The folder of the chart that a file or folder is of; paths are absolute. */
export function chartFolderOf(path: string): string | undefined {
  for (let at = path; ; at = dirname(at)) {
    if (existsSync(join(at, 'Chart.yaml'))) return at;
    if (dirname(at) === at) return undefined;
  }
}
