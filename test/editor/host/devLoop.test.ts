/** `Run on Cluster` where there is no local cluster: what its terminal says. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { eventually, execute } from './execute.ts';

const noCluster = /^No local cluster runs\. Create one: gantry cluster create --container$/m;

describe('run on cluster', () => {
  const folder = join(vscode.workspace.workspaceFolders![0]!.uri.fsPath, 'payments');
  before(() => vscode.extensions.getExtension('gantry.gantry')!.activate());
  after(async () => {
    for (const terminal of vscode.window.terminals) if (/: payments/.test(terminal.name)) terminal.dispose();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    rmSync(folder, { recursive: true, force: true });
  });

  it('opens a terminal that says what is missing: a cluster whose nodes can be given the image', async () => {
    const choice = { name: 'payments', module: 'example.org/payments', framework: 'nethttp' } as const;
    await execute('gantry.scaffold.newService', { ...choice, extras: ['kustomize'] });
    await execute('gantry.devloop.run', { fsPath: join(folder, 'Dockerfile') });
    assert.match(await terminalText('Run: payments'), noCluster);
  });

  it('and so does debugging there, without an entry in launch.json', async () => {
    await execute('gantry.devloop.debug', { fsPath: join(folder, 'Dockerfile') });
    assert.match(await terminalText('Debug: payments'), noCluster);
    const launch = vscode.workspace.getConfiguration('launch').get<{ readonly name: string }[]>('configurations') ?? [];
    assert.ok(!launch.some(({ name }) => name.includes('payments')));
  });

  it('a Service of a cluster that is not in containers of this machine is left alone', async () => {
    const context = process.env['GANTRY_TEST_CONTEXT']!;
    const node = { kind: 'service', id: 'kubernetes', context, namespace: 'default', name: 'kubernetes' } as const;
    await execute('gantry.kubernetes.intercept', node, '8080');
    await execute('gantry.kubernetes.endIntercept', node);
    await execute('gantry.kubernetes.showYaml', node);
    const text = vscode.window.activeTextEditor!.document.getText();
    assert.match(text, /^ {2}name: kubernetes$/m);
    assert.doesNotMatch(text, /gantry\.loan/);
  });

  async function terminalText(title: string): Promise<string> {
    const terminal = await eventually('its terminal is open', () =>
      vscode.window.terminals.find(({ name }) => name.startsWith(title)),
    );
    terminal.show();
    return eventually('it has said something', async () => {
      if (vscode.window.activeTerminal !== terminal) return undefined;
      await execute('gantry.logs.openDocument');
      const document = vscode.window.activeTextEditor!.document;
      const said = document.uri.path.endsWith(`/${title.replace(': ', '-')}.log`) ? document.getText() : '';
      await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
      return said === '' ? undefined : said;
    });
  }
});
