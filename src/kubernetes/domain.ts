/** The front door of the Kubernetes domain: contexts, rows and trees, wired. Loaded on first use. */
import { type Clock, systemClock } from '../core/backoff.ts';
import { type Disposable, DisposableStore } from '../core/disposable.ts';
import type { Log } from '../core/log.ts';
import type { TreeSource } from '../core/tree.ts';
import { Contexts } from './contexts.ts';
import { noFilter, parseFilter } from './filter.ts';
import type { LocalClusters } from './localClusters.ts';
import type { KubernetesNode, MoreNode } from './nodes.ts';
import { Store } from './store.ts';
import { KubernetesTree } from './tree.ts';

export interface KubernetesDeps {
  readonly log: Log;
  readonly local: LocalClusters;
  /** False in an untrusted workspace: then no exec plugin of a kubeconfig runs. */
  readonly trusted: () => boolean;
  readonly env: NodeJS.ProcessEnv;
  readonly clock?: Clock;
}

export interface Kubernetes extends Disposable {
  readonly contexts: Contexts;
  readonly store: Store;
  /** The trees of the views. From the first one on, kubeconfigs are read again when they change. */
  pods(): TreeSource<KubernetesNode>;
  services(): TreeSource<KubernetesNode>;
  /** Reads the kubeconfigs again, lets credentials be asked for once more and starts every watch anew. */
  refresh(): Promise<void>;
  /** The text that the views are narrowed to; empty when they show everything. */
  filter(): string;
  /** Narrows both views, see `filter.ts`. An empty text shows everything again. */
  setFilter(text: string): void;
  /** Shows the next rows of a long folder. */
  showMore(node: MoreNode): void;
}

export function createKubernetes(deps: KubernetesDeps): Kubernetes {
  const { log, local, trusted, env, clock = systemClock } = deps;
  const disposables = new DisposableStore();
  const contexts = disposables.add(new Contexts({ trusted, env, clock }, local, log));
  const store = disposables.add(new Store({ connect: contexts.connect, clock, log }));
  const tree = (view: 'pods' | 'services'): KubernetesTree =>
    disposables.add(new KubernetesTree(view, { contexts, store, local, clock, log }));
  const [pods, services] = [tree('pods'), tree('services')];
  disposables.add(contexts.onDidLoad((replaced) => replaced.forEach((id) => store.restart(id))));
  const following = (tree: KubernetesTree): KubernetesTree => {
    contexts.follow();
    return tree;
  };
  let filter = noFilter;
  let phase = local.current().phase;
  disposables.add(
    local.onDidChange(() => {
      const before = phase;
      phase = local.current().phase;
      if (phase !== before) void contexts.load();
    }),
  );
  return {
    contexts,
    store,
    pods: () => following(pods),
    services: () => following(services),
    refresh: async () => {
      contexts.reset();
      await contexts.load();
      store.restart();
    },
    filter: () => filter.text,
    setFilter: (text) => {
      filter = parseFilter(text);
      pods.setFilter(filter);
      services.setFilter(filter);
    },
    showMore: (node) => {
      pods.showMore(node);
      services.showMore(node);
    },
    dispose: () => disposables.dispose(),
  };
}
