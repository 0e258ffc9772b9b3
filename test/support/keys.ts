/** What a person does who has a keyboard and nothing else. */
import type { Frame, Locator, Page } from 'playwright-core';
import { eventually } from './eventually.ts';
import type { ViewName, Workbench } from './workbench.ts';

/** More presses than any way takes: who is not there by then never comes. */
const mostPresses = 80;

export class Keys {
  readonly #workbench: Workbench;
  readonly #page: Page;
  /** The one that was entered last. */
  #view: ViewName | undefined;

  constructor(workbench: Workbench) {
    this.#workbench = workbench;
    this.#page = workbench.page;
  }

  press(key: string): Promise<void> {
    return this.#page.keyboard.press(key);
  }

  type(text: string): Promise<void> {
    return this.#page.keyboard.insertText(text);
  }

  /** Runs a command by its title. */
  async run(title: string): Promise<void> {
    await this.press('F1');
    const input = this.#page.locator('.quick-input-widget input').first();
    await input.waitFor();
    await this.type(title); // After the mark that the palette begins with.
    const first = this.#page.locator('.quick-input-list .monaco-list-row.focused').filter({ hasText: title });
    await first.waitFor({ timeout: 30_000 });
    await this.press('Enter');
    await input.waitFor({ state: 'hidden' });
  }

  /** Goes into a view. */
  async enter(view: ViewName): Promise<Locator> {
    this.#view = view;
    await this.run(`Gantry: Focus on ${view} View`);
    const pane = this.#page.locator('.sidebar .pane', {
      has: this.#page.locator(`.pane-header[aria-label^="${view}" i]`),
    });
    await pane.locator('.monaco-list-row').first().waitFor({ timeout: 60_000 });
    await pane.locator('.monaco-list:focus-within, .monaco-list:focus').first().waitFor({ timeout: 30_000 });
    return pane;
  }

  /** Goes down to the row whose text has the words, again from the top until it has come; returns what is said of it. */
  async goTo(view: Locator, words: string): Promise<string> {
    const focused = view.locator('.monaco-list-row.focused').first();
    // None while something else has the focus: a panel that closes gives it to the editors, a moment later.
    const at = (): Promise<string | null> => focused.getAttribute('data-index', { timeout: 2000 }).catch(() => null);
    const text = (): Promise<string> => focused.innerText({ timeout: 2000 }).catch(() => '');
    for (let attempt = 0; attempt < 100; attempt++) {
      if ((await view.locator('.monaco-list:focus-within, .monaco-list:focus').count()) === 0)
        await this.enter(this.#view!);
      await this.press('Home');
      for (let before: string | null = null; (await at()) !== before; await this.press('ArrowDown')) {
        if ((await text()).includes(words)) return (await focused.getAttribute('aria-label')) ?? '';
        before = await at();
      }
      await this.#page.waitForTimeout(300); // What is unfolded comes when the server has told it.
    }
    throw new Error(`ArrowDown never came to ${words}`);
  }

  /** Goes to the row and opens it. */
  async unfold(view: Locator, words: string): Promise<void> {
    await this.goTo(view, words);
    const focused = view.locator('.monaco-list-row.focused').first();
    if ((await focused.getAttribute('aria-expanded')) === 'false') await this.press('ArrowRight');
  }

  /** Chooses from the menu of the row that has the focus. */
  async menu(title: string): Promise<void> {
    await this.press('Shift+F10');
    const menu = this.#page.locator('.monaco-menu');
    await menu.waitFor({ timeout: 10_000 });
    const focused = menu.locator('.action-item.focused');
    for (let presses = 0; presses < mostPresses; presses++) {
      if ((await focused.filter({ hasText: title }).count()) > 0) {
        await this.press('Enter');
        return menu.waitFor({ state: 'detached', timeout: 10_000 });
      }
      await this.press('ArrowDown');
    }
    throw new Error(`the menu has no ${title}`);
  }

  /** Goes from the editor's frame into the page of the webview in front. */
  async enterPage(): Promise<void> {
    await this.run('View: Focus Active Editor Group');
  }

  /** Presses Tab until the focus is on what the words or the id name, on the page of the webview in front. */
  async tabTo(wanted: string): Promise<void> {
    const passed: string[] = [];
    for (let presses = 0; presses < mostPresses; presses++) {
      const has = await this.focused();
      if (has.includes(wanted)) return;
      passed.push(has);
      await this.press('Tab');
    }
    throw new Error(`Tab never came to ${wanted}, but to ${passed.join(' | ')}`);
  }

  /** Id and words of what has the focus on the page of the webview in front; empty where that is the page itself. */
  async focused(): Promise<string> {
    const frame = await this.#workbench.panel();
    return frame.evaluate(focusedElement).catch(() => '');
  }

  /** Waits until something on the page has the focus that has the words. */
  async focusIsOn(words: string): Promise<void> {
    await eventually(async () => (await this.focused()).includes(words), 30_000);
  }

  /** The page of the webview in front. */
  page(): Promise<Frame> {
    return this.#workbench.panel();
  }
}

interface Focused {
  readonly tagName: string;
  readonly id: string;
  readonly innerText: string | undefined;
  readonly shadowRoot: { readonly activeElement: Focused | null } | null;
}

/** On the page. */
function focusedElement(): string {
  let { activeElement } = (globalThis as unknown as { document: { activeElement: Focused | null } }).document;
  while (activeElement?.shadowRoot?.activeElement != null) ({ activeElement } = activeElement.shadowRoot);
  if (activeElement === null || activeElement.tagName === 'BODY') return '';
  return `#${activeElement.id} ${activeElement.innerText ?? ''}`.slice(0, 200);
}
