import assert from 'node:assert/strict';
import { ready } from '../../../src/core/loadable.ts';
import { Failure } from '../../../src/core/failure.ts';
import { tooltipOf } from '../../../src/core/node.ts';
import { type Container, fromInspect, fromList } from '../../../src/docker/containers.ts';
import { describeContainer, describeEngine, describeProbes, describeProject } from '../../../src/docker/describe.ts';
import { subjectOf } from '../../../src/docker/store.ts';
import { pinned } from '../../../src/docker/api.ts';

const listed = {
  Id: 'c0ffee0000000000',
  Names: ['/shop-users-1'],
  Image: 'users:1',
  State: 'running',
  Status: 'Up 3 minutes (health: starting)',
  Ports: [
    { IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' },
    { IP: '::', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' },
    { PrivatePort: 443, Type: 'tcp' },
    { IP: '0.0.0.0', PrivatePort: 53, PublicPort: 5353, Type: 'udp' },
  ],
  Labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'users' },
};

const inspected = {
  Id: 'c0ffee0000000000',
  Name: '/shop-users-1',
  Config: { Image: 'users:1', Labels: listed.Labels },
  State: { Status: 'running', ExitCode: 0, Health: { Status: 'starting' } },
  NetworkSettings: {
    Ports: {
      '443/tcp': null,
      '53/udp': [{ HostIp: '0.0.0.0', HostPort: '5353' }],
      '80/tcp': [
        { HostIp: '0.0.0.0', HostPort: '8080' },
        { HostIp: '::', HostPort: '8080' },
      ],
    },
  },
};

const users: Container = {
  id: 'c0ffee0000000000',
  name: 'shop-users-1',
  image: 'users:1',
  state: 'running',
  health: 'starting',
  ports: [
    { host: 5353, container: 53, protocol: 'udp' },
    { host: 8080, container: 80, protocol: 'tcp' },
  ],
  project: 'shop',
  service: 'users',
  labels: listed.Labels,
};

describe('a container', () => {
  it('is the same from a list and from an inspection', () => {
    assert.deepEqual(fromList(listed), users);
    assert.deepEqual(fromInspect(inspected), users);
  });

  it('that ended keeps its exit code', () => {
    const plain = { id: 'a', name: 'a', image: '', state: 'exited', exitCode: 137, ports: [] };
    assert.deepEqual(fromList({ Id: 'a', State: 'exited', Status: 'Exited (137) 2 hours ago' }), plain);
    assert.deepEqual(fromInspect({ Id: 'a', State: { Status: 'exited', ExitCode: 137 } }), plain);
  });

  it('that is a node of a cluster is known by its labels, whoever made it', () => {
    const nodeOf = (Labels: Record<string, string>) => fromList({ Id: 'a', Labels }).node;
    assert.deepEqual(
      [
        nodeOf({ 'io.x-k8s.kind.cluster': 'dev', 'io.x-k8s.kind.role': 'control-plane' }),
        nodeOf({ 'k3d.cluster': 'two', app: 'k3d' }),
        nodeOf({ 'name.minikube.sigs.k8s.io': 'minikube' }),
        nodeOf({ 'gantry.cluster': 'learn' }),
        nodeOf({ 'k3d.cluster': '' }),
      ],
      [
        { product: 'kind', cluster: 'dev' },
        { product: 'k3d', cluster: 'two' },
        { product: 'minikube', cluster: 'minikube' },
        { product: 'Gantry', cluster: 'learn' },
        undefined,
      ],
    );
  });

  it('in Podman’s words is understood', () => {
    assert.equal(fromList({ Id: 'a', State: 'stopped' }).state, 'exited');
    assert.equal(fromList({ Id: 'a', State: 'configured' }).state, 'created');
    assert.equal(fromList({ Id: 'a', State: 'dreaming' }).state, 'unknown');
  });

  it('without an id is refused', () => {
    assert.throws(() => fromList({ Names: ['/x'] }), { kind: 'invalid' });
    assert.throws(() => fromInspect('no such page'), { kind: 'invalid' });
  });
});

describe('the row of', () => {
  it('a running container', () => {
    assert.deepEqual(describeContainer('unix:///s', users, false), {
      id: 'container unix:///s c0ffee0000000000',
      label: 'users',
      description: 'running (health check pending) · users:1 · 5353→53/udp, 8080→80',
      icon: { name: 'vm-running', color: 'testing.iconPassed' },
      tooltip:
        '**shop\\-users\\-1** running \\(health check pending\\)  \n`users:1`  \n`5353→53/udp`  \n`8080→80`  \n`c0ffee000000`',
      contextValue: 'container;running',
      children: 'collapsed',
      spoken: 'shop-users-1, running (health check pending), users:1',
    });
  });

  it('a node of a cluster', () => {
    const node = {
      ...fromList({ Id: 'a', Labels: { 'k3d.cluster': 'dev' } }),
      state: 'running',
      image: 'k3s:1',
    } as const;
    const { description, icon, spoken } = describeContainer('e', node, false);
    assert.deepEqual(
      [description, icon?.name, spoken],
      [
        'running · node of the k3d cluster dev · k3s:1',
        'server-process',
        'a, running, node of the k3d cluster dev, k3s:1',
      ],
    );
  });

  it('each state has an icon of its own', () => {
    const icon = (more: Partial<Container>): string => {
      const { name, color } = describeContainer('e', { ...fromList({ Id: 'a' }), ...more }, false).icon!;
      return `${name} ${color ?? ''}`.trim();
    };
    assert.deepEqual(
      {
        healthy: icon({ state: 'running', health: 'healthy' }),
        unhealthy: icon({ state: 'running', health: 'unhealthy' }),
        paused: icon({ state: 'paused' }),
        restarting: icon({ state: 'restarting' }),
        done: icon({ state: 'exited', exitCode: 0 }),
        failed: icon({ state: 'exited', exitCode: 1 }),
        created: icon({ state: 'created' }),
        dead: icon({ state: 'dead' }),
      },
      {
        healthy: 'vm-running testing.iconPassed',
        unhealthy: 'error testing.iconFailed',
        paused: 'debug-pause testing.iconQueued',
        restarting: 'sync testing.iconQueued',
        done: 'vm-outline',
        failed: 'vm-outline testing.iconFailed',
        created: 'vm-outline',
        dead: 'error testing.iconFailed',
      },
    );
  });

  it('a container of an engine that went away is not shown as running for certain', () => {
    assert.deepEqual(describeContainer('e', users, true).icon, { name: 'vm-running' });
  });

  it('a name with Markdown in it shows the name', () => {
    const tooltip = tooltipOf(
      describeContainer('e', { ...users, name: '[x](command:y)', image: '`a`\n# b', ports: [] }, false),
    );
    assert.equal(
      tooltip?.split('  \n').slice(0, 2).join('|'),
      '**\\[x\\]\\(command:y\\)** running \\(health check pending\\)|` a # b`',
    );
  });

  it('a project counts what runs', () => {
    const { label, description } = describeProject('e', 'shop', [users, { ...users, state: 'exited' }]);
    assert.deepEqual([label, description], ['shop', '1 of 2 running']);
  });

  it('an engine says whether what it shows is fresh', () => {
    const engine = { address: 'unix:///s', name: 'Colima (default)', runtime: 'docker', version: '29.0.1' } as const;
    const row = (state: unknown): unknown => {
      const { description, icon, contextValue } = describeEngine({ ...engine, store: { state } } as Parameters<
        typeof describeEngine
      >[0]);
      return [description, icon?.name, contextValue];
    };
    const failure = new Failure('timeout', 'silent');
    assert.deepEqual(row(ready(new Map())), ['29.0.1', 'server-environment', 'engine']);
    assert.deepEqual(row({ state: 'failed', failure }), ['not answering', 'warning', 'engine;away']);
    assert.deepEqual(row({ state: 'failed', failure, last: new Map() }), [
      'not answering; last known state',
      'warning',
      'engine;away',
    ]);
  });

  it('the search lists each place with its errno', () => {
    const candidate = { origin: 'Docker', asked: false, address: 'unix:///s', target: { socketPath: '/s' } };
    const text = describeProbes([
      { candidate, errno: 'ENOENT', failure: new Failure('unreachable', 'No socket.') },
      { candidate, target: candidate.target, ping: { apiVersion: '1.41' }, runtime: 'docker' },
    ]);
    assert.equal(text, '- Docker `unix:///s`: ENOENT: No socket\\.\n- Docker `unix:///s`: answers');
  });
});

describe('an event', () => {
  const event = (value: unknown): unknown => subjectOf(Buffer.from(JSON.stringify(value)));

  it('names the container it is about, in old and new form', () => {
    const container = 'a';
    assert.deepEqual(
      event({ status: 'die', id: 'a', from: 'x', Type: 'container', Action: 'die', Actor: { ID: 'a' } }),
      { container },
    );
    assert.deepEqual(event({ Type: 'container', Action: 'health_status: healthy', Actor: { ID: 'a' } }), { container });
  });

  it('names the folder it is about', () => {
    assert.deepEqual(
      [
        event({ Type: 'image', Action: 'untag', Actor: { ID: 'sha256:1' } }),
        event({ Type: 'volume', Action: 'create', Actor: { ID: 'v' } }),
        event({ Type: 'network', Action: 'destroy', Actor: { ID: 'n' } }),
        event({ Type: 'daemon', Action: 'reload', Actor: { ID: 'd' } }),
      ],
      ['images', 'volumes', 'networks', undefined],
    );
  });

  it('that changes no row is left out', () => {
    for (const Action of ['exec_create: sh -c true', 'exec_start: sh', 'exec_die', 'attach', 'kill', 'top', 'resize']) {
      assert.equal(event({ Type: 'container', Action, Actor: { ID: 'a' } }), undefined, Action);
    }
    for (const [Type, Action] of [
      ['network', 'connect'],
      ['network', 'disconnect'],
      ['volume', 'mount'],
      ['volume', 'unmount'],
      ['image', 'push'],
    ]) {
      assert.equal(event({ Type, Action, Actor: { ID: 'n' } }), undefined, Action);
    }
    assert.equal(event(null), undefined);
  });

  it('that is not JSON is an error', () => {
    assert.throws(() => subjectOf(Buffer.from('{"Type"')), SyntaxError);
  });
});

describe('the API version', () => {
  it('is the older of the engine’s and ours', () => {
    assert.deepEqual(['1.41', '1.9', '1.52', '1.60', '2.0'].map(pinned), ['1.41', '1.9', '1.52', '1.52', '1.52']);
  });
});
