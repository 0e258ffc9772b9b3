/**
 * `npm run package`: writes gantry-VERSION.vsix, compares its list of files with what may ship, prints its size.
 */
import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createVSIX, listFiles, PackageManager } from '@vscode/vsce';
import { buildAll } from './build.ts';
import { isMain, root } from './lib/project.ts';

/** Everything that may be in the VSIX; `.vscodeignore` names what must not. A file of neither kind stops the packaging. */
const allowed: readonly RegExp[] = [
  /^package\.json$/,
  /^package\.nls(\.zh-cn)?\.json$/,
  /^(README(\.zh-CN)?|CHANGELOG)\.md$/,
  /^LICENSE$/,
  /^dist\/(extension|cli|manifestsWorker)\.js(\.LEGAL\.txt)?$/,
  /^dist\/bin\/gantry(\.cmd)?$/,
  /^dist\/chunks\/[\w.@-]+\.js(\.LEGAL\.txt)?$/,
  /^dist\/webview\/[\w-]+\.(js|css|ttf)(\.LEGAL\.txt)?$/,
  /^dist\/l10n\/bundle\.l10n\.zh-cn\.json$/,
  /^media\/(gantry\.svg|icon\.png|(manifest-rules|kubernetes-actions|commands|faults)(\.zh-cn)?\.md|pictures\/(en|zh-cn)\/[\w-]+\.webp)$/,
  /^schemas\/[\w.-]+$/,
  /^schemas\/protos\/google\/[\w/]+\.proto$/,
  /^snippets\/[\w-]+\.json$/,
  /^templates\/.+$/,
  /^labkit\/.+\.(go|mod|sum|md)$/,
  /^labkit\/[\w/]+\/ldflags$/,
  /^curriculum\/outline\.yaml$/,
  /^curriculum\/[A-Z]\d+(\.\d+)?\/(item\.yaml|zh-CN\.md|en\.md)$/,
  /^curriculum\/[A-Z]\d+(\.\d+)?\/(starter|solution|support)\/.+$/,
];

/** Largest VSIX that ships, in bytes. */
const mostBytes = 4 * 1000 * 1000;

/**
 * Makes archives of the same files equal: vsce's own switch, which also sorts, and a zone, since zip keeps local time.
 * The second is the earliest that a zip archive can say.
 */
const sameEverywhere = { SOURCE_DATE_EPOCH: '315532800', TZ: 'UTC' };

/** The files that would ship. Throws when one of them is not allowed to. */
export async function filesToShip(): Promise<string[]> {
  const files = await listFiles({ cwd: root, packageManager: PackageManager.None });
  const strangers = files.filter((file) => !allowed.some((pattern) => pattern.test(file)));
  if (strangers.length > 0) throw new Error(`These files may not ship (see .vscodeignore):\n${strangers.join('\n')}`);
  return files;
}

/** Builds and packages; the same sources make the same bytes. @returns the path of the VSIX. */
export async function packageVsix(folder = root): Promise<string> {
  await buildAll();
  const files = await filesToShip();
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  await mkdir(folder, { recursive: true });
  const path = join(folder, `gantry-${version}.vsix`);
  await rm(path, { force: true });
  await withEnvironment(sameEverywhere, () =>
    createVSIX({
      cwd: root,
      packagePath: path,
      dependencies: false,
      skipLicense: false,
      allowMissingRepository: true,
      rewriteRelativeLinks: false,
    }),
  );
  const { size } = await stat(path);
  console.log(`${path}: ${files.length} files, ${(size / 1e6).toFixed(2)} MB`);
  if (size > mostBytes) throw new Error(`The VSIX is larger than ${mostBytes / 1e6} MB.`);
  return path;
}

/** Runs something with other variables in this process's environment, which has its own again afterwards. */
async function withEnvironment(variables: Readonly<Record<string, string>>, act: () => Promise<void>): Promise<void> {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  try {
    await act();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

if (isMain(import.meta.url)) await packageVsix();
