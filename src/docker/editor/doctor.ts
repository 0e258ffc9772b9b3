/** Engine Doctor as a read-only document that can be searched, copied and put into a bug report. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import type { Log } from '../../core/log.ts';
import { registerCommand } from '../../editor/commands.ts';
import type { Docker } from '../domain.ts';

const uri = vscode.Uri.from({ scheme: 'gantry-doctor', path: '/Engine Doctor.md' });

/** Each run examines anew; an open document shows the new findings. */
export function registerDoctor(log: Log, open: () => Promise<Docker>): Disposable {
  const store = new DisposableStore();
  const changed = store.add(new vscode.EventEmitter<vscode.Uri>());
  let text = '';
  store.add(
    vscode.workspace.registerTextDocumentContentProvider(uri.scheme, {
      onDidChange: changed.event,
      provideTextDocumentContent: () => text,
    }),
  );
  store.add(
    registerCommand(log, 'gantry.docker.doctor', async () => {
      const [docker, { doctorDocument }] = await Promise.all([open(), import('../doctor.ts')]);
      text = doctorDocument(await docker.examine());
      changed.fire(uri);
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
    }),
  );
  return store;
}
