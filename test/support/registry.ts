/** A real image registry in memory, on a free port of loopback: built once per process, one per test, gone with it. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

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
  execFileSync('go', ['build', '-trimpath', '-o', built, '.'], { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  return built;
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
