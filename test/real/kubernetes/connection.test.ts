import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, type Socket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../../src/core/failure.ts';
import { freePorts } from '../../../src/core/ports.ts';
import { type TestCluster, sharedControlPlane } from '../../support/controlPlane.ts';
import { kubernetesOn } from '../../support/kubernetes.ts';
import { relayTo } from '../../support/relay.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('connection to a real server', function () {
  this.timeout(60_000);
  let cluster: TestCluster;
  let folder: string;
  before(async function () {
    cluster = await sharedControlPlane(this);
    folder = mkdtempSync(join(tmpdir(), 'gantry-connection-'));
  });
  after(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  const admin = (): object => ({
    'client-certificate-data': base64(cluster.adminCert),
    'client-key-data': base64(cluster.adminKey),
  });
  const trusted = (): object => ({ server: cluster.server, 'certificate-authority-data': base64(cluster.ca) });

  /** What listing pods by this cluster and user entry comes to: the number of bytes, or the failure. */
  async function list(
    clusterEntry: object,
    user: object,
    env: NodeJS.ProcessEnv = {},
    signal = AbortSignal.timeout(30_000),
  ): Promise<string> {
    const file = join(folder, 'config');
    writeFileSync(
      file,
      JSON.stringify({
        clusters: [{ name: 'c', cluster: clusterEntry }],
        users: [{ name: 'u', user }],
        contexts: [{ name: 'ctx', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'ctx',
      }),
      { mode: 0o600 },
    );
    const kubernetes = kubernetesOn(file, env);
    try {
      await kubernetes.contexts.loaded();
      const { body } = await kubernetes.contexts.connect('ctx').request('/api/v1/pods', { signal, what: 'list pods' });
      for await (const _ of body);
      return 'read';
    } catch (error) {
      assert.ok(error instanceof Failure, String(error));
      return `${error.kind}: ${error.message}`;
    } finally {
      kubernetes.dispose();
    }
  }

  it('is let in by a client certificate, as data or as files', async () => {
    assert.equal(await list(trusted(), admin()), 'read');
    writeFileSync(join(folder, 'ca.crt'), cluster.ca);
    writeFileSync(join(folder, 'admin.crt'), cluster.adminCert);
    writeFileSync(join(folder, 'admin.key'), cluster.adminKey, { mode: 0o600 });
    const files = { 'client-certificate': 'admin.crt', 'client-key': 'admin.key' };
    assert.equal(await list({ server: cluster.server, 'certificate-authority': 'ca.crt' }, files), 'read');
  });

  it('skips verification only where the kubeconfig says so', async () => {
    const unknown = await list({ server: cluster.server }, admin());
    assert.match(unknown, /^unreachable: .* is signed by an authority that context ctx does not know/);
    assert.equal(await list({ server: cluster.server, 'insecure-skip-tls-verify': true }, admin()), 'read');
  });

  it('checks the name in the certificate, and honours tls-server-name', async () => {
    assert.match(
      await list({ ...trusted(), 'tls-server-name': 'other.example.invalid' }, admin()),
      /^unreachable: The certificate of .* is for another name/,
    );
    assert.equal(await list({ ...trusted(), 'tls-server-name': 'localhost' }, admin()), 'read');
  });

  it('says that credentials are not accepted', async () => {
    assert.equal(
      await list(trusted(), { token: 'wrong' }),
      'unauthorised: The cluster does not accept the credentials of ctx. Sign in again, then refresh.',
    );
  });

  it('says what is forbidden, and to whom', async () => {
    assert.match(
      await list(trusted(), { ...admin(), as: 'nobody' }),
      /^forbidden: ctx may not list pods: .*"nobody" cannot list/,
    );
  });

  it('says that nothing listens', async () => {
    const [port] = await freePorts(1);
    assert.equal(
      await list({ ...trusted(), server: `https://127.0.0.1:${port}` }, admin()),
      `unreachable: Nothing listens at https://127.0.0.1:${port}. Start the cluster, or correct the server of context ctx.`,
    );
  });

  it('gives up at once when told so, also while it is still connecting', async () => {
    const sockets: Socket[] = [];
    const mute = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as AddressInfo;
    const stop = new AbortController();
    mute.once('connection', () => stop.abort());
    try {
      // Were it to go on connecting, it would end as unreachable.
      const entry = { ...trusted(), server: `https://127.0.0.1:${port}` };
      assert.match(await list(entry, admin(), {}, stop.signal), /^cancelled: /);
    } finally {
      for (const socket of sockets) socket.destroy();
      mute.close();
    }
  });

  it('never sends loopback through a proxy', async () => {
    const proxy = await relayTo(1);
    try {
      const url = `http://127.0.0.1:${proxy.port}`;
      assert.equal(await list(trusted(), admin(), { HTTPS_PROXY: url, HTTP_PROXY: url, https_proxy: url }), 'read');
      assert.equal(proxy.accepted, 0);
    } finally {
      await proxy.close();
    }
  });

  it('asks an exec plugin for a client certificate, once for twelve requests at a time', async () => {
    const calls = join(folder, 'calls');
    const credential = {
      kind: 'ExecCredential',
      apiVersion: 'client.authentication.k8s.io/v1',
      status: { clientCertificateData: cluster.adminCert, clientKeyData: cluster.adminKey },
    };
    writeFileSync(join(folder, 'credential.json'), JSON.stringify(credential), { mode: 0o600 });
    writeFileSync(
      join(folder, 'plugin'),
      `#!/bin/sh\necho call >> '${calls}'\ncat '${join(folder, 'credential.json')}'\n`,
      {
        mode: 0o700,
      },
    );
    const exec = { apiVersion: credential.apiVersion, command: './plugin', interactiveMode: 'Never' };
    const file = join(folder, 'exec-config');
    writeFileSync(
      file,
      JSON.stringify({
        clusters: [{ name: 'c', cluster: trusted() }],
        users: [{ name: 'u', user: { exec } }],
        contexts: [{ name: 'ctx', context: { cluster: 'c', user: 'u' } }],
      }),
    );
    const kubernetes = kubernetesOn(file);
    try {
      await kubernetes.contexts.loaded();
      const signal = AbortSignal.timeout(30_000);
      const read = async (): Promise<number> => {
        const answer = await kubernetes.contexts.connect('ctx').request('/api/v1/namespaces', { signal, what: 'list' });
        for await (const _ of answer.body);
        return answer.status;
      };
      assert.deepEqual(new Set(await Promise.all(Array.from({ length: 12 }, read))), new Set([200]));
      assert.equal(readFileSync(calls, 'utf8'), 'call\n');
    } finally {
      kubernetes.dispose();
    }
  });
});
