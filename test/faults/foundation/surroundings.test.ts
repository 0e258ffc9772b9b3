/** The terminal program in broken surroundings: each fault is shown to have taken effect, then what the person reads. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { root } from '../../../scripts/lib/project.ts';
import { cacheFolder } from '../../../src/core/platform.ts';
import { freePorts } from '../../../src/core/ports.ts';
import { run, type RunResult } from '../../../src/core/processes.ts';
import { usualFolders } from '../../../src/toolchain/goOnPath.ts';

const asRoot = process.getuid?.() === 0;

describe('broken surroundings', function () {
  this.timeout(120_000);
  let folder: string;
  let home: NodeJS.ProcessEnv;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gantry-fault-'));
    home = {
      ...process.env,
      HOME: folder,
      XDG_STATE_HOME: join(folder, 'state'),
      XDG_CACHE_HOME: join(folder, 'cache'),
      KUBECONFIG: '',
      LANG: 'C',
      LC_ALL: 'C',
    };
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const gantry = (
    args: readonly string[],
    env: NodeJS.ProcessEnv,
    prefix: readonly string[] = [],
  ): Promise<RunResult> => {
    const [command, ...rest] = [...prefix, process.execPath, join(root, 'dist/cli.js'), ...args];
    return run(command!, rest, { env, cwd: folder, timeout: 100_000 });
  };

  /** Skips what only root on Linux can break; with CI=true that is a failure, as for every skip. */
  const needRoot = (context: Mocha.Context): void => {
    if (process.platform !== 'linux' || !asRoot) context.skip();
  };

  it('no Go: the cluster says how to get it', async function () {
    needRoot(this);
    const env = { ...home, GOROOT: '', PATH: withoutGo(home['PATH'] ?? '') };
    const hidden = hidingUsualGo(env);
    assert.throws(() => execFileSync(hidden[0], [...hidden.slice(1), 'go', 'version'], { env, stdio: 'pipe' }), /go/);
    const { code, stderr } = await gantry(['cluster', 'create'], env, hidden);
    assert.match(stderr, /go\.dev\/dl/);
    assert.equal(code, 3);
  });

  it('Go where its installer puts it, and not on PATH: it is found', async () => {
    const PATH = withoutGo(home['PATH'] ?? '');
    assert.notEqual(spawnSync('go', ['version'], { env: { ...home, PATH } }).status, 0, 'there is no go on PATH');
    const { stdout } = await gantry(['doctor'], { ...home, PATH, GOROOT: goRoot() });
    assert.match(stdout, /^go +1\.\d+/m);
  });

  it('no module proxy: noticed at once, and says what to set', async () => {
    const [port] = (await freePorts(1)) as [number];
    const env = {
      ...home,
      GOMODCACHE: join(folder, 'modules'),
      GOPROXY: `http://127.0.0.1:${port}`,
      GOFLAGS: '-modcacherw',
    };
    assert.notEqual(
      spawnSync('go', ['mod', 'download', 'github.com/google/uuid@v1.6.0'], { env, cwd: folder }).status,
      0,
      'no module can be had',
    );
    const { code, stderr } = await gantry(['cluster', 'create'], env);
    assert.match(stderr, /GOPROXY/);
    assert.equal(code, 3);
  });

  it('no engine: says which endpoint was tried and what is wrong with it', async () => {
    const socket = join(folder, 'none.sock');
    const { code, stderr } = await gantry(['containers'], { ...home, DOCKER_HOST: `unix://${socket}` });
    assert.match(stderr, new RegExp(socket));
    assert.equal(code, 3);
  });

  it('a malformed kubeconfig is named', async () => {
    const file = join(folder, 'broken.yaml');
    writeFileSync(file, 'apiVersion: v1\nclusters: [}');
    const { code, stderr } = await gantry(['get', 'pods'], { ...home, KUBECONFIG: file });
    assert.match(stderr, /broken\.yaml/);
    assert.equal(code, 3);
  });

  it('an API server that is away: says that it cannot be reached', async () => {
    const [port] = (await freePorts(1)) as [number];
    const file = join(folder, 'away.yaml');
    writeFileSync(file, kubeconfig(`http://127.0.0.1:${port}`));
    const { code, stderr } = await gantry(['get', 'pods'], { ...home, KUBECONFIG: file });
    assert.match(stderr, new RegExp(`127\\.0\\.0\\.1:${port}`));
    assert.equal(code, 3);
  });

  it('no network at all: what needs none goes on', async function () {
    needRoot(this);
    const cut = ['unshare', '-n', '--'];
    const devices = execFileSync('unshare', ['-n', '--', 'cat', '/proc/net/dev'], { encoding: 'utf8' });
    assert.equal(devices.split('\n').filter((line) => line.includes(':')).length, 1, 'only a loopback is left');
    const manifests = await gantry(['validate', join(root, 'examples/shop/deploy')], home, cut);
    assert.match(manifests.stdout, /wrong\.yaml:8:3/);
    assert.equal(manifests.code, 1);
    const lessons = await gantry(['learn', 'list'], home, cut);
    assert.match(lessons.stdout, /B6/);
    assert.equal(lessons.code, 0);
  });

  it('a full disk: the build says so and leaves nothing half made', async function () {
    needRoot(this);
    const disk = join(folder, 'cache');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
    try {
      writeFileSync(join(disk, 'filler'), Buffer.alloc(48 * 1024));
      assert.throws(() => writeFileSync(join(disk, 'more'), Buffer.alloc(64 * 1024)), /ENOSPC/, 'the disk is full');
      rmSync(join(disk, 'more'), { force: true });
      // The compiler's own cache stands on a disk with room: what fails is our own folder.
      const env = {
        ...home,
        GOCACHE: process.env['GOCACHE'] ?? join(cacheFolder(), '..', 'go-build'),
        GOPATH: process.env['GOPATH'] ?? join(process.env['HOME'] ?? '', 'go'),
      };
      const { code, stderr } = await gantry(['cluster', 'create'], env);
      assert.match(stderr, /The disk is full/);
      assert.equal(code, 3);
    } finally {
      execFileSync('umount', [disk]);
    }
  });

  it('used wrongly: says so, exit 2', async () => {
    for (const args of [
      ['nothing'],
      ['get'],
      ['get', 'pods', '--nonsense'],
      ['grpc', 'call'],
      ['validate'],
      ['learn', 'check'],
      ['validate', '--format', 'x', '.'],
    ]) {
      const { code, stderr } = await gantry(args, home);
      assert.deepEqual([args, code, stderr.trim() === ''], [args, 2, false]);
    }
  });

  it('asked for help with one part: lists its commands and no other; exit 2 where nothing was asked', async () => {
    const listed = ({ stdout }: RunResult): string[] =>
      [...stdout.matchAll(/^ {2}gantry (\w+)/gm)].map(([, part]) => part!);
    const asked = await gantry(['learn', '--help'], home);
    for (const name of ['list', 'start', 'check', 'hint'])
      assert.match(asked.stdout, new RegExp(`gantry learn ${name}`));
    assert.deepEqual([new Set(listed(asked)), asked.code], [new Set(['learn']), 0]);
    const unasked = await gantry(['learn'], home);
    assert.deepEqual([unasked.stdout, unasked.code], [asked.stdout, 2]);
    const one = await gantry(['learn', 'check', '--help'], home);
    assert.match(one.stdout, /^gantry learn check ID \[--seed N\]/);
  });
});

/** PATH without the folders that hold a `go`. */
const withoutGo = (path: string): string =>
  path
    .split(delimiter)
    .filter((entry) => spawnSync(join(entry, 'go'), ['version']).error !== undefined)
    .join(delimiter);

const goRoot = (): string => execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim();

/** What a command is run with to find no Go in the folders that installers use. */
function hidingUsualGo(env: NodeJS.ProcessEnv): [string, ...string[]] {
  const folders = usualFolders(env).filter((folder) => existsSync(join(folder, 'go')));
  const mounts = folders.map((folder) => `mount -t tmpfs none '${folder}' && `).join('');
  return ['unshare', '-m', 'sh', '-c', `${mounts}exec "$@"`, 'sh'];
}

const kubeconfig = (server: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
