/**
 * A real container engine for tests.
 *
 * - `sharedEngine(this)`: the engine of this run: the one that answers at DOCKER_HOST or /var/run/docker.sock, else one
 *   of our own, started once per process and removed when the process ends, however it ends.
 * - `ownEngine(this)`: one of our own that a test may kill, freeze and restart.
 *
 * Where neither is possible the test is skipped with the command that would help, or fails when CI=true. There is no
 * registry here: `engine.image(name)` imports an image with one static Go program, `talker` (test/fixtures/docker).
 * `engine.api(...)` speaks plain HTTP to the socket: the second source that tests compare with.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needSystemPackages } from '../../scripts/lib/systemPackages.ts';
import { lazy } from '../../src/core/lazy.ts';
import { tar } from './tar.ts';

const packages = ['docker.io', 'containerd', 'runc', 'iptables', 'iproute2'];
const install = `apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`;

/** An image's name that `Engine.image` makes. */
export const talker = 'gantry-test/talker:1';

/** What a container of the tests is made of; the rest of the engine's create request may be added. */
export interface ContainerSpec {
  readonly name?: string;
  /** Arguments of the talker: `wait`, `count N`, `tick MS`, `exit CODE`. */
  readonly command: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  /** More fields of `POST /containers/create`. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** An engine that answers at a unix socket. */
export class Engine {
  readonly socketPath: string;
  readonly #agent = new Agent();
  readonly #mark = `gantry.test.${process.pid}.${randomBytes(3).toString('hex')}`;

  constructor(socketPath: string) {
    this.socketPath = socketPath;
  }

  /** The endpoint as `gantry.docker.endpoint` and DOCKER_HOST spell it. */
  get address(): string {
    return `unix://${this.socketPath}`;
  }

  /** Sends a request to the socket; resolves with status and body, whatever the status. */
  async api(
    method: string,
    path: string,
    body?: unknown,
    milliseconds = 60_000,
  ): Promise<{ readonly status: number; readonly body: Buffer }> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = body === undefined || Buffer.isBuffer(body) ? {} : { 'content-type': 'application/json' };
      const outgoing = request(
        {
          socketPath: this.socketPath,
          method,
          path,
          headers,
          agent: this.#agent,
          signal: AbortSignal.timeout(milliseconds),
        },
        resolve,
      );
      outgoing.on('error', reject);
      outgoing.end(body === undefined || Buffer.isBuffer(body) ? body : JSON.stringify(body));
    });
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return { status: response.statusCode ?? 0, body: Buffer.concat(chunks) };
  }

  /** As `api`, but throws unless the status is below 400, and reads the answer as JSON. */
  async json<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.api(method, path, body);
    const text = answer.body.toString();
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text) as T;
  }

  /** Imports the talker's image unless the engine has it. Returns its name. */
  async image(): Promise<string> {
    if ((await this.api('GET', `/images/${talker}/json`)).status === 200) return talker;
    const archive = tar([{ name: 'talker', data: await talkerProgram(), mode: 0o755 }]);
    const query = new URLSearchParams({ fromSrc: '-', repo: talker, changes: 'ENTRYPOINT ["/talker"]' });
    const answer = await this.api('POST', `/images/create?${query.toString()}`, archive);
    if (answer.status !== 200 || answer.body.includes('"error"')) throw new Error(answer.body.toString());
    return talker;
  }

  /** Makes an image of an archive of its files. `change` is an instruction of a Dockerfile: `USER 65532`. */
  async importImage(name: string, archive: Buffer, change: string): Promise<void> {
    const at = name.lastIndexOf(':');
    const query = new URLSearchParams({
      fromSrc: '-',
      repo: name.slice(0, at),
      tag: name.slice(at + 1),
      changes: change,
    });
    const answer = await this.api('POST', `/images/create?${query.toString()}`, archive, 10 * 60_000);
    if (answer.status !== 200 || answer.body.includes('"error"')) throw new Error(answer.body.toString());
  }

  /** Builds an image with BuildKit, off the network. Throws with what the engine says. */
  async build(name: string, context: Buffer, { target = '' } = {}): Promise<void> {
    const query = new URLSearchParams({ version: '2', t: name, target, networkmode: 'none' });
    const answer = await this.api('POST', `/build?${query.toString()}`, context, 10 * 60_000);
    const text = answer.body.toString();
    if (answer.status !== 200 || text.includes('"errorDetail"') || !text.includes('"moby.image.id"')) {
      throw new Error(text.slice(-4000));
    }
  }

  /** Runs an image to its end and returns what it wrote to standard output. */
  async output(image: string): Promise<string> {
    const { Id } = await this.json<{ Id: string }>('POST', '/containers/create', {
      Image: image,
      Labels: { [this.#mark]: 'yes' },
      HostConfig: { NetworkMode: 'none', LogConfig: { Type: 'json-file' } },
      Tty: true,
    });
    await this.json('POST', `/containers/${Id}/start`);
    await this.api('POST', `/containers/${Id}/wait`, undefined, 60_000);
    const { body } = await this.api('GET', `/containers/${Id}/logs?stdout=1&stderr=1`);
    return body.toString().replaceAll('\r\n', '\n');
  }

  /** Imports an image with this machine's own `sh` and `cat` and the libraries they load. Returns its name. */
  async shellImage(): Promise<string> {
    const name = 'gantry-test/shell:1';
    if ((await this.api('GET', `/images/${name}/json`)).status === 200) return name;
    const programs = { 'bin/sh': '/bin/sh', 'bin/cat': '/bin/cat' };
    const libraries = Object.values(programs).flatMap((path) =>
      [...execFileSync('ldd', [path], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g)].map(([, library]) => library!),
    );
    const files = [
      ...Object.entries(programs),
      ...[...new Set(libraries)].map((path) => [path.slice(1), path] as const),
    ];
    const archive = tar([
      ...files.map(([inside, path]) => ({ name: inside, data: readFileSync(path), mode: 0o755 })),
      { name: 'etc/motd', data: Buffer.from('hello\n'), mode: 0o640 },
    ]);
    const query = new URLSearchParams({ fromSrc: '-', repo: name });
    const answer = await this.api('POST', `/images/create?${query.toString()}`, archive);
    if (answer.status !== 200 || answer.body.includes('"error"')) throw new Error(answer.body.toString());
    return name;
  }

  /** Creates a container that `removeContainers` will find. Returns its id. */
  async create({ name, command, labels = {}, more = {} }: ContainerSpec): Promise<string> {
    const query = name === undefined ? '' : `?name=${encodeURIComponent(name)}`;
    const { Id } = await this.json<{ Id: string }>('POST', `/containers/create${query}`, {
      Image: more['Image'] ?? (await this.image()),
      Cmd: command,
      Labels: { ...labels, [this.#mark]: 'yes' },
      ...more,
    });
    return Id;
  }

  /** Creates and starts. Returns the id. */
  async run(spec: ContainerSpec): Promise<string> {
    const id = await this.create(spec);
    await this.json('POST', `/containers/${id}/start`);
    return id;
  }

  /** Removes every container that this object made. */
  async removeContainers(): Promise<void> {
    const filters = encodeURIComponent(JSON.stringify({ label: [this.#mark] }));
    const left = await this.json<{ Id: string }[]>('GET', `/containers/json?all=1&filters=${filters}`);
    await Promise.all(left.map(({ Id }) => this.api('DELETE', `/containers/${Id}?force=1&v=1`)));
  }

  async answers(): Promise<boolean> {
    try {
      return (await this.api('GET', '/_ping', undefined, 1000)).status === 200;
    } catch {
      return false;
    }
  }
}

/** A dockerd of the tests, with its own data, containers, bridge and socket in a temporary folder. */
export class OwnEngine extends Engine {
  readonly #folder: string;
  readonly #name: string;
  readonly #guard: ChildProcess;
  #process: ChildProcess | undefined;

  private constructor(folder: string) {
    super(join(folder, 'docker.sock'));
    this.#folder = folder;
    this.#name = `gantry${randomBytes(3).toString('hex')}`;
    this.#guard = spawn(
      process.execPath,
      [join(import.meta.dirname, 'engineGuard.ts'), folder, this.#name, this.#name],
      {
        stdio: ['pipe', 'inherit', 'inherit'],
        detached: true,
      },
    );
    this.#guard.unref();
    (this.#guard.stdin as unknown as { unref(): void }).unref();
  }

  static async launch(): Promise<OwnEngine> {
    const engine = new OwnEngine(mkdtempSync(join(tmpdir(), 'gantry-engine-')));
    open.add(engine);
    try {
      engine.#addBridge();
      engine.#startContainerd();
      await engine.start();
      return engine;
    } catch (error) {
      await engine.close();
      throw error;
    }
  }

  /** The engine's process. */
  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Starts the engine and waits until it answers; with `liveRestore` containers outlive its end. */
  async start({ liveRestore = false } = {}): Promise<void> {
    const child = this.#spawn('dockerd', [
      ...['--data-root', join(this.#folder, 'data'), '--exec-root', join(this.#folder, 'exec')],
      ...['-p', join(this.#folder, 'dockerd.pid'), '-H', this.address],
      ...['--bridge', this.#name, '--cgroup-parent', `/${this.#name}`, '--shutdown-timeout', '1'],
      ...['--containerd', join(this.#folder, 'containerd.sock')],
      // Nothing of the host is changed: published ports go through docker's own proxy process.
      ...['--iptables=false', '--ip-forward=false'],
      ...(liveRestore ? ['--live-restore'] : []),
    ]);
    this.#process = child;
    for (const until = Date.now() + 60_000; !(await this.answers());) {
      if (child.exitCode !== null || Date.now() > until) throw new Error(`dockerd did not start:\n${await this.log()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Sends the engine a signal; for SIGKILL and SIGTERM waits until its process is gone. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = signal === 'SIGKILL' || signal === 'SIGTERM';
    const exited = gone ? new Promise((resolve) => child.once('exit', resolve)) : undefined;
    child.ref(); // Else nothing would keep this process waiting.
    process.kill(child.pid, signal);
    await exited;
    child.unref();
  }

  /** The end of the engine's log. */
  async log(): Promise<string> {
    return (await readFile(join(this.#folder, 'log'), 'utf8')).slice(-4000);
  }

  /** Ends the engine and removes all it made. */
  async close(): Promise<void> {
    open.delete(this);
    const exited = new Promise((resolve) => this.#guard.once('exit', resolve));
    if (this.#guard.exitCode !== null) return;
    this.#guard.ref();
    this.#guard.stdin?.end();
    await exited;
  }

  /** As `close`, while the process ends and nothing asynchronous runs any more. */
  closeNow(): void {
    this.#guard.stdin?.destroy();
    const nap = new Int32Array(new SharedArrayBuffer(4));
    for (let i = 0; i < 200 && existsSync(this.#folder); i++) Atomics.wait(nap, 0, 0, 50);
  }

  /** A process of its own, as on most machines, so that containers and it outlive a killed engine. */
  #startContainerd(): void {
    const config = join(this.#folder, 'containerd.toml');
    const path = (name: string): string => JSON.stringify(join(this.#folder, name));
    writeFileSync(
      config,
      `version = 2\nroot = ${path('containerd')}\nstate = ${path('containerd-state')}\n` +
        `disabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\naddress = ${path('containerd.sock')}\n`,
    );
    this.#spawn('containerd', ['--config', config]);
  }

  #spawn(command: string, args: readonly string[]): ChildProcess {
    const log = openSync(join(this.#folder, 'log'), 'a');
    const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
    const child = spawn(command, args, { stdio: ['ignore', log, log], detached: true, env });
    closeSync(log);
    child.unref();
    return child;
  }

  #addBridge(): void {
    const subnet = `10.${200 + (process.pid % 50)}.${nextSubnet++ % 256}.1/24`;
    const ip = (...args: string[]): unknown => execFileSync('ip', args, { stdio: 'pipe' });
    // As engines do for bridges that they make. One without an address of its own has the lowest of its members': when
    // that member goes, others send what they have to say to nobody for ten seconds (test/real/docker/containers.test.ts).
    const address = `02:42:${randomBytes(4).toString('hex').match(/../g)!.join(':')}`;
    ip('link', 'add', this.#name, 'address', address, 'type', 'bridge');
    ip('addr', 'add', subnet, 'dev', this.#name);
    ip('link', 'set', this.#name, 'up');
  }
}

const open = new Set<OwnEngine>();
/** Third number of the next bridge's addresses: engines of one process never share a network. */
let nextSubnet = randomBytes(1)[0]!;
process.on('exit', () => {
  for (const engine of open) engine.closeNow();
});

/** The engine of this run; see the top of this file. Call from a hook or a test with its `this`. */
export async function sharedEngine(context: Mocha.Context): Promise<Engine> {
  context.timeout(10 * 60_000);
  return skipUnless(context, testEngine);
}

/** An engine that the caller alone uses and must `close`. Call from a hook or a test with its `this`. */
export async function ownEngine(context: Mocha.Context): Promise<OwnEngine> {
  context.timeout(10 * 60_000);
  return skipUnless(context, launchOwn);
}

/** The same for programs that are no mocha tests. */
export const testEngine = lazy(async (): Promise<Engine> => {
  const host = process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
  const there = host.startsWith('unix://') ? new Engine(host.slice('unix://'.length)) : undefined;
  return there !== undefined && (await there.answers()) ? there : launchOwn();
});

class Missing extends Error {}

async function skipUnless<T>(context: Mocha.Context, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if (!(error instanceof Missing) || process.env['CI'] === 'true') throw error;
    console.error(`skipped: ${error.message}`);
    return context.skip();
  }
}

async function launchOwn(): Promise<OwnEngine> {
  const debian = existsSync('/etc/debian_version');
  if (process.getuid?.() !== 0 || (!debian && !installed())) {
    throw new Missing(
      `no container engine answers here. Start one, or run the tests as root on Debian, or: ${install}`,
    );
  }
  if (!installed()) await needSystemPackages(packages, (line) => console.error(line));
  return OwnEngine.launch();
}

function installed(): boolean {
  return ['dockerd', 'containerd', 'runc', 'iptables', 'ip'].every((name) =>
    [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'].some((folder) => existsSync(join(folder, name))),
  );
}

/** The talker, built once per process. Go keeps what it compiled, so a second run costs little. */
const talkerProgram = lazy(async (): Promise<Buffer> => {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-talker-'));
  try {
    const source = join(import.meta.dirname, '..', 'fixtures', 'docker', 'talker', 'main.go');
    const program = join(folder, 'talker');
    execFileSync('go', ['build', '-trimpath', '-ldflags', '-s -w', '-o', program, source], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, CGO_ENABLED: '0', GOOS: 'linux' },
    });
    return readFileSync(program);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
