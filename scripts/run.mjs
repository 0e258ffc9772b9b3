/**
 * Runs one of the project's tasks: `node scripts/run.mjs TASK [ARGS]`. Any Node from 20 on can begin: this file installs the
 * locked npm packages when they are missing or outdated, then starts the task under the pinned Node 24 that is one of them.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
const nodeFolder = join(modules, 'node', 'bin');
const node = join(nodeFolder, process.platform === 'win32' ? 'node.exe' : 'node');
const stamp = join(modules, '.gantry-installed');

if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(`Node.js 20 or later is needed to begin with; this is ${process.versions.node}.`);
  process.exit(3);
}
installPackages();
const [task, ...args] = process.argv.slice(2);
const script = join(root, 'scripts', `${task}.ts`);
if (task === undefined || !existsSync(script)) {
  console.error(`No such task: ${task ?? '(none)'}. The tasks are the scripts of package.json.`);
  process.exit(2);
}
const child = spawn(node, ['--disable-warning=ExperimentalWarning', script, ...args], {
  stdio: 'inherit',
  cwd: root,
  env: { ...process.env, PATH: [nodeFolder, join(modules, '.bin'), process.env.PATH].join(delimiter) },
});
// The terminal sends Ctrl-C to both; the task ends what it started, then this follows with its status.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (signal !== 'SIGINT') child.kill(signal);
  });
}
child.on('close', (code, signal) => process.exit(code ?? (signal === null ? 1 : 130)));

/** `npm ci` unless the lock file is the one installed last. */
function installPackages() {
  const hash = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(node) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  console.error('Installing npm packages …');
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (npm.status !== 0 || !existsSync(node)) {
    console.error(
      npm.error === undefined
        ? 'npm could not install the packages. Behind a proxy, set HTTPS_PROXY; with a mirror, `npm config set registry`.'
        : `npm could not be started (${npm.error.message}). It comes with Node.js.`,
    );
    process.exit(3);
  }
  writeFileSync(stamp, hash);
}
