/** Patterns as a person puts them in: five by the keyboard, their imports, the module they need, and a file that compiles. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/lib/project.ts';
import { run } from '../../src/core/processes.ts';
import { eventually } from '../support/controlPlane.ts';
import { TestEditor } from '../support/editor.ts';
import { executed } from '../support/executed.ts';
import { needGo } from '../support/go.ts';
import { Workbench } from '../support/workbench.ts';

describe('patterns in the window', function () {
  this.timeout(300_000);
  let editor: TestEditor;
  let workbench: Workbench;

  before(async function () {
    this.timeout(10 * 60_000);
    await needGo(this);
    editor = await TestEditor.launch({
      workspace: join(root, 'test/fixtures/patterns'),
      // What is got comes from the module cache that the other tests have filled.
      settings: { 'files.autoSave': 'afterDelay', 'editor.wordBasedSuggestions': 'off' },
    });
    workbench = new Workbench(await editor.openWorkbench());
    await workbench.openFile('patterns.go');
    // The editor takes keys a moment after its tab is there.
    await workbench.page.locator('.editor-instance .view-lines').click();
    await workbench.page.locator('.editor-instance .monaco-editor.focused').waitFor();
  });
  after(() => editor?.close());
  afterEach(async function () {
    await workbench.afterTest(this.currentTest);
  });

  const text = (): string => readFileSync(join(editor.workspace, 'patterns.go'), 'utf8');
  const saved = (part: string): Promise<void> => eventually(() => text().includes(part));
  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await workbench.page.keyboard.press(key);
  };
  const toTheEnd = (): Promise<void> => press('Escape', 'Escape', 'Control+End', 'Enter');

  /** Types a prefix and takes the proposal. */
  async function complete(prefix: string): Promise<void> {
    const { page } = workbench;
    await toTheEnd();
    await page.keyboard.type(prefix, { delay: 30 });
    const proposal = page.locator('.suggest-widget.visible .monaco-list-row.focused').filter({ hasText: prefix });
    // Who was typing before the editor knew of proposals has to ask for them.
    for (let attempt = 0; attempt < 5 && !(await proposal.isVisible()); attempt++) {
      if (attempt > 0) await press('Control+Space');
      await proposal.waitFor({ timeout: 10_000 }).catch(() => undefined);
    }
    await proposal.waitFor();
    await press('Enter');
  }

  for (const [prefix, code, imported] of [
    ['gt-timeout', 'func WithDeadline(', '"context"'],
    ['gt-shed', 'func Shed(', '"net/http"'],
    ['gt-fallback', 'func withFallback[', '"log/slog"'],
  ] as const) {
    it(`${prefix} is put in by its prefix, with its imports`, async () => {
      await complete(prefix);
      await saved(code);
      await saved(imported);
    });
  }

  it('one is found by what it is for, previewed, and put in from the picker', async () => {
    const { page } = workbench;
    await toTheEnd();
    await workbench.runCommand('Gantry: Insert Pattern');
    executed.add('gantry.snippets.insert');
    await page.locator('.quick-input-widget input').waitFor();
    await page.keyboard.type('without a bound');
    await page.locator('.quick-input-list .monaco-list-row.focused').filter({ hasText: 'gt-bulkhead' }).waitFor();
    const preview = page.locator('.editor-instance').filter({ hasText: 'Taught by: C4' });
    await preview.waitFor({ timeout: 60_000 });
    await press('Enter');
    await saved('type Bulkhead chan struct{}');
    await preview.waitFor({ state: 'detached' });
  });

  it('gt-breaker offers the module that go.mod lacks, with the reason and the lesson, and gets it', async () => {
    await complete('gt-breaker');
    executed.add('gantry.snippets.getModules');
    await saved('"github.com/sony/gobreaker/v2"');
    // On a busy machine the message itself is gone before it is looked for; the list keeps it.
    await press('Escape', 'Escape');
    await workbench.runCommand('Notifications: Show Notifications');
    const offer = workbench.page
      .locator('.notification-list-item')
      .filter({ hasText: 'github.com/sony/gobreaker/v2 v' });
    await offer.filter({ hasText: 'A server that is down makes every caller wait' }).waitFor({ timeout: 60_000 });
    await offer.filter({ hasText: 'T8.1 Circuit breaker' }).waitFor();
    await offer.getByRole('button', { name: 'Run go get' }).click();
    await eventually(() => /gobreaker\/v2 v/.test(readFileSync(join(editor.workspace, 'go.mod'), 'utf8')), 120_000);
  });

  it('and the file with all five compiles', async () => {
    await press('Escape', 'Control+S');
    const { code, stderr } = await run('go', ['vet', './...'], { cwd: editor.workspace });
    assert.equal(code, 0, `${stderr}\n${text()}`);
    for (const part of ['WithDeadline', 'Shed', 'withFallback', 'Bulkhead', 'NewBreakerTransport']) {
      assert.ok(text().includes(part), part);
    }
    const imports = [...text().matchAll(/^\t"([^"]+)"$/gm)].map(([, path]) => path);
    assert.deepEqual(imports, [...new Set(imports)], 'each import stands there once');
  });
});
