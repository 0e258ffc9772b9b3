/** A service out of the templates: they are one themselves, named orders, of the module example.com/orders. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Contract } from './contract.ts';
import type { ServiceChoice } from './model.ts';
import { readme } from './readme.ts';

/** Path, with `/`, to text. */
export type Files = ReadonlyMap<string, string>;

/** Later folders replace files of earlier ones. */
function layers({ framework, extras }: ServiceChoice): string[] {
  const services = framework === 'nethttp' ? ['nethttp'] : ['nethttp', framework];
  return [...services.map((name) => `service/${name}`), 'common', ...extras];
}

export async function generate(templates: string, choice: ServiceChoice): Promise<Files> {
  const files = new Map<string, string>();
  for (const layer of layers(choice)) {
    const folder = join(templates, layer);
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = join(entry.parentPath, entry.name);
      const path = relative(folder, file).split(sep).join('/');
      files.set(named(target(path), choice), named(chosen(await readFile(file, 'utf8'), choice), choice));
    }
  }
  files.set('README.md', readme(choice));
  return files;
}

/** A gRPC service of a contract, in the place of the example's. */
export async function generateFor(
  contract: Contract,
  templates: string,
  choice: ServiceChoice,
  signal: AbortSignal,
): Promise<Files> {
  const [{ goCodeOf }, { contractFiles, forContract, isExample }] = await Promise.all([
    import('./goCode.ts'),
    import('./rpc.ts'),
  ]);
  const template = await generate(templates, choice);
  const code = await goCodeOf(contract, choice.module, { mod: template.get('go.mod')!, sum: template.get('go.sum')! }, signal); // prettier-ignore
  const kept = [...template]
    .filter(([path]) => !isExample(path))
    .map(([path, text]) => [path, forContract(path, text, contract, choice)] as const);
  return new Map([...kept, ...contractFiles(contract, code, choice)]);
}

/** Files that would mean something to the tools that handle the templates themselves go by another name there. */
const target = (path: string): string => path.replace(/(^|\/)((?:docker|git|helm)ignore)$/, '$1.$2');

/** gofmt sorts imports, and a module whose name comes after what follows is grouped apart anyway. */
const named = (text: string, { name, module }: ServiceChoice): string =>
  text.replaceAll(/example\.com\/orders\b|\borders\b/g, (found) => (found === 'orders' ? name : module));

/** What stands between `#if NAME` and `#end` is for that framework, after `#else` for the others: comments to other tools. */
const chosen = (text: string, { framework }: ServiceChoice): string =>
  text.replaceAll(
    /^ *#if (\w+)\n([^]*?)(?:^ *#else\n([^]*?))?^ *#end\n/gm,
    (_, wanted: string, then: string, otherwise = '') => (wanted === framework ? then : (otherwise as string)),
  );
