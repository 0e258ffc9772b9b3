/**
 * A real VS Code: the server from npm, its pages in headless Chromium. Two ways to test in it: `runHostSuite` runs mocha
 * inside the extension host, `openWorkbench` gives a page to click on.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../scripts/lib/browser.ts';
import { root } from '../../scripts/lib/project.ts';
import { installVscodeServer, startVscodeServer, type VscodeServer } from '../../scripts/lib/vscodeServer.ts';
import { run } from '../../src/core/processes.ts';
import { eventually } from './eventually.ts';

export interface EditorOptions {
  /** Copied, so that tests may change it. */
  readonly workspace: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Folders of extensions that are installed beside Gantry. */
  readonly extensions?: readonly string[];
  /** Folder of the extension that is developed in it, instead of Gantry's own. */
  readonly developed?: string;
  /** VS Code's display language; the program's strings follow. */
  readonly language?: 'en' | 'zh-cn';
  readonly theme?: 'light' | 'dark' | 'hc-black' | 'hc-light';
}

export interface TestResult {
  readonly title: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  readonly error?: string;
}

/** What the suite in the extension host left behind. */
export interface HostReport {
  readonly finished: boolean;
  readonly results: readonly TestResult[];
  /** Ids of the commands that it ran. */
  readonly executed: readonly string[];
}

const say = (line: string): void => console.error(line);

export const themes = {
  light: 'Default Light Modern',
  dark: 'Default Dark Modern',
  'hc-black': 'Default High Contrast',
  'hc-light': 'Default High Contrast Light',
} as const;

export type Theme = keyof typeof themes;

/** Finds the page of a webview once it is drawn in the theme. */
export const inTheme = (theme: Theme): string =>
  `body[data-vscode-theme-kind="${{ light: 'vscode-light', dark: 'vscode-dark', 'hc-black': 'vscode-high-contrast', 'hc-light': 'vscode-high-contrast-light' }[theme]}"]`; // prettier-ignore

/** A VS Code of one's own with a copy of a workspace. `close` ends and removes all of it. */
export class TestEditor {
  readonly workspace: string;
  readonly #folder: string;
  readonly #server: VscodeServer;
  readonly #browser: Browser;
  readonly #language: 'en' | 'zh-cn';
  /** Folder of the extension that is developed in it. */
  readonly #developed: string;
  /** What server and pages print. */
  readonly #printed: { text: string };

  private constructor(
    folder: string,
    server: VscodeServer,
    browser: Browser,
    printed: { text: string },
    { language, developed }: EditorOptions,
  ) {
    this.#folder = folder;
    this.workspace = workspaceFolder(folder);
    this.#server = server;
    this.#browser = browser;
    this.#printed = printed;
    this.#language = language ?? 'en';
    this.#developed = developed ?? root;
  }

  static async launch(options: EditorOptions): Promise<TestEditor> {
    const main = await installVscodeServer(say);
    const folder = await mkdtemp(join(tmpdir(), 'gantry-editor-'));
    await cp(options.workspace, workspaceFolder(folder), { recursive: true });
    const user = join(folder, 'server', 'data', 'User');
    await mkdir(user, { recursive: true });
    const settings = {
      'workbench.colorTheme': themes[options.theme ?? 'dark'],
      'workbench.startupEditor': 'none',
      'security.workspace.trust.enabled': false,
      'chat.disableAIFeatures': true,
      'window.commandCenter': false,
      'workbench.secondarySideBar.defaultVisibility': 'hidden',
      'workbench.tips.enabled': false,
      'telemetry.telemetryLevel': 'off',
      'extensions.ignoreRecommendations': true,
      'git.openRepositoryInParentFolders': 'never',
      ...options.settings,
    };
    await writeFile(join(user, 'settings.json'), JSON.stringify(settings));
    // Only here are the settings heard that are the machine's.
    await mkdir(machineFolder(folder), { recursive: true });
    await writeFile(join(machineFolder(folder), 'settings.json'), JSON.stringify(options.settings ?? {}));
    await installExtensions(join(folder, 'server', 'extensions'), options.extensions ?? []);
    const browser = await launchBrowser(say);
    const printed = { text: '' };
    try {
      const server = await startVscodeServer(main, {
        dataFolder: join(folder, 'server'),
        testDriver: true,
        env: { ...options.env, GANTRY_EDITOR_REPORT: join(folder, 'report.json') },
        onOutput: (text) => (printed.text += text),
      });
      return new TestEditor(folder, server, browser, printed, options);
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  /** Opens the workbench on the workspace with Gantry loaded. */
  async openWorkbench(
    extra: readonly (readonly [string, string])[] = [],
    size = { width: 1280, height: 860 },
  ): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: size });
    const page = await context.newPage();
    // What a language pack's page sets; without the pack VS Code's own words stay English, extensions speak the language.
    if (this.#language !== 'en') await page.addInitScript(`globalThis._VSCODE_NLS_LANGUAGE = '${this.#language}'`);
    page.on('console', (message) => (this.#printed.text += `[page] ${message.text()}\n`));
    const authority = `127.0.0.1:${this.#server.port}`;
    const payload = [['extensionDevelopmentPath', `vscode-remote://${authority}${this.#developed}`], ...extra];
    await page.goto(
      `http://${authority}/?folder=${encodeURIComponent(this.workspace)}&payload=${encodeURIComponent(JSON.stringify(payload))}`,
      { timeout: 180_000 },
    );
    await page.waitForSelector('.monaco-workbench', { timeout: 180_000 });
    return page;
  }

  /** Runs the built suite inside the extension host and returns what it reported. */
  async runHostSuite(minutes: number): Promise<HostReport> {
    const tests = `vscode-remote://127.0.0.1:${this.#server.port}${join(this.#developed, 'dist/test/index.cjs')}`;
    const page = await this.openWorkbench([['extensionTestsPath', tests]]);
    const report = join(this.#folder, 'report.json');
    const until = Date.now() + minutes * 60_000;
    let results: readonly TestResult[] = [];
    let executed: readonly string[] = [];
    while (Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      if (!existsSync(report)) continue;
      const read = parse(await readFile(report, 'utf8'));
      if (read === undefined) continue;
      ({ results, executed } = read);
      if (read.finished) return read;
    }
    await page.screenshot({ path: join(root, 'test-output', 'host-suite-unfinished.png') }).catch(() => undefined);
    const error = this.#printed.text.slice(-6000);
    const late: TestResult = { title: `the host suite ended within ${minutes} minutes`, state: 'failed', error };
    return { finished: false, results: [...results, late], executed };
  }

  /** Replaces the machine's settings; VS Code hears of it a moment later. */
  configure(settings: Readonly<Record<string, unknown>>): void {
    writeFileSync(join(machineFolder(this.#folder), 'settings.json'), JSON.stringify(settings));
  }

  /** Process ids of the extension hosts that run now, one for each window. */
  hosts(): Promise<number[]> {
    return extensionHosts(this.#server.process.pid!);
  }

  /** Ends the extension hosts as a crash does. VS Code starts no other while an extension is developed in it, as here. */
  async crashHost(): Promise<void> {
    const server = this.#server.process.pid!;
    const hosts = await extensionHosts(server);
    if (hosts.length === 0) throw new Error('there is no extension host');
    for (const pid of hosts) process.kill(pid, 'SIGKILL');
    await eventually(async () => (await extensionHosts(server)).every((pid) => !hosts.includes(pid)));
  }

  /** Draws the window in another theme, and by other settings of the workspace; what it shows follows a moment later. */
  useTheme(theme: Theme, settings: Readonly<Record<string, unknown>> = {}): void {
    const folder = join(this.workspace, '.vscode');
    mkdirSync(folder, { recursive: true });
    const all = { 'workbench.colorTheme': themes[theme], ...settings };
    writeFileSync(join(folder, 'settings.json'), JSON.stringify(all));
  }

  /**
   * Which of the words stand where in what was written down: logs of VS Code and of Gantry, storage, what server and pages
   * printed. Settings are left out: a person writes those.
   */
  async traces(words: readonly string[]): Promise<string[]> {
    const folder = join(this.#folder, 'server');
    const texts = [['output of server and pages', this.#printed.text]];
    for (const file of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!file.isFile() || file.name === 'settings.json') continue;
      const path = join(file.parentPath, file.name);
      texts.push([relative(folder, path), await readFile(path, 'latin1')]);
    }
    return texts.flatMap(([place, text]) => {
      const looked = ownEnvironment.test(text!)
        ? text!.split('\n').filter((line) => !ownEnvironment.test(line))
        : [text!];
      return words.filter((word) => looked.some((part) => part.includes(word))).map((word) => `${place}: ${word}`);
    });
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#server.stop();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** What VS Code's server writes of each process that it starts, when it tells all: its whole environment. */
const ownEnvironment = /"VSCODE_HANDLES_UNCAUGHT_ERRORS"/;

const workspaceFolder = (folder: string): string => join(folder, 'workspace');
const machineFolder = (folder: string): string => join(folder, 'server', 'data', 'Machine');

/** As VS Code keeps them: a folder for each, and a list of all. */
async function installExtensions(into: string, extensions: readonly string[]): Promise<void> {
  const list: object[] = [];
  for (const from of extensions) {
    const manifest = JSON.parse(await readFile(join(from, 'package.json'), 'utf8')) as Record<string, string>;
    const id = `${manifest['publisher']}.${manifest['name']}`;
    const name = `${id}-${manifest['version']}`;
    await cp(from, join(into, name), { recursive: true });
    const location = { $mid: 1, scheme: 'file', path: join(into, name) };
    list.push({ identifier: { id }, version: manifest['version'], location, relativeLocation: name });
  }
  if (list.length > 0) await writeFile(join(into, 'extensions.json'), JSON.stringify(list));
}

/** Extension hosts that this server started. */
async function extensionHosts(server: number): Promise<number[]> {
  const { stdout } = await run('ps', ['-ww', '-o', 'pid=,args=', '--ppid', String(server)]);
  const rows = stdout.split('\n').filter((row) => row.includes('--type=extensionHost'));
  return rows.map((row) => Number.parseInt(row, 10));
}

/** The report, or undefined while it is half written. */
function parse(text: string): HostReport | undefined {
  try {
    return JSON.parse(text) as HostReport;
  } catch {
    return undefined;
  }
}
