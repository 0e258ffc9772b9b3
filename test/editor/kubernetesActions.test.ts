/** Each action on an object of a cluster by its clicks, with the API server as the second source. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { root } from '../../scripts/lib/project.ts';
import type { KubeObject } from '../../src/kubernetes/actions/apiCall.ts';
import { at, numberAt, textAt } from '../../src/kubernetes/actions/fields.ts';
import { rolloutState } from '../../src/kubernetes/actions/rolloutStatus.ts';
import { eventually, pod } from '../support/controlPlane.ts';
import { TestEditor } from '../support/editor.ts';
import { executed } from '../support/executed.ts';
import { Workbench } from '../support/workbench.ts';
import { sharedWorld, type World } from '../support/world.ts';

describe('actions on a cluster, in the window', function () {
  this.timeout(240_000);
  let world: World;
  let editor: TestEditor;
  let workbench: Workbench;
  let view: Locator;
  let namespace: string;

  const deployment = (): string => `/apis/apps/v1/namespaces/${namespace}/deployments/orders`;
  const pods = (): string => `/api/v1/namespaces/${namespace}/pods`;
  const get = (path: string): Promise<KubeObject> => world.cluster.api<KubeObject>('GET', path);
  const exists = async (path: string): Promise<boolean> => (await world.cluster.send('GET', path)).status === 200;
  const row = (name: string): Locator => workbench.row(view, name);
  const choose = async (name: string, id: string, title: string): Promise<void> => {
    await workbench.menu(row(name), title);
    executed.add(`gantry.kubernetes.${id}`);
  };
  const choosing = async (id: string, title: string, ...entries: readonly string[]): Promise<void> => {
    await workbench.choose(`Gantry: ${title}`, ...entries);
    executed.add(`gantry.kubernetes.${id}`);
  };
  const run = async (id: string, title: string): Promise<void> => {
    await workbench.runCommand(`Gantry: ${title}`);
    executed.add(`gantry.kubernetes.${id}`);
  };

  before(async function () {
    this.timeout(10 * 60_000);
    world = await sharedWorld();
    namespace = await world.cluster.namespace();
    await makeDeployment();
    editor = await TestEditor.launch({
      workspace: join(root, 'examples/shop'),
      env: world.env,
      settings: { ...world.settings, 'workbench.editor.enablePreview': true },
    });
    workbench = new Workbench(await editor.openWorkbench());
    await workbench.openGantry();
    view = await workbench.openView('Pods');
    await workbench.unfold(row('Local cluster'));
    await workbench.unfold(row(namespace));
    await row('orders').waitFor({ timeout: 60_000 });
  });
  after(async () => {
    await editor?.close();
    if (namespace !== undefined) await world.cluster.removeNamespace(namespace);
  });
  afterEach(async function () {
    await workbench?.afterTest(this.currentTest);
  });

  /** Two pods that kwok runs, in their second revision. */
  async function makeDeployment(): Promise<void> {
    const template = (image: string): object => ({
      metadata: { labels: { app: 'orders' } },
      spec: { containers: [{ name: 'main', image }] },
    });
    await world.cluster.api('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, {
      metadata: { name: 'orders' },
      spec: { replicas: 2, selector: { matchLabels: { app: 'orders' } }, template: template('example.invalid/app:1') },
    });
    const revision = async (): Promise<string> =>
      textAt(await get(deployment()), 'metadata', 'annotations', 'deployment.kubernetes.io/revision');
    await eventually(async () => (await revision()) === '1');
    await world.cluster.api(
      'PATCH',
      deployment(),
      { spec: { template: template('example.invalid/app:2') } },
      { 'content-type': 'application/strategic-merge-patch+json' },
    );
    await eventually(async () => (await revision()) === '2');
  }

  it('describes a workload, shows its events and its revisions', async () => {
    await choose('orders', 'describe', 'Describe');
    await workbench.editorShows('Replicas wanted');
    await choose('orders', 'showEvents', 'Show Events');
    await workbench.editorShows('ScalingReplicaSet');
    await choose('orders', 'rolloutHistory', 'Rollout History');
    await workbench.editorShows('example.invalid/app:1');
  });

  it('scales to the number that is typed', async () => {
    await choose('orders', 'scale', 'Scale Workload');
    await workbench.type('How many replicas? Now: 2', '3');
    await eventually(async () => numberAt(await get(deployment()), 'spec', 'replicas') === 3);
  });

  it('restarts after a yes, and waits for the rollout', async () => {
    await choose('orders', 'restart', 'Restart Workload');
    await workbench.answer(`Deployment ${namespace}/orders in context gantry`, 'Restart');
    const stamp = ['spec', 'template', 'metadata', 'annotations', 'kubectl.kubernetes.io/restartedAt'];
    await eventually(async () => at(await get(deployment()), ...stamp) !== undefined);
    await choose('orders', 'rolloutStatus', 'Rollout Status');
    await workbench.page.getByText('orders is rolled out.').first().waitFor({ timeout: 60_000 });
  });

  it('goes back to the revision that is chosen', async () => {
    await workbench.choose(() => choose('orders', 'undo', 'Undo Rollout'), 'Revision 1');
    await workbench.answer('Undo Rollout: ', 'Undo Rollout');
    const image = async (): Promise<string> =>
      textAt(await get(deployment()), 'spec', 'template', 'spec', 'containers', 0, 'image');
    await eventually(async () => (await image()) === 'example.invalid/app:1');
  });

  it('shows what kubectl would be told', async () => {
    for (const shown of ['scale deployment/orders --replicas=3', `PATCH ${deployment()}/scale`, 'Copy kubectl Line']) {
      await workbench.choose(() => choose('orders', 'showEquivalent', 'Show Equivalent'), 'Scale', shown);
    }
  });

  it('explains what is wrong', async () => {
    const { spec } = pod('x') as { spec: object };
    await world.cluster.api('POST', pods(), {
      metadata: { name: 'greedy' },
      spec: { ...spec, nodeSelector: { no: 'node' } },
    });
    // What is explained is what the cluster knows by then, and its scheduler has to look at the pod first.
    await eventually(async () => at(await get(`${pods()}/greedy`), 'status', 'conditions') !== undefined);
    await choose('greedy', 'explain', 'Explain Status');
    await workbench.editorShows('No node takes the pod.');
    await world.cluster.api('DELETE', `${pods()}/greedy?gracePeriodSeconds=0`);
    await row('greedy').waitFor({ state: 'detached' }); // The row of the next test goes through this redrawing, too.
  });

  /** Replaces a text of the editor in front, or all of it, and saves. */
  async function edit(from: string | undefined, to: string): Promise<void> {
    const { page } = workbench;
    await page.locator('.editor-group-container.active .view-lines').first().click();
    if (from === undefined) await page.keyboard.press('Control+A');
    else await find(from);
    await page.keyboard.insertText(to);
    await page.keyboard.press('Control+S');
  }

  /** Selects the only place of the editor in front that has the text. */
  async function find(from: string): Promise<void> {
    const { page } = workbench;
    await page.keyboard.press('Control+F');
    await page.locator('.find-widget.visible textarea').first().fill(from);
    await page.locator('.find-widget.visible .matchesCount').filter({ hasText: /^1 of/ }).waitFor();
    await page.keyboard.press('Escape');
  }

  /** A text that is drawn anew between finding and typing loses what was found: nothing may change it any more. */
  const rolledOut = (): Promise<void> =>
    eventually(async () => {
      const object = await get(deployment());
      const shown = await workbench.page.locator('.editor-group-container.active .view-lines').innerText();
      return rolloutState(object).done && shown.includes(textAt(object, 'metadata', 'resourceVersion'));
    });

  it('saves edited YAML after a review, names who else looks after a field, and follows the cluster', async () => {
    await choose('orders', 'showYaml', 'Open YAML');
    await workbench.editorShows('example.invalid/app:1');
    const template = { spec: { containers: [{ name: 'main', image: 'example.invalid/app:2' }] } };
    await world.cluster.api(
      'PATCH',
      `${deployment()}?fieldManager=pipeline`,
      { spec: { template } },
      {
        'content-type': 'application/strategic-merge-patch+json',
      },
    );
    await workbench.editorShows('example.invalid/app:2');
    await rolledOut();
    await edit('example.invalid/app:2', 'example.invalid/app:3');
    await workbench.answer(/pipeline looks after fields that you changed/, 'Take Over');
    // The editor takes no notice of a change while it saves, and the save is not over before the review is.
    const label = (name: string, made: string): Promise<unknown> =>
      world.cluster.api(
        'PATCH',
        deployment(),
        { metadata: { labels: { [name]: made } } },
        { 'content-type': 'application/merge-patch+json' },
      );
    await workbench.page.locator('.quick-input-list').getByText('makes these changes in the cluster').waitFor();
    await label('during', 'the-save');
    await workbench.pick('makes these changes in the cluster');
    const image = async (): Promise<string> =>
      textAt(await get(deployment()), 'spec', 'template', 'spec', 'containers', 0, 'image');
    await eventually(async () => (await image()) === 'example.invalid/app:3');
    await label('made', 'elsewhere');
    await workbench.editorShows('during: the-save');
    await workbench.editorShows('made: elsewhere');
  });

  it('saves an edit only when asked, also after it lay behind another file, and undoes nothing of what was changed meanwhile', async () => {
    const { page } = workbench;
    await choose('orders', 'showYaml', 'Open YAML');
    await workbench.editorShows('example.invalid/app:3');
    await rolledOut();
    await find('example.invalid/app:3');
    await page.keyboard.insertText('example.invalid/app:4');
    // In a browser VS Code saves by itself after a second.
    await workbench.runCommand('Notifications: Show Notifications');
    await page.locator('.notification-list-item').filter({ hasText: 'not saved automatically' }).waitFor();
    await workbench.runCommand('Notifications: Clear All Notifications');
    await writeFile(join(editor.workspace, 'beside.txt'), 'beside it');
    await workbench.openFile('beside.txt');
    await workbench.editorShows('beside it');
    await world.cluster.api(
      'PATCH',
      deployment(),
      { metadata: { labels: { made: 'while-away' } } },
      { 'content-type': 'application/merge-patch+json' },
    );
    await page.locator('.tab').filter({ hasText: 'orders.yaml' }).click();
    await workbench.editorShows('example.invalid/app:4');
    await workbench.runCommand('File: Save'); // A key goes to whatever has the focus, a moment after the click still the tab.
    await workbench.pick('makes these changes in the cluster');
    await workbench.editorShows('made: while-away');
    await workbench.editorShows('example.invalid/app:4');
  });

  it('reveals one value of a secret, and saves another', async () => {
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    await world.cluster.api('POST', path, { metadata: { name: 'login' }, data: { password: base64('open-sesame') } });
    await choosing('revealSecret', 'Reveal Secret Value', 'login', 'password');
    await workbench.editorShows('open-sesame');
    await workbench.runCommand('View: Close Editor'); // What is edited shows the same.
    await choosing('editSecret', 'Edit Secret Value', 'login', 'password');
    await workbench.editorShows('open-sesame');
    await edit(undefined, 'closed');
    await workbench.answer('looks after fields that you changed', 'Take Over');
    await workbench.pick('makes these changes in the cluster');
    await eventually(async () => textAt(await get(`${path}/login`), 'data', 'password') === base64('closed'));
  });

  it('marks in a manifest what the cluster would say of it', async () => {
    const manifest = (place: string): string =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: tried, namespace: ${place}}\ndata: {a: b}\n`;
    await writeFile(join(editor.workspace, 'tried.yaml'), manifest('nowhere-at-all'));
    await workbench.openFile('tried.yaml');
    await run('validateFile', 'Validate Manifest Against Cluster');
    const problems = workbench.page.locator('.markers-panel .monaco-list-row'); // The command shows them.
    const problem = problems.filter({ hasText: 'namespaces "nowhere-at-all" not found' });
    await problem.filter({ hasText: 'Gantry, context gantry' }).waitFor({ timeout: 30_000 });
    await writeFile(join(editor.workspace, 'tried.yaml'), manifest(namespace));
    await problem.waitFor({ state: 'detached', timeout: 30_000 }); // The text is another one.
    await workbench.runCommand('Gantry: Validate Manifest Against Cluster');
    await workbench.page.getByText('takes all of it').first().waitFor({ timeout: 30_000 });
    assert.equal(await exists(`/api/v1/namespaces/${namespace}/configmaps/tried`), false);
  });

  it('judges a manifest by the schemas that are picked, those of a cluster among them', async () => {
    await writeFile(
      join(editor.workspace, 'picked.yaml'),
      'apiVersion: v1\nkind: Service\nmetadata: {name: picked}\nspec: {prots: []}\n',
    );
    await workbench.openFile('picked.yaml');
    const problems = await workbench.problems();
    const judgedBy = (who: string): Promise<void> =>
      problems.getByText(`Gantry (${who})`).first().waitFor({ timeout: 30_000 });
    const pick = (schemas: string): Promise<void> => workbench.choose('Gantry: Select Manifest Schemas', schemas);
    await judgedBy('Kubernetes 1.34');
    await pick('Kubernetes 1.37');
    await judgedBy('Kubernetes 1.37');
    await pick('Schemas of cluster gantry');
    await judgedBy('Kubernetes 1.34.4 of cluster gantry');
    await pick('Kubernetes 1.34');
    await judgedBy('Kubernetes 1.34');
  });

  it('applies a manifest of the workspace', async () => {
    const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'made', namespace }, data: { a: 'b' } };
    await writeFile(join(editor.workspace, 'made.yaml'), JSON.stringify(manifest));
    await workbench.openFile('made.yaml');
    await choosing('applyFile', 'Apply Manifest to Cluster', 'makes these changes in the cluster');
    await eventually(() => exists(`/api/v1/namespaces/${namespace}/configmaps/made`));
  });

  it('deletes what a yes was said to, and nothing without', async () => {
    for (const name of ['one', 'two', 'three']) await world.cluster.api('POST', pods(), pod(name));
    await choose('one', 'delete', 'Delete Object');
    await workbench.answer(`Delete: Pod ${namespace}/one in context gantry?`, 'Cancel');
    assert.ok(await exists(`${pods()}/one`));
    await choose('one', 'delete', 'Delete Object');
    await workbench.answer(`Delete: Pod ${namespace}/one in context gantry?`, 'Delete');
    await eventually(async () => !(await exists(`${pods()}/one`)));
    const selected = (name: string): Promise<void> =>
      row(name).and(workbench.page.locator('[aria-selected="true"]')).waitFor({ timeout: 30_000 });
    await row('two').click();
    await row('main').waitFor(); // The click unfolds the row; only then do the others stay where they are.
    await row('three').click({ modifiers: ['Shift'] });
    await Promise.all([selected('two'), selected('three')]);
    await choose('two', 'delete', 'Delete Object');
    await workbench.answer('Delete: 2 objects (2 Pod) in context gantry?', 'Delete');
    await eventually(async () => !(await exists(`${pods()}/two`)) && !(await exists(`${pods()}/three`)));
  });

  it('runs, suspends and resumes a cron job that is chosen from a list', async () => {
    const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;
    const cronJob = `/apis/batch/v1/namespaces/${namespace}/cronjobs/nightly`;
    const { spec } = pod('x') as { spec: object };
    await world.cluster.api('POST', `/apis/batch/v1/namespaces/${namespace}/cronjobs`, {
      metadata: { name: 'nightly' },
      spec: {
        schedule: '0 0 1 1 *',
        jobTemplate: { spec: { template: { spec: { ...spec, restartPolicy: 'Never' } } } },
      },
    });
    await choosing('trigger', 'Run CronJob Now', 'nightly');
    await eventually(async () => (await world.cluster.api<{ items: unknown[] }>('GET', jobs)).items.length === 1);
    const suspended = async (): Promise<unknown> => at(await get(cronJob), 'spec', 'suspend');
    await choosing('suspend', 'Suspend CronJob', 'nightly');
    await eventually(async () => (await suspended()) === true);
    await choosing('resume', 'Resume CronJob', 'nightly');
    await eventually(async () => (await suspended()) === false);
  });

  it('cordons, drains and uncordons a node', async () => {
    const node = `node-${namespace}`;
    await world.cluster.api('POST', '/api/v1/nodes', { metadata: { name: node } });
    try {
      const { spec } = pod('x') as { spec: object };
      await world.cluster.api('POST', pods(), { metadata: { name: 'on-node' }, spec: { ...spec, nodeName: node } });
      const unschedulable = async (): Promise<unknown> =>
        at(await get(`/api/v1/nodes/${node}`), 'spec', 'unschedulable');
      await choosing('cordon', 'Cordon Node', node);
      await eventually(async () => (await unschedulable()) === true);
      await choosing('drain', 'Drain Node', node);
      await workbench.answer('1 belong to no controller and do not come back.', 'Drain');
      await eventually(async () => {
        const { status, text } = await world.cluster.send('GET', `${pods()}/on-node`);
        return status === 404 || text.includes('deletionTimestamp');
      });
      await choosing('uncordon', 'Uncordon Node', node);
      await eventually(async () => (await unschedulable()) === undefined);
    } finally {
      await world.cluster.send('DELETE', `${pods()}/on-node?gracePeriodSeconds=0`);
      await world.cluster.send('DELETE', `/api/v1/nodes/${node}`);
    }
  });
});
