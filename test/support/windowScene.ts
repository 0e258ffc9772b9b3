/** A VS Code that looks at one pod and one container through connections that are counted. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestCluster, pod } from './controlPlane.ts';
import { type EditorOptions, TestEditor } from './editor.ts';
import { adminUser, trusting } from './kubernetesScene.ts';
import { type MuteServer, muteServer } from './muteServer.ts';
import { type Relay, relayTo } from './relay.ts';
import { ScriptedEngine } from './scriptedEngine.ts';
import type { Workbench } from './workbench.ts';

/** Name of the one context. */
const context = 'looked-at';

export class WindowScene {
  readonly cluster: TestCluster;
  readonly namespace: string;
  /** The way to the API server. */
  readonly api: Relay;
  readonly engine: ScriptedEngine;
  /** The gRPC server of the settings, which never answers. */
  readonly server: MuteServer;
  readonly #folder: string;
  #editor: TestEditor | undefined;
  /** The window that looked last. */
  #workbench: Workbench | undefined;

  private constructor(
    cluster: TestCluster,
    namespace: string,
    folder: string,
    [api, engine, server]: readonly [Relay, ScriptedEngine, MuteServer],
  ) {
    this.cluster = cluster;
    this.namespace = namespace;
    this.#folder = folder;
    this.api = api;
    this.engine = engine;
    this.server = server;
  }

  static async open(cluster: TestCluster): Promise<WindowScene> {
    const folder = mkdtempSync(join(tmpdir(), 'gantry-windows-'));
    mkdirSync(join(folder, 'workspace'));
    writeFileSync(join(folder, 'workspace', 'wrong.yaml'), 'apiVersion: v1\nkind: Pod\nspec: { containers: 1 }\n');
    const namespace = await cluster.namespace();
    await cluster.api('POST', `/api/v1/namespaces/${namespace}/pods`, pod('one'));
    const api = await relayTo(Number(new URL(cluster.server).port));
    writeFileSync(join(folder, 'kubeconfig'), kubeconfig(cluster, api.port), { mode: 0o600 });
    const engine = await ScriptedEngine.start({ at: join(folder, 'engine.sock') });
    engine.change('one', 'running', 'start');
    return new WindowScene(cluster, namespace, folder, [api, engine, await muteServer()]);
  }

  async launch(
    env: NodeJS.ProcessEnv = {},
    options: Pick<EditorOptions, 'developed' | 'extensions'> = {},
  ): Promise<TestEditor> {
    this.#editor = await TestEditor.launch({
      workspace: join(this.#folder, 'workspace'),
      env: {
        KUBECONFIG: join(this.#folder, 'kubeconfig'),
        DOCKER_HOST: this.engine.address,
        DOCKER_CONFIG: this.#folder,
        XDG_STATE_HOME: this.#folder,
        GANTRY_TEST_NAMESPACE: this.namespace,
        ...env,
      },
      settings: { 'gantry.grpc.servers': [`127.0.0.1:${this.server.port}`] },
      ...options,
    });
    return this.#editor;
  }

  /** Shows the pod and the container in a window, which goes on following them. */
  async look(workbench: Workbench): Promise<void> {
    this.#workbench = workbench;
    await workbench.openGantry();
    const containers = await workbench.openView('Containers');
    await workbench.unfold(containers.locator('.monaco-list-row').first());
    await workbench.row(containers, 'scripted:1').waitFor({ timeout: 60_000 });
    const pods = await workbench.openView('Pods');
    await workbench.unfold(workbench.row(pods, context));
    await workbench.unfold(workbench.row(pods, this.namespace));
    await workbench.row(pods, 'one').waitFor({ timeout: 60_000 });
    // What nobody sees is not followed, and opening a view has closed the others.
    await containers.locator('.pane-header').click({ position: { x: 60, y: 10 } });
    await workbench.row(containers, 'scripted:1').waitFor({ timeout: 60_000 });
  }

  /** True once nothing of a window is connected to cluster, engine and server. */
  readonly isLetGo = (): boolean => this.api.open === 0 && this.engine.listening === 0 && this.server.open === 0;

  /** Changes the pod and a second container, at most 50 times a second (K15), until the signal. @returns how often. */
  async change(signal: AbortSignal): Promise<number> {
    const path = `/api/v1/namespaces/${this.namespace}/pods/one`;
    let changes = 0;
    for (; !signal.aborted; changes++) {
      const [state, action] = changes % 2 === 0 ? ['running', 'start'] : ['exited', 'die'];
      this.engine.change('other', state, action);
      const labels = { metadata: { labels: { change: String(changes) } } };
      await this.cluster.api('PATCH', path, labels, { 'content-type': 'application/merge-patch+json' });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    this.engine.change('other', undefined, 'destroy');
    return changes;
  }

  /** @param test had this scene; when it failed, it tells what was in the window. */
  async close(test?: Mocha.Test): Promise<void> {
    await this.#workbench?.afterTest(test).catch(console.error);
    await this.#editor?.close();
    await Promise.all([this.api.close(), this.engine.close(), this.server.close()]);
    await this.cluster.removeNamespace(this.namespace);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The administrator's, with one context, which goes through a port of loopback. */
const kubeconfig = (cluster: TestCluster, port: number): string =>
  JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: `https://127.0.0.1:${port}`, ...trusting(cluster) } }],
    users: [{ name: 'u', user: adminUser(cluster) }],
    contexts: [{ name: context, context: { cluster: 'c', user: 'u' } }],
    'current-context': context,
  });
