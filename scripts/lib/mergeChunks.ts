/**
 * Puts the chunks that a window loads at once into two files. esbuild makes a chunk for each set of modules that the same
 * entries reach; importing one costs the extension host a third of a millisecond, whatever its size, and there were 64.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { build, type Metafile } from 'esbuild';

type Outputs = Metafile['outputs'];

/**
 * Of a split and minified build, merges what `entry` imports statically: the chunks that reach `vscode` into `editor.js`, those
 * that do not into `core.js`, so that the terminal program can load that one.
 * @param outputs of the build's metafile; all in one folder and its `chunks/`.
 */
export async function mergeChunks(root: string, outputs: Outputs, entry: string): Promise<void> {
  const chunks = chunksOf(outputs, entry);
  const needsEditor = (path: string): boolean =>
    staticImports(outputs, path).some((imported) => imported === 'vscode' || needsEditor(imported));
  const names = new Map(chunks.map((path, index) => [path, `c${index}_`] as const));
  const folder = posix.join(posix.dirname(entry), 'chunks');
  const merged = { core: posix.join(folder, 'core.js'), editor: posix.join(folder, 'editor.js') };
  const homeOf = (path: string): string => (needsEditor(path) ? merged.editor : merged.core);

  for (const home of Object.values(merged)) {
    const inside = new Set(chunks.filter((path) => homeOf(path) === home));
    await mergeInto(root, home, inside, outputs, names);
  }
  for (const path of chunks) await rm(join(root, path));
  const others = Object.keys(outputs).filter((path) => path.endsWith('.js') && !names.has(path));
  for (const path of [...others, ...Object.values(merged)]) {
    const file = join(root, path);
    const text = redirected(await readFile(file, 'utf8'), path, names, homeOf);
    const left = chunks.find((chunk) => text.includes(posix.basename(chunk)));
    if (left !== undefined) throw new Error(`${path} imports ${left} in a way that is not known here.`);
    await writeFile(file, text);
  }
}

/** The chunks that the entry imports statically, directly or not. */
function chunksOf(outputs: Outputs, entry: string): string[] {
  const found = new Set<string>();
  const visit = (path: string): void => {
    for (const imported of staticImports(outputs, path)) {
      if (outputs[imported] === undefined || found.has(imported)) continue;
      found.add(imported);
      visit(imported);
    }
  };
  visit(entry);
  const strange = [...found].find((path) => outputs[path]!.entryPoint !== undefined);
  if (strange !== undefined) throw new Error(`${strange} is imported both at once and later; it cannot be merged.`);
  return [...found];
}

const staticImports = (outputs: Outputs, path: string): string[] =>
  (outputs[path]?.imports ?? [])
    .filter(({ kind }) => kind === 'import-statement')
    .map(({ path: imported }) => imported);

/** One module of all these chunks. Each export has its chunk's prefix, as all chunks call theirs `a`, `b`, `c`. */
async function mergeInto(
  root: string,
  home: string,
  inside: ReadonlySet<string>,
  outputs: Outputs,
  names: ReadonlyMap<string, string>,
): Promise<void> {
  const lines = [...inside].map((path) => {
    const renamed = outputs[path]!.exports.map((name) => `${name} as ${names.get(path)}${name}`);
    return `export { ${renamed.join(', ')} } from './${posix.basename(path)}';`;
  });
  const folder = posix.dirname(home);
  await build({
    stdin: { contents: lines.join('\n'), resolveDir: join(root, folder) },
    outfile: join(root, home),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    minify: true,
    logLevel: 'warning',
    plugins: [
      {
        name: 'only these chunks',
        setup(building) {
          building.onResolve({ filter: /.*/ }, ({ kind, path }) =>
            kind === 'entry-point' || inside.has(posix.join(folder, path)) ? undefined : { path, external: true },
          );
        },
      },
    ],
  });
}

/** The text of a module that imports merged chunks, as one that imports what they became. */
function redirected(
  text: string,
  path: string,
  names: ReadonlyMap<string, string>,
  homeOf: (chunk: string) => string,
): string {
  const folder = posix.dirname(path);
  return text.replace(
    /import(?:\{([^}]*)\}from)?"(\.{1,2}\/[^"]*)";/g,
    (statement, list: string | undefined, from: string) => {
      const chunk = posix.join(folder, from);
      const prefix = names.get(chunk);
      if (prefix === undefined) return statement;
      const home = `./${posix.relative(folder, homeOf(chunk))}`;
      const imported = (list ?? '')
        .split(',')
        .filter((name) => name !== '')
        .map((name) => (name.includes(' as ') ? prefix + name : `${prefix}${name} as ${name}`));
      return imported.length === 0 ? `import"${home}";` : `import{${imported.join(',')}}from"${home}";`;
    },
  );
}
