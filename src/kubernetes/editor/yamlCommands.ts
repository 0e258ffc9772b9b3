/** The commands that edit objects as text: their YAML, values of secrets, manifests of the workspace. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { registerCommand } from '../../editor/commands.ts';
import { askModal, withLateProgress } from '../../editor/lateProgress.ts';
import type { Action } from '../actions/action.ts';
import { showYaml } from '../actions/apply.ts';
import { type Applied, applyForGood, isChanged, outcomeText, sides, tryFile } from '../actions/applyFile.ts';
import { readManifests } from '../actions/manifest.ts';
import { editSecret, keysOf, revealSecret, valueOf } from '../actions/secret.ts';
import type { ObjectRef } from '../apiResource.ts';
import type { Kubernetes } from '../domain.ts';
import type { KubernetesNode, NamespaceNode } from '../nodes.ts';
import type { ActionCommandsDeps } from './actionCommands.ts';
import { choose, chooseContext, chooseObject } from './chooseObject.ts';
import { ClusterRemarks } from './clusterRemarks.ts';
import { ObjectFiles } from './objectFiles.ts';
import { Reviewer } from './review.ts';
import { SecretDocuments } from './secretDocuments.ts';

export function registerYaml({ log, domain, selection, named }: ActionCommandsDeps): Disposable {
  const store = new DisposableStore();
  const reviewer = store.add(new Reviewer());
  const files = store.add(new ObjectFiles({ log, domain, reviewer }));
  const secrets = store.add(new SecretDocuments());
  const chosen = async (
    action: Pick<Action, 'applies' | 'title'>,
    node: KubernetesNode | undefined,
  ): Promise<ObjectRef | undefined> => chooseObject({ kubernetes: await domain(), selection }, action, node);

  store.add(
    registerCommand(log, 'gantry.kubernetes.showYaml', async (node) => {
      const ref = await chosen(showYaml, node);
      if (ref !== undefined) await withLateProgress(t('Reading {0}…', ref.name), () => files.show(ref));
    }),
  );
  store.add(
    registerCommand(log, 'gantry.kubernetes.revealSecret', async (node) => {
      const found = await chooseKey(await domain(), await chosen(revealSecret, node), revealSecret.title());
      if (found !== undefined) await secrets.show(found.ref, found.key, found.value);
    }),
  );
  store.add(
    registerCommand(log, 'gantry.kubernetes.editSecret', async (node) => {
      const found = await chooseKey(await domain(), await chosen(editSecret, node), editSecret.title());
      if (found !== undefined) await files.show(found.ref, found.key);
    }),
  );
  store.add(
    registerCommand(log, 'gantry.kubernetes.applyFile', async (uri, into) => {
      const document = await documentOf(uri, t('Which manifest is applied?'));
      const place = into !== undefined && 'kind' in into && into.kind === 'namespace' ? into : undefined;
      if (document !== undefined) await applyFile(await domain(), reviewer, document, place);
    }),
  );
  store.add(
    registerCommand(log, 'gantry.kubernetes.diffFile', async (uri) => {
      const document = await documentOf(uri, t('Which manifest is compared?'));
      if (document !== undefined) await diffFile(await domain(), reviewer, document);
    }),
  );
  const remarks = store.add(new ClusterRemarks());
  store.add(
    registerCommand(log, 'gantry.kubernetes.validateFile', async (uri) => {
      const document = await documentOf(uri, t('Which manifest is validated?'));
      if (document !== undefined) await validateFile(await domain(), named, remarks, document);
    }),
  );
  return store;
}

/** A key of a secret and its value; undefined when the person chose none. */
async function chooseKey(
  { actions }: Kubernetes,
  ref: ObjectRef | undefined,
  title: string,
): Promise<{ ref: ObjectRef; key: string; value: Uint8Array } | undefined> {
  if (ref === undefined) return undefined;
  const { object } = await withLateProgress(t('Reading {0}…', ref.name), (_, signal) => actions.subject(ref, signal));
  const keys = keysOf(object).map((key) => ({
    label: key,
    description: t('{0} bytes', valueOf(object, key).length),
  }));
  if (keys.length === 0) throw new Failure('notFound', t('The secret {0} has no keys.', ref.name));
  const key = (await choose(keys, title, t('Which key of {0}?', ref.name)))?.label;
  return key === undefined ? undefined : { ref, key, value: valueOf(object, key) };
}

/** Manifests offered; more would take long to look for. */
const mostManifests = 500;

/**
 * A file, the manifest in the editor in front, or one of the workspace that is picked; undefined when the person picks none.
 * Throws Failure `notFound` where there is none.
 */
async function documentOf(uri: vscode.Uri | undefined, question: string): Promise<vscode.TextDocument | undefined> {
  if (uri !== undefined) return vscode.workspace.openTextDocument(uri);
  const inFront = vscode.window.activeTextEditor?.document;
  if (inFront?.languageId === 'yaml') return inFront;
  const files = await vscode.workspace.findFiles('**/*.{yaml,yml}', '**/{node_modules,vendor,.*}/**', mostManifests);
  if (files.length === 0)
    throw new Failure('notFound', t('There is no manifest in the workspace yet: open or write one.'));
  const items = files
    .map((file) => ({ label: vscode.workspace.asRelativePath(file), file }))
    .sort((a, b) => (a.label < b.label ? -1 : 1));
  const picked = await vscode.window.showQuickPick(items, { placeHolder: question });
  return picked === undefined ? undefined : vscode.workspace.openTextDocument(picked.file);
}

const nameOf = ({ uri }: vscode.TextDocument): string => uri.path.split('/').at(-1)!;

/** Asks a cluster what it would say, and marks that in the text. */
async function validateFile(
  kubernetes: Kubernetes,
  named: ActionCommandsDeps['named'],
  remarks: ClusterRemarks,
  document: vscode.TextDocument,
): Promise<void> {
  const name = nameOf(document);
  const context = await chooseContext(kubernetes, t('Validate {0} Against Cluster', name));
  if (context === undefined) return;
  const { remarksAndMissing } = await import('../actions/remarks.ts');
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
async function diffFile(kubernetes: Kubernetes, reviewer: Reviewer, document: vscode.TextDocument): Promise<void> {
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
async function applyFile(
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
