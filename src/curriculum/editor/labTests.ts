/** The lessons that were started as tests: each can be run, and each assertion of its last run is a test of its own. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { messageOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import { toSignal } from '../../editor/commands.ts';
import type { Curriculum } from '../domain.ts';
import { placeOf } from '../evidence.ts';
import type { Evidence, Report } from '../model.ts';

export class LabTests implements Disposable {
  readonly #curriculum: () => Promise<Curriculum>;
  readonly #store = new DisposableStore();
  readonly #controller = this.#store.add(vscode.tests.createTestController('gantry.curriculum.lessons', t('Lessons')));
  /** What was told of each lesson last, so that nothing is told twice. */
  readonly #told = new Map<string, Report>();
  #followed = false;

  /** @param curriculum asked for when the Testing view is first opened. */
  constructor(curriculum: () => Promise<Curriculum>) {
    this.#curriculum = curriculum;
    this.#controller.resolveHandler = async (item) => {
      if (item === undefined) await this.#follow(await curriculum());
    };
    this.#controller.createRunProfile(
      t('Check'),
      vscode.TestRunProfileKind.Run,
      (request, token) => this.#run(request, token),
      true,
    );
  }

  dispose(): void {
    this.#store.dispose();
  }

  async #follow(curriculum: Curriculum): Promise<void> {
    if (!this.#followed) {
      this.#followed = true;
      this.#store.add(curriculum.onDidChange(() => void this.#fill(curriculum)));
    }
    await this.#fill(curriculum);
  }

  /** A row for each started lesson; results of checks that were asked for elsewhere are told, too. */
  async #fill(curriculum: Curriculum): Promise<void> {
    const { statuses } = await curriculum.overview();
    for (const [id, { started, lesson, main, report, state }] of statuses) {
      if (!started || lesson !== 'yes') {
        this.#controller.items.delete(id);
        continue;
      }
      const known = this.#controller.items.get(id);
      const item = known ?? (await this.#add(curriculum, id, main ?? ''));
      if (report === undefined || state === 'running' || this.#told.get(id) === report) continue;
      const run = this.#controller.createTestRun(new vscode.TestRunRequest([item]), undefined, false);
      this.#tell(curriculum, run, item, report);
      run.end();
    }
  }

  async #add(curriculum: Curriculum, id: string, main: string): Promise<vscode.TestItem> {
    const { title } = await curriculum.item(id);
    const uri = vscode.Uri.joinPath(vscode.Uri.file(curriculum.labFolder(id)), main);
    const item = this.#controller.createTestItem(id, title[curriculum.language], uri);
    item.description = id;
    this.#controller.items.add(item);
    return item;
  }

  async #run(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    const curriculum = await this.#curriculum();
    const wanted = new Set<vscode.TestItem>();
    // An assertion cannot be run without the ones before it.
    for (const item of request.include ?? []) wanted.add(item.parent ?? item);
    if (request.include === undefined) this.#controller.items.forEach((item) => wanted.add(item));
    const run = this.#controller.createTestRun(request);
    try {
      for (const item of wanted) {
        if (token.isCancellationRequested) run.skipped(item);
        else await this.#check(curriculum, run, item, token);
      }
    } finally {
      run.end();
    }
  }

  async #check(
    curriculum: Curriculum,
    run: vscode.TestRun,
    item: vscode.TestItem,
    token: vscode.CancellationToken,
  ): Promise<void> {
    run.started(item);
    try {
      const report = await curriculum.check(item.id, {
        signal: toSignal(token),
        report: (step) => run.appendOutput(`${item.id}: ${step}\r\n`),
      });
      this.#tell(curriculum, run, item, report);
    } catch (error) {
      if (token.isCancellationRequested) run.skipped(item);
      else run.errored(item, new vscode.TestMessage(messageOf(error)));
    }
  }

  #tell(curriculum: Curriculum, run: vscode.TestRun, item: vscode.TestItem, report: Report): void {
    this.#told.set(item.id, report);
    const folder = vscode.Uri.file(curriculum.labFolder(item.id));
    const assertions = report.evidence.map((evidence) => {
      const { uri, at } = locate(evidence, folder, item.uri!);
      const child = this.#controller.createTestItem(evidence.id, evidence.what, uri);
      child.range = new vscode.Range(at, at);
      return child;
    });
    item.children.replace(assertions);
    for (const [i, evidence] of report.evidence.entries()) {
      if (evidence.ok) run.passed(assertions[i]!);
      else run.failed(assertions[i]!, messageFor(evidence, folder, item.uri!));
    }
    const { verdict } = report;
    if (verdict.state === 'blocked') run.errored(item, new vscode.TestMessage(verdict.reason));
    else if (verdict.state === 'proven') run.passed(item, report.duration);
    else run.failed(item, new vscode.TestMessage(verdict.hint ?? t('Not proven yet')), report.duration);
  }
}

function messageFor(evidence: Evidence, folder: vscode.Uri, main: vscode.Uri): vscode.TestMessage {
  const { what, want, got, next } = evidence;
  const message = vscode.TestMessage.diff([what, ...(next === undefined ? [] : [next])].join('\n'), want, got);
  const { uri, at } = locate(evidence, folder, main);
  message.location = new vscode.Location(uri, at);
  return message;
}

function locate(
  { where }: Evidence,
  folder: vscode.Uri,
  main: vscode.Uri,
): { readonly uri: vscode.Uri; readonly at: vscode.Position } {
  if (where === undefined) return { uri: main, at: new vscode.Position(0, 0) };
  const { file, line, column } = placeOf(where);
  return { uri: vscode.Uri.joinPath(folder, file), at: new vscode.Position(line, column) };
}
