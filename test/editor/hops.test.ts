/** From one part to the next and back, each hop one click: image, pod, reason, lesson, manifest, gRPC server. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { pod } from '../support/controlPlane.ts';
import type { TestEditor } from '../support/editor.ts';
import { executed } from '../support/executed.ts';
import { Workbench } from '../support/workbench.ts';
import { openShop, sharedWorld, type World } from '../support/world.ts';

/** An image of the world's engine. */
const image = 'gantry-test/talker:1';

describe('the parts meet, in the window', function () {
  this.timeout(240_000);
  let world: World;
  let namespace: string;
  let editor: TestEditor;
  let workbench: Workbench;

  before(async function () {
    this.timeout(10 * 60_000);
    world = await sharedWorld();
    namespace = await world.cluster.namespace();
    await makeObjects();
    editor = await openShop(world);
    workbench = new Workbench(await editor.openWorkbench());
    await workbench.openGantry();
  });
  after(async () => {
    await editor?.close();
    if (namespace !== undefined) await world.cluster.removeNamespace(namespace);
  });
  afterEach(async function () {
    await workbench?.afterTest(this.currentTest);
  });

  /** A pod of the image, and one in a state that a lesson is about; no node takes either. */
  async function makeObjects(): Promise<void> {
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const make = (name: string): Promise<unknown> => {
      const spec = { schedulerName: 'nobody', containers: [{ name: 'main', image }] };
      return world.cluster.api('POST', path, { ...pod(name), spec });
    };
    await Promise.all([make('runner'), make('broken')]);
    const waiting = { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container' };
    const main = { name: 'main', image, imageID: '', ready: false, restartCount: 7, state: { waiting } };
    await world.cluster.api(
      'PATCH',
      `${path}/broken/status`,
      { status: { phase: 'Running', containerStatuses: [main] } },
      { 'content-type': 'application/merge-patch+json' },
    );
  }

  const openNamespace = async (): Promise<Locator> => {
    const view = await workbench.openView('Pods');
    await workbench.unfold(workbench.row(view, 'Local cluster'));
    await workbench.unfold(workbench.row(view, namespace));
    await workbench.row(view, 'runner').waitFor({ timeout: 60_000 });
    return view;
  };
  /** The row that was led to. */
  const selected = (view: Locator, text: string): Promise<void> =>
    view.locator('.monaco-list-row.selected').filter({ hasText: text }).waitFor({ timeout: 60_000 });
  const lens = (text: string): Locator =>
    workbench.page.locator('.editor-group-container.active .codelens-decoration a').filter({ hasText: text });

  it('an image leads to the pods that run it, and a container of a pod to its image', async () => {
    const pods = await workbench.openView('Pods');
    await workbench.unfold(workbench.row(pods, 'Local cluster')); // And the namespace has never been unfolded.
    const containers = await workbench.openView('Containers'); // Which closes the other.
    await workbench.unfold(containers.locator('.monaco-list-row').first());
    await workbench.unfold(workbench.row(containers, 'Images'));
    const own = containers.locator('.monaco-list-row').filter({ hasText: new RegExp(`^${image}`) });
    await workbench.choose(() => workbench.act(own, 'Show Pods of Image'), 'runner');
    executed.add('gantry.docker.showPods');
    await selected(pods, 'runner');
    executed.add('gantry.kubernetes.reveal');

    await workbench.unfold(workbench.row(pods, 'runner'));
    await workbench.act(workbench.row(pods, 'main'), 'Show Image in Containers');
    executed.add('gantry.docker.showImage');
    await selected(containers, image);
  });

  it('a failing pod leads to its reason, the reason to the lesson and back to the pod', async () => {
    const pods = await openNamespace();
    await workbench.act(workbench.row(pods, 'broken'), 'Explain Status');
    await workbench.editorShows('Lesson: T4.3');
    await lens('Open Lesson').click({ timeout: 30_000 });
    const page = await workbench.panel();
    await page.locator('h1', { hasText: 'Containerising Go applications' }).waitFor({ timeout: 60_000 });
    await workbench.page.locator('.tab').filter({ hasText: 'broken.explain' }).click();
    await lens('Show in View').click({ timeout: 30_000 });
    await selected(pods, 'broken');
  });

  it('a manifest leads to what it would change, which stays as it is', async () => {
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    await world.cluster.api('POST', path, { metadata: { name: 'colours' }, data: { sky: 'blue' } });
    const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'colours', namespace }, data: { sky: 'red' } }; // prettier-ignore
    writeFileSync(join(editor.workspace, 'colours.yaml'), JSON.stringify(manifest));
    await workbench.openFile('colours.yaml');
    await workbench.runCommand('Gantry: Compare Manifest with Cluster');
    executed.add('gantry.kubernetes.diffFile');
    const sides = workbench.page.locator('.monaco-diff-editor .view-lines');
    await sides.filter({ hasText: 'blue' }).first().waitFor({ timeout: 60_000 });
    await sides.filter({ hasText: 'red' }).first().waitFor();
    const { data } = await world.cluster.api<{ data: object }>('GET', `${path}/colours`);
    assert.deepEqual(data, { sky: 'blue' });
  });
});
