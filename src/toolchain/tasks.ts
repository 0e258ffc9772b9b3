/** What the tools can do with the files of a workspace, as tasks: each is one run of one tool. */
import { posix } from 'node:path';

/** Tools that tasks run. package.json names them in the definition of the task type, which a test compares. */
export const taskTools = ['protoc', 'buf', 'docker', 'kubectl', 'helm', 'kustomize', 'skaffold'] as const;

export type TaskTool = (typeof taskTools)[number];

/** One run, in the workspace's folder. */
export interface ToolRun {
  readonly tool: TaskTool;
  readonly args: readonly string[];
  /** Whether it makes something that a build makes: code, an image. */
  readonly builds: boolean;
}

/** Finds the files that `runsFor` looks at. */
export const taskFiles =
  '**/{*.proto,buf.yaml,buf.gen.yaml,Dockerfile,*.Dockerfile,Chart.yaml,kustomization.yaml,kustomization.yml,skaffold.yaml}';

/**
 * The runs that make sense for the files of one workspace folder.
 * @param files relative to that folder, with slashes.
 */
export function runsFor(files: readonly string[]): ToolRun[] {
  const sorted = files.toSorted((a, b) => a.localeCompare(b, 'en'));
  const hasBuf = sorted.some((file) => posix.basename(file).startsWith('buf.'));
  return sorted.flatMap((file) => runsForFile(file, hasBuf));
}

function runsForFile(file: string, hasBuf: boolean): ToolRun[] {
  const folder = posix.dirname(file);
  switch (posix.basename(file)) {
    case 'buf.yaml':
      return [check('buf', 'lint', folder)];
    case 'buf.gen.yaml':
      return [build('buf', 'generate', '--template', file, folder)];
    case 'Chart.yaml':
      return [check('helm', 'lint', folder), check('helm', 'template', folder)];
    case 'kustomization.yaml':
    case 'kustomization.yml':
      return [
        check('kustomize', 'build', folder),
        check('kubectl', 'diff', '-k', folder),
        check('kubectl', 'apply', '-k', folder),
      ];
    case 'skaffold.yaml':
      return ['dev', 'build', 'run'].map((verb) => check('skaffold', verb, '-f', file));
    default:
      if (!file.endsWith('.proto')) return [build('docker', 'build', '-f', file, '-t', imageName(folder), folder)];
      return hasBuf ? [] : [build('protoc', ...protocArguments(file, folder))];
  }
}

const run =
  (builds: boolean) =>
  (tool: TaskTool, ...args: readonly string[]): ToolRun => ({ tool, args, builds });
const check = run(false);
const build = run(true);

/** The code lands beside the contract; what it imports is looked for beside it, too. */
const protocArguments = (file: string, folder: string): string[] => [
  `-I=${folder}`,
  ...['go', 'go-grpc'].flatMap((plugin) => [`--${plugin}_out=${folder}`, `--${plugin}_opt=paths=source_relative`]),
  file,
];

/** What names an image in the grammar of the distribution project, of the folder's name. */
const imageName = (folder: string): string => {
  const name = posix
    .basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  return name === '' ? 'app' : name;
};
