/**
 * The panel's page as it is shipped, in a browser, under the panel's content security policy, with the real other end
 * and a real server. What VS Code adds around it is the editor suite's business.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../../scripts/lib/browser.ts';
import { root } from '../../../scripts/lib/project.ts';
import { mergeTranslations } from '../../../scripts/lib/translations.ts';
import type { Disposable } from '../../../src/core/disposable.ts';
import { silentLog } from '../../../src/core/log.ts';
import { type Grpc, createGrpc } from '../../../src/grpc/domain.ts';
import { servePanel } from '../../../src/grpc/panelSession.ts';
import { needGo } from '../../support/go.ts';
import { type GrpcServer, startGrpcServer } from '../../support/grpcServers.ts';

interface PostTarget {
  postMessage(message: unknown, origin: string): void;
}

describe('the gRPC panel', function () {
  this.timeout(300_000);
  let folder: string;
  let server: GrpcServer;
  let grpc: Grpc;
  let browser: Browser;
  let site: Server;
  let html = '';
  let page: Page;
  let session: Disposable | undefined;
  const problems: string[] = [];

  before(async function () {
    await needGo(this);
    folder = await mkdtemp(join(tmpdir(), 'gantry-panel-'));
    server = await startGrpcServer();
    const settings = { servers: () => [], deadline: () => 15, onDidChange: () => ({ dispose: () => {} }) };
    grpc = createGrpc({ log: silentLog, settings });
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
    site = createServer((request, response) => {
      const isScript = request.url === '/grpc.js';
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8');
      response.end(isScript ? script : html);
    });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    browser = await launchBrowser(() => {});
  });
  after(async () => {
    await browser?.close();
    site?.close();
    await grpc?.close();
    await server?.stop();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });
  afterEach(async () => {
    session?.dispose();
    await page?.close();
  });

  /** Opens the panel of a method, in English or with the Chinese strings. */
  async function open(method: string, language: Record<string, string> = {}): Promise<void> {
    const policy = `default-src 'none'; script-src 'nonce-test'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;`;
    html = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="${policy}"></head><body>
      <script nonce="test">globalThis.gantryLanguage = ${JSON.stringify(language)};</script>
      <script nonce="test">
        let kept;
        globalThis.acquireVsCodeApi = () => ({
          postMessage: (message) => toHost(message), getState: () => kept, setState: (state) => { kept = state; },
        });
      </script>
      <script nonce="test" type="module" src="/grpc.js"></script></body></html>`;
    const [node] = (await grpc.methods(server.address)).filter((each) => `${each.service}/${each.method}` === method);
    page = await browser.newPage();
    problems.length = 0;
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(error.message));
    let deliver: (message: unknown) => void = () => {};
    await page.exposeFunction('toHost', (message: unknown) => deliver(message));
    session = servePanel(grpc, node!, {
      post: (message) =>
        void page
          .evaluate((data) => (globalThis as unknown as PostTarget).postMessage(data, '*'), message)
          .catch(() => {}),
      listen: (listener) => {
        deliver = listener;
        return { dispose: () => (deliver = () => {}) };
      },
    });
    await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
    await page.getByRole('heading', { level: 1 }).waitFor();
  }

  /** The status line, once there is one. */
  const status = async (): Promise<string> => {
    const line = page.locator('#status p').first();
    await line.waitFor();
    return (await line.innerText()).replace(/\s+/g, ' ');
  };
  const answers = async (): Promise<unknown[]> =>
    (await page.locator('article pre').allInnerTexts()).map((text): unknown => JSON.parse(text));

  it('calls a method with the sample as it stands, by mouse', async () => {
    await open('gantry.test.Echo/Same');
    await page.locator('#send').click();
    assert.equal(await status(), 'OK 0');
    assert.equal((await answers()).length, 1);
    assert.deepEqual(problems, []);
  });

  it('calls a method by keyboard alone, digit by digit, and counts on the server', async () => {
    await open('gantry.test.Echo/Same');
    const calls = async (): Promise<number> => (await server.counts()).calls['/gantry.test.Echo/Same'] ?? 0;
    const before = await calls();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('{"i64": 9007199254740993}');
    await page.keyboard.press('Control+Enter');
    assert.equal(await status(), 'OK 0');
    assert.deepEqual([await answers(), (await calls()) - before], [[{ i64: '9007199254740993' }], 1]);
  });

  for (const [text, place, reason] of [
    ['{\n  "i64": 1,\n}', 'Line 3, column 1', 'A comma must not stand before the closing bracket.'],
    ['{\n  "colour": "PINK"\n}', 'Line 2, column 13', '“colour” cannot take this value.'],
  ] as const) {
    it(`marks the line of what is wrong: ${reason}`, async () => {
      await open('gantry.test.Echo/Same');
      await page.locator('#request').fill(text);
      await page.locator('#send').click();
      const problem = page.locator('#problem a');
      await problem.waitFor();
      const editor = page.locator('#request');
      const caret = await editor.evaluate((area) => (area as unknown as { selectionStart: number }).selectionStart);
      const marked = await page.locator('.gutter b').innerText();
      const invalid = await editor.getAttribute('aria-invalid');
      const sentence = await page.locator('#problem').innerText();
      const [, line = ''] = /Line (\d+)/.exec(place) ?? [];
      assert.deepEqual(
        [
          await problem.innerText(),
          sentence.includes(reason),
          marked,
          invalid,
          text.slice(0, caret).split('\n').length,
        ],
        [place, true, line, 'true', Number(line)],
      );
    });
  }

  it('shows the status, its details and the metadata of a failed call', async () => {
    await open('gantry.test.Echo/Fail');
    await page.locator('#send').click();
    assert.equal(await status(), 'RESOURCE_EXHAUSTED 8 too many orders: 订单太多');
    const details = (await page.locator('section').nth(1).locator('pre').allInnerTexts()).join('\n');
    assert.match(details, /QuotaFailure[^]*3 orders a minute[^]*RetryInfo[^]*gantry\.test\.Unpublished/);
  });

  it('sends metadata and a deadline', async () => {
    await open('grpc.testing.TestService/UnaryCall');
    await page.locator('#request').fill('{}');
    await page.locator('#add-metadata').click();
    await page.getByLabel('Name').fill('x-grpc-test-echo-initial');
    await page.getByLabel('Value').fill('seen');
    await page.locator('#send').click();
    assert.equal(await status(), 'OK 0');
    await page.locator('summary').first().click();
    const row = page.getByRole('row', { name: 'x-grpc-test-echo-initial' });
    assert.equal(await row.locator('td').innerText(), 'seen');
    await page.locator('#deadline').fill('0');
    await page.locator('#send').click();
    await page.getByText('A deadline is a number of seconds above 0.').waitFor();
  });

  it('ends at the deadline', async () => {
    await open('gantry.test.Echo/Hang');
    await page.locator('#deadline').fill('0.2');
    await page.locator('#send').click();
    assert.match(await status(), /^DEADLINE_EXCEEDED 4 /);
  });

  it('sends a stream of messages and shows a stream of answers', async () => {
    await open('grpc.testing.TestService/FullDuplexCall');
    const request = (size: number): string => `{"responseParameters": [{"size": ${size}}]}`;
    await page.locator('#request').fill(`${request(1)}\n${request(2)}\n${request(3)}`);
    await page.locator('#send').click();
    assert.equal(await status(), 'OK 0');
    const bodies = (await answers()).map((answer) => (answer as { payload: { body: string } }).payload.body);
    assert.deepEqual(bodies, ['AA==', 'AAA=', 'AAAA']);
  });

  it('cancels a stream without end, and bounds what it keeps', async () => {
    await open('gantry.test.Echo/Endless');
    await page.locator('#send').click();
    await page.getByText('are no longer shown').waitFor();
    await page.locator('#cancel').click();
    assert.match(await status(), /^CANCELLED 1/);
    assert.equal((await answers()).length, 500);
    while ((await server.counts()).running > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it('stands in Chinese', async () => {
    await open('gantry.test.Echo/Same', await mergeTranslations());
    const texts = await page.locator('h2, h3, vscode-button').allInnerTexts();
    assert.deepEqual(
      texts.map((text) => text.trim()),
      ['请求 gantry.test.Everything', '元数据', '添加元数据', '发送', '取消', '响应 gantry.test.Everything'],
    );
  });
});
