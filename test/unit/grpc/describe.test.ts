import assert from 'node:assert/strict';
import { Failure } from '../../../src/core/failure.ts';
import { type Loadable, failed, loading, ready } from '../../../src/core/loadable.ts';
import { parseArguments } from '../../../src/grpc/cli.ts';
import { type ServerSummary, describe as describeNode, describeServer } from '../../../src/grpc/describe.ts';
import type { MethodNode, ServerNode } from '../../../src/grpc/nodes.ts';

describe('rows of the gRPC view', () => {
  const server: ServerNode = { kind: 'server', target: 'localhost:1', removable: true };

  it('a server in each state', () => {
    const summary = { services: 2, broken: 0, source: 'Found.' };
    const refused = new Failure('unreachable', 'Nothing listens.');
    const states: readonly Loadable<ServerSummary>[] = [
      loading,
      ready(summary),
      ready({ ...summary, services: 1, broken: 1 }),
      failed(refused),
      failed(refused, ready(summary)),
    ];
    const brief = states.map((state) => {
      const { label, description, icon } = describeServer(server, state);
      return `${icon?.name} ${label}: ${description}`;
    });
    assert.deepEqual(brief, [
      'loading~spin localhost:1: asking for its services…',
      'server localhost:1: 2 services',
      'server localhost:1: 1 service, 1 not readable',
      'warning localhost:1: Nothing listens.',
      'warning localhost:1: Nothing listens.',
    ]);
  });

  it('a server that waits for more than its answer says what for', () => {
    const description = (state: Loadable<ServerSummary>): string | undefined =>
      describeServer(server, state, 'Building the compiler: 40 %.').description;
    const summary = { services: 2, broken: 0, source: 'Found.' };
    assert.deepEqual(
      [description(loading), description(ready(summary))],
      ['Building the compiler: 40 %.', '2 services'],
    );
  });

  it('a server that has a name keeps its address beside it and cannot be removed', () => {
    const found: ServerNode = { ...server, name: 'orders', removable: false };
    const { label, description, contextValue } = describeServer(found, loading);
    assert.deepEqual(
      { label, description, contextValue },
      { label: 'orders', description: 'localhost:1 asking for its services…', contextValue: 'server;found' },
    );
  });

  it('a server of a cluster or a container leads to where it runs', () => {
    const tags = ['k8s://ctx/shop/Service/orders:50051', 'container://orders:50051', 'localhost:50051'].map(
      (target) => describeServer({ ...server, target }, loading).contextValue,
    );
    assert.deepEqual(tags, ['server;removable;place', 'server;removable;place', 'server;removable']);
  });

  it('a method of each kind, by icon and in words', () => {
    const method: MethodNode = {
      kind: 'method',
      target: 'localhost:1',
      service: 'shop.Orders',
      method: 'Watch',
      methodKind: 'unary',
      input: 'shop.Request',
      output: 'shop.Order',
      deprecated: false,
    };
    const kinds = ['unary', 'server_streaming', 'client_streaming', 'bidi_streaming'] as const;
    const rows = kinds.map((methodKind) => describeNode({ ...method, methodKind }, () => loading));
    assert.deepEqual(
      rows.map(({ icon, description, spoken }) => [icon?.name, description, spoken]),
      [
        ['symbol-method', 'unary', 'Watch, unary'],
        ['arrow-down', 'server streaming', 'Watch, server streaming'],
        ['arrow-up', 'client streaming', 'Watch, client streaming'],
        ['arrow-swap', 'bidirectional streaming', 'Watch, bidirectional streaming'],
      ],
    );
    assert.deepEqual(rows[0], {
      id: 'method:localhost:1/shop.Orders/Watch',
      label: 'Watch',
      description: 'unary',
      icon: { name: 'symbol-method' },
      tooltip: 'unary\n\n`shop.Request` → `shop.Order`',
      contextValue: 'method;unary',
      children: 'none',
      command: { id: 'gantry.grpc.callMethod', args: [method] },
      spoken: 'Watch, unary',
    });
  });

  it('a service by its short name', () => {
    const node = { kind: 'service', target: 'localhost:1', service: 'shop.v1.Orders', methods: 1, deprecated: false };
    const { label, description, tooltip } = describeNode({ ...node, kind: 'service' }, () => loading);
    assert.deepEqual(
      { label, description, tooltip },
      { label: 'Orders', description: 'shop.v1', tooltip: 'shop.v1.Orders, 1 method' },
    );
  });
});

describe('the arguments of gantry grpc', () => {
  it('takes grpcurl’s flags, anywhere, with one dash or two', () => {
    const args = [
      '-plaintext',
      '-d',
      '{"a": 1}',
      '-H',
      'a: b: c',
      'localhost:1',
      '--max-time=2.5',
      'a/B',
      '--json',
      '-H=x:',
    ];
    assert.deepEqual(parseArguments(args, [2, 2]), {
      words: ['http://localhost:1', 'a/B'],
      data: '{"a": 1}',
      metadata: [
        ['a', 'b: c'],
        ['x', ''],
      ],
      reach: {
        connection: {},
        metadata: [
          ['a', 'b: c'],
          ['x', ''],
        ],
      },
      deadline: 2.5,
      json: true,
    });
  });

  for (const [args, sentence] of [
    [['-x', 'a', 'b'], 'There is no option -x.'],
    [['a', 'b', '-d'], '-d needs a value.'],
    [['a', 'b', '--deadline', '0'], '“0” is no number of seconds.'],
    [['a', 'b', '-H', 'x'], '“x” is no metadata: write it as -H "name: value".'],
    [['a'], 'Something is missing: see gantry --help.'],
    [['a', 'b', 'c'], '“c” is one word too many.'],
  ] as const) {
    it(`refuses ${args.join(' ')}`, () => {
      assert.throws(() => parseArguments(args, [2, 2]), new Failure('invalid', sentence));
    });
  }
});
