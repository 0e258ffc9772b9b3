/** A real image registry in memory, on a free port of loopback: built once per process, one per test, gone with it. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Engine } from './engine.ts';
import { tar } from './tar.ts';

export interface Registry {
  /** `127.0.0.1:port`, as it stands in image names. */
  readonly name: string;
  close(): Promise<void>;
}

let built: string | undefined;

/** Go keeps what it compiled, so a second process builds in no time. */
function program(): string {
  if (built !== undefined) return built;
  const folder = mkdtempSync(join(tmpdir(), 'gantry-registry-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  built = join(folder, 'registry');
  const cwd = join(import.meta.dirname, 'registry');
  const env = { ...process.env, CGO_ENABLED: '0' }; // It runs in an image of nothing else, too.
  execFileSync('go', ['build', '-trimpath', '-o', built, '.'], { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] });
  return built;
}

/** An image of it, as https://hub.docker.com/_/registry is one. Returns its name. */
export async function registryImage(engine: Engine): Promise<string> {
  const name = 'gantry-test/registry:1';
  if ((await engine.api('GET', `/images/${name}/json`)).status === 200) return name;
  const archive = tar([{ name: 'registry', data: readFileSync(program()), mode: 0o755 }]);
  await engine.importImage(name, archive, 'ENTRYPOINT ["/registry"]');
  return name;
}

/** @param credentials `USER:PASSWORD` that it asks for. */
export async function startRegistry(credentials?: string): Promise<Registry> {
  const child = spawn(program(), credentials === undefined ? [] : [credentials], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const name = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`the registry ended with ${code}`)));
  });
  return {
    name,
    async close() {
      child.stdin.end();
      await exited;
    },
  };
}
