/** What a learner does on the page of a lesson. */
import type { Frame, Locator } from 'playwright-core';
import type { Workbench } from './workbench.ts';

/** Words on the page, in its language. */
export interface Judging {
  /** The button that has the work checked, and the one that is there meanwhile. */
  readonly check: string;
  readonly cancel: string;
  /** The heading that is waited for, and the one after which the work is checked again. */
  readonly verdict: string;
  readonly otherwise: string;
}

/**
 * Has the work checked until the page says the verdict; again, as a person would, where the machine was too busy to judge.
 * @param during is done once, while the check runs.
 */
export async function judged(
  workbench: Workbench,
  { check, cancel, verdict, otherwise }: Judging,
  during?: () => Promise<void>,
): Promise<void> {
  const heading = (frame: Frame, name: string): Locator => frame.getByRole('heading', { name, exact: true });
  for (let attempt = 0; attempt < 4; attempt++) {
    await workbench.press((frame) => frame.getByRole('button', { name: check }));
    // A check that only reads files may end before anybody looks.
    await workbench.seen((frame) => frame.getByRole('button', { name: cancel }).or(heading(frame, verdict)));
    if (attempt === 0) await during?.();
    const { found } = await workbench.seen((frame) => heading(frame, verdict).or(heading(frame, otherwise)));
    if (!(await found.innerText()).includes(otherwise)) return;
  }
  throw new Error(`${otherwise}, again and again`);
}
