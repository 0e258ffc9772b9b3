/** Helm releases. */
import { t } from '../../core/l10n.ts';
import { known } from '../apiResource.ts';
import { describeRelease } from '../describeObjects.ts';
import { type RevisionRow, helmSelector, newest } from '../helm/releases.ts';
import type { FolderNode, KubernetesNode, ReleaseNode } from '../nodes.ts';
import type { Query } from '../store.ts';
import { emptiness, refresh } from './messages.ts';
import { objectQueries } from './queries.ts';
import type { NodeType, Scene } from './types.ts';

/** The Secrets of Helm, in the namespaces that are shown. */
export const releaseQueries = (context: string, scene: Scene): Query<'objects'>[] =>
  objectQueries(context, known.secrets, scene, helmSelector);

const rowsOf = (context: string, scene: Scene): RevisionRow[] =>
  newest(releaseQueries(context, scene).flatMap((query) => [...scene.looks.rows(query).values()]));

export function releasesIn(node: FolderNode, scene: Scene): KubernetesNode[] {
  const queries = releaseQueries(node.context, scene);
  const rows = rowsOf(node.context, scene).filter((row) => scene.filter.matchesText(row.name, row.status));
  if (rows.length === 0) {
    const text = t('No Helm releases. Install one: helm install NAME CHART');
    return [emptiness(node, queries, scene, { text, remedy: refresh })];
  }
  return scene.page(node, rows, ({ namespace, name }): ReleaseNode => ({
    kind: 'release',
    id: `${node.id}|${namespace}/${name}`,
    context: node.context,
    namespace,
    name,
  }));
}

export const releaseType: NodeType<ReleaseNode> = {
  reads: ({ context }, scene) => releaseQueries(context, scene),
  describe: (node, scene) => {
    const row = releaseRow(node, scene);
    return describeRelease(node, row, row && scene.releases.current(node.context, row));
  },
};

/** The newest revision of the release. */
export const releaseRow = (node: ReleaseNode, scene: Scene): RevisionRow | undefined =>
  rowsOf(node.context, scene).find(({ namespace, name }) => namespace === node.namespace && name === node.name);
