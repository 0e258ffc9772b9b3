/** Go programs that only tests need: built on first use, kept in the person's cache by the hash of their sources. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { lazy } from '../../src/core/lazy.ts';
import { cacheFolder } from '../../src/core/platform.ts';
import { run } from '../../src/core/processes.ts';

const tests = join(import.meta.dirname, '..');

/** The kubelet and kubectl in one program, see test/peers/kubernetes. The first build takes minutes. */
export const kubernetesProgram = lazy(() => builtOnce('kubernetes', join(tests, 'peers', 'kubernetes'), 40));

/** An environment in which `kubectl` is that program's, whatever the machine has. */
export async function withKubectl(env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  return { ...env, PATH: `${await kubectlFolder()}${delimiter}${env['PATH']}` };
}

const kubectlFolder = lazy(async (): Promise<string> => {
  const program = await kubernetesProgram();
  const folder = join(dirname(program), 'path');
  await mkdir(folder, { recursive: true });
  const making = join(folder, `.kubectl-${process.pid}`);
  await writeFile(making, `#!/bin/sh\nexec '${program}' kubectl "$@"\n`, { mode: 0o755 });
  await rename(making, join(folder, 'kubectl'));
  return folder;
});

/** grpcurl, the client that gRPC's figures are compared with. */
export const grpcurlProgram = lazy(() =>
  builtOnce('grpcurl', join(tests, 'peers', 'grpcurl'), 10, 'github.com/fullstorydev/grpcurl/cmd/grpcurl'),
);

const bufVersion = '1.75.0';

/** buf, from its npm package, which is too large to be installed for everybody. */
export const bufProgram = lazy(async (): Promise<string> => {
  const folder = join(cacheFolder(), 'test', `buf-${bufVersion}`);
  const program = join(folder, 'node_modules', '@bufbuild', `buf-${process.platform}-${process.arch}`, 'bin', 'buf');
  if (existsSync(program)) return program;
  await mkdir(folder, { recursive: true });
  const args = ['install', '--no-audit', '--no-fund', '--no-save', '--prefix', folder, `@bufbuild/buf@${bufVersion}`];
  const { code, stderr } = await run('npm', args, { cwd: folder, timeout: 10 * 60_000 });
  if (code !== 0) throw new Error(`buf could not be installed:\n${stderr}`);
  return program;
});

/** The program of the pods on a real node, see test/fixtures/kubernetes/worker. */
export const workerProgram = lazy(() => builtOnce('worker', join(tests, 'fixtures', 'kubernetes', 'worker'), 5));

/** Programs of others, as their release pins them: Go tools of the modules in test/peers. */
export const toxiproxyProgram = tool('toxiproxy', 'github.com/Shopify/toxiproxy/v2/cmd/server');
export const etcdctlProgram = tool('etcdctl', 'go.etcd.io/etcd/etcdctl/v3');
export const etcdutlProgram = tool('etcdutl', 'go.etcd.io/etcd/etcdutl/v3');
export const kustomizeProgram = tool('kustomize', 'sigs.k8s.io/kustomize/kustomize/v5');
export const helmProgram = tool('helm', 'helm.sh/helm/v3/cmd/helm', 30);
export const actionlintProgram = tool('actionlint', 'github.com/rhysd/actionlint/cmd/actionlint');
/** Delve, the Go debugger. */
export const dlvProgram = tool('dlv', 'github.com/go-delve/delve/cmd/dlv');
export const govulncheckProgram = tool('govulncheck', 'golang.org/x/vuln/cmd/govulncheck');
/** Plugins of the docker command. */
export const buildxProgram = tool('buildx', 'github.com/docker/buildx/cmd/buildx', 30);
export const composeProgram = tool('compose', 'github.com/docker/compose/v2/cmd', 30);
/** Compares a file with a JSON Schema. */
export const jvProgram = tool('jv', 'github.com/santhosh-tekuri/jsonschema/cmd/jv');

function tool(name: string, goPackage: string, minutes = 10): () => Promise<string> {
  return lazy(() => builtOnce(name, join(tests, 'peers', name), minutes, goPackage));
}

/** Path of the built program, of the folder's own package unless told which. Two that build at once both succeed; one of the results is kept. */
async function builtOnce(name: string, source: string, minutes: number, goPackage?: string): Promise<string> {
  const folder = join(cacheFolder(), 'test', `${name}-${await hashOf(source)}`);
  const program = join(folder, name);
  if (existsSync(program)) return program;
  console.error(`building ${name} for the tests …`);
  await mkdir(join(folder, '..'), { recursive: true });
  const making = await mkdtemp(`${folder}-`);
  try {
    const flags = existsSync(join(source, 'ldflags')) ? await readFile(join(source, 'ldflags'), 'utf8') : '';
    const ldflags = `-s -w ${flags.replaceAll('\n', ' ').trim()}`;
    const what = goPackage ?? (existsSync(join(source, 'go.mod')) ? '.' : 'main.go');
    const { code, stderr } = await run(
      'go',
      ['build', '-trimpath', '-ldflags', ldflags, '-o', join(making, name), what],
      {
        cwd: source,
        timeout: minutes * 60_000,
        env: { ...process.env, CGO_ENABLED: '0', GOOS: 'linux' },
      },
    );
    if (code !== 0) throw new Error(`${name} does not build:\n${stderr}`);
    // Renamed only when whole, so that a build that was cut off is never used.
    await rename(making, folder);
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    if (!existsSync(program)) throw error;
  }
  return program;
}

async function hashOf(folder: string): Promise<string> {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`);
  for (const name of (await readdir(folder)).sort())
    hash.update(`\0${name}\0`).update(await readFile(join(folder, name)));
  return hash.digest('hex').slice(0, 16);
}
