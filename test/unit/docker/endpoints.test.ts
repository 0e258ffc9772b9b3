import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Failure } from '../../../src/core/failure.ts';
import { type Candidate, type EndpointWorld, candidates } from '../../../src/docker/endpoints.ts';
import { addressOf, parseTarget } from '../../../src/docker/target.ts';

/** A machine that exists only in memory: variables and files. */
function machine(
  options: { env?: NodeJS.ProcessEnv; platform?: NodeJS.Platform; files?: Record<string, string>; uid?: number } = {},
): EndpointWorld {
  const files = new Map(Object.entries(options.files ?? {}));
  return {
    env: options.env ?? {},
    platform: options.platform ?? 'linux',
    home: '/home/ann',
    uid: options.uid ?? 1000,
    read: async (path) => {
      if (files.get(path) === 'EACCES') throw Object.assign(new Error('permission denied'), { code: 'EACCES' });
      return files.get(path);
    },
    list: async (folder) => [
      ...new Set(
        [...files.keys()]
          .filter((path) => path.startsWith(`${folder}/`))
          .map((path) => path.slice(folder.length + 1).split('/')[0]!),
      ),
    ],
    resolve: async (path) => path,
  };
}

const sha = (name: string): string => createHash('sha256').update(name).digest('hex');

/** Docker's store with one context, chosen in config.json. */
function context(
  name: string,
  host: string,
  more: Record<string, string> = {},
  config = '/home/ann/.docker',
): Record<string, string> {
  const tls = Object.entries(more).map(([file, text]) => [`${config}/contexts/tls/${sha(name)}/docker/${file}`, text]);
  return {
    [`${config}/config.json`]: JSON.stringify({ currentContext: name }),
    [`${config}/contexts/meta/${sha(name)}/meta.json`]: JSON.stringify({
      Name: name,
      Endpoints: { docker: { Host: host, SkipTLSVerify: false } },
    }),
    ...Object.fromEntries(tls),
  };
}

const first = async (world: EndpointWorld, setting = ''): Promise<Candidate> => (await candidates(world, setting))[0]!;
const addresses = async (world: EndpointWorld): Promise<string[]> =>
  (await candidates(world, '')).map(({ address }) => address);

describe('where an engine may be', () => {
  it('on Linux: the sockets of each product, in order', async () => {
    const world = machine({
      env: { XDG_RUNTIME_DIR: '/run/user/1000' },
      files: { '/home/ann/.colima/team/docker.sock': '', '/home/ann/.colima/_lima/x': '' },
    });
    assert.deepEqual(
      (await candidates(world, '')).map(({ origin, address }) => [origin, address]),
      [
        ['Docker', 'unix:///var/run/docker.sock'],
        ['Docker (rootless)', 'unix:///run/user/1000/docker.sock'],
        ['Docker Desktop', 'unix:///home/ann/.docker/run/docker.sock'],
        ['Docker Desktop', 'unix:///home/ann/.docker/desktop/docker.sock'],
        ['Colima (default)', 'unix:///home/ann/.colima/default/docker.sock'],
        ['Colima (team)', 'unix:///home/ann/.colima/team/docker.sock'],
        ['Colima', 'unix:///home/ann/.colima/docker.sock'],
        ['OrbStack', 'unix:///home/ann/.orbstack/run/docker.sock'],
        ['Rancher Desktop', 'unix:///home/ann/.rd/docker.sock'],
        ['Podman', 'unix:///run/user/1000/podman/podman.sock'],
        ['Podman', 'unix:///run/podman/podman.sock'],
      ],
    );
  });

  it('on macOS: also where Podman’s machine listens', async () => {
    const world = machine({ platform: 'darwin' });
    assert.ok((await addresses(world)).includes('unix:///home/ann/.local/share/containers/podman/machine/podman.sock'));
  });

  it('on Windows: pipes, and no sockets', async () => {
    assert.deepEqual(await addresses(machine({ platform: 'win32' })), [
      'npipe:////./pipe/docker_engine',
      'npipe:////./pipe/dockerDesktopLinuxEngine',
      'npipe:////./pipe/podman-machine-default',
    ]);
  });

  it('the setting is the only one', async () => {
    const world = machine({ env: { DOCKER_HOST: 'tcp://127.0.0.1:1' }, files: context('work', 'unix:///work.sock') });
    assert.deepEqual(await candidates(world, 'unix:///mine.sock'), [
      {
        origin: 'gantry.docker.endpoint',
        asked: true,
        address: 'unix:///mine.sock',
        target: { socketPath: '/mine.sock' },
      },
    ]);
  });

  it('DOCKER_HOST wins over contexts', async () => {
    const world = machine({
      env: { DOCKER_HOST: 'tcp://127.0.0.1:1', DOCKER_CONTEXT: 'x' },
      files: context('work', 'unix:///work.sock'),
    });
    const [host, next] = await candidates(world, '');
    assert.deepEqual([host?.origin, host?.target, next?.asked], ['DOCKER_HOST', { host: '127.0.0.1', port: 1 }, false]);
  });

  it('DOCKER_CONTEXT wins over the chosen context', async () => {
    const files = { ...context('other', 'unix:///other.sock'), ...context('work', 'unix:///work.sock') };
    assert.equal((await first(machine({ env: { DOCKER_CONTEXT: 'other' }, files }))).address, 'unix:///other.sock');
  });

  it('the chosen context comes first, Desktop’s and Colima’s too', async () => {
    const world = machine({ files: context('colima', 'unix:///home/ann/.colima/default/docker.sock') });
    const found = await candidates(world, '');
    assert.deepEqual([found[0]?.origin, found[0]?.asked], ['docker context colima', true]);
    assert.equal(found.filter(({ address }) => address === found[0]?.address).length, 1);
  });

  it('DOCKER_CONFIG moves the contexts', async () => {
    const world = machine({ env: { DOCKER_CONFIG: '/cfg' }, files: context('work', 'unix:///work.sock', {}, '/cfg') });
    assert.equal((await first(world)).address, 'unix:///work.sock');
  });

  it('the default context adds nothing', async () => {
    const world = machine({ files: { '/home/ann/.docker/config.json': '{"currentContext":"default"}' } });
    assert.equal((await first(world)).asked, false);
  });

  it('a context brings its TLS material', async () => {
    const files = context('prod', 'tcp://engine.example:2376', {
      'ca.pem': 'CA',
      'cert.pem': 'CERT',
      'key.pem': 'KEY',
    });
    assert.deepEqual((await first(machine({ files }))).target, {
      host: 'engine.example',
      port: 2376,
      tls: { ca: 'CA', cert: 'CERT', key: 'KEY', unverified: false },
    });
  });

  it('DOCKER_TLS_VERIFY makes DOCKER_HOST a TLS endpoint with the material of DOCKER_CERT_PATH', async () => {
    const env = { DOCKER_HOST: 'tcp://10.0.0.1', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/certs' };
    assert.deepEqual((await first(machine({ env, files: { '/certs/ca.pem': 'CA' } }))).target, {
      host: '10.0.0.1',
      port: 2376,
      tls: { ca: 'CA' },
    });
  });

  const unusable: Record<string, [EndpointWorld, Failure['kind'], RegExp]> = {
    'an ssh context that holds an option': [
      machine({ files: context('far', 'ssh://-oProxyCommand=x') }),
      'invalid',
      /no ssh endpoint/,
    ],
    'a context that does not exist': [
      machine({ env: { DOCKER_CONTEXT: 'nowhere' } }),
      'notFound',
      /docker context use/,
    ],
    'a config that is not JSON': [
      machine({ files: { '/home/ann/.docker/config.json': '{' } }),
      'invalid',
      /config\.json is not valid JSON/,
    ],
    'a config that may not be read': [
      machine({ files: { '/home/ann/.docker/config.json': 'EACCES' } }),
      'invalid',
      /permission denied/,
    ],
    'a DOCKER_HOST that is no endpoint': [
      machine({ env: { DOCKER_HOST: 'tcp://a b' } }),
      'invalid',
      /no engine endpoint/,
    ],
  };
  for (const [what, [world, kind, sentence]] of Object.entries(unusable)) {
    it(`${what} is told, and the other places are tried`, async () => {
      const [asked, next] = await candidates(world, '');
      assert.ok(asked?.target instanceof Failure);
      assert.deepEqual([asked.asked, asked.target.kind, next?.origin], [true, kind, 'Docker']);
      assert.match(asked.target.message, sentence);
    });
  }
});

describe('an endpoint’s spelling', () => {
  const spellings: Record<string, unknown> = {
    'unix:///var/run/docker.sock': { socketPath: '/var/run/docker.sock' },
    '/var/run/docker.sock': { socketPath: '/var/run/docker.sock' },
    'npipe:////./pipe/docker_engine': { socketPath: '//./pipe/docker_engine' },
    'npipe://./pipe/docker_engine': { socketPath: '//./pipe/docker_engine' },
    '\\\\.\\pipe\\docker_engine': { socketPath: '//./pipe/docker_engine' },
    'ssh://ann@far:2222/run/docker.sock': {
      ssh: { host: 'far', socketPath: '/run/docker.sock', user: 'ann', port: 2222 },
      address: 'ssh://ann@far:2222/run/docker.sock',
    },
    'ssh://far': { ssh: { host: 'far', socketPath: '/var/run/docker.sock' }, address: 'ssh://far' },
    'tcp://127.0.0.1:2375': { host: '127.0.0.1', port: 2375 },
    'localhost:2375': { host: 'localhost', port: 2375 },
    'tcp://host': { host: 'host', port: 2375 },
    'https://host': { host: 'host', port: 2376, tls: {} },
    'tcp://[::1]:2375': { host: '::1', port: 2375 },
  };
  for (const [text, target] of Object.entries(spellings)) {
    it(`${text} is read`, () => assert.deepEqual(parseTarget(text), target));
  }

  it('comes back as docker writes it', () => {
    const back = ['unix:///a', 'npipe:////./pipe/b', 'tcp://c:1', 'tcp://[::1]:2'];
    assert.deepEqual(
      back.map((text) => addressOf(parseTarget(text))),
      back,
    );
  });
});
