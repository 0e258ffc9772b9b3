/**
 * The panel's page as it is shipped, in a browser, under the panel's content security policy, with the real other end.
 * What VS Code adds around it is the editor suite's business.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../scripts/lib/browser.ts';
import { root } from '../../scripts/lib/project.ts';
import type { Disposable } from '../../src/core/disposable.ts';
import type { Grpc } from '../../src/grpc/domain.ts';
import type { Port } from '../../src/core/rpc.ts';
import type { Fix } from '../../src/grpc/events.ts';
import type { ChosenFile, Draft, PastCall } from '../../src/grpc/protocol.ts';
import { servePanel } from '../../src/grpc/panelSession.ts';

interface PostTarget {
  postMessage(message: unknown, origin: string): void;
}

export class PanelHarness {
  readonly #folder: string;
  readonly #browser: Browser;
  readonly #site: Server;
  #html = '';
  #session: Disposable | undefined;
  #deliver: (message: unknown) => void = () => {};
  /** What the page gave to keep. */
  draft: Draft | undefined;
  /** What VS Code kept of the page; older than `draft` when the window closed just after typing. */
  kept: object | undefined;
  /** The calls that were made of the open method. */
  history: readonly PastCall[] = [];
  /** What the person chooses when asked for a file. */
  file: ChosenFile | undefined;
  /** Documents that were opened. */
  readonly opened: string[] = [];
  /** Pairs of answers that were compared. */
  readonly compared: [PastCall, PastCall][] = [];
  /** The fixes that were chosen. */
  readonly fixes: Fix[] = [];
  /** Errors on the page's console, breaches of its policy among them. */
  readonly problems: string[] = [];

  private constructor(folder: string, browser: Browser, script: string) {
    this.#folder = folder;
    this.#browser = browser;
    this.#site = createServer((request, response) => {
      const isScript = request.url === '/grpc.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8');
      response.end(isScript ? script : this.#html);
    });
  }

  static async start(): Promise<PanelHarness> {
    const folder = await mkdtemp(join(tmpdir(), 'gantry-panel-'));
    await build({
      entryPoints: [join(root, 'src/webview/grpc/main.ts')],
      outfile: join(folder, 'grpc.js'),
      bundle: true,
      format: 'esm',
      minify: true,
      target: 'es2022',
      tsconfig: join(root, 'src/webview/tsconfig.json'),
      logLevel: 'silent',
    });
    const script = await readFile(join(folder, 'grpc.js'), 'utf8');
    const harness = new PanelHarness(folder, await launchBrowser(() => {}), script);
    await new Promise<void>((resolve) => harness.#site.listen(0, '127.0.0.1', resolve));
    return harness;
  }

  /** Opens the panel of a method of a server, in English or with the strings given. */
  async open(grpc: Grpc, target: string, method: string, language: Record<string, string> = {}): Promise<Page> {
    const policy = `default-src 'none'; script-src 'nonce-test'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;`;
    this.#html = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>gRPC</title>
      <meta http-equiv="Content-Security-Policy" content="${policy}"></head><body>
      <script nonce="test">globalThis.gantryLanguage = ${JSON.stringify(language)};</script>
      <script nonce="test">
        let kept = ${JSON.stringify(this.kept) ?? 'undefined'};
        globalThis.acquireVsCodeApi = () => ({
          postMessage: (message) => toHost(message), getState: () => kept, setState: (state) => { kept = state; },
        });
      </script>
      <script nonce="test" type="module" src="/grpc.js"></script></body></html>`;
    const [node] = (await grpc.methods(target)).filter((each) => `${each.service}/${each.method}` === method);
    const page = await this.#browser.newPage();
    this.problems.length = 0;
    page.on('console', (message) => {
      if (message.type() === 'error') this.problems.push(message.text());
    });
    page.on('pageerror', (error) => this.problems.push(error.message));
    await page.exposeFunction('toHost', (message: unknown) => this.#deliver(message));
    const port: Port = {
      post: (message) =>
        void page
          .evaluate((data) => (globalThis as unknown as PostTarget).postMessage(data, '*'), message)
          .catch(() => {}),
      listen: (listener) => {
        this.#deliver = listener;
        return { dispose: () => (this.#deliver = () => {}) };
      },
    };
    this.#session = servePanel(grpc, node!, port, {
      draft: async () => this.draft,
      keep: async (draft) => {
        this.draft = draft;
      },
      fix: async (fix) => {
        this.fixes.push(fix);
        return true;
      },
      copyGrpcurl: async () => {},
      history: async () => this.history,
      keepHistory: async (history) => {
        this.history = history;
      },
      chooseFile: async () => this.file,
      open: async (json) => void this.opened.push(json),
      compare: async (older, newer) => void this.compared.push([older, newer]),
      now: () => Date.now(),
    });
    await page.goto(`http://127.0.0.1:${(this.#site.address() as AddressInfo).port}/`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    return page;
  }

  /** Sends something to the extension's end as the page could. */
  deliver(message: unknown): void {
    this.#deliver(message);
  }

  async closePages(): Promise<void> {
    this.#session?.dispose();
    for (const context of this.#browser.contexts()) await context.close();
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    this.#site.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
