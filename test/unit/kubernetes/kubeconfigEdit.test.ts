import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/core/backoff.ts';
import { Failure } from '../../../src/core/failure.ts';
import { silentLog } from '../../../src/core/log.ts';
import { passingMemory } from '../../../src/core/memory.ts';
import { Contexts } from '../../../src/kubernetes/contexts.ts';
import { KubeconfigCommands } from '../../../src/kubernetes/kubeconfigCommands.ts';
import {
  addContexts,
  readOffer,
  removeContext,
  renameContext,
  takeBackContexts,
} from '../../../src/kubernetes/kubeconfigEdit.ts';
import { changeKubeconfig } from '../../../src/kubernetes/kubeconfigFile.ts';
import { Preferences } from '../../../src/kubernetes/preferences.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { noLocalCluster } from '../../support/kubernetes.ts';

const own = `# My clusters
apiVersion: v1
kind: Config
current-context: work # the one I use
x-of-another-tool: {keep: me}
clusters:
- cluster:
    server: https://work.test
    extensions:
    - name: of-a-cloud
      extension: {provider: x}
  name: c
- cluster:
    server: https://home.test
  name: home
contexts:
# the office
- context:
    cluster: c
    user: u
  name: work
- context:
    cluster: home
    user: u
  name: home
users:
- name: u
  user:
    token: abc
`;

const handedOut = (name: string, server: string): string => `apiVersion: v1
kind: Config
clusters:
- name: ${name}
  cluster:
    server: ${server}
    certificate-authority: ca.crt
contexts:
- name: ${name}
  context: {cluster: ${name}, user: ${name}}
users:
- name: ${name}
  user:
    exec: {apiVersion: client.authentication.k8s.io/v1, command: cloud, args: [token, --cluster, x]}
`;

const nothing = { clusters: new Set<string>(), users: new Set<string>() };

describe('kubeconfig edits', () => {
  it('keep comments, order and unknown fields', () => {
    assert.equal(
      renameContext(own, 'work', 'office'),
      own.replace('current-context: work', 'current-context: office').replace('  name: work', '  name: office'),
    );
    const removed = own.replace(/- context:\n {4}cluster: home\n {4}user: u\n {2}name: home\n/, '');
    assert.equal(
      removeContext(own, 'home', nothing),
      removed.replace(/- cluster:\n {4}server: https:\/\/home.test\n {2}name: home\n/, ''),
    );
    assert.ok(
      addContexts(own, handedOut('new', 'https://new.test')).text.startsWith(own.slice(0, own.indexOf('contexts:'))),
    );
  });

  it('add under another name what is taken, and nothing twice', () => {
    const first = addContexts('', handedOut('default', 'https://a.test'), '/clouds');
    const again = addContexts(first.text, handedOut('default', 'https://a.test'), '/clouds');
    assert.deepEqual(again, { text: first.text, names: ['default'] });
    const second = addContexts(first.text, handedOut('default', 'https://b.test'), '/clouds');
    assert.deepEqual(second.names, ['default-2']);
    assert.deepEqual(
      readOffer(second.text).map(({ name, server, exec }) => [name, server, exec]),
      [
        ['default', 'https://a.test', 'cloud token --cluster x'],
        ['default-2', 'https://b.test', 'cloud token --cluster x'],
      ],
    );
    assert.match(first.text, /certificate-authority: \/clouds\/ca\.crt/);
    assert.doesNotMatch(first.text, /current-context/);
  });

  it('take a context out with what only it needs, and say so in current-context', () => {
    const left = removeContext(own, 'work', nothing);
    assert.match(left, /token: abc/); // The other context has the same user.
    assert.doesNotMatch(left, /work\.test/);
    assert.match(left, /current-context: ""/);
    const kept = removeContext(own, 'work', { clusters: new Set(['c']), users: new Set() });
    assert.match(kept, /work\.test/);
  });

  it('take back what was added and is still the same, by whatever name, and nothing else', () => {
    const given = handedOut('k3s', 'https://127.0.0.1:6443');
    const added = addContexts(own, given).text;
    const taken = { text: own, removed: ['k3s'], kept: [] };
    assert.deepEqual(takeBackContexts(added, given, nothing), taken);
    const renamed = renameContext(added, 'k3s', 'mine');
    assert.deepEqual(takeBackContexts(renamed, given, nothing), { ...taken, removed: ['mine'] });

    const elsewhere = added.replace('127.0.0.1:6443', '127.0.0.1:7000');
    assert.deepEqual(takeBackContexts(elsewhere, given, nothing), { text: elsewhere, removed: [], kept: ['k3s'] });
    const remote = added.replace('127.0.0.1:6443', 'prod.test');
    assert.deepEqual(takeBackContexts(remote, given, nothing), { text: remote, removed: [], kept: [] });
    const asOther = added.replace('command: cloud', 'command: sky');
    assert.notEqual(asOther, added);
    assert.deepEqual(takeBackContexts(asOther, given, nothing), { text: asOther, removed: [], kept: ['k3s'] });
    assert.deepEqual(takeBackContexts(own, given, nothing), { text: own, removed: [], kept: [] });
    const shared = takeBackContexts(added, given, { clusters: new Set(['k3s']), users: new Set() });
    assert.match(shared.text, /127\.0\.0\.1:6443/);
    assert.doesNotMatch(shared.text, /command: cloud/);
  });

  it('refuse what is no kubeconfig, in words', () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ['', /copy a kubeconfig first/],
      ['hello', /no contexts/],
      ['a: [1', /no YAML/],
      [own.replaceAll('token: abc', 'token: REDACTED'), /--raw/],
      [own.replace('server: https://work.test', 'server: 1'), /work names a cluster without a server/],
      ['x'.repeat(2_000_000), /too large/],
    ];
    for (const [text, sentence] of cases) {
      assert.throws(
        () => readOffer(text),
        (error) => error instanceof Failure && error.kind === 'invalid' && sentence.test(error.message),
        text.slice(0, 40),
      );
    }
  });
});

/** Lets time pass until the promise is settled. */
async function letting(clock: FakeClock, promise: Promise<void>): Promise<void> {
  const state = { settled: false };
  const done = promise.finally(() => (state.settled = true));
  done.catch(() => {}); // Told by the last line.
  while (!state.settled) {
    await clock.advance(100);
    await new Promise((resolve) => setImmediate(resolve)); // Files take real time.
  }
  await done;
}

describe('kubeconfig files', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gantry-kubeconfig-'));
    file = join(folder, 'config');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are made private, keep their mode, and stay links', async () => {
    await changeKubeconfig(file, () => 'a: 1\n', systemClock);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const real = join(folder, 'real');
    const link = join(folder, 'link');
    writeFileSync(real, 'b: 1\n', { mode: 0o640 });
    symlinkSync(real, link);
    await changeKubeconfig(link, (text) => `${text}c: 2\n`, systemClock);
    assert.deepEqual([readFileSync(real, 'utf8'), statSync(real).mode & 0o777], ['b: 1\nc: 2\n', 0o640]);
    assert.ok(lstatSync(link).isSymbolicLink());
    assert.deepEqual(readdirSync(folder).sort(), ['config', 'link', 'real']);
  });

  it('wait for the lock of another program, and name it when it stays', async () => {
    writeFileSync(file, 'a: 1\n');
    writeFileSync(`${file}.lock`, '');
    const clock = new FakeClock();
    const change = changeKubeconfig(file, () => 'never\n', clock);
    await assert.rejects(
      letting(clock, change),
      (error) => error instanceof Failure && error.kind === 'conflict' && error.message.includes(`${file}.lock`),
    );
    assert.equal(readFileSync(file, 'utf8'), 'a: 1\n');
    const later = changeKubeconfig(file, () => 'b: 1\n', clock);
    rmSync(`${file}.lock`);
    await letting(clock, later);
    assert.equal(readFileSync(file, 'utf8'), 'b: 1\n');
  });

  it('that cannot be changed stay as they are, without a lock left behind', async () => {
    writeFileSync(file, own);
    const change = (): string => {
      throw new Failure('invalid', 'no');
    };
    await assert.rejects(changeKubeconfig(file, change, systemClock));
    assert.deepEqual([readFileSync(file, 'utf8'), readdirSync(folder)], [own, ['config']]);
  });

  it('take up added contexts, and lose removed ones; what was chosen of a context follows its name', async () => {
    const other = join(folder, 'other');
    writeFileSync(other, own);
    const env = { KUBECONFIG: `${file}:${other}` };
    const contexts = new Contexts({ trusted: () => true, env, clock: systemClock }, noLocalCluster, silentLog);
    const preferences = new Preferences(passingMemory());
    const commands = new KubeconfigCommands({ contexts, preferences, env, clock: systemClock });
    const names = (): string[] => contexts.configs().contexts.map(({ name }) => name);
    await contexts.loaded();

    assert.deepEqual(await commands.add(handedOut('new', 'https://new.test')), { file: other, names: ['new'] });
    assert.deepEqual(names(), ['work', 'home', 'new']);
    preferences.setNamespaces('work', ['shop']);
    writeFileSync(file, 'current-context: work\n');
    await commands.rename('work', 'office');
    assert.deepEqual([names(), preferences.namespaces('office')], [['office', 'home', 'new'], ['shop']]);
    assert.equal(readFileSync(file, 'utf8'), 'current-context: office\n');
    await assert.rejects(commands.rename('office', 'home'), /already is a context home/);
    await commands.remove('new');
    assert.deepEqual([names(), contexts.configs().failures], [['office', 'home'], []]);
    contexts.dispose();
  });
});
