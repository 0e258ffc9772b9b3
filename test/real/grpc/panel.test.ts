/** What a person does in the panel and sees of it, on its page. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { mergeTranslations } from '../../../scripts/lib/translations.ts';
import { silentLog } from '../../../src/core/log.ts';
import { type Grpc, createGrpc } from '../../../src/grpc/domain.ts';
import { needGo } from '../../support/go.ts';
import { PanelHarness } from '../../support/grpcPanel.ts';
import { requestText, writeRequest } from '../../support/grpcRequest.ts';
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
    if (harness === undefined) return;
    harness.draft = undefined;
    harness.kept = undefined;
    harness.history = [];
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
  /** What was received, as far as it is drawn. */
  const answers = async (): Promise<unknown[]> => {
    if ((await page.locator('#messages').count()) > 0) {
      const rows = await page.locator('#messages .received .preview').allInnerTexts();
      return rows.map((text): unknown => JSON.parse(text));
    }
    await page.locator('[data-value="raw"]').click();
    return [JSON.parse((await page.locator('gantry-raw-json .cm-line').allInnerTexts()).join('\n'))];
  };
  /** The element with the focus: its id, or its label. */
  const focused = (): Promise<string> =>
    page.evaluate(() => {
      interface Focused {
        id: string;
        getAttribute(name: string): string | null;
      }
      const { document } = globalThis as unknown as {
        document: { activeElement: { shadowRoot?: { activeElement: Focused | null } } };
      };
      const element = document.activeElement.shadowRoot?.activeElement;
      return element?.id || (element?.getAttribute('aria-label') ?? '');
    });
  const tabTo = async (wanted: string, key = 'Tab'): Promise<void> => {
    for (let presses = 0; presses < 100; presses++) {
      if ((await focused()) === wanted) return;
      await page.keyboard.press(key);
    }
    throw new Error(`${key} never came to ${wanted}`);
  };

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
    await tabTo('request');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('{"i64": 9007199254740993}');
    await page.keyboard.press('Control+Enter');
    assert.equal(await status(), 'OK 0');
    assert.deepEqual([await answers(), (await calls()) - before], [[{ i64: '9007199254740993' }], 1]);
  });

  for (const [text, place, wrong, reason] of [
    ['{\n  "i64": 1,\n}', 'Line 3, column 1', '}', 'A comma must not stand before the closing bracket.'],
    ['{\n  "colour": "PINK"\n}', 'Line 2, column 13', '"PINK"', '“colour” cannot take this value.'],
  ] as const) {
    it(`marks what is wrong at its character: ${reason}`, async () => {
      await open('gantry.test.Echo/Same');
      await writeRequest(page, text);
      await page.locator('#send').click();
      const problem = page.locator('#problem a');
      await problem.waitFor();
      const marked = await page.locator('.cm-lintRange-error').allInnerTexts();
      const invalid = await page.locator('#request').getAttribute('aria-invalid');
      const sentence = await page.locator('#problem').innerText();
      assert.deepEqual(
        [await problem.innerText(), sentence.includes(reason), marked, invalid, await focused()],
        [place, true, [wrong], 'true', 'request'],
      );
      // The caret is on it: what is typed takes its place.
      await page.keyboard.type('#');
      assert.equal(await requestText(page), text.replace(wrong, '#').replace(/#(?=\n?$)/, '#'));
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
    await writeRequest(page, '{}');
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
    await writeRequest(page, `${request(1)}\n${request(2)}\n${request(3)}`);
    await page.locator('#send').click();
    assert.equal(await status(), 'OK 0');
    const bodies = (await answers()).map((answer) => (answer as { payload: { body: string } }).payload.body);
    assert.deepEqual(bodies, ['AA==', 'AAA=', 'AAAA']);
  });

  it('sends one message, sees its answer, sends the next, and half-closes: by mouse', async () => {
    await open('grpc.testing.TestService/FullDuplexCall');
    const request = (size: number): string => `{"responseParameters": [{"size": ${size}}]}`;
    await writeRequest(page, `${request(1)}\n${request(2)}`);
    await page.keyboard.press('Control+Home');
    await page.locator('#send-one').click();
    await page.getByRole('option', { name: /^Message 1,/ }).waitFor();
    await page.locator('#send-one').click();
    await page.getByRole('option', { name: /^Message 2,/ }).waitFor();
    const order = await page
      .locator('#messages .row')
      .evaluateAll((all) => all.map((one) => (one as unknown as { className: string }).className));
    assert.deepEqual(
      [await page.locator('#status p').count(), order],
      [0, ['row sent', 'row received', 'row sent', 'row received']],
    );
    await page.locator('#half-close').click();
    assert.equal(await status(), 'OK 0');
  });

  it('sends one message and half-closes by keyboard alone', async () => {
    await open('grpc.testing.TestService/StreamingInputCall');
    await tabTo('request');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('{"payload": {"body": "AAAA"}}');
    await page.keyboard.press('Control+Shift+Enter');
    await page.getByRole('option', { name: /^Sent message 1,/ }).waitFor();
    await page.keyboard.press('Control+Shift+Enter');
    await page.getByRole('option', { name: /^Sent message 2,/ }).waitFor();
    await tabTo('half-close');
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
    await writeRequest(page, '{"text": "kept"}');
    await page.locator('#deadline').fill('7');
    while (harness.draft?.deadline !== '7') await new Promise((resolve) => setTimeout(resolve, 20));
    await harness.closePages();
    await open('gantry.test.Echo/Same');
    assert.equal(await requestText(page), '{"text": "kept"}');
    for (const [later, shown] of [
      [-1, 'kept'],
      [1, 'of the page'],
    ] as const) {
      // prettier-ignore
      await harness.closePages();
      const draft = { ...harness.draft, request: '{"text": "of the page"}', typedAt: harness.draft.typedAt + later };
      harness.kept = { face: 'json', draft };
      await open('gantry.test.Echo/Same');
      assert.equal(await requestText(page), `{"text": "${shown}"}`);
    }
  });

  it('shows the same request as a form: what one face writes, the other holds', async () => {
    await open('gantry.test.Echo/Same');
    await writeRequest(page, '{"i64": 9007199254740993, "word": "a", "nope": 1}');
    await page.locator('[data-value="form"]').click();
    assert.equal(await page.getByRole('textbox', { name: 'i64', exact: true }).inputValue(), '9007199254740993');
    await page.getByRole('textbox', { name: 'i64', exact: true }).fill('-9223372036854775808');
    await page.getByRole('radio', { name: 'number is set' }).click();
    await page.getByRole('textbox', { name: 'number', exact: true }).fill('7');
    await page.getByRole('combobox', { name: 'colour', exact: true }).selectOption('COLOUR_BLUE');
    await page.getByRole('checkbox', { name: 'totals is set' }).click();
    await page.getByRole('button', { name: 'Add to totals' }).click();
    await page.getByRole('textbox', { name: 'span', exact: true }).fill('1.5');
    await page.getByRole('combobox', { name: 'How data is written' }).selectOption('hex');
    await page.getByRole('textbox', { name: 'data', exact: true }).fill('00 ff');
    await page.getByText('gantry.test.Everything has no field "nope".').waitFor();
    await page.getByRole('button', { name: 'Delete nope' }).click();
    await page.locator('#send').click();
    assert.equal(await status(), 'OK 0');
    assert.deepEqual(await answers(), [
      {
        i64: '-9223372036854775808',
        data: 'AP8=',
        colour: 'COLOUR_BLUE',
        totals: { key1: '0' },
        number: '7',
        span: '1.500s',
      },
    ]);
  });

  it('loses nothing that is half typed when the face is changed, and says why there is no form', async () => {
    await open('gantry.test.Echo/Same');
    const half = '{"i64": 12, "text": "half';
    await writeRequest(page, half);
    await page.locator('[data-value="form"]').click();
    await page.getByText('cannot be shown as a form while its text is no JSON').waitFor();
    await page.locator('[data-value="json"]').click();
    assert.equal(await requestText(page), half);
    await writeRequest(page, '{"i64": 12}');
    await page.locator('[data-value="form"]').click();
    const field = page.getByRole('textbox', { name: 'i64', exact: true });
    await field.fill('12x');
    await page.getByText('“i64” cannot take this value.').first().waitFor();
    await page.locator('[data-value="json"]').click();
    assert.equal(await requestText(page), '{"i64": "12x"}');
    await page.locator('[data-value="form"]').click();
    assert.equal(await field.inputValue(), '12x');
  });

  it('completes fields and values by the schema, by keyboard', async () => {
    await open('gantry.test.Echo/Same');
    await tabTo('request');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('{"col');
    await page.getByRole('option', { name: /^colour/ }).waitFor();
    // A list that has just come up takes no key yet, lest it swallow what is typed on.
    await page.waitForTimeout(200);
    await page.keyboard.press('Enter');
    await page.getByRole('option', { name: /^COLOUR_BLUE/ }).waitFor();
    await page.waitForTimeout(200);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    assert.equal(await requestText(page), '{"colour": "COLOUR_BLUE"}');
  });

  it('walks through a long stream by keyboard, fetching what comes into sight', async () => {
    await open('gantry.test.Echo/Count');
    await writeRequest(page, '"3000"');
    await page.locator('#send').click();
    assert.equal(await status(), 'OK 0');
    await tabTo('messages');
    await page.keyboard.press('Home');
    await page.locator('#messages [aria-selected="true"]', { hasText: '"0"' }).waitFor();
    await page.keyboard.press('PageDown');
    await page.locator('#messages [aria-selected="true"]', { hasText: '"8"' }).waitFor();
    await page.locator('gantry-json-tree', { hasText: '"8"' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('#messages [aria-selected="true"]', { hasText: '"2999"' }).waitFor();
  });

  it('keeps past calls without their metadata, sends one again and compares two', async () => {
    await open('gantry.test.Echo/Same');
    await page.locator('#add-metadata').click();
    await page.getByLabel('Name').fill('authorization');
    await page.getByLabel('Value').fill('very secret');
    for (const text of ['{"i32": 1}', '{"i32": 2}']) {
      await writeRequest(page, text);
      const made = harness.history.length; // Before the click: the answer may be there before the next line.
      await page.locator('#send').click();
      while (harness.history.length === made) await page.waitForTimeout(20);
    }
    assert.deepEqual(
      harness.history.map(({ request, outcome, ok }) => ({ request, outcome, ok })),
      [2, 1].map((number) => ({ request: `{"i32": ${number}}`, outcome: 'OK', ok: true })),
    );
    assert.doesNotMatch(JSON.stringify(harness.history), /secret/);
    await page.locator('#history summary').click();
    await page.getByRole('button', { name: /^Compare the answer/ }).click();
    await page
      .getByRole('button', { name: /^Use the request/ })
      .last()
      .click();
    assert.equal(await requestText(page), '{"i32": 1}');
    while (harness.compared.length === 0) await page.waitForTimeout(20);
    const [older, newer] = harness.compared[0]!;
    assert.deepEqual(
      [older.answer, newer.answer].map((answer): unknown => JSON.parse(answer)),
      [{ i32: 1 }, { i32: 2 }],
    );
  });

  it('cancels a stream without end, and draws only what is in sight', async () => {
    await open('gantry.test.Echo/Endless');
    await page.locator('#send').click();
    while (!/\d{4,} received/.test(await page.locator('#tally').innerText())) await page.waitForTimeout(20);
    await page.locator('#cancel').click();
    assert.match(await status(), /^CANCELLED 1/);
    const drawn = await page.locator('#messages .row').count();
    assert.ok(drawn > 9 && drawn < 40, String(drawn));
    while ((await server.counts()).running > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it('stands in Chinese', async () => {
    await open('gantry.test.Echo/Same', await mergeTranslations());
    const texts = await page.locator('h2, h3, button, vscode-button').allInnerTexts();
    assert.deepEqual(
      texts.map((text) => text.trim()),
      [
        '请求 gantry.test.Everything',
        'JSON',
        '表单',
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
