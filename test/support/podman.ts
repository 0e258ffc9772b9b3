/**
 * Podman, with storage and a socket of its own in a temporary folder, laid out as its service lays out a person's:
 * `XDG_RUNTIME_DIR` leads to it, and nothing else does.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needSystemPackages } from '../../scripts/lib/systemPackages.ts';
import { Engine } from './engine.ts';

export class OwnPodman extends Engine {
  readonly runtimeFolder: string;
  readonly #process: ChildProcess;
  readonly #options: readonly string[];
  readonly #env: NodeJS.ProcessEnv;

  private constructor(folder: string) {
    super(join(folder, 'podman', 'podman.sock'));
    this.runtimeFolder = folder;
    mkdirSync(join(folder, 'podman'));
    const conf = join(folder, 'containers.conf');
    // Limits that every host grants, and nothing of systemd, which a host may not have.
    writeFileSync(
      conf,
      '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n' +
        '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n',
    );
    this.#env = { ...process.env, CONTAINERS_CONF: conf, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
    const at = ['--root', join(folder, 'root'), '--runroot', join(folder, 'run')];
    this.#options = [...at, '--tmpdir', join(folder, 'tmp'), '--storage-driver', 'vfs'];
    this.#process = spawn('podman', [...this.#options, 'system', 'service', '--time=0', this.address], {
      env: this.#env,
      stdio: ['ignore', 'ignore', 'ignore'],
    });
    process.on('exit', () => this.#process.kill('SIGKILL'));
  }

  /** Podman as Debian has it; elsewhere it must be there. Skips the tests, or fails when CI=true, where it cannot be had. */
  static async launch(context: Mocha.Context): Promise<OwnPodman> {
    const there = (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, 'podman')));
    if (process.getuid?.() !== 0 || (!there && !existsSync('/etc/debian_version'))) {
      if (process.env['CI'] === 'true') throw new Error('Podman is needed, and root. Run: apt-get install podman');
      console.error('skipped: Podman is needed, and root. Run: apt-get install podman');
      return context.skip();
    }
    if (!there) await needSystemPackages(['podman', 'runc'], (line) => console.error(line));
    const podman = new OwnPodman(mkdtempSync(join(tmpdir(), 'gp-')));
    for (const until = Date.now() + 60_000; !(await podman.answers());) {
      if (podman.#process.exitCode !== null || Date.now() > until)
        throw new Error('podman system service did not start');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return podman;
  }

  /** The version that the program itself tells. */
  version(): string {
    return /(\d+\.\d+\.\d+)/.exec(execFileSync('podman', ['--version'], { encoding: 'utf8' }))![1]!;
  }

  async close(): Promise<void> {
    const exited = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGTERM');
    await exited;
    execFileSync('podman', [...this.#options, 'rm', '--all', '--force', '--time', '0'], {
      env: this.#env,
      stdio: 'ignore',
    });
    rmSync(this.runtimeFolder, { recursive: true, force: true });
  }
}
