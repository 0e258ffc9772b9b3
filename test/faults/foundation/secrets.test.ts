/**
 * Secrets that can be told from anything else are put wherever Gantry meets some, then its surface is used with the log
 * at its most talkative: none of them may stand in what was shown, logged or stored. S9.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { installVscodeServer } from '../../../scripts/lib/vscodeServer.ts';
import { freePorts } from '../../../src/core/ports.ts';
import { type TestCluster, eventually, sharedControlPlane } from '../../support/controlPlane.ts';
import { TestEditor } from '../../support/editor.ts';
import { base64 } from '../../support/kubernetesScene.ts';
import { ScriptedEngine } from '../../support/scriptedEngine.ts';
import { type Shop, startShop } from '../../support/shop.ts';
import { type TamperingProxy, tamperingProxy } from '../../support/tamperingProxy.ts';
import { Workbench } from '../../support/workbench.ts';

/** Of a page: markup, text, what was typed; also below shadow roots. Runs in the browser. */
function everything(): string {
  interface Root {
    readonly innerHTML: string;
    readonly textContent: string | null;
    querySelectorAll(selector: string): Iterable<{ readonly value?: unknown; readonly shadowRoot: Root | null }>;
  }
  const parts: string[] = [];
  const read = (root: Root): void => {
    parts.push(root.innerHTML, root.textContent ?? '');
    for (const { value, shadowRoot } of root.querySelectorAll('*')) {
      if (typeof value === 'string') parts.push(value);
      if (shadowRoot !== null) read(shadowRoot);
    }
  };
  read((globalThis as unknown as { readonly document: { readonly documentElement: Root } }).document.documentElement);
  return parts.join('\n');
}

const canary = (name: string): string => `${name}${randomBytes(6).toString('hex')}`;

describe('S9 secrets in cluster, environment and tokens', function () {
  this.timeout(300_000);
  const secrets = {
    ofSecret: canary('value'),
    ofPod: canary('podtoken'),
    ofUser: canary('usertoken'),
    ofRefused: canary('oldtoken'),
    ofProxy: canary('proxypass'),
    ofContainer: canary('apitoken'),
    ofRegistry: canary('registrypass'),
    ofCall: canary('calltoken'),
  };
  /** As they are, and as Kubernetes, Docker and HTTP write them. */
  const words = Object.values(secrets).flatMap((secret) => [secret, base64(secret).replace(/=+$/, '')]);
  let folder: string;
  let cluster: TestCluster;
  let namespace: string;
  let api: TamperingProxy;
  let engine: ScriptedEngine;
  /** As it came with a pull. */
  let registryAuth: string | undefined;
  let shop: Shop;
  let editor: TestEditor;
  let page: Page;
  let workbench: Workbench;
  /** Everything that the window has shown. */
  const shown = new Set<string>();

  before(() => installVscodeServer(console.error)).timeout(30 * 60_000);
  before(async function () {
    cluster = await sharedControlPlane(this);
    folder = mkdtempSync(join(tmpdir(), 'gantry-secrets-'));
    [namespace, api, shop] = await Promise.all([cluster.namespace(), tamperingProxy(cluster), startShop()]);
    api.tamper = ({ headers }) =>
      headers.authorization === `Bearer ${secrets.ofRefused}`
        ? { status: 401, body: '{"kind":"Status","code":401,"reason":"Unauthorized","message":"who are you"}' }
        : undefined;
    await fillCluster();
    engine = await ScriptedEngine.start({
      at: join(folder, 'engine.sock'),
      answer: ({ headers }) => {
        registryAuth ??= headers['x-registry-auth']?.toString();
        return false;
      },
    });
    engine.change('one', 'running', 'start');
    engine.containers.set('one', containerWith(`API_TOKEN=${secrets.ofContainer}`));
    await writeFiles();
    editor = await openEditor();
    page = await editor.openWorkbench([['logLevel', 'trace']]);
    workbench = new Workbench(page);
    await workbench.openGantry();
  });
  after(async () => {
    await editor?.close();
    await Promise.all([api?.close(), engine?.close(), shop?.stop()]);
    if (namespace !== undefined) await cluster.removeNamespace(namespace);
    rmSync(folder, { recursive: true, force: true });
  });
  afterEach(async function () {
    await workbench?.afterTest(this.currentTest);
  });

  async function fillCluster(): Promise<void> {
    const path = `/api/v1/namespaces/${namespace}`;
    const data = { password: base64(secrets.ofSecret) };
    await cluster.api('POST', `${path}/secrets`, { metadata: { name: 'login' }, data });
    const env = [{ name: 'API_TOKEN', value: secrets.ofPod }];
    const containers = [{ name: 'main', image: 'example.invalid/app:1', env }];
    await cluster.api('POST', `${path}/pods`, { metadata: { name: 'talker' }, spec: { containers } });
  }

  const containerWith = (variable: string): Record<string, unknown> => ({
    ...engine.containers.get('one'),
    Config: { Image: 'scripted:1', Labels: {}, Env: [variable, 'LANG=C'] },
  });

  async function writeFiles(): Promise<void> {
    mkdirSync(join(folder, 'workspace'));
    const auths = { '127.0.0.1:1': { auth: base64(`somebody:${secrets.ofRegistry}`) } };
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths }));
    const context = (name: string, at: string, user: string): object => ({ name, context: { cluster: at, user } });
    const config = {
      clusters: [
        { name: 'near', cluster: { server: api.url } },
        { name: 'far', cluster: { server: 'https://far.example.invalid' } },
      ],
      users: [
        { name: 'known', user: { token: secrets.ofUser } },
        { name: 'refused', user: { token: secrets.ofRefused } },
      ],
      contexts: [
        context('good', 'near', 'known'),
        context('refused', 'near', 'refused'),
        context('away', 'far', 'known'),
      ],
      'current-context': 'good',
    };
    writeFileSync(join(folder, 'kubeconfig'), JSON.stringify(config), { mode: 0o600 });
  }

  async function openEditor(): Promise<TestEditor> {
    const [port] = (await freePorts(1)) as [number];
    const { users } = shop.addresses;
    return TestEditor.launch({
      workspace: join(folder, 'workspace'),
      env: {
        KUBECONFIG: join(folder, 'kubeconfig'),
        DOCKER_HOST: engine.address,
        DOCKER_CONFIG: folder,
        XDG_STATE_HOME: folder,
        HTTPS_PROXY: `http://somebody:${secrets.ofProxy}@127.0.0.1:${port}`,
        NO_PROXY: '127.0.0.1',
        GANTRY_SECRET_LOGIN: secrets.ofCall,
        // As if a terminal had started it: else VS Code asks the login shell for the environment, and logs all of it.
        VSCODE_CLI: '1',
      },
      settings: {
        'gantry.grpc.servers': ['@mine'],
        'gantry.grpc.targets': { mine: { address: users, metadata: { authorization: 'Bearer ${secret:login}' } } },
      },
    });
  }

  /** Notes what every frame of the window shows now. */
  async function note(): Promise<void> {
    for (const frame of page.frames()) {
      const text = await frame.evaluate(everything).catch(() => ''); // It may go away in between.
      shown.add(text);
    }
  }

  const wasShown = (text: string): boolean => [...shown].some((each) => each.includes(text));

  /** Chooses something from a row's menu and notes what the editor shows once it has the text. */
  async function look(row: Locator, title: string, text: string): Promise<void> {
    await workbench.menu(row, title);
    await workbench.editorShows(text);
    await note();
  }

  it('what a cluster holds: Secret, pod and contexts are looked at in every way', async () => {
    const pods = await workbench.openView('Pods');
    const row = (label: string): Locator => workbench.row(pods, label);
    await workbench.unfold(row('refused'));
    await note();
    await row('refused').press('ArrowLeft');
    await workbench.unfold(row('away'));
    await pods.getByText(/proxy/i).first().waitFor({ timeout: 60_000 });
    await note();
    await row('away').press('ArrowLeft');
    await workbench.unfold(row('good'));
    await workbench.unfold(row(namespace));
    await workbench.unfold(row('talker'));
    await note();
    for (const [title, text] of [
      ['Describe', 'API_TOKEN'],
      ['Explain Status', 'talker'],
      ['Show Events', 'talker'],
    ] as const)
      await look(row('talker'), title, text);
    await workbench.unfold(row('All Resources'));
    await workbench.unfold(row('Configuration'));
    await workbench.scrollTo(pods, row('Secret'));
    await workbench.unfold(row('Secret'));
    await workbench.scrollTo(pods, row('login'));
    await note();
    for (const [title, text] of [
      ['Describe', 'password'],
      ['Open YAML', 'password'],
    ] as const)
      await look(row('login'), title, text);
    await workbench.menu(row('login'), 'Show Equivalent');
    await page.locator('.quick-input-list .monaco-list-row').first().waitFor();
    await note();
    await workbench.dismiss();
  });

  it('what an engine holds: the container is inspected, its command copied, an image pulled with credentials', async () => {
    const containers = await workbench.openView('Containers');
    await workbench.unfold(containers.locator('.monaco-list-row').first());
    await look(workbench.row(containers, 'scripted:1'), 'Inspect', 'API_TOKEN');
    await workbench.runCommand('Gantry: Pull Image');
    await workbench.type('Image to pull', '127.0.0.1:1/private:1');
    await eventually(() => registryAuth !== undefined);
    await note();
    await workbench.runCommand('Gantry: Engine Doctor');
    await workbench.pageShows('Engine Doctor');
    await note();
  });

  it('what goes with a gRPC call: it is made, answered and kept', async () => {
    const view = await workbench.openView('gRPC');
    await workbench.callMethod(view, ['@mine', 'Health', 'Check']);
    await note();
  });

  it('none of them was shown, logged or stored', async () => {
    await workbench.runCommand('Gantry: Show Log');
    await note();
    const storage = JSON.stringify(await page.context().storageState({ indexedDB: true }));
    const windows = words.filter((word) => wasShown(word) || storage.includes(word));
    assert.deepEqual([windows, await editor.traces(words)], [[], []]);
  });

  it('the fault took effect: the tokens arrived, and what is no secret was shown, logged and stored', async () => {
    const tokens = new Set(api.requests.map(({ headers }) => headers.authorization));
    assert.ok(tokens.has(`Bearer ${secrets.ofUser}`) && tokens.has(`Bearer ${secrets.ofRefused}`));
    assert.match(Buffer.from(registryAuth ?? '', 'base64url').toString(), new RegExp(secrets.ofRegistry));
    assert.deepEqual(
      ['login', 'talker', 'API_TOKEN', 'SERVING'].filter((text) => !wasShown(text)),
      [],
    );
    assert.notDeepEqual(await editor.traces([namespace]), []);
  });
});
