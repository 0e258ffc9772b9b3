/** Request files (`*.grpc.yaml`) in the editor: problems, help, Send and Debug above each request, the test explorer. */
import * as vscode from 'vscode';
import { type Disposable, DisposableStore } from '../../core/disposable.ts';
import { Failure, messageOf } from '../../core/failure.ts';
import { t } from '../../core/l10n.ts';
import type { Log } from '../../core/log.ts';
import { registerCommand, toSignal, withProgress } from '../../editor/commands.ts';
import { toRange } from '../../editor/ranges.ts';
import type { Grpc } from '../domain.ts';
import type { RequestDocument, RequestEntry } from '../requests/document.ts';
import { resultText } from '../requests/resultText.ts';
import { withNeeds } from '../requests/needs.ts';
import type { Outcome, RunEvent } from '../requests/run.ts';

export interface RequestsDeps {
  readonly log: Log;
  readonly domain: () => Promise<Grpc>;
}

const selector: vscode.DocumentSelector = { language: 'yaml', scheme: '*', pattern: '**/*.grpc.{yaml,yml}' };
const scheme = 'gantry-grpc-result';

const isRequestFile = (path: string): boolean => /\.grpc\.ya?ml$/i.test(path);

/** Reading YAML takes a library, which is loaded for the first file of requests. */
async function read(text: string): Promise<RequestDocument> {
  const { readRequests } = await import('../requests/document.ts');
  return readRequests(text);
}

export function registerRequests(deps: RequestsDeps): Disposable {
  const store = new DisposableStore();
  const results = store.add(new Results());
  store.add(registerProblems(deps.log));
  store.add(registerHelp());
  store.add(vscode.languages.registerCodeLensProvider(selector, { provideCodeLenses: lensesOf }));
  const send = async (uri: vscode.Uri | undefined, index: number | undefined, patient: boolean): Promise<void> => {
    const { document, entry } = await chosen(uri, index);
    const grpc = await deps.domain();
    const events: RunEvent[] = [];
    await withProgress(t('Sending {0}', entry.name), async (report, signal) => {
      for await (const event of grpc.run(document, withNeeds(document, [entry]), { patient }, signal)) {
        if (event.kind === 'started') report(event.entry.name);
        events.push(event);
      }
    });
    await results.show(entry.name, resultText(events, patient));
  };
  store.add(registerCommand(deps.log, 'gantry.grpc.sendRequest', (uri, index) => send(uri, index, false)));
  store.add(registerCommand(deps.log, 'gantry.grpc.debugRequest', (uri, index) => send(uri, index, true)));
  store.add(new Explorer(deps));
  return store;
}

async function lensesOf(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
  const { requests } = await read(document.getText());
  return requests.flatMap((entry) => {
    const range = toRange(document, { start: entry.range.start, end: entry.range.start });
    const lens = (command: string, title: string, tooltip: string): vscode.CodeLens =>
      new vscode.CodeLens(range, { command, title, tooltip, arguments: [document.uri, entry.index] });
    return [
      lens('gantry.grpc.sendRequest', `$(play) ${t('Send')}`, t('Sends this request, after those it needs values of')),
      lens('gantry.grpc.debugRequest', `$(debug-alt) ${t('Debug')}`, t('Sends it without a deadline, so that a breakpoint in the server may hold it, and shows every event')), // prettier-ignore
    ];
  });
}

/** The request that is meant: by a lens, else the one at the cursor, else one that is picked. */
async function chosen(
  uri: vscode.Uri | undefined,
  index: number | undefined,
): Promise<{ document: RequestDocument; entry: RequestEntry }> {
  const editor = vscode.window.activeTextEditor;
  const place = uri ?? editor?.document.uri;
  if (place === undefined || !isRequestFile(place.path)) {
    throw new Failure('invalid', t('Open a file of requests first: its name ends in .grpc.yaml.'));
  }
  const source = await vscode.workspace.openTextDocument(place);
  const document = await read(source.getText());
  const cursor = uri === undefined && editor !== undefined ? source.offsetAt(editor.selection.active) : -1;
  const entry =
    document.requests.find((each) => each.index === index) ??
    document.requests.find(({ range }) => range.start <= cursor && cursor <= range.end) ??
    document.requests[0];
  if (entry === undefined) throw new Failure('notFound', t('The file has no request yet.'));
  const error = document.problems.find(
    ({ severity, range }) => severity === 'error' && range.start >= entry.range.start && range.end <= entry.range.end,
  );
  if (error !== undefined) throw new Failure('invalid', error.message);
  return { document, entry };
}

/** Marks what is wrong in every open request file. */
function registerProblems(log: Log): Disposable {
  const store = new DisposableStore();
  const collection = store.add(vscode.languages.createDiagnosticCollection('gantry.grpc'));
  const check = async (document: vscode.TextDocument): Promise<void> => {
    if (document.languageId !== 'yaml' || !isRequestFile(document.uri.path)) return;
    const { problems } = await read(document.getText()).catch((error: unknown) => {
      log.error(t('{0} could not be read.', document.fileName), error);
      return { problems: [] };
    });
    if (document.isClosed) return;
    const diagnostics = problems.map(({ range, severity, message }) => {
      const level = severity === 'error' ? vscode.DiagnosticSeverity.Error : vscode.DiagnosticSeverity.Warning;
      const diagnostic = new vscode.Diagnostic(toRange(document, range), message, level);
      diagnostic.source = 'Gantry';
      return diagnostic;
    });
    collection.set(document.uri, diagnostics);
  };
  store.add(vscode.workspace.onDidOpenTextDocument((document) => void check(document)));
  store.add(vscode.workspace.onDidChangeTextDocument(({ document }) => void check(document)));
  store.add(vscode.workspace.onDidCloseTextDocument(({ uri }) => collection.delete(uri)));
  for (const document of vscode.workspace.textDocuments) void check(document);
  return store;
}

/** Completion and hovers, for the schema of request files. */
async function loadHelp() {
  const [{ explainAt, suggestAt }, { requestsDialect, requestsRules, requestsSchema }] = await Promise.all([
    import('../../core/yaml/assist.ts'),
    import('../requests/document.ts'),
  ]);
  const format = { schema: requestsSchema, dialect: requestsDialect, rules: requestsRules } as const;
  return {
    suggest: (text: string, at: number) => suggestAt(text, at, format),
    explain: (text: string, at: number) => explainAt(text, at, format),
  };
}

function registerHelp(): Disposable {
  const store = new DisposableStore();
  store.add(
    vscode.languages.registerCompletionItemProvider(
      selector,
      {
        provideCompletionItems: async (document, position) => {
          const { suggest } = await loadHelp();
          return suggest(document.getText(), document.offsetAt(position)).map((each) => {
            const { Property, Value } = vscode.CompletionItemKind;
            const item = new vscode.CompletionItem(each.label, each.kind === 'key' ? Property : Value);
            item.insertText = each.text;
            item.range = toRange(document, each.range);
            item.sortText = `${each.required ? 0 : 1}${each.label}`;
            if (each.documentation !== undefined) item.documentation = each.documentation;
            return item;
          });
        },
      },
      ' ',
    ),
  );
  store.add(
    vscode.languages.registerHoverProvider(selector, {
      provideHover: async (document, position) => {
        const { explain } = await loadHelp();
        const found = explain(document.getText(), document.offsetAt(position));
        return found && new vscode.Hover(new vscode.MarkdownString(found.text), toRange(document, found.range));
      },
    }),
  );
  return store;
}

/** The last answer of each request, as a document that cannot be changed. */
class Results implements vscode.TextDocumentContentProvider, Disposable {
  readonly #texts = new Map<string, string>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;
  /** Last: VS Code listens at once, and only to what is there by then. */
  readonly #registered = vscode.workspace.registerTextDocumentContentProvider(scheme, this);

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.path) ?? '';
  }

  async show(name: string, text: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme, path: `/${name.replaceAll('/', '·')}.yaml` });
    this.#texts.set(uri.path, text);
    this.#changed.fire(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true });
  }

  dispose(): void {
    this.#registered.dispose();
    this.#changed.dispose();
  }
}

/** Every request of the workspace as a test. */
class Explorer implements Disposable {
  readonly #deps: RequestsDeps;
  readonly #store = new DisposableStore();
  readonly #controller = this.#store.add(vscode.tests.createTestController('gantry.grpc.requests', t('Requests')));
  #looked = false;

  constructor(deps: RequestsDeps) {
    this.#deps = deps;
    this.#controller.resolveHandler = async (item) => {
      if (item === undefined) await this.#look();
      else await this.#read(item.uri!);
    };
    this.#controller.refreshHandler = () => this.#look();
    const { Run, Debug } = vscode.TestRunProfileKind;
    for (const [kind, title] of [
      [Run, t('Send')],
      [Debug, t('Debug')],
    ] as const) {
      // prettier-ignore
      this.#controller.createRunProfile(title, kind, (request, token) => this.#run(request, token, kind === Debug), kind === Run); // prettier-ignore
    }
    const follow = (document: vscode.TextDocument): void => {
      if (isRequestFile(document.uri.path) && document.uri.scheme === 'file') void this.#read(document.uri);
    };
    this.#store.add(vscode.workspace.onDidOpenTextDocument(follow));
    this.#store.add(vscode.workspace.onDidSaveTextDocument(follow));
    for (const document of vscode.workspace.textDocuments) follow(document);
  }

  dispose(): void {
    this.#store.dispose();
  }

  async #look(): Promise<void> {
    if (!this.#looked) {
      this.#looked = true;
      const watcher = this.#store.add(vscode.workspace.createFileSystemWatcher('**/*.grpc.{yaml,yml}'));
      this.#store.add(watcher.onDidDelete((uri) => this.#controller.items.delete(uri.toString())));
      this.#store.add(watcher.onDidCreate((uri) => void this.#read(uri)));
      this.#store.add(watcher.onDidChange((uri) => void this.#read(uri)));
    }
    const files = await vscode.workspace.findFiles('**/*.grpc.{yaml,yml}', '**/node_modules/**');
    for (const uri of files) await this.#read(uri);
  }

  async #read(uri: vscode.Uri): Promise<void> {
    try {
      await this.#fill(uri, (await vscode.workspace.openTextDocument(uri)).getText());
    } catch (error) {
      this.#deps.log.info(`${uri.fsPath}: ${messageOf(error)}`);
    }
  }

  async #fill(uri: vscode.Uri, text: string): Promise<void> {
    const { requests, lines } = await read(text);
    const id = uri.toString();
    const file = this.#controller.items.get(id) ?? this.#controller.createTestItem(id, vscode.workspace.asRelativePath(uri), uri); // prettier-ignore
    file.children.replace(
      requests.map((entry) => {
        const item = this.#controller.createTestItem(`${id}#${entry.index}`, entry.name, uri);
        const { line, column } = lines.positionAt(entry.range.start);
        item.range = new vscode.Range(line, column, line, column);
        item.description = entry.kind;
        return item;
      }),
    );
    this.#controller.items.add(file);
  }

  async #run(request: vscode.TestRunRequest, token: vscode.CancellationToken, patient: boolean): Promise<void> {
    const run = this.#controller.createTestRun(request);
    const files: vscode.TestItem[] = [];
    this.#controller.items.forEach((file) => files.push(file));
    try {
      const grpc = await this.#deps.domain();
      for (const file of files) {
        if (file.children.size === 0) await this.#read(file.uri!);
        const wanted = this.#wanted(file, request);
        if (wanted.size === 0) continue;
        const source = await vscode.workspace.openTextDocument(file.uri!);
        const document = await read(source.getText());
        const entries = withNeeds(document, document.requests.filter(({ index }) => wanted.has(index))); // prettier-ignore
        for await (const event of grpc.run(document, entries, { patient }, toSignal(token))) {
          const item = wanted.get(event.entry.index);
          if (item === undefined) continue;
          if (event.kind === 'started') run.started(item);
          if (event.kind === 'ended') tell(run, item, event.outcome, source);
        }
      }
    } catch (error) {
      run.appendOutput(`${messageOf(error)}\r\n`);
    } finally {
      run.end();
    }
  }

  /** Index → item, of those that were asked for. */
  #wanted(file: vscode.TestItem, { include, exclude = [] }: vscode.TestRunRequest): Map<number, vscode.TestItem> {
    const wanted = new Map<number, vscode.TestItem>();
    file.children.forEach((item) => {
      const asked = include === undefined || include.some(({ id }) => id === item.id || id === file.id);
      const left = exclude.some(({ id }) => id === item.id || id === file.id);
      if (asked && !left) wanted.set(Number(item.id.slice(file.id.length + 1)), item);
    });
    return wanted;
  }
}

function tell(run: vscode.TestRun, item: vscode.TestItem, outcome: Outcome, source: vscode.TextDocument): void {
  const { answer, complaints } = outcome;
  if (complaints.length === 0) {
    run.passed(item, answer?.milliseconds);
    return;
  }
  const messages = complaints.map(({ message, range }) => {
    const told = new vscode.TestMessage(message);
    told.location = new vscode.Location(source.uri, toRange(source, range));
    return told;
  });
  run.failed(item, messages, answer?.milliseconds);
}
