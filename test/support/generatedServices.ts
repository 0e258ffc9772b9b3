/** Generated services, built, tested and put through the proofs of the curriculum. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/lib/project.ts';
import { run } from '../../src/core/processes.ts';
import { createCurriculum } from '../../src/curriculum/domain.ts';
import type { Report } from '../../src/curriculum/model.ts';
import { createScaffold, type Made } from '../../src/scaffold/domain.ts';
import { extras, type Framework } from '../../src/scaffold/model.ts';

export const scaffold = createScaffold({ templates: join(root, 'templates') });

/** A service called billing, with everything. */
export const generated = (folder: string, framework: Framework): Promise<Made> =>
  scaffold.service(folder, { name: 'billing', module: 'example.org/shop/billing', framework, extras });

/** Runs go there; throws with what it says. */
export async function go(folder: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run('go', args, { cwd: folder, timeout: 20 * 60_000 });
  if (code !== 0) throw new Error(`go ${args.join(' ')}:\n${stdout}${stderr}`);
  return stdout;
}

export const provenItems = ['B5', 'B6', 'B7', 'T7.1'] as const;

/**
 * Proves an item on the packages of a service. What the lesson gives (its slow work, its store) is taken from there; in the
 * place of what the learner writes stand a few lines of test/fixtures/scaffold that call the service's own packages.
 */
export async function proveOn(service: string, item: (typeof provenItems)[number]): Promise<Report> {
  const lab = join(service, 'proofs', item);
  const adapter = join(root, 'test/fixtures/scaffold', item);
  mkdirSync(lab, { recursive: true });
  const given = join(root, 'curriculum', item, 'solution');
  for (const name of readdirSync(given).filter((file) => file.endsWith('.go'))) {
    const replaced = item === 'B5' && name === 'main.go'; // It makes the learner's health without anything.
    if (!existsSync(join(adapter, name)) && !replaced) cpSync(join(given, name), join(lab, name));
  }
  for (const name of readdirSync(adapter)) {
    const text = readFileSync(join(adapter, name), 'utf8');
    writeFileSync(join(lab, name), text.replaceAll('example.com/orders', 'example.org/shop/billing'));
  }
  writeFileSync(join(lab, 'gantry.contract.yaml'), 'package: .\n');
  const curriculum = createCurriculum({
    log: { trace: () => {}, info: () => {}, warn: console.warn, error: console.error },
    content: join(root, 'curriculum'),
    workspace: service,
    trusted: () => true,
    language: 'en',
  });
  try {
    return await curriculum.prove(item, lab, { signal: new AbortController().signal });
  } finally {
    curriculum.dispose();
  }
}
