/** Compose projects as one: up, down and restart through the compose plugin, and problems in their files. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { lazy } from '../../core/lazy.ts';
import { t } from '../../core/l10n.ts';
import { registerCommand, withProgress } from '../../editor/commands.ts';
import type { ComposeAction, ComposeProject } from '../compose/project.ts';
import type { Docker } from '../domain.ts';
import type { ContainerNode } from '../nodes.ts';
import { registerProblems } from './problems.ts';
import type { CommandDeps } from './register.ts';
import { chosenEngine } from './subjects.ts';

const names = /^(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml$/;
type Place = ContainerNode | { readonly fsPath: string };

const titles: Readonly<Record<ComposeAction, (name: string) => string>> = {
  up: (name) => t('Starting {0}', name),
  down: (name) => t('Removing {0}', name),
  restart: (name) => t('Restarting {0}', name),
};

/** @param schemas the folder of the schemas. */
export function registerCompose({ log, open }: CommandDeps, schemas: string): Disposable {
  const store = new DisposableStore();
  const rules = lazy(async () => {
    const { loadComposeSchema, validateCompose } = await import('../compose/validate.ts');
    const schema = await loadComposeSchema(schemas);
    return (text: string) => validateCompose(text, schema);
  });
  store.add(
    registerProblems('gantry.compose', {
      accepts: ({ uri }) => names.test(basename(uri.path)),
      find: async (document) => (await rules())(document.getText()),
    }),
  );
  for (const [id, action] of [
    ['gantry.docker.composeUp', 'up'],
    ['gantry.docker.composeDown', 'down'],
  ] as const) {
    store.add(
      registerCommand(log, id, async (place?: Place) => {
        const docker = await open();
        const engine = await chosenEngine(docker, place !== undefined && 'kind' in place ? place : undefined);
        const project = engine === undefined ? undefined : await chosenProject(docker, place);
        if (engine === undefined || project === undefined) return;
        const name = project.name ?? basename(project.files[0] ?? '');
        if (action === 'down' && !(await sure(name))) return;
        await withProgress(titles[action](name), (report, signal) =>
          docker.compose(engine, project, action, { signal, say: report }),
        );
      }),
    );
  }
  return store;
}

/** The row's project, or that of a file: the one given, the one in front, or a picked one. */
async function chosenProject(docker: Docker, place: Place | undefined): Promise<ComposeProject | undefined> {
  if (place !== undefined && 'kind' in place && place.kind === 'project') {
    const known = await docker.composeProject(place.engine, place.project);
    if (known.files.length > 0) return known;
    throw new Failure(
      'notFound',
      t('{0} does not say which files it was made of. Open its Compose file instead.', place.project),
    );
  }
  const file = place !== undefined && 'fsPath' in place ? place.fsPath : await chosenFile();
  return file === undefined ? undefined : { files: [file] };
}

async function chosenFile(): Promise<string | undefined> {
  const front = vscode.window.activeTextEditor?.document.uri;
  if (front?.scheme === 'file' && names.test(basename(front.path))) return front.fsPath;
  const pattern = '**/{docker-compose,compose}*.{yaml,yml}';
  const found = await vscode.workspace.findFiles(pattern, '**/{vendor,node_modules}/**', 200);
  if (found.length === 0) throw new Failure('notFound', t('There is no Compose file in the workspace.'));
  const items = found.map(({ fsPath }) => ({ label: vscode.workspace.asRelativePath(fsPath), fsPath }));
  if (items.length === 1) return items[0]!.fsPath;
  return (await vscode.window.showQuickPick(items, { placeHolder: t('Choose a Compose file') }))?.fsPath;
}

async function sure(name: string): Promise<boolean> {
  const remove = t('Remove Containers');
  const detail = t('Its containers and networks are removed. Volumes and images stay.');
  const question = t('Take down {0}?', name);
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, remove)) === remove;
}
