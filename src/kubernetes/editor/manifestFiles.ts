/** What is done with a manifest of the workspace and a cluster: tried, compared, applied. */
import * as vscode from 'vscode';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { askModal, withLateProgress } from '../../editor/lateProgress.ts';
import { type Applied, applyForGood, isChanged, outcomeText, sides, tryFile } from '../actions/applyFile.ts';
import { readManifests } from '../actions/manifest.ts';
import { remarksAndMissing } from '../actions/remarks.ts';
import type { Kubernetes } from '../domain.ts';
import type { NamespaceNode } from '../nodes.ts';
import type { ActionCommandsDeps } from './actionCommands.ts';
import { chooseContext } from './chooseObject.ts';
import type { ClusterRemarks } from './clusterRemarks.ts';
import type { Reviewer } from './review.ts';

const nameOf = ({ uri }: vscode.TextDocument): string => uri.path.split('/').at(-1)!;

/** Asks a cluster what it would say, and marks that in the text. */
export async function validateFile(
  kubernetes: Kubernetes,
  named: ActionCommandsDeps['named'],
  remarks: ClusterRemarks,
  document: vscode.TextDocument,
): Promise<void> {
  const name = nameOf(document);
  const context = await chooseContext(kubernetes, t('Validate {0} Against Cluster', name));
  if (context === undefined) return;
  const { version } = document;
  const { actions } = kubernetes;
  const found = await withLateProgress(t('Trying {0}…', name), async (_, signal) => {
    const [text, target] = [document.getText(), actions.applyTarget(context, signal)];
    return remarksAndMissing(text, name, await named(text), target);
  });
  const asked = actions.target(context).context;
  await vscode.window.showTextDocument(document, { preview: false });
  remarks.show(document, version, asked, found);
  const wrong = found.filter(({ severity }) => severity !== 'hint').length;
  if (wrong === 0) {
    void vscode.window.showInformationMessage(t('{0}: the cluster of context {1} takes all of it.', name, asked));
    return;
  }
  await vscode.commands.executeCommand('workbench.actions.view.problems');
}

/** Shows what applying the file would change, and changes nothing. */
export async function diffFile(
  kubernetes: Kubernetes,
  reviewer: Reviewer,
  document: vscode.TextDocument,
): Promise<void> {
  const name = nameOf(document);
  const objects = readManifests(document.getText(), name);
  if (objects.length === 0) throw new Failure('invalid', t('{0} holds no object.', name));
  const context = await chooseContext(kubernetes, t('Compare {0} with Cluster', name));
  if (context === undefined) return;
  const { actions } = kubernetes;
  // What others look after counts as ours: the question is what would be other, not who may change it.
  const tried = await withLateProgress(t('Trying {0}…', name), (_, signal) =>
    tryFile(objects, actions.applyTarget(context, signal), true),
  );
  const changing = tried.filter(isChanged);
  if (changing.length > 0) await reviewer.compare(changing.map((each) => ({ ref: each.ref, ...sides(each) })));
  const refused = tried.filter(({ failure }) => failure !== undefined);
  if (refused.length > 0) throw new Failure('invalid', refused.map(outcomeText).join('\n'), refused[0]!.failure);
  if (changing.length > 0) return;
  void vscode.window.showInformationMessage(t('{0}: everything in it is in the cluster already.', name));
}

/** Tries the file, shows what would change, and applies it after a yes. */
export async function applyFile(
  kubernetes: Kubernetes,
  reviewer: Reviewer,
  document: vscode.TextDocument,
  into: NamespaceNode | undefined,
): Promise<void> {
  const name = nameOf(document);
  const objects = readManifests(document.getText(), name);
  if (objects.length === 0) throw new Failure('invalid', t('{0} holds no object.', name));
  const title = t('Apply {0}', name);
  const context = into?.context ?? (await chooseContext(kubernetes, title));
  if (context === undefined) return;
  const { actions } = kubernetes;
  const attempt = (force: boolean): Promise<Applied[]> =>
    withLateProgress(t('Trying {0}…', name), (_, signal) =>
      tryFile(objects, actions.applyTarget(context, signal, into?.name), force),
    );
  let tried = await attempt(false);
  let force = false;
  if (tried.some(({ conflicts }) => conflicts.length > 0)) {
    const take = t('Take Over');
    const detail = tried
      .filter(({ conflicts }) => conflicts.length > 0)
      .map(outcomeText)
      .join('\n');
    if ((await askModal(t('{0}: others look after fields in it.', name), detail, take)) !== take) return;
    force = true;
    tried = await attempt(true);
  }
  const refused = tried.filter(({ failure }) => failure !== undefined);
  if (refused.length > 0) throw new Failure('invalid', refused.map(outcomeText).join('\n'), refused[0]!.failure);
  const changing = tried.filter(isChanged);
  if (changing.length === 0) {
    void vscode.window.showInformationMessage(t('{0}: everything in it is in the cluster already.', name));
    return;
  }
  const question = t('{0} to context {1}?', title, actions.target(context).context);
  const sided = changing.map((each) => ({ ref: each.ref, ...sides(each) }));
  if (!(await reviewer.review(kubernetes, sided, question))) return;
  await withLateProgress(title, async (report, signal) => {
    for (const each of changing) {
      report(outcomeText(each));
      await applyForGood(each, { server: actions.server(context), signal }, force);
    }
  });
}
