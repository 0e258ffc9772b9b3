/** The panel that shows one lesson, and follows its state. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import type { Log } from '../../core/log.ts';
import type { Curriculum } from '../domain.ts';
import { lessonPage, pageCommands } from '../lessonPage.ts';

export class LessonPanel implements Disposable {
  readonly #curriculum: Curriculum;
  readonly #store = new DisposableStore();
  #panel: vscode.WebviewPanel | undefined;
  #item: string | undefined;

  constructor(curriculum: Curriculum, log: Log) {
    this.#curriculum = curriculum;
    this.#store.add(
      curriculum.onDidChange(() => {
        if (this.#panel === undefined) return;
        this.#draw().catch((error: unknown) => log.error('the lesson could not be drawn', error));
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

  dispose(): void {
    this.#panel?.dispose();
    this.#store.dispose();
  }

  #open(): vscode.WebviewPanel {
    const panel = vscode.window.createWebviewPanel('gantry.lesson', '', vscode.ViewColumn.Active, {
      enableScripts: false,
      enableCommandUris: pageCommands,
      localResourceRoots: [],
    });
    panel.onDidDispose(() => (this.#panel = undefined));
    return panel;
  }

  async #draw(): Promise<void> {
    const id = this.#item!;
    const [item, { statuses }, text] = await Promise.all([
      this.#curriculum.item(id),
      this.#curriculum.overview(),
      this.#curriculum.lesson(id),
    ]);
    const draw = (body: string | undefined): void => {
      if (this.#panel === undefined || this.#item !== id) return; // Closed, or another lesson was asked for meanwhile.
      const { language } = this.#curriculum;
      this.#panel.title = item.title[language];
      this.#panel.webview.html = lessonPage({ item, status: statuses.get(id)!, language, body });
    };
    if (text === undefined) return draw(undefined);
    // The first use of VS Code's own renderer waits for its extension to start; the rest of the page need not.
    if (this.#panel?.webview.html === '') draw('');
    draw(await vscode.commands.executeCommand<string>('markdown.api.render', text));
  }
}
