/** What a person does in VS Code's window, as functions: open a view, unfold a row, run a command, read a panel. */
import { join } from 'node:path';
import type { Frame, Locator, Page } from 'playwright-core';
import { root } from '../../scripts/lib/project.ts';

export type ViewName =
  'Services' | 'Pods' | 'Containers' | 'gRPC' | 'Curriculum' | '服务' | 'Pod 列表' | '容器' | 'gRPC 请求' | '课程';

/** An entry of a list; of one that is longer than what is drawn of it with its placeholder, which narrows it to the entry. */
export type Choice = string | { readonly entry: string; readonly question: string };

/** Where the parts of the window are. */
const parts = {
  tabs: '.tabs-container',
  'editor in front': '.editor-group-container.active .view-lines',
  'side bar': '.sidebar .pane-body',
  panel: '.part.panel',
  list: '.quick-input-widget',
  menu: '.monaco-menu',
  question: '.monaco-dialog-box',
  'said last': '.monaco-aria-container',
};

/** Of what a page has; the tests are compiled without. */
interface PageClasses {
  readonly DataTransfer: new () => { setData(type: string, text: string): void };
  readonly ClipboardEvent: new (type: string, init: object) => Event;
  readonly KeyboardEvent: new (type: string, init: object) => Event;
}

/**
 * On the page, in one go: a view that has just been drawn anew takes the keys back if they left it in that moment
 * (`doRefresh` of VS Code's tree views). By keys, as a menu that has just come up takes the end of the click that opened it
 * for a choice of its own.
 */
function pressEnter(element: { isConnected: boolean; focus(): void; dispatchEvent(event: Event): boolean }): void {
  const { KeyboardEvent } = globalThis as unknown as PageClasses;
  if (!element.isConnected) throw new Error('the menu was closed');
  element.focus();
  for (const type of ['keydown', 'keyup']) {
    element.dispatchEvent(new KeyboardEvent(type, { key: 'Enter', code: 'Enter', keyCode: 13, bubbles: true }));
  }
}

/** Of a list that is open. */
interface OpenList {
  /** Null while it is not shown. */
  readonly offsetParent: object | null;
  querySelectorAll(selector: string): Iterable<{ readonly textContent: string; click(): void }>;
}

/**
 * On the page, in one go: an entry that is drawn anew between the aim and the click would take it for what stood there
 * before. On its label, as that is what ticks an entry where several can be chosen.
 * @returns whether the list is open and has an entry with the text.
 */
function clickEntry(list: OpenList, text: string): boolean {
  if (list.offsetParent === null) return false;
  const plain = (of: string): string => of.replace(/\s+/g, ' ').toLowerCase();
  const entry = [...list.querySelectorAll('.monaco-list-row .quick-input-list-label')].find((label) =>
    plain(label.textContent).includes(plain(text)),
  );
  entry?.click();
  return entry !== undefined;
}

export class Workbench {
  readonly page: Page;
  /** How many times something was chosen of a row. */
  #choices = 0;
  /** Gantry has said that the row was drawn anew in that moment. */
  #wasLost = false;

  constructor(page: Page) {
    this.page = page;
    // VS Code shows a test driver no message in the window, but writes each error to the console.
    page.on('console', (message) => {
      this.#wasLost ||= /That row was just drawn anew|此行刚被重新绘制/.test(message.text());
    });
  }

  /** Shows Gantry's side bar. A reloaded window may show it by itself; then a click on its icon would hide it. */
  async openGantry(): Promise<void> {
    const icon = this.page.locator('.activitybar .action-item', { has: this.page.locator('a[aria-label^="Gantry"]') });
    await icon.waitFor({ timeout: 180_000 });
    const header = this.page.locator('[id="workbench.view.extension.gantry"] .pane-header').first();
    for (let attempt = 0; attempt < 6; attempt++) {
      if (!/\bchecked\b/.test((await icon.getAttribute('class')) ?? '')) await icon.click();
      await header.waitFor({ timeout: 10_000 }).catch(() => undefined);
      if (await header.isVisible()) return;
    }
    throw new Error("Gantry's side bar does not come up");
  }

  /** The pane of a view, unfolded, the others folded so that its rows are drawn. */
  async openView(name: ViewName): Promise<Locator> {
    for (const header of await this.page.locator('.sidebar .pane-header').all()) {
      const label = (await header.getAttribute('aria-label')) ?? '';
      const wanted = label.toLowerCase().startsWith(name.toLowerCase());
      const expanded = (await header.getAttribute('aria-expanded')) === 'true';
      if (wanted !== expanded) await header.click({ position: { x: 14, y: 10 } });
    }
    return this.page.locator('.sidebar .pane', { has: this.page.locator(`.pane-header[aria-label^="${name}" i]`) });
  }

  /** The row of a view whose label is `label`, or starts with it. */
  row(pane: Locator, label: string): Locator {
    return pane.locator('.monaco-list-row').filter({ hasText: label }).first();
  }

  /** Texts of the rows drawn in a view. */
  rows(pane: Locator): Promise<string[]> {
    return pane.locator('.monaco-list-row .monaco-tl-contents').allInnerTexts();
  }

  /** Unfolds a row by the keyboard, as a person without a mouse would, until something stands below it. */
  async unfold(row: Locator): Promise<void> {
    await row.waitFor({ timeout: 60_000 });
    if ((await row.getAttribute('aria-expanded')) === 'false') {
      await this.#click(row);
      if ((await row.getAttribute('aria-expanded')) === 'false') await this.page.keyboard.press('ArrowRight');
    }
    for (let attempt = 0; attempt < 150; attempt++) {
      if (!(await this.#isOpenAndEmpty(row))) return;
      await this.page.waitForTimeout(100);
    }
    throw new Error(`Nothing stands below what is unfolded: ${await row.getAttribute('aria-label')}`);
  }

  /** Folds a row, which a click on it may have done by itself. */
  async fold(row: Locator): Promise<void> {
    await this.#click(row);
    if ((await row.getAttribute('aria-expanded')) === 'true') await this.page.keyboard.press('ArrowLeft');
  }

  /** Clicks a row; again when another lay there by then, as its neighbours came or went. */
  async #click(row: Locator): Promise<void> {
    for (let attempt = 0; attempt < 10; attempt++) {
      await this.page.mouse.move(0, 0); // What hovers over the row above may lie on this one.
      await row.click();
      if (await hasListFocus(row)) return;
    }
    throw new Error(`Another row lies there: ${await row.getAttribute('aria-label')}`);
  }

  /** Whether the row under an unfolded one is no row of it, or none is there although there is room for it. */
  async #isOpenAndEmpty(row: Locator): Promise<boolean> {
    const read = async (of: Locator, name: string): Promise<number> => Number(await of.getAttribute(name));
    if ((await row.getAttribute('aria-expanded')) !== 'true') return false;
    const next = row.locator(`xpath=../*[@data-index="${(await read(row, 'data-index')) + 1}"]`);
    if ((await next.count()) === 0) return this.#hasRoomBelow(row);
    return (await read(next, 'aria-level')) <= (await read(row, 'aria-level'));
  }

  async #hasRoomBelow(row: Locator): Promise<boolean> {
    return row.evaluate((element) => {
      const { bottom, height } = element.getBoundingClientRect();
      return bottom + height <= element.closest('.monaco-list')!.getBoundingClientRect().bottom;
    });
  }

  /** Folds all rows of the open view, by the button that shows while its title is hovered. VS Code's words are English here. */
  async collapse(): Promise<void> {
    const header = this.page.locator('.sidebar .pane-header[aria-expanded="true"]');
    await header.hover();
    await header.getByRole('button', { name: /^Collapse All/ }).click({ timeout: 5000 });
  }

  /** Turns pages of a view until the row is there: rows out of sight are not drawn. */
  async scrollTo(pane: Locator, row: Locator, key: 'PageDown' | 'PageUp' = 'PageDown'): Promise<void> {
    await pane.locator('.monaco-list').first().focus();
    for (let pages = 0; pages < 200 && (await row.count()) === 0; pages++) {
      await this.page.keyboard.press(key);
      await this.page.waitForTimeout(50); // Drawn in the next frame.
    }
    await row.waitFor({ timeout: 30_000 });
  }

  /** Clicks one of a row's own buttons. */
  act(row: Locator, title: string): Promise<void> {
    return this.#choosing(() => this.#clickButton(row, title));
  }

  /** The buttons show while the row is hovered, which may move away from the mouse. */
  async #clickButton(row: Locator, title: string): Promise<void> {
    const button = row.getByRole('button', { name: title });
    await row.waitFor({ timeout: 60_000 });
    for (let attempt = 0; attempt < 10; attempt++) {
      await row.hover();
      try {
        return await button.click({ timeout: 3000 });
      } catch {
        // The rows were drawn anew in between.
      }
    }
    await button.click({ timeout: 3000 });
  }

  /** The titles in a row's context menu, which is closed again. `title` is one that it has for certain. */
  async menuTitles(row: Locator, title: string): Promise<string[]> {
    await this.#openMenu(row, title);
    const titles = await this.page.locator('.monaco-menu .action-label').allInnerTexts();
    await this.dismiss();
    return titles.map((text) => text.trim()).filter((text) => text !== '');
  }

  /** Chooses from a row's context menu; again when the menu was closed in that moment. */
  menu(row: Locator, title: string): Promise<void> {
    return this.#choosing(() => this.#chooseFromMenu(row, title));
  }

  /** Chooses something of a row; again where the row was lost in that moment. */
  async #choosing(choose: () => Promise<void>): Promise<void> {
    const turn = ++this.#choices;
    this.#wasLost = false;
    await choose();
    void this.#chooseAgainWhereLost(choose, turn).catch(() => undefined); // The window was closed meanwhile.
  }

  async #chooseFromMenu(row: Locator, title: string): Promise<void> {
    for (let attempt = 1; attempt <= 3; attempt++) {
      const item = await this.#openMenu(row, title);
      try {
        await item.hover({ timeout: 5000 });
        await item.locator('.action-menu-item').evaluate(pressEnter, undefined, { timeout: 1000 });
      } catch {
        continue; // The menu was closed.
      }
      return item.waitFor({ state: 'detached', timeout: 30_000 });
    }
    throw new Error(`${title} could not be chosen of ${await row.getAttribute('aria-label')}`);
  }

  /**
   * As a person would whom Gantry tells to. It is told when the window gets to it, a second later on a busy machine, while the
   * test waits for what it chose.
   */
  async #chooseAgainWhereLost(choose: () => Promise<void>, turn: number): Promise<void> {
    for (let look = 0; look < 50 && turn === this.#choices; look++) {
      await this.page.waitForTimeout(100);
      if (!this.#wasLost || (await this.page.locator('.quick-input-widget').isVisible())) continue;
      this.#wasLost = false;
      await choose();
    }
  }

  /** The item of a row's menu. A view drawn anew between aim and click shows the menu of the row that moved there. */
  async #openMenu(row: Locator, title: string): Promise<Locator> {
    await row.waitFor({ timeout: 60_000 });
    const item = this.page.locator('.monaco-menu .action-item').filter({ hasText: title }).first();
    // The row whose menu it is has the list's focus.
    const isOf = async (): Promise<boolean> => (await item.isVisible()) && (await hasListFocus(row));
    for (let attempt = 0; attempt < 5 && !(await isOf()); attempt++) {
      await this.dismiss();
      await row.click({ button: 'right' });
      await item.waitFor({ timeout: 5000 }).catch(() => undefined);
    }
    return item;
  }

  /** The entry of a list that has the text. */
  #entry(text: string): Locator {
    return this.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: text }).first();
  }

  /** Chooses the entry of a list that has the text. */
  async pick(text: string, timeout = 30_000): Promise<void> {
    await this.#entry(text).waitFor({ timeout });
    const list = this.page.locator('.quick-input-list');
    if (!(await list.evaluate(clickEntry, text, { timeout }))) throw new Error(`${text} is no longer in the list`);
  }

  /**
   * Asks, by a command's title or an act, and chooses of each list that comes; from the beginning where a page that came up in
   * that moment closed a list.
   */
  async choose(ask: string | (() => Promise<void>), ...choices: readonly Choice[]): Promise<void> {
    for (let attempt = 1; attempt <= 4; attempt++) {
      await (typeof ask === 'string' ? this.runCommand(ask) : ask());
      let chosen = 0;
      while (chosen < choices.length && (await this.#chosen(choices[chosen]!))) chosen++;
      if (chosen === choices.length) return;
    }
    throw new Error(`each list was closed before ${JSON.stringify(choices)} was chosen of it`);
  }

  /** False when the list was closed by something else. */
  async #chosen(choice: Choice): Promise<boolean> {
    const { entry, question } = typeof choice === 'string' ? { entry: choice } : choice;
    for (let attempt = 1; attempt <= 10; attempt++) {
      try {
        if (question !== undefined) await this.page.getByPlaceholder(question).fill(entry, { timeout: 3000 });
        await this.pick(entry, 3000);
        return true;
      } catch {
        if (!(await this.page.locator('.quick-input-widget').isVisible())) return false;
      }
    }
    throw new Error(`no list has ${entry}`);
  }

  /** Types into the input box whose prompt or title has the text, and accepts. */
  async type(question: string, text: string): Promise<void> {
    const widget = this.page.locator('.quick-input-widget').filter({ hasText: question });
    await widget.locator('input').first().fill(text, { timeout: 30_000 });
    await this.page.keyboard.press('Enter');
  }

  /** Waits for a modal question that has the text and answers it. */
  async answer(question: string | RegExp, button: string): Promise<void> {
    const dialog = this.page.locator('.monaco-dialog-box').filter({ hasText: question });
    await dialog.getByRole('button', { name: button, exact: true }).click({ timeout: 30_000 });
    await dialog.waitFor({ state: 'detached' });
  }

  /** Waits until the editor in front shows the text. */
  async editorShows(text: string): Promise<void> {
    const lines = this.page.locator('.editor-group-container.active .view-lines');
    // The editor draws blanks as no-break spaces.
    const pattern = new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/ +/g, '[ \u00a0]+'));
    await lines.filter({ hasText: pattern }).first().waitFor({ timeout: 60_000 });
  }

  /** Waits until the page in front, which is a webview, has the text. */
  async pageShows(text: string): Promise<void> {
    await this.seen((frame) => frame.getByText(text));
  }

  /** Opens the panel of a unary method, sends the drafted request and waits for OK. */
  async callMethod(view: Locator, [address, service, method]: readonly [string, string, string]): Promise<void> {
    await this.unfold(this.row(view, address));
    await this.unfold(this.row(view, service));
    await this.row(view, method).click();
    await this.press((frame) => frame.getByRole('button', { name: /^(Send|发送)/ }));
    await this.seen((frame) => frame.getByText(/\bOK\b/));
  }

  /** Closes the menu, question or quick pick that a failed test left open: it would take the next test's keys. */
  async dismiss(): Promise<void> {
    const open = this.page.locator('.monaco-menu, .monaco-dialog-box, .quick-input-widget').filter({ visible: true });
    for (let attempt = 0; attempt < 10 && (await open.count()) > 0; attempt++) {
      await this.page.keyboard.press('Escape');
      await this.page.waitForTimeout(100);
    }
  }

  /** Runs a command from the palette. */
  async runCommand(title: string): Promise<void> {
    const entry = this.#entry(title);
    // An extension's commands come a moment after the window, and the list does not look again by itself. A page that comes
    // up in that moment closes the list.
    for (let attempt = 1; ; attempt++) {
      if (!(await entry.isVisible())) {
        await this.#ask('F1', `>${title}`);
        await entry.waitFor({ timeout: 5000 }).catch(() => undefined);
      }
      try {
        return await this.pick(title, 5000);
      } catch (error) {
        if (attempt === 5) throw error;
      }
    }
  }

  /** Ids of the walkthrough's steps that are done; opens it. */
  async walkthroughDone(): Promise<string[]> {
    const steps = this.page.locator('.gettingStartedContainer [data-done-step-id]').filter({ visible: true });
    if ((await steps.count()) === 0) {
      await this.choose('Welcome: Open Walkthrough...', 'Gantry');
      await steps.first().waitFor({ timeout: 30_000 });
    }
    const done = this.page.locator('.gettingStartedContainer [data-done-step-id][aria-checked="true"]');
    const ids = await done.evaluateAll((marks) => marks.map((mark) => mark.getAttribute('data-done-step-id') ?? ''));
    return ids.map((id) => id.split('#').at(-1)!);
  }

  /** Opens a file of the workspace by name. */
  async openFile(name: string): Promise<void> {
    const tab = this.page.locator('.editor-group-container .tab.active').filter({ hasText: name.split('/').at(-1)! });
    // VS Code looks first through the files that it found when it was asked last.
    for (let attempt = 0; attempt < 5 && !(await tab.isVisible()); attempt++) {
      await this.dismiss();
      await this.#ask('Control+P', name);
      await this.page.locator('.quick-input-list .monaco-list-row').first().waitFor();
      await this.page.waitForTimeout(500); // The list fills while the search still runs; the best match comes last.
      await this.page.keyboard.press('Enter');
      await tab.waitFor({ timeout: 5000 }).catch(() => undefined);
    }
    await tab.waitFor({ timeout: 1000 });
  }

  /** Writes into the quick input that a key opens. Both are lost when a view or an editor comes up in that moment. */
  async #ask(key: string, text: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input').first();
    for (let attempt = 1; ; attempt++) {
      try {
        if (!(await input.isVisible())) await this.page.keyboard.press(key);
        await input.fill('', { timeout: 3000 });
        await input.fill(text, { timeout: 3000 });
        return;
      } catch (error) {
        if (attempt === 5) throw error;
      }
    }
  }

  /** Puts a text in the place of all that the editor in front has: pasted, as what is typed goes in by characters. */
  async replaceAll(text: string): Promise<void> {
    await this.page.locator('.editor-group-container.active .view-lines').first().click();
    await this.page.keyboard.press('Control+A');
    const editor = this.page.locator('.editor-group-container.active .monaco-editor.focused');
    await editor.locator('.native-edit-context').evaluate((element, pasted) => {
      const { DataTransfer, ClipboardEvent } = globalThis as unknown as PageClasses;
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', pasted);
      element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    }, text);
    await this.page.locator('.tab.active.dirty').waitFor({ timeout: 5000 });
  }

  /** Rows of the Problems panel. */
  async problems(): Promise<Locator> {
    await this.runCommand('Problems: Focus on Problems View');
    return this.page.locator('.markers-panel .monaco-list-row');
  }

  /**
   * Something that is seen on the page of a webview, and that page; each drawing of a lesson is a new one.
   * @param again writes a file once more that leads to it: under load VS Code's watcher misses a change now and then.
   * @param seconds for which it is looked for.
   */
  async seen(
    find: (frame: Frame) => Locator,
    again?: () => void,
    seconds = 120,
  ): Promise<{ readonly frame: Frame; readonly found: Locator }> {
    for (let attempt = 0; attempt < seconds * 10; attempt++) {
      if (attempt % 300 === 299) again?.();
      for (const frame of this.page.frames()) {
        const found = find(frame).first();
        if ((await isInFront(frame)) && (await found.isVisible().catch(() => false))) return { frame, found };
      }
      await this.page.waitForTimeout(100);
    }
    throw new Error(`no page ever showed ${String(find)}`);
  }

  /** Clicks what is seen on the page of a webview; a page that is drawn anew in between takes what was seen with it. */
  async press(find: (frame: Frame) => Locator): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const { found } = await this.seen(find);
      try {
        return await found.click({ timeout: 5000 });
      } catch (error) {
        if (attempt === 5) throw error;
      }
    }
  }

  /** The page of the active webview panel. */
  async panel(): Promise<Frame> {
    for (let attempt = 0; attempt < 600; attempt++) {
      for (const frame of this.page.frames()) {
        const content = frame.locator('body > :not(script, iframe)');
        if ((await isInFront(frame)) && (await content.count().catch(() => 0)) > 0) return frame;
      }
      await this.page.waitForTimeout(100);
    }
    throw new Error('no webview panel came up');
  }

  /**
   * After a test that failed: keeps a picture of the window, tells in the failure what was to be seen there, for where no
   * picture is at hand, and leaves nothing open for the next one.
   */
  async afterTest(test: Mocha.Test | undefined): Promise<void> {
    if (test?.state !== 'failed' || this.page.isClosed()) return;
    await this.screenshot(`failed-${test.title.replace(/\W+/g, '-')}`);
    if (test.err !== undefined) test.err.stack = `${test.err.stack}\n${await this.#inSight()}`;
    await this.dismiss();
  }

  /** What lies in the window, part by part, and what has the keys: null where that is a page. */
  async #inSight(): Promise<string> {
    const lines: string[] = [];
    for (const [part, selector] of Object.entries(parts)) {
      const texts = await this.page.locator(selector).filter({ visible: true }).allInnerTexts();
      lines.push(`${part}: ${texts.join(' | ').replace(/\s+/g, ' ').slice(0, 600)}`);
    }
    const focused = this.page.locator(':focus');
    const read = (name: string): Promise<string | null> =>
      focused.getAttribute(name, { timeout: 1000 }).catch(() => null);
    return [...lines, `the keys are with: ${await read('class')} ${await read('aria-label')}`].join('\n');
  }

  async screenshot(name: string): Promise<string> {
    const path = join(root, 'test-output', `${name}.png`);
    await this.page.screenshot({ path });
    return path;
  }
}

/** Whether it is the row of its list that keys and a menu are for, wherever the window's own focus is. */
const hasListFocus = async (row: Locator): Promise<boolean> =>
  /\bfocused\b/.test((await row.getAttribute('class')) ?? '');

/**
 * Whether it is the page of a webview that can be seen: two frames deep, as VS Code's own outer frame holds nothing but the
 * inner one. A panel behind another one, or on its way out, still has its page.
 */
async function isInFront(frame: Frame): Promise<boolean> {
  if (frame.parentFrame()?.parentFrame() == null) return false;
  const outer = await frame
    .parentFrame()!
    .frameElement()
    .catch(() => undefined);
  return (await outer?.isVisible().catch(() => false)) ?? false;
}
