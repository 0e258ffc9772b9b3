/** `Build Image`: a notification that can cancel it, a log of its steps, and what came of each line in the Dockerfile itself. */
import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Failure, isAbort } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { ToldLog } from '../../core/log/told.ts';
import { registerCommand, withProgress } from '../../editor/commands.ts';
import { openLogView } from '../../editor/logView.ts';
import type { BuildFailure, BuildReport, BuildRequest } from '../build/build.ts';
import { tagFor } from '../build/request.ts';
import { askBuild } from './buildForm.ts';
import { BuildNotes } from './buildNotes.ts';
import { copyLine } from './imageCommands.ts';
import type { CommandDeps } from './register.ts';
import { chosenEngine } from './subjects.ts';

export function registerBuildCommands({ log, open }: CommandDeps): Disposable {
  const store = new DisposableStore();
  const notes = store.add(new BuildNotes());
  /** What was asked for the last time, by Dockerfile. */
  const asked = new Map<string, BuildRequest>();
  store.add(
    registerCommand(log, 'gantry.docker.build', async (place, given) => {
      const uri = place === undefined || 'kind' in place ? await chosenDockerfile() : vscode.Uri.file(place.fsPath);
      if (uri === undefined) return;
      const docker = await open();
      const engine = await chosenEngine(docker, place !== undefined && 'kind' in place ? place : undefined);
      if (engine === undefined) return;
      const folder = dirname(uri.fsPath);
      const offered = asked.get(uri.fsPath) ?? { folder, dockerfile: basename(uri.fsPath), tag: tagFor(folder) };
      const document = await vscode.workspace.openTextDocument(uri);
      await document.save(); // What is built is what is on the disk.
      const { parseDockerfile } = await import('../dockerfile/parse.ts');
      const stages = parseDockerfile(document.getText()).stages.flatMap(({ name }) => name ?? []);
      const answer =
        given === undefined ? await askBuild(offered, stages) : { request: { ...offered, ...given }, choice: 'build' };
      if (answer === undefined) return;
      const { request } = answer;
      asked.set(uri.fsPath, request);
      const { BuildFailure, buildLine } = await import('../build/build.ts');
      if (answer.choice === 'copy') return copyLine(docker, engine, buildLine(request));
      notes.clear(document);
      const told = new ToldLog();
      const { BuildLines } = await import('../build/lines.ts');
      const lines = new BuildLines();
      openLogView({ name: t('Build: {0}', request.tag), feed: (signal) => told.read(signal) });
      try {
        const outcome = await withProgress(t('Building {0}', request.tag), (report, signal) => {
          const hear: BuildReport = (news, { count, steps }) => {
            told.add(lines.of(news).map(({ text, output }) => ({ source: '', text, remark: !output })));
            const now = steps.findLast(({ state }) => state === 'running')?.name ?? '';
            report(t('{0} of {1} steps. {2}', count.done, count.all, now));
          };
          return docker.build(engine, request, hear, signal);
        });
        notes.show(document, outcome);
        told.add([{ source: '', text: t('{0} is built.', request.tag), remark: true }]);
      } catch (error) {
        if (isAbort(error)) {
          told.add([{ source: '', text: t('Cancelled.'), remark: true }]);
          return;
        }
        told.add([{ source: '', text: error instanceof Failure ? error.message : String(error), remark: true }]);
        if (!(error instanceof BuildFailure)) throw error;
        notes.showFailure(document, error);
        void tell(document, error);
      } finally {
        told.end();
      }
    }),
  );
  return store;
}

/** The failure with a way to its line. */
async function tell(document: vscode.TextDocument, { message, step }: BuildFailure): Promise<void> {
  if (step?.line === undefined) {
    await vscode.window.showErrorMessage(message);
    return;
  }
  const go = t('Go to Line {0}', step.line + 1);
  if ((await vscode.window.showErrorMessage(message, go)) !== go) return;
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(step.line, 0, step.line, 0) });
}

/** The one in front, the only one, or a picked one. */
async function chosenDockerfile(): Promise<vscode.Uri | undefined> {
  const front = vscode.window.activeTextEditor?.document;
  if (front?.languageId === 'dockerfile' && front.uri.scheme === 'file') return front.uri;
  const found = await vscode.workspace.findFiles(
    '**/{Dockerfile,Dockerfile.*,*.Dockerfile}',
    '**/{vendor,node_modules}/**',
    200,
  );
  const files = found
    .filter(({ path }) => !path.endsWith('.dockerignore'))
    .sort((a, b) => a.path.localeCompare(b.path));
  if (files.length === 0) {
    throw new Failure(
      'notFound',
      t('There is no Dockerfile in the workspace. Make one with the command New Dockerfile.'),
    );
  }
  if (files.length === 1) return files[0];
  const items = files.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }));
  return (await vscode.window.showQuickPick(items, { placeHolder: t('Choose a Dockerfile') }))?.uri;
}
