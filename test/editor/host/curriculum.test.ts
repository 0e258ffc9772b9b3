import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { eventually, execute } from './execute.ts';

/** Where a lesson stands by the file that travels with the repository. */
interface Proof {
  readonly proof?: unknown;
  readonly failure?: { readonly assertions: Readonly<Record<string, string>> };
}

describe('curriculum', () => {
  const workspace = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
  const lab = join(workspace, 'gantry-labs/B6');
  const b6 = { kind: 'item', id: 'B6' } as const;
  const extension = vscode.extensions.getExtension('gantry.gantry')!;
  const proof = (): Proof => JSON.parse(readFileSync(join(workspace, '.gantry/proofs/B6.json'), 'utf8')) as Proof;
  const run = (
    verb: 'open' | 'start' | 'check' | 'cancel' | 'hint' | 'solution' | 'changes' | 'reset' | 'undoReset',
  ): Promise<void> => execute(`gantry.curriculum.${verb}`, b6);
  /** Has it checked until a verdict is filed, which a machine that is too busy to judge does not do. */
  const judge = async (): Promise<Proof> => {
    const file = join(workspace, '.gantry/proofs/B6.json');
    const filed = (): string | undefined => (existsSync(file) ? readFileSync(file, 'utf8') : undefined);
    const before = filed();
    for (let attempt = 0; attempt < 4 && filed() === before; attempt++) await run('check');
    return proof();
  };
  const edit = async (change: (text: string) => string): Promise<void> => {
    const file = join(lab, 'main.go');
    const document = await vscode.workspace.openTextDocument(file);
    // VS Code misses the change of a file now and then, and would save what it had before, or nothing.
    await eventually('the document is what the file is', async () => {
      if (document.getText() === readFileSync(file, 'utf8')) return true;
      await vscode.window.showTextDocument(document);
      await vscode.commands.executeCommand('workbench.action.files.revert');
      return false;
    });
    const all = new vscode.Range(0, 0, document.lineCount, 0);
    const changes = new vscode.WorkspaceEdit();
    changes.replace(document.uri, all, change(document.getText()));
    await vscode.workspace.applyEdit(changes);
    await document.save();
  };
  const solution = (): string => readFileSync(join(extension.extensionPath, 'curriculum/B6/solution/main.go'), 'utf8');
  /** The two sides of the comparison in front. */
  const compared = (): Promise<readonly [original: string, modified: string]> =>
    eventually('two texts stand beside each other', async () => {
      const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      if (!(input instanceof vscode.TabInputTextDiff)) return undefined;
      const [original, modified] = await Promise.all(
        [input.original, input.modified].map((uri) => vscode.workspace.openTextDocument(uri)),
      );
      return [original!.getText(), modified!.getText()] as const;
    });
  const clean = (): void => {
    for (const folder of ['gantry-labs', '.gantry']) rmSync(join(workspace, folder), { recursive: true, force: true });
  };
  before(clean);
  after(clean);
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));
  const lessonIsOpen = (): boolean =>
    vscode.window.tabGroups.all
      .flatMap(({ tabs }) => tabs)
      .some(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith('gantry.lesson'));

  it('opens a lesson, written or not', async () => {
    await run('open');
    await eventually('the lesson is open', lessonIsOpen);
    await vscode.commands.executeCommand('gantry.curriculum.open', { kind: 'item', id: 'T2.1' });
    await eventually('the lesson is open', lessonIsOpen);
  });

  it('starts B6, refuses the starter with evidence, and proves the solution', async function () {
    this.timeout(300_000);
    await run('start');
    assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, join(lab, 'main.go'));

    const { failure } = await judge();
    assert.match(failure!.assertions['drain.exits']!, /^failed /);
    await vscode.commands.executeCommand('gantry.curriculum.open', {
      kind: 'assertion',
      item: 'B6',
      id: 'drain.exits',
    });
    assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, join(lab, 'main.go'));

    await run('hint');
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      vscode.Uri.file(join(lab, 'main.go')),
    );
    const titles = lenses.map(({ command }) => command?.title ?? '');
    assert.ok(
      titles.some((title) => title.startsWith('$(error)\u00a0B6 · failing')),
      titles.join('\n'),
    );

    copyFileSync(join(extension.extensionPath, 'curriculum/B6/solution/main.go'), join(lab, 'main.go'));
    assert.deepEqual(Object.keys(await judge()), ['format', 'item', 'proof']);
    await eventually('the lesson is open', lessonIsOpen);
  });

  it('proves again what is saved, and shows what changed since a proof', async function () {
    this.timeout(300_000);
    const before = JSON.stringify(proof());
    let looks = 0;
    await eventually('the save was checked', async () => {
      // A machine that is too busy to judge files nothing: saved again, as a person would.
      if (looks++ % 150 === 0) await edit((text) => `${text}// saved\n`);
      return JSON.stringify(proof()) !== before;
    });
    await vscode.workspace
      .getConfiguration()
      .update('gantry.curriculum.checkOnSave', false, vscode.ConfigurationTarget.Global);
    try {
      await edit((text) => `${text}// and again\n`);
      await run('changes');
      const [proven, now] = await compared();
      assert.equal(now, `${proven}// and again\n`);
    } finally {
      await vscode.workspace
        .getConfiguration()
        .update('gantry.curriculum.checkOnSave', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('compares with the solution, cancels a check', async () => {
    await run('solution');
    const [mine, theirs] = await compared();
    assert.deepEqual([mine.startsWith(theirs), theirs], [true, solution()]);
    const before = JSON.stringify(proof());
    let over = false;
    const checking = run('check').finally(() => (over = true));
    await eventually('the check was given up', async () => {
      await run('cancel');
      return over || undefined;
    });
    await checking;
    assert.equal(JSON.stringify(proof()), before);
  });

  it('filters, and takes the word of a reader', async () => {
    await execute('gantry.curriculum.filter', 'runnable');
    await execute('gantry.curriculum.filter', 'all');
    await execute('gantry.curriculum.attest', { kind: 'item', id: 'R1' });
    assert.match(readFileSync(join(workspace, '.gantry/proofs/R1.json'), 'utf8'), /"attested"/);
  });

  it('resets B6 and keeps the work', async () => {
    await run('start');
    copyFileSync(join(extension.extensionPath, 'curriculum/B6/solution/main.go'), join(lab, 'main.go'));
    await run('reset');
    const starter = join(extension.extensionPath, 'curriculum/B6/starter/main.go');
    assert.equal(readFileSync(join(lab, 'main.go'), 'utf8'), readFileSync(starter, 'utf8'));
    assert.ok(existsSync(join(workspace, '.gantry/snapshots')));
    await run('undoReset');
    assert.equal(readFileSync(join(lab, 'main.go'), 'utf8'), solution());
  });
});
