/** An engine on another machine: a real sshd on loopback, in front of a real engine. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { silentLog } from '../../../src/core/log.ts';
import { type Docker, createDocker } from '../../../src/docker/domain.ts';
import { thisMachine } from '../../../src/docker/endpoints.ts';
import { type Engine, sharedEngine } from '../../support/engine.ts';
import { eventually } from '../../support/eventually.ts';
import { type SshServer, startSshServer } from '../../support/sshServer.ts';

const never = new AbortController().signal;

describe('an engine behind ssh', function () {
  this.timeout(180_000);
  let engine: Engine;
  let server: SshServer;
  let docker: Docker;
  before(async function () {
    engine = await sharedEngine(this);
    server = await startSshServer();
  });
  after(async () => {
    server?.close();
    await engine?.removeContainers();
  });
  afterEach(() => docker?.dispose());

  const open = (address: string): Docker =>
    (docker = createDocker({
      log: silentLog,
      endpoint: () => address,
      world: { ...thisMachine(), env: { PATH: `${server.path}:/usr/bin:/bin` } },
    }));
  /** The ssh processes that lead to the server, by their socket here. */
  const tunnels = (): number => {
    const listed = execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' }).split('\n');
    return listed.filter((line) => line.includes(server.path) && line.includes('/gantry-ssh-')).length;
  };

  it('is listed and followed through one connection, which is opened again after it was cut', async () => {
    const address = `${server.address}${engine.socketPath}`;
    open(address);
    docker.tree().setVisible(true);
    await docker.engines.found();
    assert.equal(docker.engines.all[0]?.address, address, docker.engines.askedFailure?.message);
    const id = await engine.run({ command: ['wait'] });
    const seen = async (): Promise<boolean> =>
      (await docker.list(never)).some(({ container }) => container.id === id && container.state === 'running');
    await eventually(seen);
    await Promise.all(Array.from({ length: 5 }, () => docker.list(never)));
    assert.equal(tunnels(), 1);
    server.cut();
    await eventually(() => docker.engines.all[0]?.store.state.state === 'failed');
    await eventually(() => docker.engines.all[0]?.store.state.state === 'ready');
    await eventually(seen);
    assert.equal(tunnels(), 1);
    docker.dispose();
    await eventually(() => tunnels() === 0);
  });

  it('tells in ssh’s own words why there is no way', async () => {
    open(server.address.replace(/ssh:\/\/[^@]+/, 'ssh://nobody'));
    await assert.rejects(docker.preferred(), {
      kind: 'unauthorised',
      message: /Permission denied.*Try it in a terminal: ssh nobody@127/,
    });
    open(`${server.address}/nowhere/docker.sock`);
    await assert.rejects(docker.preferred(), { kind: 'unreachable' });
    assert.equal(tunnels() > 1, false);
  });
});
