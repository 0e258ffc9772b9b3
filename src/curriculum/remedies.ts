/** What unblocks a check, where that is a click away. */
import type { Failure } from '../core/failure.ts';
import type { ItemStatus } from './domain.ts';
import type { Remedy } from './model.ts';
import { NoEngine, NoPodCluster } from './ports.ts';

/** What a person can do at once about a failure that blocks a check; undefined where only its sentence helps. */
export function remedyFor(failure: Failure): Remedy | undefined {
  if (failure instanceof NoPodCluster) return 'podCluster';
  if (failure instanceof NoEngine) return 'engine';
  return failure.kind === 'toolMissing' ? 'tools' : undefined;
}

/** The remedy of what blocks an item now; undefined where nothing does, or where there is none. */
export const remedyOf = ({ state, report }: Pick<ItemStatus, 'state' | 'report'>): Remedy | undefined =>
  state === 'blocked' && report?.verdict.state === 'blocked' ? report.verdict.remedy : undefined;

/** The command that brings it about, and what it gets. */
export function remedyCommand(remedy: Remedy) {
  switch (remedy) {
    case 'podCluster':
      return { id: 'gantry.cluster.create', args: ['container'] } as const;
    case 'engine':
      return { id: 'gantry.docker.doctor', args: [] } as const;
    case 'tools':
      return { id: 'gantry.toolchain.doctor', args: [] } as const;
  }
}
