/** The front door of the Kubernetes domain: contexts, rows and trees, wired. Loaded on first use. */
import { type Clock, systemClock } from '../core/backoff.ts';
import { type Disposable, DisposableStore } from '../core/disposable.ts';
import type { Log } from '../core/log.ts';
import type { TreeSource } from '../core/tree.ts';
import { Actions } from './actions/domain.ts';
import { Contexts } from './contexts.ts';
import { Discovery } from './discovery.ts';
import type { PluginCall } from './execPlugin.ts';
import { noFilter, parseFilter } from './filter.ts';
import { Helm } from './helm/helm.ts';
import { Releases } from './helm/releases.ts';
import { meterRows } from './metrics/meteredTree.ts';
import { Metrics } from './metrics/metrics.ts';
import { KubeconfigCommands } from './kubeconfigCommands.ts';
import { Forwards } from './forward/forwards.ts';
import type { LocalClusters } from './localClusters.ts';
import type { KubernetesNode, MoreNode } from './nodes.ts';
import { refusingAll } from './pluginConsent.ts';
import type { Lessons } from './actions/explain/explanation.ts';
import { Preferences } from './preferences.ts';
import type { Memory } from '../core/memory.ts';
import { complete } from './complete.ts';
import { Store } from './store.ts';
import { KubernetesTree } from './tree.ts';

export interface KubernetesDeps {
  readonly log: Log;
  readonly local: LocalClusters;
  /** False in an untrusted workspace: then no exec plugin of a kubeconfig runs. */
  readonly trusted: () => boolean;
  /** Asked before an exec plugin runs; rejects with a Failure when it may not. Left out: all may, as in kubectl. */
  readonly approvePlugin?: (plugin: PluginCall) => Promise<void>;
  readonly env: NodeJS.ProcessEnv;
  /** Keeps favourites and chosen namespaces. */
  readonly memory: Memory;
  /** Keeps the forwarded ports. */
  readonly workspaceMemory: Memory;
  /** The lessons on what objects suffer from; left out where there is no curriculum. */
  readonly lessons?: () => Promise<Lessons>;
  readonly clock?: Clock;
}

export interface Kubernetes extends Disposable {
  readonly contexts: Contexts;
  readonly store: Store;
  /** Adds, renames and removes contexts. */
  readonly kubeconfigs: KubeconfigCommands;
  readonly discovery: Discovery;
  readonly releases: Releases;
  readonly helm: Helm;
  readonly preferences: Preferences;
  readonly forwards: Forwards;
  readonly actions: Actions;
  /** The trees of the views. From the first one on, kubeconfigs are read again when they change. */
  pods(): TreeSource<KubernetesNode>;
  services(): TreeSource<KubernetesNode>;
  /** Reads the kubeconfigs again, lets credentials be asked for once more and starts every watch anew. */
  refresh(): Promise<void>;
  /** Lets a context ask for its credentials once more and starts its watches anew. */
  signIn(context: string): void;
  /** The names of a context's namespaces; empty where they may not be listed. Throws Failure for anything else. */
  namespaces(context: string, signal: AbortSignal): Promise<readonly string[]>;
  /** The text that the views are narrowed to; empty when they show everything. */
  filter(): string;
  /** Narrows both views, see `filter.ts`. An empty text shows everything again. */
  setFilter(text: string): void;
  /** From now on no exec plugin runs, whoever approves. */
  refusePlugins(): void;
  /** Shows the next rows of a long folder. */
  showMore(node: MoreNode): void;
}

export function createKubernetes(deps: KubernetesDeps): Kubernetes {
  const { log, local, trusted, env, memory, workspaceMemory, clock = systemClock } = deps;
  let approve = deps.approvePlugin ?? (async (): Promise<void> => {});
  const disposables = new DisposableStore();
  const contexts = disposables.add(
    new Contexts({ trusted, env, clock, approve: (plugin) => approve(plugin) }, local, log),
  );
  const store = disposables.add(new Store({ connect: contexts.connect, clock, log }));
  const discovery = disposables.add(new Discovery({ connect: contexts.connect, clock }));
  const releases = disposables.add(new Releases(contexts.connect));
  const preferences = disposables.add(new Preferences(memory));
  const forwards = disposables.add(new Forwards({ store, connect: contexts.connect }, workspaceMemory));
  const tree = (view: 'pods' | 'services'): KubernetesTree =>
    disposables.add(
      new KubernetesTree(view, { contexts, store, discovery, releases, preferences, forwards, local, clock, log }),
    );
  const [pods, services] = [tree('pods'), tree('services')];
  disposables.add(
    contexts.onDidLoad((replaced) => {
      for (const id of replaced) {
        discovery.forget(id);
        store.restart(id);
      }
    }),
  );
  const actions = disposables.add(new Actions({ contexts, clock, log, lessons: deps.lessons }));
  const metrics = disposables.add(new Metrics({ connect: contexts.connect, clock }));
  disposables.add(contexts.onDidLoad((replaced) => replaced.forEach((id) => metrics.forget(id))));
  const shown = (tree: KubernetesTree): TreeSource<KubernetesNode> =>
    disposables.add(meterRows(actions.offer(tree), metrics));
  const [shownPods, shownServices] = [shown(pods), shown(services)];
  const following = (tree: TreeSource<KubernetesNode>): TreeSource<KubernetesNode> => {
    contexts.follow();
    return tree;
  };
  let filter = noFilter;
  let phases = phasesOf(local);
  disposables.add(
    local.onDidChange(() => {
      const before = phases;
      phases = phasesOf(local);
      if (phases !== before) void contexts.load();
    }),
  );
  return {
    contexts,
    store,
    kubeconfigs: new KubeconfigCommands({ contexts, preferences, env, clock }),
    discovery,
    releases,
    helm: new Helm({ trusted, env }),
    preferences,
    forwards,
    pods: () => {
      void forwards.restore();
      return following(shownPods);
    },
    actions,
    services: () => following(shownServices),
    refresh: async () => {
      contexts.reset();
      actions.access.forget();
      metrics.forget();
      await local.refresh();
      await contexts.load();
      store.restart();
    },
    signIn: (context) => {
      contexts.reset(context);
      discovery.forget(context);
      store.restart(context);
    },
    namespaces: (context, signal) => namespaceNames(store, context, signal),
    filter: () => filter.text,
    setFilter: (text) => {
      filter = parseFilter(text);
      pods.setFilter(filter);
      services.setFilter(filter);
    },
    refusePlugins: () => (approve = refusingAll),
    showMore: (node) => {
      pods.showMore(node);
      services.showMore(node);
    },
    dispose: () => disposables.dispose(),
  };
}

/** Which local clusters there are and how far each is, without the words that change with every step. */
const phasesOf = (local: LocalClusters): string =>
  JSON.stringify(local.clusters().map(({ name, phase, kubeconfig }) => [name, phase, kubeconfig]));

async function namespaceNames(store: Store, context: string, signal: AbortSignal): Promise<readonly string[]> {
  const look = store.look({ context, kind: 'namespaces' });
  try {
    await complete(look, signal);
    const state = look.state();
    if ('failure' in state && look.rows.size === 0 && state.failure.kind !== 'forbidden') throw state.failure;
    return [...look.rows.values()].map(({ name }) => name).sort();
  } finally {
    look.dispose();
  }
}
