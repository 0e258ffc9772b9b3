import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { execute } from './execute.ts';

describe('a new service', () => {
  const folder = join(vscode.workspace.workspaceFolders![0]!.uri.fsPath, 'billing');
  const choice = { name: 'billing', module: 'example.org/billing', framework: 'gin', extras: ['kustomize'] } as const;
  before(() => vscode.extensions.getExtension('gantry.gantry')!.activate());
  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.commands.executeCommand('notifications.clearAll');
    rmSync(folder, { recursive: true, force: true });
  });

  it('is written into the workspace, and its README opens', async () => {
    await execute('gantry.scaffold.newService', choice);
    assert.match(vscode.window.activeTextEditor!.document.getText(), /^# billing\n/);
    assert.match(readFileSync(join(folder, 'go.mod'), 'utf8'), /^module example\.org\/billing$/m);
  });

  it('is made of a .proto file, with a progress that can be cancelled', async () => {
    const proto = join(folder, '..', 'proto/shop/v1/users.proto');
    const name = 'accounts';
    try {
      await execute('gantry.scaffold.newService', {
        name,
        module: 'example.org/accounts',
        framework: 'grpc',
        extras: [],
        proto,
      });
      const made = join(folder, '..', name);
      assert.match(readFileSync(join(made, 'internal/api/users_service.go'), 'utf8'), /\*shopv1\.GetUserRequest/);
      assert.match(readFileSync(join(made, 'requests/accounts.grpc.yaml'), 'utf8'), /shop\.v1\.UsersService\/GetUser/);
    } finally {
      rmSync(join(folder, '..', name), { recursive: true, force: true });
    }
  });

  it('once more shows what is other than generated, and leaves it', async () => {
    writeFileSync(join(folder, 'Dockerfile'), 'FROM mine\n');
    await execute('gantry.scaffold.newService', choice);
    const diff = vscode.window.tabGroups.activeTabGroup.activeTab!.input as vscode.TabInputTextDiff;
    assert.equal(diff.original.fsPath, join(folder, 'Dockerfile'));
    assert.equal(diff.modified.scheme, 'gantry-generated');
    assert.equal(readFileSync(join(folder, 'Dockerfile'), 'utf8'), 'FROM mine\n');
  });
});
