/**
 * `npm run bench [-- NAME…]`: measures, prints a table and, last, one line of JSON per bench:
 * `{bench, date, host, figures: [{name, value, unit, peer, ratio, must, holds}]}`. Exits 1 when a figure misses its bound.
 */
import { existsSync, readdirSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { table } from '../src/core/cli.ts';
import type { Figure } from '../test/bench/figures.ts';
import { root } from './lib/project.ts';

const folder = join(root, 'test/bench');
const all = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && file !== 'figures.ts')
  .map((file) => file.slice(0, -3));
const names = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const host = `${process.platform} ${process.arch}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, node ${process.versions.node}`;

let missed = 0;
for (const name of names.length > 0 ? names : all) {
  if (!existsSync(join(folder, `${name}.ts`))) {
    console.error(`No such bench: ${name}. There are: ${all.join(', ')}.`);
    process.exit(2);
  }
  const { bench } = (await import(join(folder, `${name}.ts`))) as { readonly bench: () => Promise<Figure[]> };
  const figures = await bench();
  missed += figures.filter(({ holds }) => holds === false).length;
  const rows = figures.map((f) => [
    f.name,
    `${f.value} ${f.unit}`,
    f.peer ?? '',
    f.ratio === undefined ? '' : String(f.ratio),
    f.must ?? '',
    f.holds === undefined ? '' : f.holds ? 'holds' : 'MISSED',
  ]);
  console.log(table([['figure', 'value', 'peer', 'ratio', 'must', ''], ...rows]).join('\n'));
  console.log(JSON.stringify({ bench: name, date: new Date().toISOString().slice(0, 10), host, figures }));
}
process.exit(missed > 0 ? 1 : 0);
