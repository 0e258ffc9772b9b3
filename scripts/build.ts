/**
 * Builds `dist/`: both programs as split ES modules, each panel as one browser module, the merged translations.
 * `npm run build`, `npm run build -- --watch` (F5), `npm run build -- --tests` (adds the editor suite).
 */
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build, context } from 'esbuild';
import { mergeChunks } from './lib/mergeChunks.ts';
import { isMain, root } from './lib/project.ts';
import { mergeTranslations } from './lib/translations.ts';

/** What CommonJS packages inside an ES module bundle expect to find. */
const commonJsNames = [
  "import { createRequire as __createRequire } from 'node:module';",
  "import { fileURLToPath as __toPath } from 'node:url';",
  "import { dirname as __dirnameOf } from 'node:path';",
  'const require = __createRequire(import.meta.url);',
  'const __filename = __toPath(import.meta.url);',
  'const __dirname = __dirnameOf(__filename);',
].join('');

const host = {
  entryPoints: {
    extension: 'src/extension.ts',
    cli: 'src/cli.ts',
    // A thread is started from a file of its own.
    manifestsWorker: 'src/manifests/worker.ts',
  },
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  splitting: true,
  platform: 'node',
  target: 'node22',
  external: ['vscode'],
  banner: { js: commonJsNames },
  chunkNames: 'chunks/[name]-[hash]',
  // Remote engines go through `ssh -L`; ssh2 and its native add-on stay out.
  alias: { ssh2: './scripts/lib/noSsh.ts' },
  minify: true,
  keepNames: true,
  legalComments: 'linked',
  metafile: true,
  absWorkingDir: root,
  logLevel: 'warning',
} satisfies BuildOptions;

async function panels(): Promise<BuildOptions> {
  const folders = (await readdir(join(root, 'src/webview'), { withFileTypes: true })).filter(
    (f) => f.isDirectory() && f.name !== 'shared',
  );
  return {
    entryPoints: Object.fromEntries(folders.map(({ name }) => [name, `src/webview/${name}/main.ts`])),
    outdir: 'dist/webview',
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    legalComments: 'linked',
    absWorkingDir: root,
    tsconfig: 'src/webview/tsconfig.json',
    logLevel: 'warning',
  };
}

/** The suite that runs inside the extension host; mocha itself is loaded from node_modules. */
async function editorSuite(): Promise<BuildOptions> {
  const files = (await readdir(join(root, 'test/editor/host'))).filter((file) => file.endsWith('.test.ts'));
  return {
    entryPoints: files.map((file) => `test/editor/host/${file}`),
    outdir: 'dist/test',
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    external: ['vscode'],
    packages: 'external',
    banner: { js: commonJsNames },
    sourcemap: 'inline',
    absWorkingDir: root,
    logLevel: 'warning',
  };
}

export async function buildAll(options: { tests?: boolean; watch?: boolean } = {}): Promise<void> {
  const dist = join(root, 'dist');
  await rm(dist, { recursive: true, force: true });
  await mkdir(join(dist, 'l10n'), { recursive: true });
  await writeFile(join(dist, 'l10n', 'bundle.l10n.zh-cn.json'), JSON.stringify(await mergeTranslations()));
  await cp(join(root, 'src/bin'), join(dist, 'bin'), { recursive: true });
  const others = [await panels()];
  if (options.tests) {
    others.push(await editorSuite());
    await mkdir(join(dist, 'test'), { recursive: true });
    await cp(join(root, 'test/editor/host/index.cjs'), join(dist, 'test', 'index.cjs'));
  }
  if (options.watch) {
    for (const bundle of [host, ...others])
      await (await context({ ...bundle, sourcemap: 'linked', minify: false, logLevel: 'info' })).watch();
    return;
  }
  const [{ metafile }] = await Promise.all([build(host), ...others.map((bundle) => build(bundle))]);
  await mergeChunks(root, metafile.outputs, 'dist/extension.js');
  const cli = join(dist, 'cli.js');
  await writeFile(cli, `#!/usr/bin/env node\n${await readFile(cli, 'utf8')}`, { mode: 0o755 });
}

if (isMain(import.meta.url)) {
  await buildAll({ tests: process.argv.includes('--tests'), watch: process.argv.includes('--watch') });
}
