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
  const run = (verb: 'open' | 'start' | 'check' | 'reset'): Promise<void> => execute(`gantry.curriculum.${verb}`, b6);
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
    await vscode.commands.executeCommand('gantry.curriculum.open', { kind: 'item', id: 'T1.1' });
    await eventually('the lesson is open', lessonIsOpen);
  });

  it('starts B6, refuses the starter with evidence, and proves the solution', async function () {
    this.timeout(300_000);
    await run('start');
    assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, join(lab, 'main.go'));

    await run('check');
    const { failure } = proof();
    assert.match(failure!.assertions['drain.exits']!, /^failed /);
    await vscode.commands.executeCommand('gantry.curriculum.open', {
      kind: 'assertion',
      item: 'B6',
      id: 'drain.exits',
    });
    assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, join(lab, 'main.go'));

    copyFileSync(join(extension.extensionPath, 'curriculum/B6/solution/main.go'), join(lab, 'main.go'));
    await run('check');
    assert.deepEqual(Object.keys(proof()), ['format', 'item', 'proof']);
    await eventually('the lesson is open', lessonIsOpen);
  });

  it('resets B6 and keeps the work', async () => {
    await run('start');
    copyFileSync(join(extension.extensionPath, 'curriculum/B6/solution/main.go'), join(lab, 'main.go'));
    await run('reset');
    const starter = join(extension.extensionPath, 'curriculum/B6/starter/main.go');
    assert.equal(readFileSync(join(lab, 'main.go'), 'utf8'), readFileSync(starter, 'utf8'));
    assert.ok(existsSync(join(workspace, '.gantry/snapshots')));
  });
});
