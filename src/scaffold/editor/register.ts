/** `New Service…`: asks step by step, writes, and shows what is other than generated as differences. */
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import { askText } from '../../editor/askText.ts';
import { executeCommand, registerCommand, withProgress } from '../../editor/commands.ts';
import { reach } from '../../editor/milestones.ts';
import { TextDocuments } from '../../editor/textDocuments.ts';
import type { Made, Scaffold } from '../domain.ts';
import type { Explained, ServiceChoice } from '../model.ts';

export interface ScaffoldEditorDeps {
  readonly log: Log;
  readonly domain: () => Promise<Scaffold>;
}

/** Contracts offered; more would take long to look for. */
const mostProtos = 500;

export function registerScaffold({ log, domain }: ScaffoldEditorDeps): Disposable {
  const store = new DisposableStore();
  /** What was generated beside files that are there. */
  const generated = store.add(new TextDocuments('gantry-generated'));
  store.add(
    registerCommand(log, 'gantry.scaffold.newService', async (given) => {
      const parent = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
      if (parent === undefined) throw new Failure('notFound', t('Open a folder first: the service goes into it.'));
      const choice = given ?? (await ask());
      if (choice === undefined) return;
      const make = async (signal: AbortSignal): Promise<Made> =>
        (await domain()).service(join(parent, choice.name), choice, signal);
      const made =
        choice.proto === undefined
          ? await make(new AbortController().signal)
          : await withProgress(t('Making Go code of {0} …', basename(choice.proto)), (_, signal) => make(signal));
      log.info(`wrote ${made.fresh.length} files of ${choice.name}`);
      reach('service');
      await show(made, generated);
    }),
  );
  return store;
}

async function show(made: Made, generated: TextDocuments): Promise<void> {
  for (const path of made.different) {
    const file = join(made.folder, path);
    const there = vscode.Uri.file(file);
    const uri = generated.give(there.path, made.files.get(path)!);
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
  offerNext(made);
}

/** What most people do next with a new service. Not awaited: the message may stay for long. */
function offerNext({ folder, files }: Made): void {
  const at = (path: string): vscode.Uri => vscode.Uri.file(join(folder, path));
  const requests = [...files.keys()].find((path) => path.endsWith('.grpc.yaml'));
  const next: readonly (readonly [label: string, run: () => Thenable<unknown>])[] = [
    ...(files.has('Dockerfile')
      ? [[t('Run on Cluster'), () => executeCommand('gantry.devloop.run', at('Dockerfile'))] as const]
      : []),
    ...(requests === undefined
      ? []
      : [[t('Open Requests'), () => vscode.window.showTextDocument(at(requests))] as const]),
  ];
  void vscode.window
    .showInformationMessage(t('{0} is written.', basename(folder)), ...next.map(([label]) => label))
    .then((answer) => next.find(([label]) => label === answer)?.[1]());
}

async function ask(): Promise<ServiceChoice | undefined> {
  const { explainedExtras, explainedFrameworks, usualExtras } = await import('../model.ts');
  const title = t('New Service');
  const name = await askText({
    title,
    prompt: t('Name of the service, its image and its objects in a cluster'),
    value: 'orders',
    validateInput: problemOf('name'),
  });
  if (name === undefined) return undefined;
  const module = await askText({
    title,
    prompt: t('Path of its Go module'),
    value: `example.com/${name}`,
    validateInput: problemOf('module'),
  });
  if (module === undefined) return undefined;
  const items = <Id extends string>(all: readonly Explained<Id>[]) =>
    all.map(({ id, title: label, reason }) => ({
      id,
      label,
      detail: reason,
      picked: usualExtras.some((usual) => usual === id),
    }));
  const framework = await vscode.window.showQuickPick(items(explainedFrameworks()), {
    title,
    placeHolder: t('What it is built with'),
    ignoreFocusOut: true, // What was answered so far is not lost.
  });
  if (framework === undefined) return undefined;
  const contract = framework.id === 'grpc' ? await askContract(title) : {};
  if (contract === undefined) return undefined;
  const parts = await vscode.window.showQuickPick(items(explainedExtras()), {
    title,
    placeHolder: t('What comes beside the program'),
    canPickMany: true,
    ignoreFocusOut: true,
  });
  if (parts === undefined) return undefined;
  return { name, module, framework: framework.id, extras: parts.map(({ id }) => id), ...contract };
}

/** Which .proto file of the workspace it is to serve, where there is one. */
async function askContract(title: string): Promise<{ proto?: string } | undefined> {
  const found = await vscode.workspace.findFiles('**/*.proto', '**/{node_modules,vendor,third_party}/**', mostProtos);
  if (found.length === 0) return {};
  const files = found
    .map((uri) => ({ label: vscode.workspace.asRelativePath(uri), file: uri.fsPath }))
    .sort((a, b) => (a.label < b.label ? -1 : 1));
  const example = {
    label: t('An example'),
    detail: t('A contract to replace by your own, with all calls written'),
    file: undefined,
  };
  const picked = await vscode.window.showQuickPick([example, ...files], {
    title,
    placeHolder: t('The contract it serves: server, client and requests are made of it'),
    matchOnDetail: true,
    ignoreFocusOut: true,
  });
  if (picked === undefined) return undefined;
  return picked.file === undefined ? {} : { proto: picked.file };
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
