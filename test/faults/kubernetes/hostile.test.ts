/** Kubeconfigs that want to run something, and names that want to look like something else: S2, S5. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { table } from '../../../src/core/cli.ts';
import { Failure } from '../../../src/core/failure.ts';
import { refusal } from '../../../src/kubernetes/apiFailure.ts';
import type { PluginCall } from '../../../src/kubernetes/execPlugin.ts';
import { askingOnce, commandLine } from '../../../src/kubernetes/pluginConsent.ts';
import { freePorts } from '../../../src/core/ports.ts';
import { Scene } from '../../support/kubernetesScene.ts';

describe('S2 hostile kubeconfigs', function () {
  this.timeout(60_000);
  let folder: string;
  let canary: string;
  let server: string;
  let scene: Scene | undefined;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gantry-hostile-'));
    canary = join(folder, 'canary');
    server = `https://127.0.0.1:${(await freePorts(1))[0]}`;
  });
  afterEach(async () => {
    await scene?.close();
    scene = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  const apiVersion = 'client.authentication.k8s.io/v1';
  /** What a request of this user comes to. */
  async function request(user: object, deps: object = {}): Promise<Failure> {
    scene = await Scene.open(server, { user, deps });
    const options = { signal: AbortSignal.timeout(30_000), what: 'list pods' };
    const error: unknown = await scene.kubernetes.contexts
      .connect('ctx')
      .request('/api/v1/pods', options)
      .catch((each: unknown) => each);
    assert.ok(error instanceof Failure, String(error));
    return error;
  }
  const touch = (): object => ({ exec: { apiVersion, command: 'touch', args: [canary] } });

  it('the canary: a plugin that may run, runs', async () => {
    await request(touch());
    assert.ok(existsSync(canary));
  });

  it('nothing runs in an untrusted workspace', async () => {
    const { kind, message } = await request(touch(), { trusted: () => false });
    assert.deepEqual([kind, existsSync(canary)], ['unauthorised', false]);
    assert.match(message, /Restricted Mode/);
  });

  it('nothing runs before it was shown whole and allowed', async () => {
    const shown: string[] = [];
    const approvePlugin = askingOnce({ has: () => false, add: async () => {} }, async (call: PluginCall) => {
      shown.push(commandLine(call));
      return false;
    });
    const { kind } = await request(touch(), { approvePlugin });
    assert.deepEqual([kind, existsSync(canary), shown], ['unauthorised', false, [`touch ${canary}`]]);
  });

  for (const name of ['gcp', 'azure', 'oidc']) {
    it(`the command of auth-provider ${name} is never run`, async () => {
      const config = {
        'cmd-path': '/bin/sh',
        'cmd-args': `-c "touch ${canary}"`,
        'token-key': '{.x}',
        'expiry-key': '{.y}',
      };
      const user = { 'auth-provider': { name, config } };
      const { kind, message } = await request(user);
      assert.deepEqual([kind, existsSync(canary)], ['unauthorised', false]);
      assert.match(message, new RegExp(name));
    });
  }

  for (const command of [
    'touch $CANARY',
    '/bin/sh -c "touch $CANARY"',
    'x; touch $CANARY',
    '$(touch $CANARY)',
    '`touch $CANARY`',
    '| touch $CANARY',
    '../../bin/none',
    '',
  ]) {
    it(`no shell reads the command ${JSON.stringify(command)}`, async () => {
      const real = command.replace('$CANARY', canary);
      const { kind } = await request({ exec: { apiVersion, command: real, args: ['; touch', canary, '&&'] } });
      assert.deepEqual([kind, existsSync(canary)], ['unauthorised', false]);
    });
  }

  it('a file that is no token is not sent as one', async () => {
    const { kind, message } = await request({ tokenFile: '/etc/passwd' });
    assert.deepEqual([kind, message.includes('root')], ['unauthorised', false]);
    assert.match(message, /\/etc\/passwd .*holds no token/);
  });

  it('who is impersonated adds no header', async () => {
    const { message } = await request({ token: 'x', as: 'somebody\r\nX-Remote-User: root' });
    assert.doesNotMatch(message, /Nothing listens/); // It is not sent at all.
  });

  it('what a plugin prints is never quoted', async () => {
    const command = 'echo';
    const { message } = await request({ exec: { apiVersion, command, args: ['{"status":{"token":"secret-token"'] } });
    assert.ok(!message.includes('secret-token'));
  });
});

describe('S5 names and messages that are no plain text', () => {
  const hostile = [
    ...Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)),
    ...Array.from({ length: 33 }, (_, code) => String.fromCharCode(0x7f + code)),
    ...'\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029'.split(''),
  ].map((character) => `a${character}[31mb`);
  const control = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

  it('cells of the terminal program move no cursor', () => {
    for (const text of hostile) {
      const [line] = table([[text, 'x']]);
      assert.ok(!control.test(line!), JSON.stringify(line));
    }
  });

  it('what a server says is told in plain text', () => {
    for (const text of hostile) {
      const { message } = refusal('list pods', 'ctx', 403, { message: text });
      assert.ok(!control.test(message), JSON.stringify(message));
      assert.ok(message.includes('[31mb'));
    }
  });
});
