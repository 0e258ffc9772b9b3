/** HTTP proxies between us and the server: K18. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { type TestCluster, pod, eventually, sharedControlPlane } from '../../support/controlPlane.ts';
import { Scene, adminUser, equalRows, trusting } from '../../support/kubernetesScene.ts';

interface Proxy {
  readonly url: string;
  /** What was asked for: `host:port`. */
  readonly asked: string[];
  status: number;
  /** Ends what is open and accepts nothing more. */
  die(): Promise<void>;
}

/** Leads every CONNECT to a port of this machine, whatever the name. */
async function proxyTo(port: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const proxy = { url: '', asked: [] as string[], status: 200, die: async () => {} };
  const server = createServer((_, response) => response.writeHead(400).end());
  server.on('connect', ({ url = '' }, socket: Socket) => {
    proxy.asked.push(url);
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    if (proxy.status !== 200) {
      socket.end(`HTTP/1.1 ${proxy.status} No\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Yes\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('close', () => onward.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  proxy.die = async () => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return proxy;
}

describe('K18 a proxy before the server', function () {
  this.timeout(120_000);
  let cluster: TestCluster;
  let namespace: string;
  let proxy: Proxy;
  let scene: Scene | undefined;
  before(async function () {
    cluster = await sharedControlPlane(this);
  });
  beforeEach(async () => {
    namespace = await cluster.namespace();
    await cluster.api('POST', `/api/v1/namespaces/${namespace}/pods`, pod('one'));
    proxy = await proxyTo(Number(new URL(cluster.server).port));
  });
  afterEach(async () => {
    const open = scene;
    scene = undefined;
    await proxy.die();
    await open?.close();
    await cluster.removeNamespace(namespace);
  });

  /** Whoever resolves this name himself gets nowhere: it exists only for the proxy. */
  const far = 'https://api.example.invalid:6443';
  const open = async (env: NodeJS.ProcessEnv, server = far): Promise<Scene> => {
    const entry = { ...trusting(cluster), 'tls-server-name': 'localhost' };
    const none = { HTTPS_PROXY: '', https_proxy: '', NO_PROXY: '', no_proxy: '' };
    return (scene = await Scene.open(server, { cluster: entry, user: adminUser(cluster), env: { ...none, ...env } }));
  };
  const failureOf = async (): Promise<string> => {
    const look = scene!.pods(namespace);
    await eventually(() => look.state().state === 'failed');
    const state = look.state();
    return 'failure' in state ? state.failure.message : '';
  };

  it('leads there, list and watch alike, with the answers packed', async () => {
    const { kubernetes } = await open({ HTTPS_PROXY: proxy.url });
    const look = scene!.pods(namespace);
    await scene!.live(look);
    await cluster.api('POST', `/api/v1/namespaces/${namespace}/pods`, pod('two'));
    await equalRows(cluster, namespace, look);
    assert.deepEqual(new Set(proxy.asked), new Set(['api.example.invalid:6443']));
    const read = async (compressed: boolean): Promise<unknown> => {
      const options = { signal: AbortSignal.timeout(30_000), what: 'read', compressed };
      const { body } = await kubernetes.contexts.connect('ctx').request('/openapi/v2', options);
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      return (JSON.parse(Buffer.concat(chunks).toString('utf8')) as { swagger: string }).swagger;
    };
    assert.deepEqual([await read(true), await read(false)], ['2.0', '2.0']);
  });

  it('is never asked for what is on this machine', async () => {
    await open({ HTTPS_PROXY: proxy.url, https_proxy: proxy.url }, cluster.server);
    await scene!.live(scene!.pods(namespace));
    assert.deepEqual(proxy.asked, []);
  });

  it('wants a password: says so, and where it was', async () => {
    proxy.status = 407;
    await open({ HTTPS_PROXY: proxy.url });
    assert.match(await failureOf(), /proxy .*127\.0\.0\.1.* password/i);
    assert.ok(proxy.asked.length > 0);
  });

  it('cannot get there: says that it was the proxy', async () => {
    proxy.status = 502;
    await open({ HTTPS_PROXY: proxy.url });
    assert.match(await failureOf(), /proxy .*502/i);
  });

  it('dies: says which one, with the old rows kept', async () => {
    await open({ HTTPS_PROXY: proxy.url });
    const look = scene!.pods(namespace);
    await scene!.live(look);
    await proxy.die();
    const saysSo = (): boolean => {
      const state = look.state();
      return 'failure' in state && state.failure.message.includes(new URL(proxy.url).host);
    };
    await eventually(saysSo);
    assert.equal(look.rows.size, 1);
  });
});
