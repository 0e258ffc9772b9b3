/** The cells of rows as kubectl prints them. */
import { age } from '../core/age.ts';
import type { PodRow, ServiceRow } from './rows.ts';

/** The AGE of something made at `created`. */
export const ageOf = (created: number, now: number): string => (created === 0 ? '<unknown>' : age(now - created));

export function restarts({ restarts: count, lastRestart }: PodRow, now: number): string {
  return count > 0 && lastRestart > 0 ? `${count} (${ageOf(lastRestart, now)} ago)` : String(count);
}

export const ready = ({ ready: count, containerCount }: PodRow): string => `${count}/${containerCount}`;

export const ports = ({ ports: list }: ServiceRow): string => list.map(({ text }) => text).join(',') || '<none>';
