import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import { slope } from '../../bench/figures.ts';
import { fileWatches } from '../../support/fileWatches.ts';
import { collectGarbage } from '../../support/garbage.ts';
import type { Restartable } from '../../support/restartable.ts';
import { eventually } from './execute.ts';

const times = Number(process.env['GANTRY_RESTARTS'] ?? 0);

/** Of the system, as long as they are held. */
function held(): Record<string, number> {
  const resources = process.getActiveResourcesInfo();
  const count = (...names: string[]): number => resources.filter((each) => names.includes(each)).length;
  return {
    children: count('ProcessWrap'),
    listeners: count('TCPServerWrap'),
    sockets: count('TCPSocketWrap', 'PipeWrap'),
    watches: fileWatches(),
    threads: count('MessagePort'),
  };
}

/**
 * Whether memory may be judged by all that the process holds: in the first dozens of cycles machine code is made of what
 * runs often. Then only a window's own things left behind, megabytes, can be told from it.
 */
const many = times >= 100;
const mostGrowth = many ? 50_000 : 1_000_000;

/** Bytes that are held after a cycle, garbage aside. */
function memory(): number {
  collectGarbage();
  const { rss, heapUsed } = process.memoryUsage();
  return many ? rss : heapUsed;
}

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
          const now = held();
          return now['listeners']! > before['listeners']! && now['sockets']! > before['sockets']!;
        });
      };
      const before = held();
      const deactivations: number[] = [];
      const bytes: number[] = [];
      for (let cycle = 0; cycle < times; cycle++) {
        gantry.start();
        await use();
        const began = performance.now();
        await gantry.end();
        deactivations.push(performance.now() - began);
        await eventually(`what is held is again ${JSON.stringify(before)}`, () =>
          Object.entries(held()).every(([name, count]) => count <= before[name]!),
        ).catch(() => assert.deepEqual(held(), before, `after cycle ${cycle + 1}`));
        bytes.push(memory());
      }
      // The first cycles load what stays loaded.
      const growth = slope(bytes.slice(Math.floor(times / 2)));
      const report = process.env['GANTRY_RESTARTS_REPORT'];
      if (report) writeFileSync(report, JSON.stringify({ deactivations, growth }));
      assert.ok(growth < mostGrowth, `${Math.round(growth)} bytes more with each cycle: ${bytes.join(' ')}`);
    });
  });
}
