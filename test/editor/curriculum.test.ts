/**
 * Lessons from their start to green as a person takes them: by clicks, one in both languages, each kind of check in one.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { root } from '../../scripts/lib/project.ts';
import { seenByAxe } from '../support/axe.ts';
import { TestEditor, type Theme, inTheme } from '../support/editor.ts';
import { sharedEngine } from '../support/engine.ts';
import { eventually } from '../support/eventually.ts';
import { executed } from '../support/executed.ts';
import { judged as judgedOn } from '../support/lessonPage.ts';
import { learnerWorld } from '../support/learnerWorld.ts';
import { type ViewName, Workbench } from '../support/workbench.ts';

/** Green shall come by a click, and by no watcher: VS Code's misses some of what is saved right after a check. */
const settings = {
  'gantry.curriculum.checkOnSave': false,
  'files.watcherExclude': { '**/gantry-labs/**': true },
  'files.autoSave': 'off',
  'editor.pasteAs.enabled': false, // Pastes a moment later.
};

interface Lesson {
  readonly id: string;
  /** Headings above it, and its own title. */
  readonly path: readonly string[];
  /** The file that Start opens, which the solution differs in, and others that it differs in. */
  readonly file: string;
  readonly others?: readonly string[];
  /** How the hints on the starter begin: the one that is shown with the verdict, and the one that is asked for. */
  readonly hints: readonly string[];
  /** Its page is drawn in this one, looked at by axe and pictured; `everybody.test.ts` does so in all. */
  readonly theme: Theme;
}

interface Words {
  readonly view: ViewName;
  readonly start: string;
  readonly check: string;
  readonly cancel: string;
  readonly hint: string;
  readonly failed: string;
  readonly blocked: string;
  readonly proven: string;
  readonly past: string;
  readonly next: string;
  readonly changes: string;
  readonly compared: string;
  /** How a lesson stands that is proven, and one that is not, in its row and above the lines of its file. */
  readonly state: string;
  readonly failing: string;
  readonly lessons: readonly Lesson[];
}

const languages: Readonly<Record<'en' | 'zh-cn', Words>> = {
  en: {
    view: 'Curriculum',
    start: 'Start',
    check: 'Check my work',
    cancel: 'Cancel',
    hint: 'Another hint',
    failed: 'Not proven yet',
    blocked: 'The check could not run',
    proven: 'Proven',
    past: 'What the last check found, before your code changed',
    next: 'Next: ',
    changes: 'What changed since it was proven',
    compared: 'proven ↔ now',
    state: 'proven',
    failing: 'failing',
    lessons: [
      {
        id: 'B6',
        path: ['Best practices', 'Development', 'Graceful shutdown'],
        file: 'main.go',
        hints: ['SIGTERM killed the process because nothing catches it.', 'Four steps.'],
        theme: 'light',
      },
      {
        id: 'T4.2',
        path: ['Learning path', 'Phase 2', 'Containers', 'Multi-stage builds'],
        file: 'Dockerfile',
        others: ['.dockerignore'],
        hints: ['The program runs as root.', 'Two stages.'],
        theme: 'dark',
      },
      {
        id: 'T8.1',
        path: ['Learning path', 'Phase 3', 'Resilience', 'Circuit breaker'],
        file: 'upstream.go',
        hints: ['The upstream failed 60 times and the calls went on.', 'Three steps.'],
        theme: 'light',
      },
    ],
  },
  'zh-cn': {
    view: '课程',
    start: '开始',
    check: '检查我的作业',
    cancel: '取消',
    hint: '再看一条提示',
    failed: '尚未证明',
    blocked: '检查无法进行',
    proven: '已证明',
    past: '上次检查的结果（之后你的代码有改动）',
    next: '下一项：',
    changes: '证明之后改了什么',
    compared: '证明时 ↔ 现在',
    state: '已证明',
    failing: '未通过',
    lessons: [
      {
        id: 'T5.3',
        path: ['学习路径', '第二阶段', 'Kubernetes编排', '自定义资源与控制器'],
        file: 'controller.go',
        hints: ['还没有 ConfigMap', '先设置终结器'],
        theme: 'hc-light',
      },
      {
        id: 'T6.1',
        path: ['学习路径', '第二阶段', '服务网格', 'Istio基础使用'],
        file: 'mesh.yaml',
        others: ['mesh.go'],
        hints: ['Service 的端口没有名字 grpc', '先写 mesh.yaml 里的三个对象'],
        theme: 'dark',
      },
      {
        id: 'B6',
        path: ['最佳实践', '开发实践', '优雅关闭'],
        file: 'main.go',
        hints: ['SIGTERM 直接杀死了进程', '四步：'],
        theme: 'hc-black',
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
      empty = mkdtempSync(join(tmpdir(), 'gantry-learner-'));
      await sharedEngine(this); // Skips where there is none.
      this.timeout(30 * 60_000);
      editor = await TestEditor.launch({
        workspace: empty,
        env: await learnerWorld(),
        language,
        settings,
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

    /** Something on the page of the lesson. */
    const onPage = async (find: (body: Locator) => Locator): Promise<Locator> =>
      (await workbench.seen((frame) => find(frame.locator('body')))).found;
    const press = (find: (body: Locator) => Locator): Promise<void> =>
      workbench.press((frame) => find(frame.locator('body')));
    /** What axe finds on the page with the heading, once it is drawn in the theme. */
    const findings = async (title: string, theme: Theme): Promise<readonly string[]> => {
      const { frame } = await workbench.seen((each) => each.locator(`${inTheme(theme)} :text-is("${title}")`));
      const { nodes, violations } = await seenByAxe(frame);
      console.error(`axe, ${theme}, ${title}: ${nodes} nodes seen, ${violations.length} violations`);
      assert.ok(nodes > 40, String(nodes));
      return violations;
    };
    /** A lesson's text comes last, and draws its page anew: what is clicked in that moment is lost. */
    const textIsDrawn = (id: string): Promise<Locator> =>
      onPage((body) => body.locator(`main:has(.quiet:text("${id} · ")) h2:not(:has(.mark))`));
    const shows = (text: string): Promise<Locator> => onPage((body) => body.getByText(text));
    const heading = (text: string): Promise<Locator> =>
      onPage((body) => body.getByRole('heading', { name: text, exact: true }));
    /** What stands above the lines of the file follows the check, a moment later. */
    const lens = (text: string): Promise<void> =>
      workbench.page.locator('.codelens-decoration').filter({ hasText: text }).first().waitFor({ timeout: 30_000 });
    const click = async (label: string, command: string): Promise<void> => {
      await press((body) => body.getByRole('button', { name: label }));
      executed.add(`gantry.curriculum.${command}`);
    };

    /** What hovers over the row that was clicked last would lie on the page. */
    const picture = async (name: string): Promise<void> => {
      await workbench.page.mouse.move(640, 5);
      await workbench.page.locator('.workbench-hover').waitFor({ state: 'hidden' });
      await workbench.screenshot(`${name}-${language}`);
    };
    const judged = async (verdict: string, during?: () => Promise<void>): Promise<void> => {
      await judgedOn(workbench, { ...words, verdict, otherwise: words.blocked }, during);
      executed.add('gantry.curriculum.check');
    };

    /** Opens the page of an item, and returns its row. */
    const open = async (path: readonly string[]): Promise<Locator> => {
      // Whose label begins so: a heading's words are in the ones above it, too.
      const rowOf = (label: string): Locator => view.locator(`.monaco-list-row[aria-label^="${label}"]`).first();
      await view.locator('.monaco-list-row').first().waitFor({ timeout: 60_000 });
      await workbench.collapse(); // Rows out of sight are not drawn.
      for (const group of path.slice(0, -1)) await workbench.unfold(rowOf(group));
      const row = rowOf(path.at(-1)!);
      await row.click();
      executed.add('gantry.curriculum.open');
      return row;
    };

    /** Writes the file anew by the keyboard, and saves it. */
    const write = async (file: string, text: string): Promise<void> => {
      await workbench.page.locator('.tab').filter({ hasText: file }).last().click();
      await workbench.replaceAll(text);
      await workbench.page.keyboard.press('Control+S');
      await workbench.page.keyboard.press('Control+Home');
    };

    for (const { id, path, file, others = [], hints, theme } of words.lessons) {
      it(`${id}: start, a failing check, a hint, the fix, green`, async () => {
        const row = await open(path);
        await textIsDrawn(id);
        await click(words.start, 'start');
        await workbench.page.locator('.tab.active').filter({ hasText: file }).waitFor({ timeout: 60_000 });

        editor.useTheme(theme);
        await workbench.seen((frame) => frame.locator(inTheme(theme)));
        await judged(words.failed, () => picture(`lesson-${id}-running`));
        await lens(`${id} · ${words.failing}`);
        for (const [i, hint] of hints.entries()) {
          if (i > 0) await click(words.hint, 'hint');
          await shows(hint);
        }
        await picture(`lesson-${id}-failed`);
        assert.deepEqual(await findings(words.failed, theme), []);

        const solution = join(root, 'curriculum', id, 'solution');
        for (const other of others) cpSync(join(solution, other), join(editor.workspace, 'gantry-labs', id, other));
        await write(file, readFileSync(join(solution, file), 'utf8'));

        await judged(words.proven);
        await lens(`${id} · ${words.state}`);
        await onPage((body) => body.getByRole('button', { name: words.next }));
        await row.filter({ hasText: words.state }).waitFor({ timeout: 30_000 });
        const { proof } = JSON.parse(readFileSync(join(editor.workspace, '.gantry/proofs', `${id}.json`), 'utf8')) as {
          proof?: object;
        };
        assert.ok(proof !== undefined);
        // The lesson, and beside it the files of all lessons.
        assert.equal(await workbench.page.locator('.editor-group-container').count(), 2);
        await picture(`lesson-${id}-proven`);
        assert.deepEqual(await findings(words.proven, theme), []);
      });
    }

    it('what changed since a proof is a click away', async () => {
      const { id, file } = words.lessons.at(-1)!;
      await write(file, `${readFileSync(join(root, 'curriculum', id, 'solution', file), 'utf8')}// Changed.\n`);
      // Sooner than the window is next looked at, which would tell as well.
      await workbench.seen((frame) => frame.getByRole('heading', { name: words.past, exact: true }), undefined, 20);
      await picture(`lesson-${id}-stale`);
      await press((body) => body.getByRole('button', { name: words.changes }));
      executed.add('gantry.curriculum.changes');
      await workbench.page.locator('.tab.active').filter({ hasText: words.compared }).waitFor({ timeout: 60_000 });
    });

    if (language === 'zh-cn') {
      it('T4.3: without an engine its check is blocked, which is no failure of the lesson', async () => {
        editor.configure({ ...settings, 'gantry.docker.endpoint': 'unix:///nowhere/docker.sock' });
        editor.useTheme('hc-light');
        await open(['学习路径', '第二阶段', '容器化技术', 'Go应用容器化指南']);
        await textIsDrawn('T4.3');
        await click(words.start, 'start');
        await workbench.page.locator('.tab.active').filter({ hasText: 'main.go' }).waitFor({ timeout: 60_000 });
        await workbench.seen((frame) => frame.locator(inTheme('hc-light')));
        // A check that begins before the setting is taken finds the engine of before.
        const verdict = new RegExp(`${words.blocked}|${words.failed}`);
        const isBlocked = async (): Promise<boolean> => {
          await click(words.check, 'check');
          await onPage((body) => body.getByRole('button', { name: words.check }));
          // No verdict that soon: the page was drawn anew and took the click with it.
          const { found } = await workbench.seen(
            (frame) => frame.getByRole('heading', { name: verdict }),
            undefined,
            20,
          );
          return (await found.innerText()).includes(words.blocked);
        };
        // A page that is drawn anew takes what is looked at with it.
        await eventually(() => isBlocked().catch(() => false), 240_000);
        await heading(words.blocked);
        await lens('T4.3 · 受阻');
        await picture('lesson-T4.3-blocked');
        assert.deepEqual(await findings(words.blocked, 'hc-light'), []);
        await press((body) => body.getByRole('button', { name: '查看为什么没有容器引擎应答' }));
        await workbench.pageShows('/nowhere/docker.sock');
        editor.configure(settings);
      });
    }

    if (language === 'en') {
      it('R1: what was read is grey, and can be taken back', async () => {
        editor.useTheme('dark');
        const row = await open(['Resources', 'Official resources', 'Kubernetes documentation']);
        await click('I have read it', 'attest');
        await onPage((body) => body.getByRole('button', { name: 'Take back that I have read it' }));
        await row.filter({ hasText: 'attested' }).waitFor({ timeout: 30_000 });
        await workbench.seen((frame) => frame.locator(`${inTheme('dark')} :text-is("Kubernetes documentation")`));
        await picture('lesson-R1-attested');

        // A page that is loaded again loses the keys and clicks of that moment: opened once more, it stays.
        let loads = 0;
        workbench.page.on('framenavigated', (frame) => (loads += frame.parentFrame()?.parentFrame() == null ? 0 : 1));
        await row.click();
        await press((body) => body.getByRole('button', { name: 'Take back that I have read it' }));
        await onPage((body) => body.getByRole('button', { name: 'I have read it', exact: true }));
        assert.equal(loads, 1);
      });

      it('T3.2: what a failing check started is kept running, and called by a click', async () => {
        for (const program of ['solution', 'impostors/made-up']) {
          const from = join(root, 'curriculum/T3.2', program);
          cpSync(from, join(editor.workspace, 'gantry-labs/T3.2'), { recursive: true });
        }
        await workbench.choose('Gantry: Start Lesson', 'Implementing a gRPC service');
        await workbench.page.locator('.tab.active').filter({ hasText: 'service.go' }).waitFor({ timeout: 60_000 });
        await textIsDrawn('T3.2');
        await click('Check and keep running', 'checkAndKeep');
        await onPage((body) => body.getByRole('button', { name: 'End what still runs' }));
        await heading(words.failed);
        await picture('lesson-T3.2-held');
        await press((body) => body.getByRole('link', { name: 'Open in the gRPC explorer' }));
        executed.add('gantry.curriculum.openSubject');
        await press((body) => body.getByRole('button', { name: /^Send/ }));
        await onPage((body) => body.getByText(/\bOK\b/));
        await picture('lesson-T3.2-called');
        await workbench.choose('Gantry: Cancel Check', 'Implementing a gRPC service');
        await workbench.page.locator('.tab').filter({ hasText: 'Implementing a gRPC service' }).first().click();
        await onPage((body) => body.getByRole('button', { name: words.check }));
        await heading(words.failed);
        assert.equal(await (await onPage((body) => body.locator('section'))).getByText('gRPC explorer').count(), 0);
      });
    }
  });
}
