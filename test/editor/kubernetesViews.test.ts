/** The Pods and Services views by their clicks: what they show, narrow, mark, page and keep apart. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { root } from '../../scripts/lib/project.ts';
import { type TestCluster, sharedControlPlane } from '../support/controlPlane.ts';
import { eventually } from '../support/eventually.ts';
import { TestEditor } from '../support/editor.ts';
import { type ViewScene, viewScene } from '../support/viewScene.ts';
import { Workbench } from '../support/workbench.ts';

describe('the views of clusters, in the window', function () {
  this.timeout(240_000);
  let cluster: TestCluster;
  let scene: ViewScene;
  let editor: TestEditor;
  let workbench: Workbench;
  let pods: Locator;
  const row = (label: string): Locator => workbench.row(pods, label);
  const gone = (label: string): Promise<void> => row(label).waitFor({ state: 'detached', timeout: 60_000 });
  const shown = (label: string): Promise<void> => row(label).waitFor({ timeout: 60_000 });
  const title = (name: string): Locator => pods.locator('.pane-header').getByRole('button', { name, exact: true });
  /** Clicks a button of the view's title; they show when the view is hovered. */
  const clickTitle = async (name: string): Promise<void> => {
    await pods.locator('.pane-header').hover();
    await title(name).click();
  };
  const fold = (label: string): Promise<void> => workbench.fold(row(label));

  before(async function () {
    cluster = await sharedControlPlane(this);
    this.timeout(15 * 60_000);
    scene = await viewScene(cluster);
    editor = await TestEditor.launch({ workspace: join(root, 'test/fixtures/manifests'), env: scene.env });
    workbench = new Workbench(await editor.openWorkbench());
    await workbench.openGantry();
    pods = await workbench.openView('Pods');
  });
  after(async () => {
    await editor?.close();
    await scene?.remove();
  });
  afterEach(async function () {
    await workbench?.afterTest(this.currentTest);
  });

  it('a context unfolds to its namespaces, workloads, pods and containers, live', async () => {
    await workbench.unfold(row('blue'));
    await row('blue').filter({ hasText: 'live' }).waitFor({ timeout: 60_000 });
    await workbench.unfold(row(scene.namespaces[0]));
    await row('orders').filter({ hasText: '3/3' }).waitFor({ timeout: 60_000 });
    await workbench.unfold(row('orders'));
    await row('orders-').filter({ hasText: 'Running' }).waitFor({ timeout: 60_000 });
    await workbench.unfold(row('orders-'));
    await row('main').filter({ hasText: 'Running' }).waitFor({ timeout: 60_000 });
  });

  it('another context is opened beside it, and each is folded on its own', async () => {
    await fold('blue');
    await gone(scene.namespaces[0]);
    await workbench.unfold(row('green'));
    await row('green').filter({ hasText: 'live' }).waitFor({ timeout: 60_000 });
    await shown(scene.namespaces[0]);
    await fold('green');
    await gone(scene.namespaces[0]);
    await workbench.unfold(row('blue'));
    await shown('orders-'); // What was unfolded below it still is.
  });

  it('a server that never answers holds up nothing that is told of others', async () => {
    await fold('blue');
    await row('silent').click();
    await row('silent').filter({ hasText: 'connecting' }).waitFor({ timeout: 60_000 });
    await workbench.unfold(row('green'));
    await row('green').filter({ hasText: 'live' }).waitFor({ timeout: 60_000 });
    await shown(scene.namespaces[0]);
    assert.match(await row('silent').innerText(), /connecting/);
    await fold('green');
    await fold('silent');
    await workbench.unfold(row('blue'));
    await shown('orders-');
  });

  it('a filter by name, and by status, narrows the rows and stands above them until it is cleared', async () => {
    await clickTitle('Filter Pods and Services');
    await workbench.type('Filter pods and services', 'products');
    await pods.getByText('Filter: products').waitFor({ timeout: 60_000 });
    await gone('orders');
    await shown('products');
    await clickTitle('Filter Pods and Services');
    await workbench.type('Filter pods and services', 'CrashLoopBackOff');
    await gone('products');
    await shown('broken');
    await clickTitle('Clear Filter');
    await shown('orders');
    await pods.getByText('Filter:').waitFor({ state: 'detached' });
  });

  it('a favourite stands first, until it is none', async () => {
    const [, , last] = [...scene.namespaces].sort();
    const isFirst = (label: string): Promise<void> =>
      pods
        .locator('.monaco-list-row', { hasText: /^(?!.*blue).*(default|test-)/ })
        .first()
        .filter({ hasText: label })
        .waitFor({ timeout: 60_000 });
    await workbench.act(row(last!), 'Add to Favourites');
    await isFirst(last!);
    await workbench.act(row(last!), 'Remove from Favourites');
    await isFirst('default');
    await workbench.act(row('orders'), 'Add to Favourites');
    await shown('Favourites');
    await workbench.unfold(row('Favourites'));
    await workbench.act(row('orders'), 'Remove from Favourites');
    await gone('Favourites');
  });

  it('several namespaces are chosen, and all again', async () => {
    const [first, second, third] = scene.namespaces;
    await workbench.choose(() => workbench.act(row('blue'), 'Choose Namespaces'), first, second);
    await workbench.page.keyboard.press('Enter');
    await row('2 of').filter({ hasText: 'namespaces' }).waitFor({ timeout: 60_000 });
    await gone(third);
    await shown(second);
    await workbench.choose(() => row('2 of').click(), first, second);
    await workbench.page.keyboard.press('Enter');
    await shown(third);
    await gone('2 of');
  });

  it('a long folder shows more when asked', async () => {
    await workbench.unfold(row('All Resources'));
    await workbench.unfold(row('Configuration'));
    await workbench.unfold(row('ConfigMap'));
    await workbench.scrollTo(pods, row('Show more'));
    await row('Show more').click();
    await workbench.scrollTo(pods, row('page-519'));
    await workbench.scrollTo(pods, row('All Resources'), 'PageUp');
    await fold('All Resources');
  });

  it('a Helm release opens its values', async () => {
    await workbench.unfold(row('Helm Releases'));
    await row('storefront').filter({ hasText: 'deployed' }).waitFor({ timeout: 60_000 });
    await workbench.act(row('storefront'), 'Open Helm Values');
    await workbench.editorShows('replicas: 2');
    await fold('Helm Releases');
  });

  it('a context signs in by a program that is shown first, and again when asked to', async () => {
    await fold('blue');
    await row('corporate').click(); // Nothing stands below it until the question is answered.
    await workbench.answer(/The context corporate signs in by running a program/, 'Run');
    await row('corporate').filter({ hasText: 'sign in' }).waitFor({ timeout: 60_000 });
    scene.logIn();
    await workbench.act(row('corporate'), 'Sign In');
    await row('corporate').filter({ hasText: 'live' }).waitFor({ timeout: 60_000 });
    await shown(scene.namespaces[0]);
    await fold('corporate');
  });

  it('who may only read is offered nothing else, and told at the place what else is refused', async () => {
    await workbench.unfold(row('viewer'));
    await row('viewer').filter({ hasText: 'forbidden: list namespaces' }).waitFor({ timeout: 60_000 });
    await workbench.unfold(row(scene.namespaces[0]));
    await row('orders').waitFor({ timeout: 60_000 });
    let offered: string[] = [];
    // Until the server has said what its person may do, nothing is known to be refused.
    await eventually(async () => {
      offered = await workbench.menuTitles(row('orders'), 'Describe');
      return offered.includes('Describe') && !offered.includes('Delete Object'); // None where the menu was closed.
    }, 60_000);
    for (const title of ['Open YAML', 'Show Logs', 'Rollout History']) assert.ok(offered.includes(title), title);
    for (const title of ['Scale Workload', 'Restart Workload', 'Undo Rollout', 'Forward Port']) {
      assert.ok(!offered.includes(title), title);
    }
    await workbench.screenshot('viewer');
    await fold('viewer');
  });

  it('a server that is lost is said to be, and its rows stay; live again when it is back', async () => {
    await workbench.unfold(row('green'));
    await row('green').filter({ hasText: 'live' }).waitFor({ timeout: 60_000 });
    await workbench.unfold(row(scene.namespaces[0]));
    await shown('products');
    await scene.network.enable(false);
    await row('green')
      .filter({ hasText: /reconnecting|stale/ })
      .waitFor({ timeout: 60_000 });
    await shown('products');
    await scene.network.enable(true);
    await row('green').filter({ hasText: 'live' }).waitFor({ timeout: 60_000 });
    await fold('green');
  });

  it('a service shows its ports and the pods behind it', async () => {
    const services = await workbench.openView('Services');
    await workbench.unfold(workbench.row(services, 'blue'));
    await workbench.unfold(workbench.row(services, scene.namespaces[0]));
    await workbench.unfold(workbench.row(services, 'orders'));
    await workbench.row(services, 'grpc').filter({ hasText: '8080' }).waitFor({ timeout: 60_000 });
    await workbench.row(services, 'orders-').filter({ hasText: 'Running' }).waitFor({ timeout: 60_000 });
  });
});
