import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { cacheFolder } from '../../../src/core/platform.ts';
import { eventually, execute, shownAsPage } from './execute.ts';

describe('toolchain', () => {
  const program = join(cacheFolder(), 'bin', 'protoc-gen-go');
  const kept = existsSync(program);
  const extension = (): vscode.Extension<unknown> => vscode.extensions.getExtension('gantry.gantry')!;
  before(() => extension().activate());
  after(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.commands.executeCommand('notifications.clearAll');
    if (!kept) rmSync(program, { force: true });
  });

  it('is examined, and shown as a page', async () => {
    await execute('gantry.toolchain.doctor');
    const document = await shownAsPage('Toolchain Doctor');
    assert.match(document.getText(), /^# Toolchain Doctor\n/);
    assert.match(document.getText(), /^- \*\*go\*\* 1\.\d+/m);
  });

  it('is there in terminals, gantry itself among it', async () => {
    const { version } = JSON.parse(readFileSync(join(extension().extensionPath, 'package.json'), 'utf8'));
    const folder = mkdtempSync(join(tmpdir(), 'gantry-terminal-'));
    const terminal = vscode.window.createTerminal({ shellPath: '/bin/sh' });
    try {
      terminal.sendText(`gantry --version > ${folder}/version`);
      const said = (): string => (existsSync(`${folder}/version`) ? readFileSync(`${folder}/version`, 'utf8') : '');
      await eventually('it says its version', () => said() === `${version}\n`);
    } finally {
      terminal.dispose();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('is offered as tasks for the files of the workspace, and run by what tasks.json says', async () => {
    const tasks = await vscode.tasks.fetchTasks({ type: 'gantry' });
    const names = tasks.map(({ name }) => name);
    const image = tasks.find(({ name }) => name.startsWith('docker build '));
    assert.ok(image, names.join(', '));
    assert.equal(image.group, vscode.TaskGroup.Build);
    assert.deepEqual(image.problemMatchers, ['$gantry-docker', '$gantry-docker-go']);
    const folder = vscode.workspace.workspaceFolders![0]!.uri;
    const asking = { type: 'gantry', tool: 'docker', args: ['--version'], label: 'asks docker' };
    const written = vscode.Uri.joinPath(folder, '.vscode/tasks.json');
    await vscode.workspace.fs.writeFile(written, Buffer.from(JSON.stringify({ version: '2.0.0', tasks: [asking] })));
    const ended = new Promise<number | undefined>((resolve) => {
      const listening = vscode.tasks.onDidEndTaskProcess(({ execution, exitCode }) => {
        if (execution.task.name !== 'asks docker') return;
        listening.dispose();
        resolve(exitCode);
      });
    });
    await eventually('the file is read', async () =>
      (await vscode.tasks.fetchTasks()).some(({ name }) => name === 'asks docker'),
    );
    await vscode.commands.executeCommand('workbench.action.tasks.runTask', 'asks docker');
    assert.equal(await ended, 0);
    await vscode.workspace.fs.delete(written);
  });

  it('lacks nothing any more that was installed, and the document says so', async () => {
    await execute('gantry.toolchain.install', 'protoc-gen-go');
    assert.ok(existsSync(program));
    const document = await shownAsPage('Toolchain Doctor');
    await eventually('the document says so', () => /^- \*\*protoc-gen-go\*\* 1\./m.test(document.getText()));
  }).timeout(10 * 60_000);
});
