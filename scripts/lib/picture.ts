/** A picture of the window that shows a view at rest. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import type { Workbench } from '../../test/support/workbench.ts';

/**
 * Throws when the view is empty, or loads for ever.
 * @param file `.png`, or `.webp`, which has a fourth of the bytes.
 */
export async function takePicture(workbench: Workbench, view: Locator, file: string): Promise<void> {
  const { page } = workbench;
  await page.mouse.move(900, 690); // Off the rows, so that none is drawn hovered.
  await page.waitForTimeout(2000); // Animations and hovers end.
  const rows = await workbench.rows(view);
  if (rows.length === 0) throw new Error(`${file}: the view is empty`);
  await view.locator('.monaco-progress-container.active').waitFor({ state: 'detached', timeout: 30_000 });
  const png = await page.screenshot();
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, file.endsWith('.webp') ? await asWebp(page, png) : png);
  console.log(`${file}: ${rows.length} rows`);
}

/** Runs in the page, whose types are not those of scripts: PNG to WebP, both in base64. */
const encode = `async (png) => {
  const bytes = Uint8Array.from(atob(png), (character) => character.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes]));
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext('2d').drawImage(bitmap, 0, 0);
  const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 0.9 });
  return btoa(Array.from(new Uint8Array(await blob.arrayBuffer()), (byte) => String.fromCharCode(byte)).join(''));
}`;

/** By the browser, which can. */
async function asWebp(page: Page, png: Buffer): Promise<Buffer> {
  const encoded = await page.evaluate<string>(`(${encode})(${JSON.stringify(png.toString('base64'))})`);
  return Buffer.from(encoded, 'base64');
}
