import assert from 'node:assert/strict';
import * as vscode from 'vscode';

const planted = process.env['GANTRY_PLANT'];

/** Only with `GANTRY_PLANT`: a command of Gantry's is taken by somebody else before Gantry is activated. */
if (planted !== undefined) {
  describe('with a planted fault', () => {
    it('every other command works', async () => {
      const taken = vscode.commands.registerCommand(planted, () => 'taken');
      await vscode.extensions.getExtension('gantry.gantry')!.activate();
      assert.equal(await vscode.commands.executeCommand(planted), 'taken', 'the fault took effect');
      const registered = new Set(await vscode.commands.getCommands(true));
      for (const id of [
        'gantry.showLog',
        'gantry.kubernetes.refresh',
        'gantry.grpc.refresh',
        'gantry.curriculum.open',
        'gantry.cluster.create',
        'gantry.removeEverything',
      ]) {
        assert.ok(registered.has(id), `${id} is registered`);
      }
      await vscode.commands.executeCommand('gantry.showLog');
      taken.dispose();
    });
  });
}
