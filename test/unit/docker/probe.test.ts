import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { createServer as createSocketServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { silentLog } from '../../../src/core/log.ts';
import { createDocker } from '../../../src/docker/domain.ts';
import { type EndpointWorld, thisMachine } from '../../../src/docker/endpoints.ts';
import { probeAll } from '../../../src/docker/probe.ts';

const never = new AbortController().signal;

/** Answers of a pretended engine: path without version → status, headers, body. */
type Answers = Record<string, readonly [status: number, headers: Record<string, string>, body?: string]>;

const docker: Answers = {
  '/_ping': [200, { 'api-version': '1.41', server: 'Docker/20.10.24 (linux)', date: 'Thu, 01 Jan 1970 00:16:40 GMT' }],
  '/containers/json': [200, {}, '[{"Id":"abc","Names":["/web"],"Image":"web:1","State":"running"}]'],
};
const podman: Answers = {
  '/_ping': [200, { 'api-version': '1.41', server: 'Libpod/4.3.1 (linux)' }],
  '/libpod/_ping': [200, {}],
};

describe('asking a place whether an engine answers', () => {
  let folder = '';
  const servers: Server[] = [];
  const asked: string[] = [];
  before(async () => void (folder = await mkdtemp(join(tmpdir(), 'gantry-probe-'))));
  after(async () => {
    for (const server of servers) server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const listen = async (name: string, answers: Answers): Promise<string> => {
    const socketPath = join(folder, name);
    const server = http.createServer((request, response) => {
      asked.push(request.url ?? '');
      const [status, headers, body] = answers[(request.url ?? '').replace(/^\/v[\d.]+|\?.*$/g, '')] ?? [
        404,
        {},
        '{"message":"page not found"}',
      ];
      response.writeHead(status, headers).end(body ?? 'OK');
    });
    servers.push(server);
    server.listen(socketPath);
    await once(server, 'listening');
    return socketPath;
  };

  /** What one socket says: errno and kind of failure, or runtime and versions. */
  const probe = async (socketPath: string): Promise<unknown> => {
    const candidate = { origin: 'test', asked: true, address: `unix://${socketPath}`, target: { socketPath } };
    const [result] = await probeAll([candidate], () => assert.fail('nothing is far'), never);
    assert.ok(result);
    return 'failure' in result ? [result.errno, result.failure.kind] : [result.runtime, result.ping];
  };

  it('tells Docker by what it says of itself', async () => {
    assert.deepEqual(await probe(await listen('docker.sock', docker)), [
      'docker',
      { apiVersion: '1.41', version: '20.10.24', seconds: 1000 },
    ]);
  });

  it('tells Podman by its own ping, even where Docker’s socket should be', async () => {
    const [runtime] = (await probe(await listen('podman.sock', podman))) as [string];
    assert.equal(runtime, 'podman');
  });

  it('ENOENT: there is no socket', async () => {
    assert.deepEqual(await probe(join(folder, 'nothing.sock')), ['ENOENT', 'unreachable']);
  });

  it('ECONNREFUSED: a socket that an engine left behind', async () => {
    const socketPath = join(folder, 'stale.sock');
    // A process that dies at once leaves its socket; a server that closes removes it.
    const script = `require('net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`;
    await once(spawn(process.execPath, ['-e', script], { stdio: 'ignore' }), 'exit');
    assert.deepEqual(await probe(socketPath), ['ECONNREFUSED', 'unreachable']);
  });

  it('EACCES: a socket that others may not open', async () => {
    const socketPath = await listen('closed.sock', docker);
    await chmod(folder, 0o755);
    await chmod(socketPath, 0o600);
    const root = process.getuid?.() === 0;
    if (root)
      process.seteuid?.(65534); // Root may open everything.
    else await chmod(socketPath, 0);
    try {
      assert.deepEqual(await probe(socketPath), ['EACCES', 'forbidden']);
    } finally {
      if (root) process.seteuid?.(0);
    }
  });

  it('ETIMEDOUT: a socket that accepts and says nothing', async () => {
    const socketPath = join(folder, 'silent.sock');
    const server = createSocketServer((socket) => socket.unref());
    servers.push(server);
    server.listen(socketPath);
    await once(server, 'listening');
    assert.deepEqual(await probe(socketPath), ['ETIMEDOUT', 'timeout']);
  });

  it('something else that speaks HTTP is no engine', async () => {
    assert.deepEqual(await probe(await listen('other.sock', { '/_ping': [200, {}, '<html>'] })), [
      undefined,
      'invalid',
    ]);
  });

  it('a file is no engine', async () => {
    const path = join(folder, 'file.sock');
    await writeFile(path, '');
    assert.deepEqual(await probe(path), ['ECONNREFUSED', 'unreachable']);
  });

  describe('with everything in the environment that could mislead', () => {
    const saved = { agent: http.globalAgent, env: { ...process.env } };
    const misleading = {
      HTTP_PROXY: 'http://127.0.0.1:9',
      http_proxy: 'http://127.0.0.1:9',
      DOCKER_HOST: 'tcp://127.0.0.1:9',
      DOCKER_TLS_VERIFY: '1',
      DOCKER_CERT_PATH: '/nowhere',
    };
    before(() => {
      Object.assign(process.env, misleading);
      // VS Code sends what uses the global agent through the proxy. Ours must not be that agent.
      http.globalAgent = new http.Agent();
      http.globalAgent.createConnection = () => {
        throw new Error('went through the proxy');
      };
    });
    after(() => {
      http.globalAgent = saved.agent;
      for (const name of Object.keys(misleading)) delete process.env[name];
      Object.assign(process.env, saved.env);
    });

    it('requests still go to the socket, in the version that was agreed on', async () => {
      const socketPath = await listen('direct.sock', docker);
      const engine = createDocker({ log: silentLog, endpoint: () => `unix://${socketPath}` });
      try {
        asked.length = 0;
        const listed = await engine.list(never);
        assert.deepEqual(
          listed.map(({ container }) => container.name),
          ['web'],
        );
        assert.deepEqual(asked, ['/_ping', '/libpod/_ping', '/v1.41/containers/json?all=true']);
        assert.equal(process.env['DOCKER_HOST'], misleading.DOCKER_HOST);
      } finally {
        engine.dispose();
      }
    });
  });

  describe('which engines there are', () => {
    /** A machine where an engine listens at the rootless place, under two names. */
    const rootless = async (env: NodeJS.ProcessEnv): Promise<{ world: EndpointWorld; socketPath: string }> => {
      const runtime = await mkdtemp(join(folder, 'run-'));
      const socketPath = await listen(join(basename(runtime), 'docker.sock'), docker);
      await mkdir(join(runtime, 'podman'));
      await symlink(socketPath, join(runtime, 'podman', 'podman.sock'));
      const world = {
        ...thisMachine(),
        env: { ...env, XDG_RUNTIME_DIR: runtime },
        platform: 'linux',
        home: folder,
        uid: undefined,
      } as const;
      return { world, socketPath };
    };
    const own = ({ address }: { address: string }): boolean => address.includes(folder);

    it('an engine with two names is one', async () => {
      const { world, socketPath } = await rootless({});
      const found = createDocker({ log: silentLog, endpoint: () => '', world });
      try {
        await found.engines.found();
        assert.deepEqual(
          found.engines.all.filter(own).map(({ address, name }) => [address, name]),
          [[`unix://${socketPath}`, 'Docker (rootless)']],
        );
      } finally {
        found.dispose();
      }
    });

    it('another engine does not quietly take the place of the one that was asked for', async () => {
      const { world } = await rootless({ DOCKER_HOST: `unix://${folder}/down.sock` });
      const found = createDocker({ log: silentLog, endpoint: () => '', world });
      try {
        await assert.rejects(found.list(never), { kind: 'unreachable', message: /down\.sock/ });
        assert.equal(found.engines.all.filter(own).length, 1);
        const [row, ...engines] = await found.tree().children(undefined);
        assert.deepEqual([row, engines.length > 0], [{ kind: 'message', message: 'advice' }, true]);
      } finally {
        found.dispose();
      }
    });
  });
});
