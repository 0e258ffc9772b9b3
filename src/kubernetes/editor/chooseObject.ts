/** The object that a command is about: the row it was called on, the selected row, or one chosen from lists. */
import * as vscode from 'vscode';
import { Failure } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { withLateProgress } from '../../editor/lateProgress.ts';
import type { Action } from '../actions/action.ts';
import { type ApiResource, type ObjectRef, known, objectOf, workloadResources } from '../apiResource.ts';
import type { Kubernetes } from '../domain.ts';
import type { KubernetesNode } from '../nodes.ts';

const nodes: ApiResource = { group: '', version: 'v1', resource: 'nodes', kind: 'Node', namespaced: false };
const configMaps: ApiResource = {
  group: '',
  version: 'v1',
  resource: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};

/** Kinds offered where no row was chosen; every other kind is reached from its row. */
const offered: readonly ApiResource[] = [
  known.pods,
  known.services,
  ...Object.values(workloadResources),
  configMaps,
  known.secrets,
  known.namespaces,
  nodes,
];

export interface Choosing {
  readonly kubernetes: Kubernetes;
  /** What is selected in the views. */
  readonly selection: () => readonly KubernetesNode[];
}

/** Undefined when the person chose none. Throws Failure when the row is nothing the action applies to. */
export async function chooseObject(
  { kubernetes, selection }: Choosing,
  action: Pick<Action, 'applies' | 'title'>,
  node: KubernetesNode | undefined,
): Promise<ObjectRef | undefined> {
  if (node !== undefined) return objectFor(action, node);
  const selected = selection().map((each) => objectOf(each));
  const fitting = selected.find((ref) => ref !== undefined && action.applies(ref));
  return fitting ?? chooseFromLists(kubernetes, action);
}

/** Throws Failure when a row is nothing the action applies to. */
export function objectFor(action: Pick<Action, 'applies' | 'title'>, node: KubernetesNode): ObjectRef {
  const ref = objectOf(node);
  if (ref !== undefined && action.applies(ref)) return ref;
  throw new Failure('invalid', t('"{0}" does not apply to this row.', action.title()));
}

async function chooseFromLists(
  kubernetes: Kubernetes,
  action: Pick<Action, 'applies' | 'title'>,
): Promise<ObjectRef | undefined> {
  const context = await chooseContext(kubernetes, action.title());
  if (context === undefined) return undefined;
  const kinds = offered.filter(action.applies).map((api) => ({ label: api.kind, api }));
  const kind = kinds.length === 1 ? kinds[0] : await choose(kinds, action.title(), t('Of which kind?'));
  if (kind === undefined) return undefined;
  const objects = await withLateProgress(t('Listing {0}…', kind.api.resource), (_, signal) =>
    kubernetes.actions.list(context, kind.api, signal),
  );
  if (objects.length === 0) {
    throw new Failure('notFound', t('There is no {0} in context {1}.', kind.label, context));
  }
  const items = objects.map((ref) => ({ label: ref.name, description: ref.namespace, ref }));
  return (await choose(items, action.title(), t('Which {0}?', kind.label)))?.ref;
}

/** Id of a context; asked for only when there are several. */
export async function chooseContext(kubernetes: Kubernetes, title: string): Promise<string | undefined> {
  const { contexts, failures } = await kubernetes.contexts.loaded();
  if (contexts.length === 0) {
    throw (
      failures[0] ?? new Failure('notFound', t('There is no cluster yet: create a local one, or add a kubeconfig.'))
    );
  }
  if (contexts.length === 1) return contexts[0]!.id;
  const { answering } = kubernetes.store;
  // Those that answered come first: among many, half may be dead.
  const items = contexts
    .toSorted((a, b) => Number(answering.has(b.id)) - Number(answering.has(a.id)))
    .map(({ id, name, cluster: { server } }) => ({
      label: name,
      description: answering.has(id) ? `${t('live')} · ${server}` : server,
      id,
    }));
  return (await choose(items, title, t('In which context?')))?.id;
}

export function choose<T extends vscode.QuickPickItem>(
  items: readonly T[],
  title: string,
  placeHolder: string,
): Thenable<T | undefined> {
  return vscode.window.showQuickPick(items, { title, placeHolder, matchOnDescription: true });
}
