/** The commands that edit objects as text: their YAML, values of secrets, manifests of the workspace. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { registerCommand } from '../../editor/commands.ts';
import { withLateProgress } from '../../editor/lateProgress.ts';
import type { Action } from '../actions/action.ts';
import { showYaml } from '../actions/apply.ts';
import { editSecret, keysOf, revealSecret, valueOf } from '../actions/secret.ts';
import type { ObjectRef } from '../apiResource.ts';
import type { Kubernetes } from '../domain.ts';
import type { KubernetesNode } from '../nodes.ts';
import type { ActionCommandsDeps } from './actionCommands.ts';
import { choose, chooseObject } from './chooseObject.ts';
import { ClusterRemarks } from './clusterRemarks.ts';
import { ObjectFiles } from './objectFiles.ts';
import { Reviewer } from './review.ts';
import { SecretDocuments } from './secretDocuments.ts';

const manifestFiles = () => import('./manifestFiles.ts');

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
      if (document !== undefined) await (await manifestFiles()).applyFile(await domain(), reviewer, document, place);
    }),
  );
  store.add(
    registerCommand(log, 'gantry.kubernetes.diffFile', async (uri) => {
      const document = await documentOf(uri, t('Which manifest is compared?'));
      if (document !== undefined) await (await manifestFiles()).diffFile(await domain(), reviewer, document);
    }),
  );
  const remarks = store.add(new ClusterRemarks());
  store.add(
    registerCommand(log, 'gantry.kubernetes.validateFile', async (uri) => {
      const document = await documentOf(uri, t('Which manifest is validated?'));
      if (document !== undefined) await (await manifestFiles()).validateFile(await domain(), named, remarks, document);
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
