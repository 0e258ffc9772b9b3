/** A picture of the window that shows a view at rest. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Locator } from 'playwright-core';
import type { Workbench } from '../../test/support/workbench.ts';

/** Throws when the view is empty, or loads for ever. */
export async function takePicture(workbench: Workbench, view: Locator, file: string): Promise<void> {
  await workbench.page.mouse.move(900, 690); // Off the rows, so that none is drawn hovered.
  await workbench.page.waitForTimeout(2000); // Animations and hovers end.
  const rows = await workbench.rows(view);
  if (rows.length === 0) throw new Error(`${file}: the view is empty`);
  await view.locator('.monaco-progress-container.active').waitFor({ state: 'detached', timeout: 30_000 });
  await mkdir(dirname(file), { recursive: true });
  await workbench.page.screenshot({ path: file });
  console.log(`${file}: ${rows.length} rows`);
}
