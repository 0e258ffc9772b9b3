/** Fourteen machines, each laid out as a product leaves it: the right engine is chosen, or the right thing is said. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { silentLog } from '../../../src/core/log.ts';
import { createDocker } from '../../../src/docker/domain.ts';
import type { Examination } from '../../../src/docker/doctor.ts';
import { type EndpointWorld, thisMachine } from '../../../src/docker/endpoints.ts';
import { type ScriptedOptions, ScriptedEngine } from '../../support/scriptedEngine.ts';

describe('14 endpoint layouts', function () {
  this.timeout(60_000);
  let home: string;
  const engines: ScriptedEngine[] = [];
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'gl-'));
  });
  afterEach(async () => {
    for (const engine of engines.splice(0)) await engine.close();
    rmSync(home, { recursive: true, force: true });
  });

  const serve = async (at: string, more: Partial<ScriptedOptions> = {}): Promise<string> => {
    const engine = await ScriptedEngine.start({ at: at === 'tcp' ? at : join(home, at), ...more });
    engines.push(engine);
    return engine.address;
  };
  const write = (path: string, value: unknown): void => {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), typeof value === 'string' ? value : JSON.stringify(value));
  };
  const context = (name: string, Host: string): string => {
    const id = createHash('sha256').update(name).digest('hex');
    write('.docker/config.json', { currentContext: name });
    write(`.docker/contexts/meta/${id}/meta.json`, { Name: name, Endpoints: { docker: { Host } } });
    return `.docker/contexts/tls/${id}/docker`;
  };
  const machine = (over: Partial<EndpointWorld> = {}): EndpointWorld => ({
    ...thisMachine(),
    env: {},
    platform: 'linux',
    home,
    uid: undefined,
    ...over,
  });
  /** What Engine Doctor says, and the engines of the view. */
  const found = async (world: EndpointWorld): Promise<Examination & { readonly names: Record<string, string> }> => {
    const docker = createDocker({ log: silentLog, endpoint: () => '', world });
    try {
      const examination = await docker.examine();
      return { ...examination, names: Object.fromEntries(docker.engines.all.map((one) => [one.address, one.name])) };
    } finally {
      docker.dispose();
    }
  };

  /** A product's own socket, that nothing but its place names. */
  const products: readonly (readonly [string, string, string, Partial<EndpointWorld>, boolean?])[] = [
    ['Docker Desktop on macOS', '.docker/run/docker.sock', 'Docker Desktop', { platform: 'darwin' }],
    ['Docker Desktop on Linux', '.docker/desktop/docker.sock', 'Docker Desktop', {}],
    ['Colima', '.colima/default/docker.sock', 'Colima (default)', { platform: 'darwin' }],
    ['Colima with a profile', '.colima/team/docker.sock', 'Colima (team)', { platform: 'darwin' }],
    ['OrbStack', '.orbstack/run/docker.sock', 'OrbStack', { platform: 'darwin' }],
    ['Podman machine', '.local/share/containers/podman/machine/podman.sock', 'Podman', { platform: 'darwin' }, true],
  ];
  for (const [title, socket, name, over, podman = false] of products) {
    it(title, async () => {
      const address = await serve(socket, { podman });
      const { names, findings } = await found(machine(over));
      assert.equal(names[address], name);
      assert.match(findings.find((one) => one.address === address)?.engine ?? '', podman ? /^Podman/ : /^Docker/);
    });
  }

  it('Docker Desktop on Windows: its pipes are tried, without four slashes', async () => {
    const { findings } = await found(machine({ platform: 'win32' }));
    const pipe = findings.find(({ address }) => address === 'npipe:////./pipe/docker_engine');
    assert.deepEqual([pipe?.errno, pipe?.fix], ['ENOENT', 'Start Docker Desktop.']);
  });

  it('rootless, by XDG_RUNTIME_DIR', async () => {
    const address = await serve('run/docker.sock');
    const { names } = await found(machine({ env: { XDG_RUNTIME_DIR: join(home, 'run') } }));
    assert.equal(names[address], 'Docker (rootless)');
  });

  it('rootless Podman, and Docker in a context beside it: both, the context first', async () => {
    const podman = await serve('run/podman/podman.sock', { podman: true });
    const docker = await serve('elsewhere.sock');
    context('work', docker);
    const { names, used } = await found(machine({ env: { XDG_RUNTIME_DIR: join(home, 'run') } }));
    assert.deepEqual([used, names[podman], names[docker]], [docker, 'Podman', 'Docker (docker context work)']);
  });

  it('TLS that cannot be spoken: the certificate or the handshake is named', async () => {
    const address = await serve('tcp');
    write(join(context('secure', address), 'ca.pem'), 'no certificate');
    const { used, advice } = await found(machine());
    assert.equal(used, undefined);
    assert.match(advice ?? '', new RegExp(address.slice('tcp://'.length)));
  });

  it('ssh: where the way leads is told', async () => {
    context('far', 'ssh://nobody@127.0.0.1:1');
    const { used, advice } = await found(machine());
    assert.equal(used, undefined);
    assert.match(advice ?? '', /ssh/);
  });

  it('a context that is not there is named, though another engine answers', async () => {
    write('.docker/config.json', { currentContext: 'gone' });
    const other = await serve('.orbstack/run/docker.sock');
    const { used, advice, names } = await found(machine());
    assert.equal(used, undefined);
    assert.match(advice ?? '', /gone/);
    assert.ok(other in names);
  });

  it('proxy variables, of the machine and of this process: the engine is asked directly', async () => {
    const address = await serve('tcp');
    const asked: string[] = [];
    const proxy = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(504).end();
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const place = proxy.address();
    const url = `http://127.0.0.1:${typeof place === 'object' ? place?.port : 0}`;
    const names = ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'];
    const proxies = Object.fromEntries(names.map((name) => [name, name === 'NODE_USE_ENV_PROXY' ? '1' : url]));
    const before = Object.fromEntries(names.map((name) => [name, process.env[name]]));
    Object.assign(process.env, proxies);
    try {
      const { used } = await found(machine({ env: { ...proxies, DOCKER_HOST: address } }));
      assert.equal(used, address);
      assert.deepEqual(asked, []);
    } finally {
      for (const [name, value] of Object.entries(before)) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      proxy.closeAllConnections();
      proxy.close();
    }
  });

  it('a socket without permission: the group is named', async function () {
    if (process.geteuid?.() !== 0) this.skip();
    const address = await serve('private/docker.sock');
    chmodSync(home, 0o755);
    chmodSync(join(home, 'private/docker.sock'), 0o600);
    process.seteuid?.(65534);
    try {
      const { findings, advice } = await found(machine({ env: { DOCKER_HOST: address } }));
      assert.equal(findings[0]?.errno, 'EACCES', 'the fault took effect');
      assert.equal(findings[0]?.fix, 'sudo usermod -aG docker $USER');
      assert.match(advice ?? '', /docker group/);
    } finally {
      process.seteuid?.(0);
    }
  });
});
