import type { ItemStatus } from './domain.ts';
import type { Report } from './model.ts';

/** What was found last: by the check that keeps it running, else by the one before. */
export const foundOf = (status: ItemStatus | undefined): Report | undefined => status?.held ?? status?.report;
