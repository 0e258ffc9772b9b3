/** Two lessons from their start to green as a person takes them: by clicks, in both languages. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Frame, Locator } from 'playwright-core';
import { root } from '../../scripts/lib/project.ts';
import { seenByAxe } from '../support/axe.ts';
import { TestEditor, type Theme, inTheme } from '../support/editor.ts';
import { executed } from '../support/executed.ts';
import { type ViewName, Workbench } from '../support/workbench.ts';

interface Lesson {
  readonly id: string;
  /** Headings above it, and its own title. */
  readonly path: readonly string[];
  /** The file that the solution differs in. */
  readonly file: string;
  /** How the hints on the starter begin: the one that is shown with the verdict, and the one that is asked for. */
  readonly hints: readonly string[];
}

interface Words {
  readonly view: ViewName;
  readonly start: string;
  readonly check: string;
  readonly cancel: string;
  readonly hint: string;
  readonly failed: string;
  readonly proven: string;
  readonly past: string;
  readonly next: string;
  readonly changes: string;
  readonly compared: string;
  /** In the row of a lesson that is proven. */
  readonly state: string;
  readonly lessons: readonly Lesson[];
  /** In which everybody has to be able to use its page; the window is in the last one. */
  readonly themes: readonly Theme[];
}

const languages: Readonly<Record<'en' | 'zh-cn', Words>> = {
  en: {
    view: 'Curriculum',
    themes: ['dark', 'hc-black', 'hc-light', 'light'],
    start: 'Start',
    check: 'Check my work',
    cancel: 'Cancel',
    hint: 'Another hint',
    failed: 'Not proven yet',
    proven: 'Proven',
    past: 'What the last check found, before your code changed',
    next: 'Next: ',
    changes: 'What changed since it was proven',
    compared: 'proven ↔ now',
    state: 'proven',
    lessons: [
      {
        id: 'B6',
        path: ['Best practices', 'Development', 'Graceful shutdown'],
        file: 'main.go',
        hints: ['SIGTERM killed the process because nothing catches it.', 'Four steps.'],
      },
      {
        id: 'T8.1',
        path: ['Learning path', 'Phase 3', 'Resilience', 'Circuit breaker'],
        file: 'upstream.go',
        hints: ['The upstream failed 60 times and the calls went on.', 'Three steps.'],
      },
    ],
  },
  'zh-cn': {
    view: '课程',
    themes: ['hc-black'],
    start: '开始',
    check: '检查我的作业',
    cancel: '取消',
    hint: '再看一条提示',
    failed: '尚未证明',
    proven: '已证明',
    past: '上次检查的结果（之后你的代码有改动）',
    next: '下一项：',
    changes: '证明之后改了什么',
    compared: '证明时 ↔ 现在',
    state: '已证明',
    lessons: [
      {
        id: 'B6',
        path: ['最佳实践', '开发实践', '优雅关闭'],
        file: 'main.go',
        hints: ['SIGTERM 直接杀死了进程', '四步：'],
      },
      {
        id: 'T8.1',
        path: ['学习路径', '第三阶段', '弹性设计', '熔断器实现'],
        file: 'upstream.go',
        hints: ['上游失败了 60 次，调用却没有停止', '三步：'],
      },
    ],
  },
};

for (const [language, words] of Object.entries(languages) as ['en' | 'zh-cn', Words][]) {
  describe(`a learner's way, by clicks, in ${language === 'en' ? 'English' : 'Chinese'}`, function () {
    this.timeout(300_000);
    let empty: string;
    let editor: TestEditor;
    let workbench: Workbench;
    let view: Locator;

    before(async function () {
      this.timeout(10 * 60_000);
      empty = mkdtempSync(join(tmpdir(), 'gantry-learner-'));
      editor = await TestEditor.launch({
        workspace: empty,
        language,
        theme: words.themes.at(-1)!,
        // Green shall come by a click, and the text as it was written.
        settings: { 'gantry.curriculum.checkOnSave': false, 'editor.autoIndent': 'none' },
      });
      workbench = new Workbench(await editor.openWorkbench());
      await workbench.openGantry();
      view = await workbench.openView(words.view);
    });
    after(async () => {
      await editor?.close();
      rmSync(empty, { recursive: true, force: true });
    });
    afterEach(async function () {
      await workbench?.afterTest(this.currentTest);
    });

    /** Something that is seen in a frame, and the frame; each drawing of the lesson's page is a new one. */
    const seen = async (find: (frame: Frame) => Locator): Promise<{ frame: Frame; found: Locator }> => {
      for (let attempt = 0; attempt < 1200; attempt++) {
        for (const frame of workbench.page.frames()) {
          const found = find(frame).first();
          if (await found.isVisible().catch(() => false)) return { frame, found };
        }
        await workbench.page.waitForTimeout(100);
      }
      throw new Error(`no page ever showed ${String(find)}`);
    };
    /** Something on the page of the lesson. */
    const onPage = async (find: (body: Locator) => Locator): Promise<Locator> =>
      (await seen((frame) => find(frame.locator('body')))).found;
    /** What axe finds on the page with the heading, in each theme. */
    const findings = async (title: string): Promise<string[]> => {
      const found: string[] = [];
      for (const theme of words.themes) {
        editor.useTheme(theme);
        const { frame } = await seen((each) => each.locator(`${inTheme(theme)} :text-is("${title}")`));
        const { nodes, serious } = await seenByAxe(frame);
        console.error(`axe, ${theme}, ${title}: ${nodes} nodes seen, ${serious.length} serious`);
        assert.ok(nodes > 40, String(nodes));
        found.push(...serious.map((finding) => `${theme}, ${title}: ${finding}`));
      }
      return found;
    };
    const shows = (text: string): Promise<Locator> => onPage((body) => body.getByText(text));
    const heading = (text: string): Promise<Locator> =>
      onPage((body) => body.getByRole('heading', { name: text, exact: true }));
    const click = async (label: string, command: string): Promise<void> => {
      await (await onPage((body) => body.getByRole('button', { name: label }))).click();
      executed.add(`gantry.curriculum.${command}`);
    };

    /** Writes the file anew by the keyboard, and saves it. */
    const write = async (file: string, text: string): Promise<void> => {
      await workbench.page.locator('.tab').filter({ hasText: file }).last().click();
      await workbench.page.locator('.editor-group-container.active .view-lines').first().click();
      await workbench.page.keyboard.press('Control+A');
      await workbench.page.keyboard.insertText(text);
      await workbench.page.keyboard.press('Control+S');
    };

    for (const { id, path, file, hints } of words.lessons) {
      it(`${id}: start, a failing check, a hint, the fix, green`, async () => {
        // Whose label begins so: a heading's words are in the ones above it, too.
        const rowOf = (label: string): Locator => view.locator(`.monaco-list-row[aria-label^="${label}"]`).first();
        for (const group of path.slice(0, -1)) await workbench.unfold(rowOf(group));
        const row = rowOf(path.at(-1)!);
        await row.click();
        executed.add('gantry.curriculum.open');
        await click(words.start, 'start');
        await workbench.page.locator('.tab.active').filter({ hasText: file }).waitFor({ timeout: 60_000 });

        await click(words.check, 'check');
        await onPage((body) => body.getByRole('button', { name: words.cancel }));
        await workbench.screenshot(`lesson-${id}-running-${language}`);
        await heading(words.failed);
        for (const [i, hint] of hints.entries()) {
          if (i > 0) await click(words.hint, 'hint');
          await shows(hint);
        }
        await workbench.screenshot(`lesson-${id}-failed-${language}`);
        assert.deepEqual(await findings(words.failed), []);

        await write(file, readFileSync(join(root, 'curriculum', id, 'solution', file), 'utf8'));

        await click(words.check, 'check');
        await heading(words.proven);
        await onPage((body) => body.getByRole('button', { name: words.next }));
        await row.filter({ hasText: words.state }).waitFor({ timeout: 30_000 });
        const { proof } = JSON.parse(readFileSync(join(editor.workspace, '.gantry/proofs', `${id}.json`), 'utf8')) as {
          proof?: object;
        };
        assert.ok(proof !== undefined);
        // The lesson, and beside it the files of all lessons.
        assert.equal(await workbench.page.locator('.editor-group-container').count(), 2);
        await workbench.screenshot(`lesson-${id}-proven-${language}`);
        assert.deepEqual(await findings(words.proven), []);
      });
    }

    it('what changed since a proof is a click away', async () => {
      const { id, file } = words.lessons.at(-1)!;
      await write(file, `${readFileSync(join(root, 'curriculum', id, 'solution', file), 'utf8')}// Changed.\n`);
      const changes = await onPage((body) => body.getByRole('button', { name: words.changes }));
      await heading(words.past);
      await workbench.screenshot(`lesson-${id}-stale-${language}`);
      await changes.click();
      executed.add('gantry.curriculum.changes');
      await workbench.page.locator('.tab.active').filter({ hasText: words.compared }).waitFor({ timeout: 60_000 });
    });

    if (language === 'en') {
      it('T3.2: what a failing check started is kept running, and called by a click', async () => {
        for (const program of ['solution', 'impostors/made-up']) {
          const from = join(root, 'curriculum/T3.2', program);
          cpSync(from, join(editor.workspace, 'gantry-labs/T3.2'), { recursive: true });
        }
        await workbench.runCommand('Gantry: Start Lesson');
        await workbench.pick('Implementing a gRPC service');
        await workbench.page.locator('.tab.active').filter({ hasText: 'service.go' }).waitFor({ timeout: 60_000 });
        await heading('Contract'); // The text comes last, and draws the page anew.
        await click('Check and keep running', 'checkAndKeep');
        await onPage((body) => body.getByRole('button', { name: 'End what still runs' }));
        await heading(words.failed);
        await workbench.screenshot(`lesson-T3.2-held-${language}`);
        await (await onPage((body) => body.getByRole('link', { name: 'Open in the gRPC explorer' }))).click();
        executed.add('gantry.curriculum.openSubject');
        await (await onPage((body) => body.getByRole('button', { name: /^Send/ }))).click();
        await onPage((body) => body.getByText(/\bOK\b/));
        await workbench.screenshot(`lesson-T3.2-called-${language}`);
        await workbench.runCommand('Gantry: Cancel Check');
        await workbench.pick('Implementing a gRPC service');
        await workbench.page.locator('.tab').filter({ hasText: 'Implementing a gRPC service' }).first().click();
        await onPage((body) => body.getByRole('button', { name: words.check }));
        await heading(words.failed);
        assert.equal(await (await onPage((body) => body.locator('section'))).getByText('gRPC explorer').count(), 0);
      });
    }
  });
}
