/** The Pods and Services views in every theme: rows in each state of health, contexts that are live, lost and to be signed in. */
import { join } from 'node:path';
import { shared } from '../../test/support/controlPlane.ts';
import { type EditorOptions, TestEditor } from '../../test/support/editor.ts';
import { type ViewScene, viewScene } from '../../test/support/viewScene.ts';
import { Workbench } from '../../test/support/workbench.ts';
import { takePicture } from './picture.ts';
import { root } from './project.ts';

const themes = ['light', 'dark', 'hc-light', 'hc-black'] as const;

/** @param folder where `pods-light.png`, `services-light.png` … are put. */
export async function kubernetesPictures(folder: string): Promise<void> {
  const scene = await viewScene(await shared());
  try {
    for (const theme of themes) {
      await scene.network.enable(true);
      await inTheme(scene, theme, folder);
    }
  } finally {
    await scene.remove();
  }
}

async function inTheme(scene: ViewScene, theme: NonNullable<EditorOptions['theme']>, folder: string): Promise<void> {
  const editor = await TestEditor.launch({ workspace: join(root, 'test/fixtures/manifests'), env: scene.env, theme });
  try {
    const workbench = new Workbench(await editor.openWorkbench([], { width: 1000, height: 1000 }));
    await workbench.openGantry();
    const pods = await workbench.openView('Pods');
    const row = (label: string): ReturnType<Workbench['row']> => workbench.row(pods, label);
    await workbench.unfold(row('corporate'));
    await workbench.answer(/signs in by running a program/, 'Run');
    await row('corporate').filter({ hasText: 'sign in' }).waitFor({ timeout: 60_000 });
    await workbench.unfold(row('green'));
    await row('green').filter({ hasText: 'live' }).waitFor({ timeout: 60_000 });
    await workbench.unfold(row(scene.namespaces[0]));
    await row('products').waitFor({ timeout: 60_000 });
    await scene.network.enable(false);
    await row('green').filter({ hasText: 'stale' }).waitFor({ timeout: 90_000 });
    await workbench.unfold(row('blue'));
    await workbench.unfold(row(scene.namespaces[0]));
    for (const name of ['broken', 'orders']) await workbench.unfold(row(name));
    await workbench.act(row('orders'), 'Add to Favourites');
    await workbench.unfold(row('orders-'));
    await row('main').waitFor({ timeout: 60_000 });
    await takePicture(workbench, pods, join(folder, `pods-${theme}.png`));
    const services = await workbench.openView('Services');
    for (const label of ['blue', scene.namespaces[0], 'orders']) await workbench.unfold(workbench.row(services, label));
    await workbench.row(services, 'orders-').filter({ hasText: 'Running' }).waitFor({ timeout: 60_000 });
    await takePicture(workbench, services, join(folder, `services-${theme}.png`));
  } finally {
    await editor.close();
  }
}
