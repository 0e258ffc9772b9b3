/** Values, manifest, notes and history of Helm releases, as read-only documents. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import { registerCommand, toSignal, withProgress } from '../../editor/commands.ts';
import type { Kubernetes } from '../domain.ts';
import { type DocumentPart, documentNames, documentParts } from '../helm/documentParts.ts';
import { listReleases, readDocument } from '../helm/read.ts';
import type { ReleaseRef } from '../helm/releases.ts';
import type { KubernetesNode } from '../nodes.ts';
import { chooseContext } from './chooseContext.ts';

const scheme = 'gantry-helm';

const commands = {
  values: 'gantry.kubernetes.helmValues',
  manifest: 'gantry.kubernetes.helmManifest',
  notes: 'gantry.kubernetes.helmNotes',
  history: 'gantry.kubernetes.helmHistory',
} as const;

export function registerHelmDocuments(log: Log, kubernetes: () => Promise<Kubernetes>): Disposable {
  const store = new DisposableStore();
  const changed = store.add(new vscode.EventEmitter<vscode.Uri>());
  /** Read by a command a moment ago, for the document that it opens. */
  const fresh = new Map<string, string>();
  const provider: vscode.TextDocumentContentProvider = {
    onDidChange: changed.event,
    provideTextDocumentContent: async (uri, token) => {
      const text = fresh.get(uri.toString());
      fresh.delete(uri.toString());
      if (text !== undefined) return text;
      // A tab of an earlier session.
      const { ref, part } = JSON.parse(uri.query) as { ref: ReleaseRef; part: DocumentPart };
      return readDocument(await kubernetes(), ref, part, toSignal(token));
    },
  };
  store.add(vscode.workspace.registerTextDocumentContentProvider(scheme, provider));
  for (const part of documentParts) {
    store.add(
      registerCommand(log, commands[part], async (node?: KubernetesNode) => {
        const domain = await kubernetes();
        const ref = await chooseRelease(domain, node);
        if (ref === undefined) return;
        const text = await withProgress(t('Reading the Helm release {0}', ref.name), (_, signal) =>
          readDocument(domain, ref, part, signal),
        );
        const uri = documentUri(ref, part);
        fresh.set(uri.toString(), text);
        const document = await vscode.workspace.openTextDocument(uri);
        if (fresh.has(uri.toString())) changed.fire(uri); // It was open: it is read again.
        await vscode.window.showTextDocument(document, { preview: true });
      }),
    );
  }
  return store;
}

function documentUri(ref: ReleaseRef, part: DocumentPart): vscode.Uri {
  const folders = [ref.context, ref.namespace, ref.name].map((each) => each.replaceAll('/', '∕'));
  const path = `/${folders.join('/')}/${documentNames[part]}`;
  return vscode.Uri.from({ scheme, path, query: JSON.stringify({ ref, part }) });
}

/** The release of a row, or one chosen from a list; undefined for none. */
export async function chooseRelease(
  domain: Kubernetes,
  node: KubernetesNode | undefined,
): Promise<ReleaseRef | undefined> {
  if (node?.kind === 'release') return { context: node.context, namespace: node.namespace, name: node.name };
  const context = await chooseContext(domain, node);
  if (context === undefined) return undefined;
  const releases = await withProgress(t('Looking for Helm releases'), (_, signal) =>
    listReleases(domain.store, context, signal),
  );
  if (releases.length === 0) {
    void vscode.window.showInformationMessage(t('There are no Helm releases in this context.'));
    return undefined;
  }
  const items = releases.map(({ namespace, name, status }) => ({
    label: name,
    description: `${namespace} · ${status}`,
    ref: { context, namespace, name },
  }));
  return (await vscode.window.showQuickPick(items, { placeHolder: t('Choose a Helm release') }))?.ref;
}
