/** `New Service…`: asks step by step, writes, and shows what is other than generated as differences. */
import { join } from 'node:path';
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import { registerCommand } from '../../editor/commands.ts';
import type { Made, Scaffold } from '../domain.ts';
import type { Explained, ServiceChoice } from '../model.ts';

export interface ScaffoldEditorDeps {
  readonly log: Log;
  readonly domain: () => Promise<Scaffold>;
}

const scheme = 'gantry-generated';

export function registerScaffold({ log, domain }: ScaffoldEditorDeps): Disposable {
  const store = new DisposableStore();
  /** What was generated beside files that are there, by the address of its document. */
  const generated = new Map<string, string>();
  store.add(
    vscode.workspace.registerTextDocumentContentProvider(scheme, {
      provideTextDocumentContent: (uri) => generated.get(uri.path) ?? '',
    }),
  );
  store.add(
    registerCommand(log, 'gantry.scaffold.newService', async (given) => {
      const parent = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
      if (parent === undefined) throw new Failure('notFound', t('Open a folder first: the service goes into it.'));
      const choice = given ?? (await ask());
      if (choice === undefined) return;
      const made = await (await domain()).service(join(parent, choice.name), choice);
      log.info(`wrote ${made.fresh.length} files of ${choice.name}`);
      await show(made, generated);
    }),
  );
  return store;
}

async function show(made: Made, generated: Map<string, string>): Promise<void> {
  for (const path of made.different) {
    const file = join(made.folder, path);
    const there = vscode.Uri.file(file);
    const uri = there.with({ scheme });
    generated.set(uri.path, made.files.get(path)!);
    await vscode.commands.executeCommand('vscode.diff', there, uri, t('{0}: yours ↔ generated', path), {
      preview: false,
    });
  }
  if (made.different.length > 0) {
    void vscode.window.showInformationMessage(
      t('{0} files are other than generated and stay as they are.', made.different.length),
    );
    return;
  }
  await vscode.window.showTextDocument(vscode.Uri.file(join(made.folder, 'README.md')));
}

async function ask(): Promise<ServiceChoice | undefined> {
  const { explainedExtras, explainedFrameworks } = await import('../model.ts');
  const title = t('New Service');
  const name = await vscode.window.showInputBox({
    title,
    prompt: t('Name of the service, its image and its objects in a cluster'),
    value: 'orders',
    validateInput: problemOf('name'),
  });
  if (name === undefined) return undefined;
  const module = await vscode.window.showInputBox({
    title,
    prompt: t('Path of its Go module'),
    value: `example.com/${name}`,
    validateInput: problemOf('module'),
  });
  if (module === undefined) return undefined;
  const items = <Id extends string>(all: readonly Explained<Id>[]) =>
    all.map(({ id, title: label, reason }) => ({ id, label, detail: reason, picked: true }));
  const framework = await vscode.window.showQuickPick(items(explainedFrameworks()), {
    title,
    placeHolder: t('What it is built with'),
  });
  if (framework === undefined) return undefined;
  const parts = await vscode.window.showQuickPick(items(explainedExtras()), {
    title,
    placeHolder: t('What comes beside the program'),
    canPickMany: true,
  });
  if (parts === undefined) return undefined;
  return { name, module, framework: framework.id, extras: parts.map(({ id }) => id) };
}

/** Checks one answer while it is typed, the others as good. */
const problemOf =
  (what: 'name' | 'module') =>
  async (value: string): Promise<string | undefined> => {
    const { checked } = await import('../model.ts');
    try {
      checked({ name: 'orders', module: 'example.com/orders', framework: 'nethttp', extras: [], [what]: value });
      return undefined;
    } catch (error) {
      return error instanceof Failure ? error.message : undefined;
    }
  };
