/** The learner's files in the editor: which lesson a file belongs to, what stands above its lines, and what a save does. */
import * as vscode from 'vscode';
import { Coalescer } from '../../core/coalesce.ts';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { isAbort } from '../../core/failure.ts';
import type { Log } from '../../core/log.ts';
import { readSetting } from '../../editor/settings.ts';
import type { Curriculum } from '../domain.ts';
import { labsFolder } from '../labs.ts';

/** Short enough to feel at once, long enough for "save all". */
const settles = 200;

export interface LabFilesDeps {
  readonly log: Log;
  readonly curriculum: () => Promise<Curriculum>;
}

/** Registers the lenses and follows saves. Nothing is loaded before a learner's file is open. */
export function registerLabFiles({ log, curriculum }: LabFilesDeps): Disposable {
  const store = new DisposableStore();
  const changed = store.add(new vscode.EventEmitter<void>());
  let followed = false;
  const follow = (loaded: Curriculum): void => {
    if (followed) return;
    followed = true;
    store.add(loaded.onDidChange(() => changed.fire()));
  };
  store.add(
    vscode.languages.registerCodeLensProvider(
      { scheme: 'file', pattern: `**/${labsFolder}/**` },
      {
        onDidChangeCodeLenses: changed.event,
        async provideCodeLenses({ uri }) {
          const lab = labOf(uri);
          if (lab === undefined) return [];
          const loaded = await curriculum();
          follow(loaded);
          const status = (await loaded.overview()).statuses.get(lab.item);
          if (status === undefined) return [];
          const { lensesOf } = await import('../lenses.ts');
          return lensesOf(lab.item, status, lab.path).map(({ line, text, command, node }) => {
            const range = new vscode.Range(line, 0, line, 0);
            return new vscode.CodeLens(range, { command, title: text, arguments: [node] });
          });
        },
      },
    ),
  );
  const saved = store.add(
    new Coalescer<string>(settles, (items) => {
      for (const item of items) {
        curriculum()
          .then((loaded) => loaded.checkSaved(item))
          .catch((error: unknown) => {
            // Nobody asked for it, so nobody is told but the log; what it found stands in the tree.
            if (!isAbort(error)) log.error(`${item} could not be checked after a save`, error);
          });
      }
    }),
  );
  store.add(
    vscode.workspace.onDidSaveTextDocument(({ uri }) => {
      const lab = labOf(uri);
      if (lab !== undefined && readSetting('gantry.curriculum.checkOnSave')) saved.add(lab.item);
    }),
  );
  return store;
}

/** The lesson a file belongs to; undefined for any other file. */
export function labOf(uri: vscode.Uri): { readonly item: string; readonly path: string } | undefined {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  if (folder === undefined || uri.scheme !== 'file') return undefined;
  const labs = `${vscode.Uri.joinPath(folder.uri, labsFolder).path}/`;
  if (!uri.path.startsWith(labs)) return undefined;
  const [item = '', ...path] = uri.path.slice(labs.length).split('/');
  return path.length === 0 ? undefined : { item, path: path.join('/') };
}
