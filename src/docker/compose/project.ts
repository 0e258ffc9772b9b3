/** A Compose project as the docker command's plugin is asked to act on it. */
import { Failure, isAbort } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { run } from '../../core/processes.ts';
import { record, text } from '../fields.ts';

export interface ComposeProject {
  /** Undefined where the file or its folder names it. */
  readonly name?: string;
  /** Absolute. */
  readonly files: readonly string[];
  /** What relative paths in the files are relative to; the first file's folder unless told. */
  readonly folder?: string;
}

export type ComposeAction = 'up' | 'down' | 'restart';

const words: Readonly<Record<ComposeAction, readonly string[]>> = {
  up: ['up', '--detach', '--remove-orphans'],
  down: ['down'],
  restart: ['restart'],
};

/** Arguments of `docker`. */
export function composeLine({ name, files, folder }: ComposeProject, action: ComposeAction): readonly string[] {
  return [
    'compose',
    ...(name === undefined ? [] : ['--project-name', name]),
    ...(folder === undefined ? [] : ['--project-directory', folder]),
    ...files.flatMap((file) => ['--file', file]),
    ...words[action],
  ];
}

/**
 * The project that a container's inspection names. Without its files only what runs can be acted on.
 * @param inspection answer of `GET /containers/{id}/json`
 */
export function projectOf(inspection: unknown): ComposeProject | undefined {
  const labels = record(record(record(inspection)['Config'])['Labels']);
  const name = text(labels['com.docker.compose.project']);
  if (name === '') return undefined;
  const folder = text(labels['com.docker.compose.project.working_dir']);
  const files = text(labels['com.docker.compose.project.config_files']).split(',').filter(Boolean);
  return { name, files, ...(folder === '' ? {} : { folder }) };
}

export interface ComposeRun {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Each line that the plugin prints, as it comes. */
  readonly say: (line: string) => void;
}

/**
 * Acts through the compose plugin, or through `docker-compose` where only that is there.
 * Throws Failure `toolMissing` when neither is, `invalid` with its last words when it does not succeed.
 */
export async function runCompose(project: ComposeProject, action: ComposeAction, how: ComposeRun): Promise<void> {
  const line = composeLine(project, action);
  const [command, args] = (await hasPlugin(how)) ? ['docker', line] : ['docker-compose', line.slice(1)];
  let rest = '';
  let last = '';
  const take = (piece: string): void => {
    const lines = (rest + piece).split(/\r?\n/);
    rest = lines.pop() ?? '';
    for (const one of lines.filter((said) => said.trim() !== '')) {
      last = one.trim();
      how.say(one);
    }
  };
  const missing = t(
    'The Compose plugin of the docker command is not installed. Install docker-compose-plugin, or Docker Desktop.',
  );
  const { env, signal } = how;
  const { code } = await run(command, args, { env, signal, missing, onOutput: take });
  take('\n');
  if (code !== 0) throw new Failure('invalid', t('docker compose {0} did not succeed: {1}', action, last));
}

async function hasPlugin({ env, signal }: ComposeRun): Promise<boolean> {
  const found = await run('docker', ['compose', 'version', '--short'], { env, signal, timeout: 10_000 }).catch(
    (error: unknown) => {
      if (isAbort(error)) throw error;
      return undefined;
    },
  );
  return found?.code === 0;
}
