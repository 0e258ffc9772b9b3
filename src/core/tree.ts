/** A domain's side of a tree view; `editor/tree.ts` draws it, tests call it directly. */
import { DisposableStore } from './disposable.ts';
import { Emitter, type Event } from './emitter.ts';
import type { NodeDescription } from './node.ts';

export interface TreeSource<Node> {
  describe(node: Node): NodeDescription;
  /** Children of a node, or the roots. May take long: the view shows its progress bar. Never rejects: what failed is a node. */
  children(node: Node | undefined): readonly Node[] | Promise<readonly Node[]>;
  /** Needed only where rows are revealed by the program. */
  parent?(node: Node): Node | undefined;
  /** The nodes whose row or children changed; undefined when the roots did. */
  readonly onDidChange: Event<readonly Node[] | undefined>;
  /** Called when the view comes into sight and when it goes: work only in between. */
  setVisible(visible: boolean): void;
  /** Called when a folder is opened or closed, so that nothing is watched for rows nobody sees. */
  setExpanded?(node: Node, expanded: boolean): void;
}

/** A source whose code is loaded when its view first asks for the roots; until then it costs nothing. */
export function lazyTree<Node>(load: () => Promise<TreeSource<Node>>): TreeSource<Node> & { dispose(): void } {
  const store = new DisposableStore();
  const changed = store.add(new Emitter<readonly Node[] | undefined>());
  let visible = false;
  let loaded: TreeSource<Node> | undefined;
  const source = async (): Promise<TreeSource<Node>> => {
    const tree = await load();
    if (loaded === undefined) {
      loaded = tree;
      store.add(tree.onDidChange((nodes) => changed.fire(nodes)));
      if (visible) tree.setVisible(true);
    }
    return tree;
  };
  return {
    onDidChange: changed.event,
    children: async (node) => (await source()).children(node),
    describe: (node) => {
      if (loaded === undefined) throw new Error('a node is described before its tree was loaded');
      return loaded.describe(node);
    },
    parent: (node) => loaded?.parent?.(node),
    setVisible: (value) => {
      visible = value;
      loaded?.setVisible(value);
    },
    setExpanded: (node, expanded) => loaded?.setExpanded?.(node, expanded),
    dispose: () => store.dispose(),
  };
}
