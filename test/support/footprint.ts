/** What a program holds of the system: to be the same before and after. */
import assert from 'node:assert/strict';
import { eventually } from './controlPlane.ts';

export interface Footprint {
  readonly children: number;
  readonly timers: number;
}

export function footprint(): Footprint {
  const resources = process.getActiveResourcesInfo();
  const count = (name: string): number => resources.filter((each) => each === name).length;
  return { children: count('ProcessWrap'), timers: count('Timeout') };
}

/** Fails when more is held than `before`; some time is given, for sockets close later than they are told to. */
export async function nothingLeftSince(before: Footprint): Promise<void> {
  const isBack = (): boolean => {
    const { children, timers } = footprint();
    return children <= before.children && timers <= before.timers + 1; // One is the wait itself.
  };
  await eventually(isBack, 10_000).catch(() => assert.deepEqual(footprint(), before, 'something is left behind'));
}
