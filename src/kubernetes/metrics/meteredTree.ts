/** A view's tree whose rows of pods and nodes also say what they use. It knows which rows are in sight. */
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Emitter } from '../../core/emitter.ts';
import { t } from '../../core/l10n.ts';
import type { NodeDescription } from '../../core/node.ts';
import type { TreeSource } from '../../core/tree.ts';
import { objectOf } from '../apiResource.ts';
import type { KubernetesNode } from '../nodes.ts';
import type { Metered, Metrics } from './metrics.ts';
import { cpuText, memoryText } from './usage.ts';

type Tree = TreeSource<KubernetesNode>;

const roots = '';

export function meterRows(
  tree: Tree,
  metrics: Pick<Metrics, 'current' | 'watch' | 'touch' | 'onDidChange'>,
): Tree & Disposable {
  const store = new DisposableStore();
  const changed = store.add(new Emitter<readonly KubernetesNode[] | undefined>());
  const sight = new Sight();
  store.add(tree.onDidChange((nodes) => changed.fire(nodes)));
  store.add(metrics.watch(() => sight.metered()));
  store.add(
    metrics.onDidChange(() => {
      const nodes = [...sight.nodes()].filter((node) => {
        const text = usageText(node, metrics);
        return text !== undefined && sight.drawn.get(node.id) !== text;
      });
      if (nodes.length > 0) changed.fire(nodes);
    }),
  );
  return {
    describe: (node) => {
      const text = usageText(node, metrics);
      if (text !== undefined) sight.drawn.set(node.id, text);
      return withUsage(tree.describe(node), text);
    },
    children: async (node) => {
      const nodes = await tree.children(node);
      sight.saw(node?.id ?? roots, nodes);
      metrics.touch();
      return nodes;
    },
    ...(tree.parent === undefined ? {} : { parent: (node: KubernetesNode) => tree.parent?.(node) }),
    onDidChange: changed.event,
    setVisible: (visible) => {
      tree.setVisible(visible);
      sight.visible = visible;
      metrics.touch();
    },
    setExpanded: (node, expanded) => {
      tree.setExpanded?.(node, expanded);
      sight.setExpanded(node.id, expanded);
      metrics.touch();
    },
    dispose: () => store.dispose(),
  };
}

/** Undefined for rows that cannot be metered; empty where nothing is known. */
function usageText(node: KubernetesNode, metrics: Pick<Metrics, 'current'>): string | undefined {
  const metered = meteredOf(node);
  if (metered === undefined) return undefined;
  const usage = metrics.current(metered);
  return usage === undefined ? '' : `${cpuText(usage)} ${memoryText(usage)}`;
}

function withUsage(description: NodeDescription, text: string | undefined): NodeDescription {
  if (text === undefined || text === '') return description;
  const [cpu, memory] = text.split(' ') as [string, string];
  const spoken = `${description.spoken}, ${t('CPU {0}, memory {1}', cpu, memory)}`;
  return { ...description, description: [description.description, text].filter(Boolean).join(' · '), spoken };
}

function meteredOf(node: KubernetesNode): Metered | undefined {
  const ref = objectOf(node);
  return ref !== undefined && ref.group === '' && (ref.kind === 'Pod' || ref.kind === 'Node') ? ref : undefined;
}

/** The rows that a view shows: what it asked for below folders that are open. */
class Sight {
  visible = true;
  /** Node → what its row said of its use. */
  readonly drawn = new Map<string, string>();
  readonly #below = new Map<string, readonly KubernetesNode[]>();
  readonly #closed = new Set<string>();

  saw(folder: string, nodes: readonly KubernetesNode[]): void {
    const kept = new Set(nodes.map(({ id }) => id));
    for (const { id } of this.#below.get(folder) ?? []) if (!kept.has(id)) this.#forget(id);
    this.#below.set(folder, nodes);
    this.#closed.delete(folder);
  }

  setExpanded(folder: string, expanded: boolean): void {
    if (expanded) this.#closed.delete(folder);
    else this.#closed.add(folder);
  }

  *nodes(folder = roots): Generator<KubernetesNode> {
    if (!this.visible || this.#closed.has(folder)) return;
    for (const node of this.#below.get(folder) ?? []) {
      yield node;
      yield* this.nodes(node.id);
    }
  }

  *metered(): Generator<Metered> {
    for (const node of this.nodes()) {
      const metered = meteredOf(node);
      if (metered !== undefined) yield metered;
    }
  }

  #forget(id: string): void {
    for (const child of this.#below.get(id) ?? []) this.#forget(child.id);
    this.#below.delete(id);
    this.#closed.delete(id);
    this.drawn.delete(id);
  }
}
