/** The request of a gRPC panel, read and written as a person does. */
import type { Frame, Page } from 'playwright-core';

/** The request as the editor draws it. */
export const requestText = async (panel: Page | Frame): Promise<string> =>
  (await panel.locator('#request .cm-line').allInnerTexts()).map((line) => line.replace(/\n$/, '')).join('\n');

/** Replaces it. The editor's own key selects it all: a selection from outside is lost when the editor is drawn anew. */
export async function writeRequest(panel: Page | Frame, text: string): Promise<void> {
  const page = 'page' in panel ? panel.page() : panel;
  await panel.locator('#request').focus();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(text);
}
