/** `Run on Cluster` where there is no local cluster: what its terminal says. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { eventually, execute } from './execute.ts';

describe('run on cluster', () => {
  const folder = join(vscode.workspace.workspaceFolders![0]!.uri.fsPath, 'payments');
  before(() => vscode.extensions.getExtension('gantry.gantry')!.activate());
  after(async () => {
    for (const terminal of vscode.window.terminals) if (terminal.name.startsWith('Run: payments')) terminal.dispose();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    rmSync(folder, { recursive: true, force: true });
  });

  it('opens a terminal that says what is missing: a cluster whose nodes can be given the image', async () => {
    const choice = { name: 'payments', module: 'example.org/payments', framework: 'nethttp' } as const;
    await execute('gantry.scaffold.newService', { ...choice, extras: ['kustomize'] });
    await execute('gantry.devloop.run', { fsPath: join(folder, 'Dockerfile') });
    const terminal = await eventually('its terminal is open', () =>
      vscode.window.terminals.find(({ name }) => name.startsWith('Run: payments')),
    );
    terminal.show();
    const text = await eventually('it has said something', async () => {
      if (vscode.window.activeTerminal !== terminal) return undefined;
      await execute('gantry.logs.openDocument');
      const document = vscode.window.activeTextEditor!.document;
      const said = document.uri.path.endsWith('/Run-payments.log') ? document.getText() : '';
      await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
      return said === '' ? undefined : said;
    });
    assert.match(text, /^No local cluster runs\. Create one: gantry cluster create --container$/m);
  });
});
