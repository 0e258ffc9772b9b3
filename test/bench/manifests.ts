/** What checking manifests costs: loading the schemas once, then each document. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { isMain, root } from '../../scripts/lib/project.ts';
import { loadPool } from '../../src/manifests/pool.ts';
import { validate } from '../../src/manifests/validate.ts';
import { type Figure, median } from './figures.ts';

const fixture = join(root, 'test/fixtures/manifests/shop.yaml');
const runs = 9;

export async function bench(): Promise<Figure[]> {
  const text = await readFile(fixture, 'utf8');
  const cold: { pool: number; first: number }[] = [];
  for (let run = 0; run < runs; run++) cold.push(await coldRun());
  const catalog = (await loadPool(join(root, 'schemas'))).catalog('1.34');
  const long = Array.from({ length: Math.ceil(1000 / text.split('\n').length) }, () => text).join('---\n');
  // Alternating, so that both see the same machine.
  const ours: number[] = [];
  const parser: number[] = [];
  for (let run = 0; run < runs + 3; run++) {
    ours.push(timed(() => validate(long, { catalog, custom: [] })));
    parser.push(timed(() => parseAllDocuments(long)));
  }
  const [own, peer] = [ours.slice(3), parser.slice(3)].map((values) => round(median(values))) as [number, number];
  const lines = long.split('\n').length;
  return [
    { name: 'schemas loaded, cold process', value: round(median(cold.map(({ pool }) => pool))), unit: 'ms' },
    { name: 'first document checked, cold process', value: round(median(cold.map(({ first }) => first))), unit: 'ms' },
    {
      name: `${lines} lines checked, warm`,
      value: own,
      unit: 'ms',
      peer: `parseAllDocuments of yaml alone: ${peer} ms`,
      ratio: round(own / peer),
    },
  ];
}

function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** The same module in a process of its own: nothing is compiled, read or inflated before. */
async function coldRun(): Promise<{ pool: number; first: number }> {
  const { stdout } = await promisify(execFile)(process.execPath, [import.meta.filename, '--cold']);
  return JSON.parse(stdout) as { pool: number; first: number };
}

if (isMain(import.meta.url) && process.argv.includes('--cold')) {
  const text = await readFile(fixture, 'utf8');
  const start = performance.now();
  const pool = await loadPool(join(root, 'schemas'));
  const loaded = performance.now();
  validate(text, { catalog: pool.catalog('1.34'), custom: [] });
  console.log(JSON.stringify({ pool: loaded - start, first: performance.now() - start }));
}
