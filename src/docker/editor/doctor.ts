/** Engine Doctor as a page that can be searched, copied and put into a bug report. */
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import type { Log } from '../../core/log.ts';
import { registerCommand } from '../../editor/commands.ts';
import { showMarkdownPage } from '../../editor/markdownPage.ts';
import { TextDocuments } from '../../editor/textDocuments.ts';
import type { Docker } from '../domain.ts';

/** Each run examines anew; an open document shows the new findings. */
export function registerDoctor(log: Log, open: () => Promise<Docker>): Disposable {
  const store = new DisposableStore();
  const documents = store.add(new TextDocuments('gantry-doctor'));
  store.add(
    registerCommand(log, 'gantry.docker.doctor', async () => {
      const [docker, { doctorDocument }] = await Promise.all([open(), import('../doctor.ts')]);
      const uri = documents.give('/Engine Doctor.md', doctorDocument(await docker.examine()));
      await showMarkdownPage(uri);
    }),
  );
  return store;
}
