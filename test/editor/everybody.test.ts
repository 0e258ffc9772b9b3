/** Everybody can use it: by keys alone, in every theme, magnified, in little room, without motion. */
import assert from 'node:assert/strict';
import type { Frame, Locator } from 'playwright-core';
import { join } from 'node:path';
import { root } from '../../scripts/lib/project.ts';
import { seenByAxe } from '../support/axe.ts';
import { TestEditor, type Theme, inTheme, themes } from '../support/editor.ts';
import { eventually } from '../support/eventually.ts';
import { type GrpcServer, startGrpcServer } from '../support/grpcServers.ts';
import { Keys } from '../support/keys.ts';
import { type Stage, webviews } from '../support/webviews.ts';
import { Workbench } from '../support/workbench.ts';
import { type World, sharedWorld, worldContainer } from '../support/world.ts';

const full = { width: 1280, height: 860 };
/** The room that the page of a window of that size has at 200 %. */
const magnified = { width: full.width / 2, height: full.height / 2 };

/** Our shortest page has seven nodes; a page that is not ours has hardly any. */
const fewest = 6;

describe('everybody', function () {
  this.timeout(240_000);
  let world: World;
  let server: GrpcServer;
  let stage: Stage;
  let keys: Keys;

  before(async function () {
    this.timeout(10 * 60_000);
    world = await sharedWorld();
    server = await startGrpcServer();
    const settings = {
      'gantry.grpc.servers': [server.address],
      'gantry.grpc.deadline': 600, // Longer than any look at a call that waits.
      'gantry.curriculum.checkOnSave': false,
    };
    const editor = await TestEditor.launch({ workspace: join(root, 'examples/shop'), env: world.env, settings });
    const workbench = new Workbench(await editor.openWorkbench());
    stage = { editor, settings, workbench };
    keys = new Keys(workbench);
    await workbench.openGantry();
  });
  after(async () => {
    await stage?.editor.close();
    await server?.stop();
  });
  afterEach(async function () {
    await stage?.workbench.page.setViewportSize(full);
    await stage?.workbench.afterTest(this.currentTest);
  });

  const page = async (shows: string, theme: Theme): Promise<Frame> => {
    const find = (frame: Frame): Locator => frame.locator(`${inTheme(theme)} ${shows}`);
    return (await stage.workbench.seen(find, () => stage.editor.useTheme(theme))).frame;
  };
  const picture = async (name: string): Promise<void> => {
    await stage.workbench.page.mouse.move(640, 5);
    await stage.workbench.screenshot(`everybody-${name.replaceAll(/[ ,]+/g, '-')}`);
  };

  describe('can go by keys alone', () => {
    /** Waits for logs to open and to take the keys, as a palette that is opened before would lose them; then closes them. */
    async function closeLogs(): Promise<void> {
      const terminals = stage.workbench.page.locator('.terminal-wrapper');
      await terminals.locator('.xterm.focus').waitFor({ timeout: 30_000 });
      await keys.run('Terminal: Kill All Terminals');
      await terminals.first().waitFor({ state: 'detached', timeout: 30_000 });
    }

    it('through the Pods view, and act on a row', async () => {
      const namespace = world.env['GANTRY_TEST_NAMESPACE']!;
      const view = await keys.enter('Pods');
      await keys.unfold(view, 'Local cluster');
      await keys.unfold(view, namespace);
      assert.match(await keys.goTo(view, 'web'), /^Pod web, running, 1 of 1 containers ready/);
      await keys.unfold(view, 'web');
      assert.match(await keys.goTo(view, 'main'), /^Container main, running/);
      await keys.goTo(view, 'web');
      await keys.menu('Show Logs');
      await closeLogs();
    });

    it('through the Services view', async () => {
      const view = await keys.enter('Services');
      await keys.unfold(view, 'Local cluster');
      await keys.unfold(view, 'default');
      assert.equal(await keys.goTo(view, 'kubernetes'), 'Service kubernetes, ClusterIP');
      await keys.menu('Open YAML');
      await stage.workbench.page
        .locator('.tab.active')
        .filter({ hasText: 'kubernetes.yaml' })
        .waitFor({ timeout: 30_000 });
    });

    it('through the Containers view, to the logs of one', async () => {
      const view = await keys.enter('Containers');
      await view.locator('.monaco-list-row', { hasText: worldContainer }).first().waitFor({ timeout: 60_000 });
      assert.match(await keys.goTo(view, worldContainer), new RegExp(`^${worldContainer}, running`));
      await keys.menu('Show Container Logs');
      await closeLogs();
    });

    it('through the gRPC view and panel: pick, edit, send, read, go through a stream, cancel', async () => {
      const view = await keys.enter('gRPC');
      await keys.unfold(view, server.address);
      await keys.unfold(view, 'Echo');
      assert.equal(await keys.goTo(view, 'Same'), 'Same, unary');
      await keys.press('Enter');
      await stage.workbench.seen((frame) => frame.locator('h1:text-is("Same")'));
      await keys.enterPage();
      await keys.tabTo('#request');
      await keys.press('Control+A');
      await keys.type('{"text": "read by keys", "child": {"text": "below"}}');
      await keys.press('Control+Enter');
      await stage.workbench.seen((frame) => frame.locator('#status .ok'));
      await keys.press('Escape'); // Out of the editor, whose Tab indents.
      const chosen = async (): Promise<string> =>
        (await (await keys.page()).locator('.tree [aria-selected="true"]').getAttribute('aria-label')) ?? '';
      await tabToTree();
      await keys.press('Home');
      for (let rows = 0; rows < 40 && !(await chosen()).startsWith('text: "read by keys"'); rows++) {
        await keys.press('ArrowDown');
      }
      assert.equal(await chosen(), 'text: "read by keys"');

      await keys.enter('gRPC');
      await keys.goTo(view, 'Endless');
      await keys.press('Enter');
      await stage.workbench.seen((frame) => frame.locator('h1:text-is("Endless")'));
      await keys.enterPage();
      await keys.tabTo('#request');
      await keys.press('Control+Enter');
      await keys.press('Escape');
      await stage.workbench.seen((frame) => frame.locator('#messages [role="option"]'));
      await keys.tabTo('#messages');
      await keys.press('ArrowUp');
      const message = (await keys.page()).locator('#messages [aria-selected="true"]');
      await message.filter({ hasText: /Message \d+,/ }).waitFor({ timeout: 30_000 });
      await keys.tabTo('#cancel');
      await keys.press('Enter');
      await stage.workbench.seen((frame) => frame.locator('#status', { hasText: 'CANCELLED' }));
    });

    /** The tree has no id: the keys come to it after the tabs above it. */
    const tabToTree = async (): Promise<void> => {
      const tree = (await keys.page()).locator('.tree:focus');
      for (let presses = 0; presses < 60 && (await tree.count()) === 0; presses++) await keys.press('Tab');
      assert.equal(await tree.count(), 1);
    };

    it('through a lesson: start, check, hint, to where the evidence was found', async () => {
      const view = await keys.enter('Curriculum');
      await keys.unfold(view, 'Best practices');
      await keys.unfold(view, 'Development');
      assert.match(await keys.goTo(view, 'Graceful shutdown'), /^Graceful shutdown, to do, difficulty \d of 5$/);
      await keys.press('Enter');
      await stage.workbench.seen((frame) => frame.locator('main:has(:text-is("Start")) h2')); // The text comes last, and draws the page anew.
      await keys.enterPage();
      await keys.tabTo('Start');
      await keys.press('Space');
      await stage.workbench.page.locator('.tab.active', { hasText: 'main.go' }).waitFor({ timeout: 60_000 });
      // It takes the keys a moment after its tab is there, also from what they were led to by then.
      await stage.workbench.page.locator('.monaco-editor.focused').waitFor({ timeout: 30_000 });
      await keys.run('View: Focus First Editor Group');
      await keys.tabTo('Check my work');
      await keys.press('Enter');
      await stage.workbench.seen((frame) => frame.locator(':text-is("Not proven yet")'));
      await keys.focusIsOn('Check my work'); // Where it was, although the page was drawn anew.
      await keys.tabTo('Another hint');
      await keys.press('Space');
      await stage.workbench.seen((frame) => frame.locator('.hint >> nth=1'));
      await keys.tabTo('main.go');
      await keys.press('Enter');
      await stage.workbench.page.locator('.monaco-editor.focused').waitFor({ timeout: 30_000 });
      await keys.run('View: Close All Editors');
    });
  });

  describe('sees all there is in every view', () => {
    it('in every theme, in a narrow side bar, and at 200 %', async () => {
      for (const theme of Object.keys(themes) as Theme[]) {
        stage.editor.useTheme(theme);
        await stage.workbench.page.locator(`.monaco-workbench.${vscodeThemes[theme]}`).waitFor({ timeout: 30_000 });
        for (const view of ['Services', 'Pods', 'Containers', 'gRPC', 'Curriculum'] as const) {
          const pane = await stage.workbench.openView(view);
          await pane.locator('.monaco-list-row').first().waitFor({ timeout: 60_000 });
          await picture(`${view}-${theme}`);
          await dragSideBar(stage.workbench, narrowest);
          await picture(`${view}-${theme}-narrow`);
          await stage.workbench.page.setViewportSize(magnified);
          await picture(`${view}-${theme}-200`);
          await stage.workbench.page.setViewportSize(full);
          await dragSideBar(stage.workbench, 300);
        }
      }
    });
  });

  describe('can use each webview', () => {
    for (const [type, states] of Object.entries(webviews)) {
      for (const { name, shows, reach, leave } of states) {
        it(`${type}, ${name}: axe finds nothing in any theme, and nothing is cut off at 200 %`, async () => {
          await reach(stage);
          const found: string[] = [];
          let unknown: readonly string[] | undefined;
          for (const theme of Object.keys(themes) as Theme[]) {
            stage.editor.useTheme(theme);
            const frame = await page(shows, theme);
            const { nodes, violations } = await seenByAxe(frame);
            console.error(`axe, ${type}, ${name}, ${theme}: ${nodes} nodes seen, ${violations.length} violations`);
            assert.ok(nodes >= fewest, `${nodes} nodes: not the page`);
            found.push(...violations.map((violation) => `${theme}: ${violation}`));
            const missing = new Set(await missingTokens(frame));
            unknown = [...(unknown ?? missing)].filter((token) => missing.has(token));
            await picture(`${type}-${name}-${theme}`);
          }
          await stage.workbench.page.setViewportSize(magnified);
          await eventually(async () => (await widthOf(await page(shows, 'hc-light'))) < 500);
          found.push(...(await cutOff(await page(shows, 'hc-light'))).map((what) => `200 %: ${what}`));
          await picture(`${type}-${name}-200`);
          await stage.workbench.page.setViewportSize(full);
          await leave?.(stage);
          found.push(...unknown!.map((token) => `no theme has ${token}`));
          assert.deepEqual(found, []);
        });
      }
    }

    it('without motion, when that is asked for', async () => {
      const waiting = webviews['gantry.grpc']!.find(({ shows }) => shows === 'vscode-progress-bar')!;
      await waiting.reach(stage);
      const settles = (moves: boolean, theme: Theme): Promise<void> =>
        eventually(async () => (await movements(await page(waiting.shows, theme))) > 0 === moves);
      stage.editor.useTheme('dark');
      await settles(true, 'dark');
      await stage.workbench.page.emulateMedia({ reducedMotion: 'reduce' });
      await settles(false, 'dark');
      await stage.workbench.page.emulateMedia({ reducedMotion: 'no-preference' });
      await settles(true, 'dark');
      stage.editor.useTheme('light', { 'workbench.reduceMotion': 'on' });
      await settles(false, 'light');
      await waiting.leave!(stage);
    });
  });
});

/** How VS Code marks its window. */
const vscodeThemes = { light: 'vs', dark: 'vs-dark', 'hc-black': 'hc-black', 'hc-light': 'hc-light' } as const;

/** Pixels of the narrowest side bar that VS Code allows. */
const narrowest = 170;

async function dragSideBar({ page }: Workbench, width: number): Promise<void> {
  const side = (await page.locator('.part.sidebar').boundingBox())!;
  const [edge, middle] = [side.x + side.width, side.y + side.height / 2];
  await page.mouse.move(edge, middle);
  await page.mouse.down();
  await page.mouse.move(side.x + width, middle, { steps: 3 });
  await page.mouse.up();
}

/* On the page, which this compilation knows nothing of. */

interface Style {
  readonly overflowX: string;
  readonly textOverflow: string;
}

interface Element {
  readonly tagName: string;
  readonly className: unknown;
  readonly textContent: string;
  readonly scrollWidth: number;
  readonly clientWidth: number;
  readonly shadowRoot: Scope | null;
}

interface Scope {
  querySelectorAll(selector: string): Iterable<Element>;
  readonly adoptedStyleSheets: readonly { readonly cssRules: Iterable<{ readonly cssText: string }> }[];
  getAnimations(): readonly { readonly playState: string }[];
}

interface Page {
  readonly document: Scope & { readonly documentElement: Element; readonly body: Element };
  readonly getComputedStyle: (element: Element) => Style & { getPropertyValue(name: string): string };
}

const widthOf = (frame: Frame): Promise<number> =>
  frame.evaluate(() => (globalThis as unknown as Page).document.documentElement.clientWidth);

/** Animations that run, below shadow roots, too. */
const movements = (frame: Frame): Promise<number> =>
  frame.evaluate(() => {
    const count = (scope: Scope): number =>
      [...scope.querySelectorAll('*')].reduce(
        (sum, { shadowRoot }) => sum + (shadowRoot === null ? 0 : count(shadowRoot)),
        scope.getAnimations().filter(({ playState }) => playState === 'running').length,
      );
    return count((globalThis as unknown as Page).document);
  });

/** What is wider than its room and cannot be scrolled to, or has to be: text that goes on past the edge. */
const cutOff = (frame: Frame): Promise<string[]> =>
  frame.evaluate(() => {
    const { document, getComputedStyle } = globalThis as unknown as Page;
    const elementsOf = (scope: Scope): Element[] =>
      [...scope.querySelectorAll('*')].flatMap((element) =>
        element.shadowRoot === null ? [element] : [element, ...elementsOf(element.shadowRoot)],
      );
    const { scrollWidth, clientWidth } = document.documentElement;
    const hidden = elementsOf(document).filter((element) => {
      const { overflowX, textOverflow } = getComputedStyle(element);
      // What is hidden from the eye on purpose is one pixel wide.
      const cuts = /hidden|clip/.test(overflowX) && textOverflow !== 'ellipsis' && element.clientWidth > 1;
      return cuts && element.scrollWidth > element.clientWidth + 1;
    });
    return [
      ...(scrollWidth > clientWidth ? [`the page is ${scrollWidth - clientWidth} px too wide`] : []),
      ...hidden.map(
        ({ tagName, className, textContent }) => `${tagName} ${String(className)}: ${textContent.trim().slice(0, 60)}`,
      ),
    ];
  });

/** Tokens of ours, without another in their place, that the theme has not; no theme has all. */
const missingTokens = (frame: Frame): Promise<string[]> =>
  frame.evaluate(() => {
    const { document, getComputedStyle } = globalThis as unknown as Page;
    const root = getComputedStyle(document.documentElement);
    const panel = [...document.querySelectorAll('gantry-grpc-panel')][0]?.shadowRoot;
    const texts = [
      ...[...document.querySelectorAll('style')].map(({ textContent }) => textContent),
      ...(panel?.adoptedStyleSheets ?? []).flatMap(({ cssRules }) => [...cssRules].map(({ cssText }) => cssText)),
    ].join('');
    const tokens = new Set([...texts.matchAll(/var\((--vscode-[\w-]+)\)/g)].map(([, token]) => token!));
    return [...tokens].filter((token) => root.getPropertyValue(token) === '');
  });
