import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../../src/core/failure.ts';
import { CredentialSource } from '../../../src/kubernetes/credentials.ts';
import type { ContextUser, KubeContext } from '../../../src/kubernetes/kubeconfig.ts';
import { FakeClock } from '../../support/fakeClock.ts';

describe('credentials', () => {
  let folder = '';
  let calls = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gantry-credentials-'));
    calls = join(folder, 'calls');
  });
  beforeEach(() => writeFile(calls, ''));
  after(() => rm(folder, { recursive: true, force: true }));

  /** A plugin that writes a line per call and answers with its number. */
  async function plugin(body: string): Promise<ContextUser> {
    const path = join(folder, 'plugin');
    await writeFile(path, `#!/bin/sh\necho call >> '${calls}'\n${body}\n`);
    await chmod(path, 0o700);
    return { name: 'u', folder, exec: { apiVersion: 'client.authentication.k8s.io/v1', command: './plugin' } };
  }
  const answer = (expiry = ''): string =>
    `n=$(wc -l < '${calls}'); printf '{"kind":"ExecCredential","status":{"token":"token-%s"${expiry}}}' $((n))`;
  const count = async (): Promise<number> => (await readFile(calls, 'utf8')).split('\n').length - 1;

  const clock = new FakeClock();
  const source = (user: ContextUser, trusted = true, approve = async (): Promise<void> => {}): CredentialSource => {
    const context: KubeContext = {
      id: 'c',
      name: 'c',
      namespace: 'default',
      cluster: { name: 'cl', server: 'https://c.test', skipTLSVerify: false },
      user,
      file: join(folder, 'config'),
    };
    return new CredentialSource(context, { trusted: () => trusted, env: process.env, approve }, () => clock.now());
  };
  const token = async (credentials: CredentialSource): Promise<string | string[] | undefined> =>
    (await credentials.get()).headers['authorization'];
  const failure = async (credentials: CredentialSource): Promise<string> => {
    const error: unknown = await credentials.get().catch((e: unknown) => e);
    assert.ok(error instanceof Failure && error.kind === 'unauthorised', String(error));
    return error.message;
  };

  it('runs a plugin once for twelve who wait, and not again while its answer holds', async () => {
    const credentials = source(await plugin(answer()));
    const tokens = await Promise.all(Array.from({ length: 12 }, () => token(credentials)));
    assert.deepEqual(new Set(tokens), new Set(['Bearer token-1']));
    assert.equal(await token(credentials), 'Bearer token-1');
    assert.equal(await count(), 1);
  });

  it('asks nobody whether a plugin may run that is not there, and says how to get it', async () => {
    const exec = { command: 'gantry-no-such-plugin', installHint: 'Get it from example.com.' };
    let asked = 0;
    const approve = async (): Promise<void> => void asked++;
    const credentials = source({ name: 'u', folder, exec }, true, approve);
    assert.equal(await failure(credentials), 'gantry-no-such-plugin was not found on PATH. Get it from example.com.');
    assert.equal(asked, 0);
    await source(await plugin(answer()), true, approve).get();
    assert.equal(asked, 1);
  });

  it('runs it again shortly before its answer expires', async () => {
    const expiry = new Date(clock.now() + 3_600_000).toISOString();
    const credentials = source(await plugin(answer(`,"expirationTimestamp":"${expiry}"`)));
    await token(credentials);
    await clock.advance(3_500_000);
    assert.equal(await token(credentials), 'Bearer token-1');
    await clock.advance(50_000);
    assert.equal(await token(credentials), 'Bearer token-2');
  });

  it('renews once after refusals, whoever of many was refused, and then not before something worked', async () => {
    const credentials = source(await plugin(answer()));
    const used = await Promise.all(Array.from({ length: 5 }, () => credentials.get()));
    assert.deepEqual(
      used.map((each) => credentials.renew(each)),
      Array.from({ length: 5 }, () => true),
    );
    const fresh = await Promise.all(used.map(() => credentials.get()));
    assert.equal(await count(), 2);
    assert.equal(credentials.renew(fresh[0]!), false);
    credentials.accepted();
    assert.equal(credentials.renew(fresh[0]!), true);
  });

  it('shows what a failing plugin said, and leaves it alone until asked again', async () => {
    const credentials = source(await plugin('echo noise >&2; echo "session expired, log in" >&2; exit 1'));
    assert.equal(await failure(credentials), './plugin failed: session expired, log in');
    await failure(credentials);
    assert.equal(await count(), 1);
    credentials.reset();
    await failure(credentials);
    assert.equal(await count(), 2);
  });

  it('does not repeat what a plugin printed when that is no credential: it may hold a secret', async () => {
    const message = await failure(source(await plugin('echo "secret-token-text"')));
    assert.doesNotMatch(message, /secret/);
  });

  it('runs nothing in an untrusted workspace', async () => {
    assert.match(await failure(source(await plugin(answer()), false)), /Restricted Mode/);
    assert.equal(await count(), 0);
  });

  it('refuses auth-provider, and never runs its command', async () => {
    const config = { 'cmd-path': 'sh', 'cmd-args': `-c "echo call >> ${calls}"` };
    const message = await failure(source({ name: 'u', folder, authProvider: { name: 'gcp', config } }));
    assert.match(message, /auth-provider gcp/);
    assert.equal(await count(), 0);
  });

  it('reads the token file at each use', async () => {
    const tokenFile = join(folder, 'token');
    await writeFile(tokenFile, 'first\n');
    const credentials = source({ name: 'u', folder, tokenFile });
    assert.equal(await token(credentials), 'Bearer first');
    await writeFile(tokenFile, 'second\n');
    assert.equal(await token(credentials), 'Bearer second');
  });
});
