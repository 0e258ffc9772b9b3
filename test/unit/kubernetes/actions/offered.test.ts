import assert from 'node:assert/strict';
import { Emitter } from '../../../../src/core/emitter.ts';
import type { TreeSource } from '../../../../src/core/tree.ts';
import { type Rules, rightsBy } from '../../../../src/kubernetes/actions/access.ts';
import { offerActions } from '../../../../src/kubernetes/actions/offered.ts';
import type { KubernetesNode } from '../../../../src/kubernetes/nodes.ts';

const place = { context: 'ctx', namespace: 'shop' };
const rows: Record<string, KubernetesNode> = {
  pod: { kind: 'pod', id: 'p', ...place, name: 'web' },
  container: { kind: 'container', id: 'c', ...place, pod: 'web', name: 'main' },
  workload: { kind: 'workload', id: 'w', ...place, workload: 'Deployment', name: 'orders' },
  foreign: { kind: 'workload', id: 'f', ...place, workload: 'Rollout', name: 'orders' },
  service: { kind: 'service', id: 's', ...place, name: 'front' },
  port: { kind: 'port', id: 'o', ...place, service: 'front', port: '80/TCP', name: '' },
  folder: { kind: 'folder', id: 'x', context: 'ctx', folder: 'resources' },
};

/** The actions that each row offers to somebody with these rules. */
function offered(rules: Rules): Record<string, string[]> {
  const tree = {
    describe: ({ id }: KubernetesNode) => ({ id, label: id, children: 'none', contextValue: 'row' }),
    children: () => [],
    onDidChange: new Emitter<undefined>().event,
    setVisible: () => {},
  } as unknown as TreeSource<KubernetesNode>;
  const rights = rightsBy(rules);
  const access = {
    rights: () => rights,
    onDidChange: new Emitter<{ context: string; namespace: string }>().event,
  };
  const tags = (node: KubernetesNode): string[] =>
    (offerActions(tree, access).describe(node).contextValue ?? '').split(';').filter((tag) => tag.startsWith('can:'));
  return Object.fromEntries(
    Object.entries(rows).map(([name, node]) => [name, tags(node).map((tag) => tag.slice('can:'.length))]),
  );
}

const rule = (verb: string, ...resources: string[]): Rules['rules'][number] => ({
  verbs: [verb],
  apiGroups: ['', 'apps'],
  resources,
});

describe('rows offer', () => {
  it('nothing that the rules deny', () => {
    const nothing = Object.fromEntries(Object.keys(rows).map((name) => [name, []]));
    assert.deepEqual(offered({ incomplete: false, rules: [] }), nothing);
  });

  it('streams by the right to each, on parts of pods and services too', () => {
    const rules = [rule('get', 'pods/log', 'pods/portforward')];
    const logs = ['showLogs', 'showLogsSince'];
    assert.deepEqual(offered({ incomplete: false, rules }), {
      pod: ['showLogs', 'showPreviousLogs', 'showLogsSince', 'forwardPort'],
      container: ['showLogs', 'showPreviousLogs', 'showLogsSince'],
      workload: [...logs, 'forwardPort'],
      foreign: [...logs, 'forwardPort'],
      service: ['forwardPort'],
      port: ['forwardPort'],
      folder: [],
    });
  });

  it('what is allowed for some pods only, on their rows and on those of workloads, whose pods they may be', () => {
    const rules = [{ ...rule('get', 'pods/exec'), resourceNames: ['other'] }];
    const { pod, workload } = offered({ incomplete: false, rules });
    assert.deepEqual([pod, workload], [[], ['openShell', 'openOtherShell']]);
    const named = [{ ...rule('get', 'pods/exec'), resourceNames: ['web'] }];
    assert.deepEqual(offered({ incomplete: false, rules: named })['pod'], [
      'openShell',
      'openOtherShell',
      'copyFrom',
      'copyTo',
    ]);
  });

  it('everything that applies when the server cannot tell', () => {
    const { pod, service } = offered({ incomplete: true, rules: [] });
    assert.deepEqual(
      [pod!.includes('delete'), pod!.includes('debug'), pod!.includes('scale'), service!.includes('delete')],
      [true, true, false, true],
    );
  });
});
