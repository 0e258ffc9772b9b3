import assert from 'node:assert/strict';
import childProcess from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import * as vscode from 'vscode';

type AnyFunction = (...args: unknown[]) => unknown;

/** Replaces functions of node's modules by ones that note the call; returns the notes and the way back. */
function trace(): { readonly calls: string[]; readonly restore: () => void } {
  const calls: string[] = [];
  const undo: (() => void)[] = [];
  const watch = (owner: object, label: string, names: readonly string[]): void => {
    const functions = owner as Record<string, AnyFunction>;
    for (const name of names) {
      const original = functions[name]!;
      functions[name] = function (this: unknown, ...args: unknown[]) {
        const stack = new Error().stack ?? '';
        // Only what our bundle does counts: VS Code shares the process.
        if (stack.includes('/dist/extension.js') || stack.includes('/dist/chunks/')) {
          calls.push(`${label}.${name} ${typeof args[0] === 'string' ? args[0] : ''}`);
        }
        return original.apply(this, args);
      };
      undo.push(() => (functions[name] = original));
    }
  };
  watch(fs, 'fs', [
    'readFile',
    'readFileSync',
    'open',
    'openSync',
    'readdir',
    'readdirSync',
    'stat',
    'statSync',
    'existsSync',
    'watch',
    'createReadStream',
    'writeFile',
    'writeFileSync',
    'mkdirSync',
  ]);
  watch(fs.promises, 'fs', ['readFile', 'open', 'readdir', 'stat', 'writeFile', 'mkdir', 'access']);
  watch(childProcess, 'process', ['spawn', 'spawnSync', 'exec', 'execFile', 'execSync', 'execFileSync', 'fork']);
  watch(net.Socket.prototype, 'net', ['connect']);
  watch(net.Server.prototype, 'net', ['listen']);
  syncBuiltinESMExports();
  return {
    calls,
    restore: () => {
      for (const back of undo) back();
      syncBuiltinESMExports();
    },
  };
}

/** Waits until the extension host has nothing else to do: it starts other extensions at the same time. */
async function quiet(): Promise<void> {
  for (let calm = 0, tries = 0; calm < 10 && tries < 300; tries++) {
    const before = process.threadCpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { user, system } = process.threadCpuUsage(before);
    calm = user + system < 5000 ? calm + 1 : 0;
  }
}

describe('activation', () => {
  it('touches no network, starts no process and reads no file', async () => {
    const extension = vscode.extensions.getExtension('gantry.gantry');
    assert.ok(extension);
    assert.equal(extension.isActive, false, 'nothing has asked for Gantry yet');
    await quiet();
    const { calls, restore } = trace();
    const [began, at] = [process.threadCpuUsage(), performance.now()];
    await extension.activate();
    const wall = performance.now() - at;
    const { user, system } = process.threadCpuUsage(began);
    // What activation only scheduled must not do any of it either.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    restore();
    const report = process.env['GANTRY_ACTIVATION'];
    if (report) fs.writeFileSync(report, JSON.stringify({ cpu: (user + system) / 1000, wall, touched: calls.length }));
    assert.deepEqual(calls, []);
    assert.equal(extension.isActive, true);
  });

  it('registers every command', async () => {
    const manifest = vscode.extensions.getExtension('gantry.gantry')!.packageJSON as {
      contributes: { commands: { command: string }[] };
    };
    const registered = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      manifest.contributes.commands.map(({ command }) => command).filter((id) => !registered.has(id)),
      [],
    );
  });
});
