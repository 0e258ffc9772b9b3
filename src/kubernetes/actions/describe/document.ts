/** A description as sections of rows, and the text that shows them. */
import { table } from '../../../core/cli.ts';
import { printableLine } from '../../../core/printable.ts';

export interface Section {
  readonly title: string;
  /** Rows of cells; the cells come from the cluster and are made printable here. */
  readonly rows: readonly (readonly string[])[];
}

/** A section of two columns; rows without a value are left out. */
export function facts(title: string, rows: readonly (readonly [string, string])[]): Section {
  return { title, rows: rows.filter(([, value]) => value !== '') };
}

/** Markdown that reads well as plain text: VS Code folds it and shows its outline. Sections without rows are left out. */
export function documentText(title: string, sections: readonly Section[]): string {
  const shown = sections.filter(({ rows }) => rows.length > 0);
  const blocks = shown.map(({ title, rows }) => [`## ${title}`, '', ...indented(rows)].join('\n'));
  return `${[`# ${printableLine(title)}`, ...blocks].join('\n\n')}\n`;
}

/** Four spaces make it a code block, where Markdown changes nothing. */
const indented = (rows: Section['rows']): string[] =>
  table(rows.map((row) => row.map(printableLine))).map((line) => `    ${line}`);

/** `app=shop, tier=web` */
export const pairs = (map: Readonly<Record<string, string>>): string =>
  Object.entries(map)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
