/** Changes of Helm releases by their commands, up to the question that nobody says yes to: helm itself is tried elsewhere. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { KubernetesNode } from '../../../src/kubernetes/nodes.ts';
import { eventually, execute } from './execute.ts';

const release: KubernetesNode = {
  kind: 'release',
  id: 'tuned',
  context: process.env['GANTRY_TEST_CONTEXT']!,
  namespace: 'default',
  name: 'tuned',
};

describe('changes of Helm releases', () => {
  before(() => vscode.extensions.getExtension('gantry.gantry')!.activate());
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  /** The text on the right of the comparison that stands open. */
  const shownAfter = (): Promise<string> =>
    eventually('the difference is shown', () => {
      const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
      if (!(tab?.input instanceof vscode.TabInputTextDiff)) return undefined;
      const { modified } = tab.input;
      return vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === modified.toString())?.getText();
    });

  /** Leaves whatever is asked or told until the command has ended. */
  async function leave(running: Promise<void>): Promise<void> {
    let ended = false;
    void running.finally(() => (ended = true));
    await eventually('the command ends', async () => {
      await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
      await vscode.commands.executeCommand('notifications.clearAll');
      return ended;
    });
  }

  it('show what a rollback changes, and change nothing without a yes', async () => {
    const running = execute('gantry.kubernetes.helmRollback', release, 1);
    assert.match(await shownAfter(), /revision: "1"/);
    await leave(running);
  });

  it('show what an uninstallation removes', async () => {
    const running = execute('gantry.kubernetes.helmUninstall', release);
    assert.equal(await shownAfter(), '');
    await leave(running);
  });

  it('tell why an upgrade cannot be tried', async () => {
    await leave(execute('gantry.kubernetes.helmUpgrade', release, '/no/such/chart', 'keep'));
  });
});
