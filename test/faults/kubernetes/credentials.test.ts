/** Credentials that expire and change while they are used: K10, K11; and clocks that differ: K17. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/core/backoff.ts';
import { type TestCluster, eventually, pod, sharedControlPlane } from '../../support/controlPlane.ts';
import { Scene, equalRows, sceneAt, trusting } from '../../support/kubernetesScene.ts';
import { long } from '../../support/long.ts';
import { type TamperingProxy, tamperingProxy } from '../../support/tamperingProxy.ts';

describe('credentials that change', function () {
  this.timeout(long ? 15 * 60_000 : 120_000);
  let cluster: TestCluster;
  let namespace: string;
  let folder: string;
  let scene: Scene | undefined;
  let proxy: TamperingProxy | undefined;
  before(async function () {
    cluster = await sharedControlPlane(this);
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gantry-credentials-'));
    namespace = await cluster.namespace();
  });
  afterEach(async () => {
    const open = scene;
    scene = undefined;
    await open?.close();
    await proxy?.close();
    proxy = undefined;
    await cluster.removeNamespace(namespace);
    rmSync(folder, { recursive: true, force: true });
  });

  const pods = (): string => `/api/v1/namespaces/${namespace}/pods`;

  /** A plugin whose tokens live for some milliseconds; each run leaves its beginning and its end in `runs`. */
  const plugin = (life: number): object => {
    const script = `
      const { appendFileSync } = require('node:fs');
      const run = process.hrtime.bigint().toString();
      appendFileSync('${join(folder, 'runs')}', 'begin\\n');
      const expires = Date.now() + ${life};
      setTimeout(() => {
        appendFileSync('${join(folder, 'runs')}', 'end\\n');
        const status = { token: 'until-' + expires, expirationTimestamp: new Date(expires).toISOString() };
        console.log(JSON.stringify({ kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1', status }));
      }, 50);`;
    writeFileSync(join(folder, 'plugin.cjs'), script);
    const command = process.execPath;
    return { exec: { apiVersion: 'client.authentication.k8s.io/v1', command, args: [join(folder, 'plugin.cjs')] } };
  };
  const runs = (): string[] => readFileSync(join(folder, 'runs'), 'utf8').trim().split('\n');

  /** Refuses tokens that have expired, as a server does. */
  const expiring = async (): Promise<TamperingProxy> => {
    const made = await tamperingProxy(cluster);
    made.tamper = ({ headers }) => {
      const until = Number(/^Bearer until-(\d+)$/.exec(headers.authorization ?? '')?.[1]);
      return until > Date.now() ? undefined : { status: 401, body: '{"kind":"Status","code":401}' };
    };
    return made;
  };

  it('K10 short-lived tokens of a plugin: renewed in time, one run at a time, no 401 seen', async () => {
    const [life, rounds, pause] = long ? [20_000, 600, 1_000] : [12_000, 14, 1_000];
    proxy = await expiring();
    scene = await Scene.open(proxy.url, { user: plugin(life) });
    const connection = scene.kubernetes.contexts.connect('ctx');
    const began = Date.now();
    const read = async (): Promise<void> => {
      const answer = await connection.request(pods(), { signal: AbortSignal.timeout(30_000), what: 'list pods' });
      for await (const _ of answer.body);
    };
    for (let round = 0; round < rounds; round++) {
      await Promise.all(Array.from({ length: 4 }, read)); // Throws at a 401.
      await systemClock.sleep(pause, AbortSignal.timeout(60_000));
    }
    const lines = runs();
    assert.ok(lines.length >= 4, 'no token had to be renewed');
    assert.deepEqual(
      lines,
      Array.from({ length: lines.length }, (_, i) => (i % 2 === 0 ? 'begin' : 'end')),
    );
    const most = Math.ceil((Date.now() - began) / (life * 0.75)) + 1;
    assert.ok(lines.length / 2 <= most, `${lines.length / 2} runs, at most ${most}`);
  });

  it('K10 a token that is refused before its time: the plugin runs once more, and nobody sees it', async () => {
    proxy = await expiring();
    scene = await Scene.open(proxy.url, { user: plugin(3_600_000) });
    const look = scene.pods(namespace);
    await scene.live(look);
    const tampered = proxy.tamper;
    let refused = '';
    proxy.tamper = (request) => {
      refused ||= request.headers.authorization ?? '';
      return request.headers.authorization === refused ? { status: 401 } : tampered(request);
    };
    scene.kubernetes.store.restart();
    await cluster.api('POST', pods(), pod('later'));
    await equalRows(cluster, namespace, look);
    assert.equal(runs().length, 4, 'two runs');
    assert.ok(!scene.states.includes('failed'), scene.states.join());
  });

  it('K10 refused for good: two runs, "sign in", and no more of them', async () => {
    proxy = await tamperingProxy(cluster);
    proxy.tamper = () => ({ status: 401 });
    scene = await Scene.open(proxy.url, { user: plugin(3_600_000) });
    const look = scene.pods(namespace);
    const isRefused = (): boolean => {
      const state = look.state();
      return state.state === 'failed' && state.failure.kind === 'unauthorised';
    };
    await eventually(isRefused);
    const before = proxy.requests.length;
    await eventually(() => proxy!.requests.length > before + 1);
    assert.ok(isRefused());
    assert.equal(runs().length, 4, 'two runs');
  });

  it('K11 a client certificate replaced on disk: the next request shows the new one', async () => {
    const show = (user: string): void => {
      const at = (name: string): string => join(folder, name);
      const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' });
      const layout = cluster.controlPlane.layout;
      openssl(
        'req',
        '-new',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        at('new.key'),
        '-out',
        at('csr'),
        '-subj',
        `/CN=${user}`,
      );
      const ca = ['-CA', layout.certificate('ca.crt'), '-CAkey', layout.certificate('ca.key')];
      openssl(
        'x509',
        '-req',
        '-in',
        at('csr'),
        ...ca,
        '-CAcreateserial',
        '-CAserial',
        at('serial'),
        '-days',
        '1',
        '-out',
        at('new.crt'),
      );
      renameSync(at('new.key'), at('user.key'));
      renameSync(at('new.crt'), at('user.crt'));
    };
    show('before-rotation');
    scene = await sceneAt(cluster, Number(new URL(cluster.server).port), {
      user: { 'client-certificate': join(folder, 'user.crt'), 'client-key': join(folder, 'user.key') },
    });
    const connection = scene.kubernetes.contexts.connect('ctx');
    const whoIsRefused = async (): Promise<string> => {
      const error: unknown = await connection
        .request(pods(), { signal: AbortSignal.timeout(30_000), what: 'list pods' })
        .catch((each: unknown) => each);
      return /User "([^"]+)"/.exec(String(error))?.[1] ?? String(error);
    };
    assert.equal(await whoIsRefused(), 'before-rotation');
    show('after-rotation');
    assert.equal(await whoIsRefused(), 'after-rotation');
  });

  for (const hours of [-2, 2]) {
    it(`K17 our clock ${hours} h off: ages by the server's, and no storm of plugin runs`, async () => {
      const clock = { ...systemClock, now: () => Date.now() + hours * 3_600_000 };
      proxy = await expiring();
      await cluster.api('POST', pods(), pod('young'));
      scene = await Scene.open(proxy.url, { user: plugin(600_000), clock });
      const look = scene.pods(namespace);
      await equalRows(cluster, namespace, look);
      const age = scene.kubernetes.store.now('ctx') - look.rows.get(`${namespace}/young`)!.created;
      assert.ok(Math.abs(clock.now() - Date.now()) > 7_000_000, 'the clock is off');
      assert.ok(age > -5_000 && age < 100_000, `an age of ${age} ms`);
      for (let i = 0; i < 20; i++) {
        const connection = scene.kubernetes.contexts.connect('ctx');
        const answer = await connection.request(pods(), { signal: AbortSignal.timeout(30_000), what: 'list pods' });
        for await (const _ of answer.body);
      }
      assert.ok(runs().length <= 4, `${runs().length / 2} runs`);
    });
  }

  it('keeps certificate and key out of what it says', async () => {
    scene = await Scene.open(cluster.server, { cluster: trusting(cluster), user: { token: 'secret-token' } });
    const look = scene.pods(namespace);
    await eventually(() => look.state().state === 'failed');
    const state = look.state();
    assert.ok('failure' in state && !String(state.failure).includes('secret-token'));
  });
});
