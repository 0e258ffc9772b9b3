/** A service out of the templates: they are one themselves, named orders, of the module example.com/orders. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
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
      files.set(named(target(path), choice), named(await readFile(file, 'utf8'), choice));
    }
  }
  files.set('README.md', readme(choice));
  return files;
}

/** Files that would mean something to the tools that handle the templates themselves go by another name there. */
const target = (path: string): string => path.replace(/^(dockerignore|gitignore)$/, '.$1');

/** gofmt sorts imports, and a module whose name comes after what follows is grouped apart anyway. */
const named = (text: string, { name, module }: ServiceChoice): string =>
  text.replaceAll(/example\.com\/orders\b|\borders\b/g, (found) => (found === 'orders' ? name : module));
