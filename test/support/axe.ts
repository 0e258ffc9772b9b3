/** What axe finds on a page of a webview: https://github.com/dequelabs/axe-core */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame } from 'playwright-core';
import { root } from '../../scripts/lib/project.ts';

const axe = readFileSync(join(root, 'node_modules/axe-core/axe.min.js'), 'utf8');

export interface Seen {
  /** How many nodes of the page were looked at: on the wrong page it is none. */
  readonly nodes: number;
  /** Violations, however slight, each with its rule and the nodes that break it. */
  readonly violations: readonly string[];
}

export async function seenByAxe(page: Frame): Promise<Seen> {
  await page.evaluate(axe);
  return page.evaluate(run);
}

interface AxeResult {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** On the page. */
async function run(): Promise<Seen> {
  const page = globalThis as unknown as {
    document: unknown;
    axe: { run(where: unknown): Promise<{ passes: AxeResult[]; violations: AxeResult[] }> };
  };
  const { passes, violations } = await page.axe.run(page.document);
  const seen = new Set([...passes, ...violations].flatMap(({ nodes }) => nodes.map(({ html }) => html)));
  const found = violations.map(({ id, nodes }) => {
    const texts = nodes.map(({ html, failureSummary = '' }) => `${html.slice(0, 80)} ${failureSummary}`);
    return `${id}: ${texts.join(' | ').replaceAll(/\s+/g, ' ')}`;
  });
  return { nodes: seen.size, violations: found };
}
