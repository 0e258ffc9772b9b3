import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { views } from '../../../src/editor/contributions.ts';
import { slope } from '../../bench/figures.ts';
import { fileWatches } from '../../support/fileWatches.ts';
import { collectGarbage } from '../../support/garbage.ts';
import type { Restartable } from '../../support/restartable.ts';
import { eventually } from './execute.ts';

const times = Number(process.env['GANTRY_RESTARTS'] ?? 0);

/** Of the system, as long as they are held. */
function resources(): Record<string, number> {
  const all = process.getActiveResourcesInfo();
  const count = (...names: string[]): number => all.filter((each) => names.includes(each)).length;
  return {
    children: count('ProcessWrap'),
    listeners: count('TCPServerWrap'),
    sockets: count('TCPSocketWrap', 'PipeWrap'),
    watches: fileWatches(),
    threads: count('MessagePort'),
  };
}

/**
 * Most bytes that a cycle may leave. In the first dozens machine code is made of what runs often: then only a window's own
 * things left behind, megabytes, can be told from it.
 */
const mostGrowth = times >= 100 ? 50_000 : 1_000_000;

/**
 * Bytes that are held, garbage aside: by JavaScript, and outside for it. What the process has of the system (RSS) says less:
 * the same build's grew by 39 to 156 kB with each of 100 cycles.
 */
function held(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/**
 * Bytes that VS Code keeps of the tree views that an activation makes, however they were disposed of: its own list of
 * views (`ExtHostTreeViews`) forgets none. Measured on views of nothing.
 */
async function keptOfViews(): Promise<number> {
  const nothing = { getChildren: () => [], getTreeItem: () => new vscode.TreeItem('') };
  const bytes: number[] = [];
  for (let cycle = 0; cycle < times; cycle++) {
    const made = Object.values(views).map((id) => vscode.window.createTreeView(id, { treeDataProvider: nothing }));
    for (const view of made) view.dispose();
    await new Promise((resolve) => setImmediate(resolve)); // VS Code disposes a moment later.
    bytes.push(held());
  }
  return growthOf(bytes);
}

/** Bytes more with each cycle. The first ones load what stays loaded. */
const growthOf = (bytes: readonly number[]): number => slope(bytes.slice(Math.floor(times / 2)));

/** Only with `GANTRY_RESTARTS`, on the extension of `restartableExtension`. */
if (times > 0) {
  describe('activated and deactivated over and over', () => {
    it('leaves no process, listener, socket, watch or thread, and memory does not grow', async function () {
      this.timeout(times * 60_000);
      const gantry = (await vscode.extensions.getExtension('gantry.gantry')!.activate()) as Restartable;
      const [context, namespace] = ['looked-at', process.env['GANTRY_TEST_NAMESPACE']!];
      const pod = { kind: 'pod', id: 'p', context, namespace, name: 'one' } as const;
      const use = async (): Promise<void> => {
        await vscode.commands.executeCommand('gantry.kubernetes.revealNamespace', context, namespace);
        await vscode.commands.executeCommand('gantry.kubernetes.forwardPort', pod, '0:8080');
        await vscode.commands.executeCommand('gantry.containers.focus');
        await vscode.commands.executeCommand('gantry.docker.refresh');
        await vscode.commands.executeCommand('gantry.grpc.focus');
        await vscode.commands.executeCommand('gantry.grpc.refresh');
        await eventually('it listens and is connected', () => {
          const now = resources();
          return now['listeners']! > before['listeners']! && now['sockets']! > before['sockets']!;
        });
      };
      const before = resources();
      const deactivations: number[] = [];
      const bytes: number[] = [];
      for (let cycle = 0; cycle < times; cycle++) {
        gantry.start();
        await use();
        const began = performance.now();
        await gantry.end();
        deactivations.push(performance.now() - began);
        await eventually(`what is held is again ${JSON.stringify(before)}`, () =>
          Object.entries(resources()).every(([name, count]) => count <= before[name]!),
        ).catch(() => assert.deepEqual(resources(), before, `after cycle ${cycle + 1}`));
        bytes.push(held());
      }
      const kept = await keptOfViews();
      const growth = growthOf(bytes) - kept;
      const report = process.env['GANTRY_RESTARTS_REPORT'];
      if (report) writeFileSync(report, JSON.stringify({ deactivations, growth, kept }));
      assert.ok(
        growth < mostGrowth,
        `${Math.round(growth)} bytes more with each cycle, and ${Math.round(kept)} of VS Code's: ${bytes.join(' ')}`,
      );
    });
  });
}
