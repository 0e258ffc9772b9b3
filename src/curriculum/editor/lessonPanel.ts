/** The panel that shows one lesson, and follows its state. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import type { Log } from '../../core/log.ts';
import type { Curriculum } from '../domain.ts';
import { type PressedMessage, type StepMessage, lessonPage, pageCommands } from '../lessonPage.ts';
import { foundOf } from '../found.ts';

export class LessonPanel implements Disposable {
  readonly #curriculum: Curriculum;
  readonly #store = new DisposableStore();
  #panel: vscode.WebviewPanel | undefined;
  #item: string | undefined;
  /** Counts what was asked to be drawn: what was asked earlier, and is ready later, is not drawn any more. */
  #turn = 0;
  /** The lesson's text as VS Code rendered it: many draws of a page share it. */
  #rendered: { readonly text: string; readonly body: string } | undefined;
  /** The page that is shown, without its nonce: one that is loaded again loses the keys and clicks of that moment. */
  #shown = '';

  constructor(curriculum: Curriculum, log: Log) {
    this.#curriculum = curriculum;
    this.#store.add(
      curriculum.onDidChange(() => {
        if (this.#panel === undefined) return;
        this.#draw().catch((error: unknown) => log.error('the lesson could not be drawn', error));
      }),
    );
    this.#store.add(
      curriculum.onDidProgress(({ item, step }) => {
        if (item === this.#item) void this.#panel?.webview.postMessage({ step } satisfies StepMessage);
      }),
    );
  }

  /** Shows a lesson in the one panel there is. Throws `notFound`, or `invalid` when the lesson is broken. */
  async show(item: string): Promise<void> {
    this.#item = item;
    this.#panel ??= this.#open();
    this.#panel.reveal(undefined, true);
    await this.#draw();
  }

  /** Where a file opens without covering the lesson that it is read with. */
  get beside(): vscode.ViewColumn {
    if (this.#panel === undefined) return vscode.ViewColumn.Active;
    const { viewColumn: own = 0 } = this.#panel;
    // One that has just opened does not know its place yet; then it is the active one.
    const other = own > 0 ? vscode.window.tabGroups.all.find(({ viewColumn }) => viewColumn !== own) : undefined;
    return other?.viewColumn ?? vscode.ViewColumn.Beside;
  }

  dispose(): void {
    this.#panel?.dispose();
    this.#store.dispose();
  }

  #open(): vscode.WebviewPanel {
    const panel = vscode.window.createWebviewPanel('gantry.lesson', '', vscode.ViewColumn.Active, {
      enableScripts: true,
      enableCommandUris: pageCommands,
      localResourceRoots: [],
    });
    panel.onDidDispose(() => (this.#panel = undefined));
    this.#shown = '';
    panel.webview.onDidReceiveMessage(follow);
    return panel;
  }

  async #draw(): Promise<void> {
    const id = this.#item!;
    const turn = ++this.#turn;
    const curriculum = this.#curriculum;
    const [item, { statuses }, text, nextId] = await Promise.all([
      curriculum.item(id),
      curriculum.overview(),
      curriculum.lesson(id),
      curriculum.nextItem(id),
    ]);
    const status = statuses.get(id)!;
    const next = nextId === undefined ? undefined : await curriculum.item(nextId);
    const required = await Promise.all(
      (status.requires ?? []).map(async (other) => ({
        item: await curriculum.item(other),
        state: statuses.get(other)!.state,
      })),
    );
    const hints = foundOf(status)?.verdict.state === 'failed' ? await curriculum.hints(id) : undefined;
    const draw = (body: string | undefined): void => {
      if (this.#panel === undefined || this.#turn !== turn) return; // Closed, or asked for again meanwhile.
      const { language } = curriculum;
      const step = curriculum.running.find((running) => running.item === id)?.step;
      this.#panel.title = item.title[language];
      const page = {
        item,
        status,
        language,
        body,
        required,
        ...(step === undefined ? {} : { step }),
        ...(hints === undefined ? {} : { hints }),
        ...(next === undefined ? {} : { next }),
      };
      const shown = lessonPage({ ...page, nonce: '' });
      if (shown === this.#shown) return;
      this.#shown = shown;
      this.#panel.webview.html = lessonPage({ ...page, nonce: randomBytes(16).toString('base64') });
    };
    if (text === undefined) return draw(undefined);
    if (this.#rendered?.text === text) return draw(this.#rendered.body);
    // The first use of VS Code's own renderer waits for its extension to start; the rest of the page need not.
    if (this.#panel?.webview.html === '') draw('');
    this.#rendered = { text, body: await vscode.commands.executeCommand<string>('markdown.api.render', text) };
    draw(this.#rendered.body);
  }
}

/** Runs the command of a link, if the page may run it. */
function follow({ pressed }: PressedMessage): void {
  const { scheme, path, query } = vscode.Uri.parse(pressed);
  if (scheme !== 'command' || !pageCommands.some((command) => command === path)) return;
  void vscode.commands.executeCommand(path, ...(JSON.parse(query) as unknown[]));
}
