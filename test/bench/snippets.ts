/** How many snippets there are, how many of the Go ones are proven, and how long the proof takes once Go has built it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSnippets, snippetFiles } from '../../scripts/lib/snippets.ts';
import { shared } from '../support/controlPlane.ts';
import { proofTable, proveModule, writeModule } from '../support/snippetModule.ts';
import { type Figure, median } from './figures.ts';

const runs = 5;

export async function bench(): Promise<Figure[]> {
  const { kubeconfig } = await shared();
  const folder = mkdtempSync(join(tmpdir(), 'gantry-snippets-'));
  try {
    writeModule(folder);
    const prove = () => proveModule(folder, { ...process.env, KUBECONFIG: kubeconfig });
    const proofs = await prove(); // Warms Go's caches and is not counted.
    console.error(proofTable(proofs));
    const times: number[] = [];
    for (let run = 0; run < runs; run++) {
      const before = performance.now();
      await prove();
      times.push(performance.now() - before);
    }
    console.error(`proofs: ${times.map((ms) => (ms / 1000).toFixed(1)).join(' ')} s`);
    const proven = proofs.filter(({ builds, behaves, redWithout = true }) => builds && behaves && redWithout).length;
    return [
      ...snippetFiles.map((file) => ({ name: `${file} snippets`, value: readSnippets(file).length, unit: '' })),
      {
        name: 'Go snippets proven',
        value: proven,
        unit: `of ${proofs.length}`,
        must: 'all',
        holds: proven === proofs.length,
      },
      {
        name: 'of them red without',
        value: proofs.filter(({ redWithout }) => redWithout).length,
        unit: `of ${proofs.filter(({ redWithout }) => redWithout !== undefined).length}`,
      },
      {
        name: 'proof of all, warm, median',
        value: Math.round(median(times) / 100) / 10,
        unit: 's',
        must: '≤ 120',
        holds: median(times) <= 120_000,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
