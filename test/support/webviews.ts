/**
 * Every webview, in each state that it can be in. A new webview gets an entry here, by its view type; a new state, a row:
 * how it is reached, and what stands on the page then. `test/editor/everybody.test.ts` looks at all of them.
 */
import { appendFileSync, cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame, Locator } from 'playwright-core';
import { root } from '../../scripts/lib/project.ts';
import type { TestEditor } from './editor.ts';
import { requestText, writeRequest } from './grpcRequest.ts';
import { eventually } from './eventually.ts';
import { judged } from './lessonPage.ts';
import type { Workbench } from './workbench.ts';

export interface Stage {
  readonly workbench: Workbench;
  readonly editor: TestEditor;
  /** The machine's, as the editor began with. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface WebviewState {
  readonly name: string;
  /** A selector of what only this state has on its page. */
  readonly shows: string;
  /** Brings the page into this state, from whatever state it was in. */
  readonly reach: (stage: Stage) => Promise<void>;
  /** Ends what goes on in it. */
  readonly leave?: (stage: Stage) => Promise<void>;
}

/** View type → states. */
export const webviews: Readonly<Record<string, readonly WebviewState[]>> = {
  'gantry.grpc': [
    { name: 'a request as JSON', shows: '#add-metadata', reach: (stage) => openMethod(stage, 'Same') },
    {
      name: 'a request as a form',
      shows: 'gantry-request-form .field',
      reach: async (stage) => {
        await openMethod(stage, 'Same');
        const request = { i64: 7, text: 'a', child: { text: 'b' }, word: 'w', span: '1.5s', data: 'AP8=' };
        await write(stage, request);
        await press(stage, '[data-value="form"]');
      },
      leave: (stage) => press(stage, '[data-value="json"]'),
    },
    {
      name: 'a request that is wrong',
      shows: '#problem a',
      reach: async (stage) => {
        await openMethod(stage, 'Same');
        await write(stage, { nothing: 1 });
        await press(stage, '#send');
      },
    },
    {
      name: 'a call that waits for its answer',
      shows: 'vscode-progress-bar',
      reach: async (stage) => {
        await openMethod(stage, 'Hang');
        await press(stage, '#send');
      },
      leave: (stage) => press(stage, '#cancel'),
    },
    {
      name: 'an answer, and those before it',
      shows: 'gantry-json-tree',
      reach: async (stage) => {
        await openMethod(stage, 'Same');
        // More lines than there is room for.
        const children = Array.from({ length: 20 }, (_, index) => ({ text: `child ${index}` }));
        await write(stage, { text: 'a', children });
        for (let calls = 1; calls <= 2; calls++) {
          await press(stage, '#send');
          await stage.workbench.seen((frame) => frame.locator('#history', { hasText: String(calls) }));
        }
        await press(stage, '#history summary');
      },
    },
    {
      name: 'a call that failed',
      shows: '#status .failure',
      reach: async (stage) => {
        await openMethod(stage, 'Fail');
        await press(stage, '#send');
      },
    },
    {
      name: 'a stream, with a message chosen',
      shows: 'gantry-timeline [aria-selected="true"]',
      reach: async (stage) => {
        await openMethod(stage, 'Count');
        await write(stage, '30');
        await press(stage, '#send');
        await stage.workbench.seen((frame) => frame.locator('#status .ok'));
        await press(stage, '#messages [role="option"]');
      },
    },
  ],
  'gantry.lesson': [
    { name: 'a resource', shows: ':text-is("I have read it")', reach: (stage) => openLesson(stage, 'R1') },
    {
      name: 'a lesson that is not written',
      shows: ':text-is("This lesson is not available yet.")',
      reach: (stage) => openLesson(stage, 'K1'),
    },
    { name: 'a checkpoint', shows: ':text("T3.1 ")', reach: (stage) => openLesson(stage, 'K3') },
    { name: 'a lesson that is not begun', shows: ':text-is("Start")', reach: (stage) => openLesson(stage, 'B7') },
    {
      name: 'a check that runs',
      shows: '#step:not(:empty)',
      reach: async (stage) => {
        await start(stage, 'T2.4');
        // Before any test of it runs, and for as long as they may take.
        const endless = 'package kit\n\nimport "time"\n\nfunc init() { time.Sleep(time.Hour) }\n';
        cpSync(join(root, 'curriculum/T2.4/solution'), labOf(stage, 'T2.4'), { recursive: true });
        writeFileSync(join(labOf(stage, 'T2.4'), 'kit', 'endless_test.go'), endless);
        await click(stage, 'Check my work');
      },
      leave: async (stage) => {
        await click(stage, 'Cancel');
        await onPage(stage, ':text-is("Check my work")');
      },
    },
    {
      name: 'work that is not proven',
      shows: ':text-is("Not proven yet")',
      reach: async (stage) => {
        await start(stage, 'B6');
        await judged(stage.workbench, { ...words, verdict: 'Not proven yet' });
      },
    },
    {
      name: 'work that is proven',
      shows: ':text-is("Proven")',
      reach: async (stage) => {
        cpSync(join(root, 'curriculum/B6/solution'), labOf(stage, 'B6'), { recursive: true });
        await judged(stage.workbench, { ...words, verdict: 'Proven' });
      },
    },
    {
      name: 'work that changed since',
      shows: ':text-is("What changed since it was proven")',
      reach: async (stage) => {
        const change = (): void => appendFileSync(join(labOf(stage, 'B6'), 'main.go'), '// Changed.\n');
        change();
        await stage.workbench.seen((frame) => frame.getByText('What changed since it was proven'), change);
      },
    },
    {
      name: 'a check that keeps running what it found wrong',
      shows: ':text-is("End what still runs")',
      reach: async (stage) => {
        await start(stage, 'T3.2');
        for (const program of ['solution', 'impostors/made-up']) {
          cpSync(join(root, 'curriculum/T3.2', program), labOf(stage, 'T3.2'), { recursive: true });
        }
        await judged(stage.workbench, { ...words, check: 'Check and keep running', verdict: 'Not proven yet' });
      },
      leave: (stage) => click(stage, 'End what still runs'),
    },
    {
      name: 'a check that could not run',
      shows: ':text-is("The check could not run")',
      reach: async (stage) => {
        stage.editor.configure({ ...stage.settings, 'gantry.docker.endpoint': 'unix:///nowhere/docker.sock' });
        await start(stage, 'T4.3');
        // A check that begins before the setting is taken finds the engine of before.
        await judged(stage.workbench, { ...words, verdict: 'The check could not run', otherwise: 'Not proven yet' });
      },
      leave: async ({ editor, settings }) => editor.configure(settings),
    },
  ],
};

const labOf = ({ editor }: Stage, lesson: string): string => join(editor.workspace, 'gantry-labs', lesson);

const onPage = async ({ workbench }: Stage, selector: string): Promise<Frame> =>
  (await workbench.seen((frame) => frame.locator(selector))).frame;

async function openMethod(stage: Stage, method: string): Promise<void> {
  await stage.workbench.choose('Gantry: Call gRPC Method', method);
  await onPage(stage, `h1:text-is("${method}")`);
  await onPage(stage, '#request');
}

async function write(stage: Stage, request: unknown): Promise<void> {
  const frame = await onPage(stage, '#request');
  const text = JSON.stringify(request, undefined, 2);
  await eventually(async () => {
    await writeRequest(frame, text); // Again where the window had taken the keys.
    return (await requestText(frame)) === text;
  });
}

async function press({ workbench }: Stage, selector: string): Promise<void> {
  await workbench.press((frame) => frame.locator(selector));
}

async function openLesson(stage: Stage, id: string): Promise<void> {
  await stage.workbench.choose('Gantry: Open Lesson', { entry: id, question: 'Which lesson?' });
  await onPage(stage, `.quiet:text("${id} · ")`);
}

async function start(stage: Stage, id: string): Promise<void> {
  await openLesson(stage, id);
  // While a page is drawn anew the one before is there, too.
  const own = (frame: Frame): Locator => frame.locator('body', { has: frame.locator(`.quiet:text("${id} · ")`) });
  const begins = /^(Start|Open my files)$/;
  await stage.workbench.press((frame) => own(frame).getByRole('button', { name: begins }));
  await stage.workbench.seen((frame) => own(frame).getByText('Check my work', { exact: true }));
}

const words = { check: 'Check my work', cancel: 'Cancel', otherwise: 'The check could not run' };

async function click({ workbench }: Stage, label: string | RegExp): Promise<void> {
  await workbench.press((frame) => frame.getByRole('button', { name: label }));
}
