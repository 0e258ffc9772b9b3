/** Logs, forwarded ports, commands and edits on a real node, beside kubectl on the same pods in the same run. */
import type { Figure } from './figures.ts';
import { conflict } from './kubernetes-actions/conflict.ts';
import { forwarding, replacement } from './kubernetes-actions/forwards.ts';
import { logsThroughRollout, logThroughput } from './kubernetes-actions/logs.ts';
import { commandOutput } from './kubernetes-actions/commands.ts';
import { openScene } from './kubernetes-actions/scene.ts';

export async function bench(): Promise<Figure[]> {
  const scene = await openScene();
  try {
    const figures: Figure[] = [];
    // Memory first: what comes later has grown the heap already.
    for (const measure of [forwarding, commandOutput, logThroughput, logsThroughRollout, replacement, conflict]) {
      const found = await measure(scene);
      for (const { name, value, unit, ratio } of found) console.error(`${name}: ${value} ${unit} ${ratio ?? ''}`);
      figures.push(...found);
    }
    return figures;
  } finally {
    await scene.close();
  }
}
