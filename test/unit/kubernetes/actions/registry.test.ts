import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../../scripts/lib/project.ts';
import { quote } from '../../../../src/core/shell.ts';
import { type Rules, rightsBy } from '../../../../src/kubernetes/actions/access.ts';
import { kubectl } from '../../../../src/kubernetes/actions/commandLine.ts';
import { isProtected, question } from '../../../../src/kubernetes/actions/confirmation.ts';
import { addressPath, parseAddress } from '../../../../src/kubernetes/actions/objectUri.ts';
import { actions, actionsOn } from '../../../../src/kubernetes/actions/registry.ts';
import { departure } from '../../../../src/kubernetes/actions/nodes.ts';
import { known, workloadResources } from '../../../../src/kubernetes/apiResource.ts';

const deployment = workloadResources['Deployment']!;
const orders = { ...deployment, context: 'shop', namespace: 'default', name: 'orders' };

describe('actions', () => {
  it('each is a command with a menu of its own that its rights open', () => {
    const { contributes } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      contributes: { menus: { 'view/item/context': { command: string; when: string }[] } };
    };
    const offered = contributes.menus['view/item/context'].filter(({ when }) => when.includes(';can:'));
    const missing = actions.filter(
      ({ id }) =>
        !offered.some(({ command, when }) => command === `gantry.kubernetes.${id}` && when.includes(`;can:${id}\\b`)),
    );
    assert.deepEqual(
      missing.map(({ id }) => id),
      [],
    );
  });

  it('apply to their kinds', () => {
    assert.deepEqual(
      actionsOn(deployment)
        .map(({ id }) => id)
        .filter((id) => !actionsOn(known.services).some((other) => other.id === id)),
      [
        ...['showLogs', 'showLogsSince', 'openShell', 'openOtherShell'],
        ...['rolloutStatus', 'rolloutHistory', 'scale', 'restart', 'undo'],
      ],
    );
    assert.ok(!actionsOn({ ...deployment, group: 'example.com' }).some(({ id }) => id === 'scale'));
  });

  it('lines survive a shell', () => {
    assert.equal(quote("it's"), `'it'\\''s'`);
    assert.equal(
      kubectl({ context: 'a b', kubeconfig: '/x' }, ['get', 'pod/$(id)']),
      "kubectl --kubeconfig /x --context 'a b' get 'pod/$(id)'",
    );
  });
});

describe('what a review of rules says', () => {
  const rules = (incomplete: boolean, ...rules: Rules['rules'][number][]): Rules => ({ incomplete, rules });
  const scale = { verb: 'patch', group: 'apps', resource: 'deployments/scale' };

  it('allows what a rule names, subresources by their own name or by all of theirs', () => {
    const rule = { verbs: ['patch'], apiGroups: ['apps'] };
    const said = ['deployments/scale', '*/scale', '*', 'deployments', 'deployments/status'].map((resource) =>
      rightsBy(rules(false, { ...rule, resources: [resource] })).verdict(scale, 'orders'),
    );
    assert.deepEqual(said, ['allowed', 'allowed', 'allowed', 'denied', 'denied']);
  });

  it('minds the names of a rule, and what nobody can tell stays open', () => {
    const named = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], resourceNames: ['orders'] };
    assert.equal(rightsBy(rules(false, named)).verdict(scale, 'orders'), 'allowed');
    assert.equal(rightsBy(rules(false, named)).verdict(scale, 'users'), 'denied');
    assert.equal(rightsBy(rules(true, named)).verdict(scale, 'users'), 'unknown');
  });
});

describe('questions before an action', () => {
  const remove = { title: () => 'Delete', effect: 'loss' } as const;

  it('name context, kind and count', () => {
    assert.deepEqual(question(remove, [orders], 'shop', false, 'Its 2 pods go with it.'), {
      message: 'Delete: Deployment default/orders in context shop?',
      detail: 'Its 2 pods go with it.',
      button: 'Delete',
      typed: undefined,
    });
    const pods = ['a', 'b'].map((name) => ({ ...known.pods, context: 'shop', namespace: 'default', name }));
    assert.equal(
      question(remove, [orders, ...pods], 'shop', false, '')?.message,
      'Delete: 3 objects (1 Deployment, 2 Pod) in context shop?',
    );
  });

  it('ask for a name typed where the context is protected, also for what is otherwise not asked', () => {
    const change = { title: () => 'Scale', effect: 'change' } as const;
    assert.equal(question(change, [orders], 'shop', false, ''), undefined);
    assert.equal(question(change, [orders], 'prod', true, '')?.typed, 'orders');
    assert.equal(question(remove, [orders, orders], 'prod', true, '')?.typed, 'prod');
    assert.equal(question({ title: () => 'Describe', effect: 'none' }, [orders], 'prod', true, ''), undefined);
  });

  it('patterns of protected contexts are no regular expressions', () => {
    assert.deepEqual(
      ['prod', 'eu-PROD-1', 'staging', 'a.b'].map((name) => isProtected(name, ['*prod*', 'axb'])),
      [true, true, false, false],
    );
  });
});

describe('paths of objects', () => {
  it('come back as they went, whatever the context is called', () => {
    for (const address of [
      { ...orders, context: '/home/x/config#a b' },
      { context: 'arn:aws:eks:1/c', namespace: '', group: '', version: 'v1', kind: 'Node', name: 'n1' },
    ]) {
      const { context, namespace, group, version, kind, name } = address;
      const expected = { context, namespace, group, version, kind, name };
      assert.deepEqual(parseAddress(addressPath(address, '.yaml'), '.yaml'), expected);
    }
  });

  it('others are refused', () => {
    for (const path of ['', '/a/b', '/a/b/c/d.yaml', '/a/b/c~d~e/x.md', '/%/b/c~d~e/x.yaml'])
      assert.throws(() => parseAddress(path, '.yaml'), { kind: 'invalid' });
  });
});

it('a drain leaves what belongs to the node and tells what is lost', () => {
  const pod = (name: string, owner?: string, more: object = {}) => ({
    metadata: {
      name,
      namespace: 'shop',
      ...(owner === undefined ? {} : { ownerReferences: [{ kind: owner, name: 'o', controller: true }] }),
    },
    ...more,
  });
  const found = departure([
    pod('daemon', 'DaemonSet'),
    { metadata: { name: 'static', annotations: { 'kubernetes.io/config.mirror': 'x' } } },
    pod('web', 'ReplicaSet', { spec: { volumes: [{ emptyDir: {} }] } }),
    pod('alone'),
    pod('done', undefined, { status: { phase: 'Succeeded' } }),
  ]);
  assert.deepEqual(
    { ...found, evicted: found.evicted.map(({ name }) => name) },
    { evicted: ['web', 'alone', 'done'], withData: 1, alone: 1, staying: 2 },
  );
});
