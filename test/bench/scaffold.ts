/** Every service that can be generated, put to the compiler, vet, its own race tests, its README and the proofs of the curriculum. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../../src/core/failure.ts';
import { frameworks } from '../../src/scaffold/model.ts';
import { followReadme, generated, go, proveOn, provenItems } from '../support/generatedServices.ts';
import type { Figure } from './figures.ts';

export async function bench(): Promise<Figure[]> {
  let good = 0;
  for (const framework of frameworks) {
    const folder = mkdtempSync(join(tmpdir(), 'gantry-service-'));
    try {
      await generated(folder, framework);
      await go(folder, 'vet', './...');
      await go(folder, 'test', '-race', '-shuffle=on', '-trimpath', './...');
      await followReadme(folder);
      const states = [];
      for (const item of provenItems(framework)) {
        states.push(`${item} ${(await proveOn(folder, item, framework)).verdict.state}`);
      }
      console.error(`${framework}: compiles, vets, passes, does what its README says; ${states.join(', ')}`);
      if (states.every((state) => state.endsWith(' proven'))) good++;
    } catch (error) {
      console.error(`${framework}: ${messageOf(error)}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return [
    {
      name: 'generated services that compile, vet, pass and prove',
      value: good,
      unit: `of ${frameworks.length}`,
      must: 'all',
      holds: good === frameworks.length,
    },
  ];
}
