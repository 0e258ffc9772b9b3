/** Read-only documents about one thing of an engine: asked when they are opened, and again when they are opened again. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { t } from '../../core/l10n.ts';
import type { Docker } from '../domain.ts';
import { type Inspectable, type Operation, changes, history, inspect, top } from '../operations.ts';
import type { Subject } from './subjects.ts';

const scheme = 'gantry-docker';

/** What a document shows. */
export type Report = 'inspect' | 'top' | 'changes' | 'history';

interface Place {
  readonly engine: string;
  readonly report: Report;
  readonly kind: Inspectable;
  readonly id: string;
  readonly name: string;
}

const titles: Readonly<Record<Report, (name: string) => string>> = {
  inspect: (name) => `${name}.json`,
  top: (name) => t('Processes of {0}', name),
  changes: (name) => t('Changes of {0}', name),
  history: (name) => t('Layers of {0}', name),
};

export class EngineDocuments implements Disposable {
  readonly #store = new DisposableStore();
  readonly #changed = this.#store.add(new vscode.EventEmitter<vscode.Uri>());

  constructor(open: () => Promise<Docker>) {
    this.#store.add(
      vscode.workspace.registerTextDocumentContentProvider(scheme, {
        onDidChange: this.#changed.event,
        provideTextDocumentContent: async (uri, token) => {
          const signal = new AbortController();
          token.onCancellationRequested(() => signal.abort());
          return content(await open(), JSON.parse(uri.query) as Place, signal.signal);
        },
      }),
    );
  }

  async show(report: Report, subject: Subject): Promise<void> {
    const uri = uriOf(report, subject);
    this.#changed.fire(uri); // One that is open shows what is true now.
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: false });
  }

  /** Two inspections side by side. */
  async compare(left: Subject, right: Subject): Promise<void> {
    const title = t('{0} and {1}', left.name, right.name);
    await vscode.commands.executeCommand('vscode.diff', uriOf('inspect', left), uriOf('inspect', right), title);
  }

  dispose(): void {
    this.#store.dispose();
  }
}

function uriOf(report: Report, { engine, kind, id, name }: Subject): vscode.Uri {
  const place: Place = { engine, report, kind, id, name };
  const path = `/${titles[report](name).replaceAll('/', '∕')}`; // A slash would begin a folder.
  return vscode.Uri.from({ scheme, path, query: JSON.stringify(place) });
}

async function content(docker: Docker, place: Place, signal: AbortSignal): Promise<string> {
  const on = { id: place.id, name: place.name };
  const [reports, ask] = [
    await import('../reports.ts'),
    (what: Operation) => docker.perform(place.engine, what, signal),
  ];
  switch (place.report) {
    case 'inspect':
      return reports.inspection(await ask(inspect[place.kind](on)));
    case 'top':
      return reports.processTable(await ask(top(on)));
    case 'changes':
      return reports.changeList(await ask(changes(on)));
    case 'history':
      return reports.layerTable(await ask(history(place.name)));
  }
}
