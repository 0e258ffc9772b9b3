import assert from 'node:assert/strict';
import * as vscode from 'vscode';

describe('the surroundings', () => {
  it('run in a VS Code with Gantry active', async () => {
    const extension = vscode.extensions.getExtension('gantry.gantry');
    assert.ok(extension);
    await extension.activate();
    assert.equal(extension.isActive, true);
  });
});
