/** What a person does in the panel and sees of it, on its page. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { mergeTranslations } from '../../../scripts/lib/translations.ts';
import { silentLog } from '../../../src/core/log.ts';
import { type Grpc, createGrpc } from '../../../src/grpc/domain.ts';
import { needGo } from '../../support/go.ts';
import { PanelHarness } from '../../support/grpcPanel.ts';
import { type GrpcServer, startGrpcServer } from '../../support/grpcServers.ts';

describe('the gRPC panel', function () {
  this.timeout(300_000);
  let server: GrpcServer;
  let grpc: Grpc;
  let harness: PanelHarness;
  let page: Page;

  before(async function () {
    await needGo(this);
    server = await startGrpcServer();
    const settings = { servers: () => [], deadline: () => 15, onDidChange: () => ({ dispose: () => {} }) };
    grpc = createGrpc({ log: silentLog, settings });
    harness = await PanelHarness.start();
  });
  after(async () => {
    await harness?.stop();
    await grpc?.close();
    await server?.stop();
  });
  afterEach(async () => {
    await harness?.closePages();
    if (harness !== undefined) harness.draft = undefined;
  });

  const open = async (method: string, language?: Record<string, string>): Promise<void> => {
    page = await harness.open(grpc, server.address, method, language);
  };

  /** The status line, once there is one. */
  const status = async (): Promise<string> => {
    const line = page.locator('#status p').first();
    await line.waitFor();
    return (await line.innerText()).replace(/\s+/g, ' ');
  };
  const answers = async (): Promise<unknown[]> =>
    (await page.locator('article.received pre').allInnerTexts()).map((text): unknown => JSON.parse(text));

  it('calls a method with the sample as it stands, by mouse', async () => {
    await open('gantry.test.Echo/Same');
    await page.locator('#send').click();
    assert.equal(await status(), 'OK 0');
    assert.equal((await answers()).length, 1);
    assert.deepEqual(harness.problems, []);
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

  it('sends one message, sees its answer, sends the next, and half-closes: by mouse', async () => {
    await open('grpc.testing.TestService/FullDuplexCall');
    const request = (size: number): string => `{"responseParameters": [{"size": ${size}}]}`;
    const editor = page.locator('#request');
    await editor.fill(`${request(1)}\n${request(2)}`);
    await editor.evaluate((area) =>
      (area as unknown as { setSelectionRange(a: number, b: number): void }).setSelectionRange(0, 0),
    );
    await page.locator('#send-one').click();
    await page.getByRole('article', { name: 'Message 1', exact: true }).waitFor();
    await page.locator('#send-one').click();
    await page.getByRole('article', { name: 'Message 2', exact: true }).waitFor();
    const order = await page
      .locator('article')
      .evaluateAll((all) => all.map((one) => (one as unknown as { className: string }).className));
    assert.deepEqual([await page.locator('#status p').count(), order], [0, ['sent', 'received', 'sent', 'received']]);
    await page.locator('#half-close').click();
    assert.equal(await status(), 'OK 0');
  });

  it('sends one message and half-closes by keyboard alone', async () => {
    await open('grpc.testing.TestService/StreamingInputCall');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('{"payload": {"body": "AAAA"}}');
    await page.keyboard.press('Control+Shift+Enter');
    await page.getByRole('article', { name: 'Sent message 1' }).waitFor();
    await page.keyboard.press('Control+Shift+Enter');
    await page.getByRole('article', { name: 'Sent message 2' }).waitFor();
    const focused = (): Promise<string> =>
      page.evaluate(() => {
        const { document } = globalThis as unknown as {
          document: { activeElement: { shadowRoot: { activeElement: { id: string } | null } } };
        };
        return document.activeElement.shadowRoot.activeElement?.id ?? '';
      });
    while ((await focused()) !== 'half-close') await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    assert.equal(await status(), 'OK 0');
    assert.deepEqual(await answers(), [{ aggregatedPayloadSize: 6 }]);
  });

  it('offers the fix of what failed, and calls again with it', async () => {
    await open('gantry.test.Echo/Hang');
    await page.locator('#deadline').fill('0.2');
    await page.locator('#send').click();
    assert.match(await status(), /^DEADLINE_EXCEEDED 4 /);
    await page.locator('#fix', { hasText: 'Wait 0.8 s' }).click();
    await page.locator('#fix', { hasText: 'Wait 3.2 s' }).waitFor();
    assert.equal(await page.locator('#deadline').inputValue(), '0.8');
  });

  it('gives what was typed to be kept, and begins with it the next time', async () => {
    await open('gantry.test.Echo/Same');
    await page.locator('#request').fill('{"text": "kept"}');
    await page.locator('#deadline').fill('7');
    while (harness.draft?.deadline !== '7') await new Promise((resolve) => setTimeout(resolve, 20));
    await harness.closePages();
    await open('gantry.test.Echo/Same');
    assert.equal(await page.locator('#request').inputValue(), '{"text": "kept"}');
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
      [
        '请求 gantry.test.Everything',
        '元数据',
        '添加元数据',
        '发送',
        '取消',
        '复制为 grpcurl 命令',
        '响应 gantry.test.Everything',
      ],
    );
  });
});
