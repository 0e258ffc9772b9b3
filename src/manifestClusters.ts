/** The clusters of the Kubernetes domain, as those whose schemas judge manifests. */
import { t } from './core/l10n.ts';
import type { Kubernetes } from './kubernetes/domain.ts';
import { readText } from './kubernetes/readJson.ts';
import type { Clusters } from './manifests/clusterSchemas.ts';

/** The current context is that of the kubeconfigs, else the local cluster, as for the other commands. */
export const manifestClusters = (kubernetes: () => Promise<Kubernetes>): Clusters => ({
  async contexts() {
    const { contexts: from } = await kubernetes();
    from.follow(); // The files may change while a cluster is asked again and again.
    const { contexts, current = contexts.find((each) => from.local(each) !== undefined)?.id } = await from.loaded();
    return contexts.map(({ id, name }) => ({ id, name, current: id === current }));
  },
  async read(context, path, signal) {
    const { contexts } = await kubernetes();
    await contexts.loaded();
    const what = t('read the schemas of the server');
    return readText(contexts.connect(context), path, { signal, what, compressed: true });
  },
});
