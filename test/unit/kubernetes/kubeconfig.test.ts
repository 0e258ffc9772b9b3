import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type KubeConfigs, loadKubeConfigs } from '../../../src/kubernetes/kubeconfig.ts';

const config = (names: readonly string[], more: object = {}, prefix = ''): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: names.map((name) => ({ name: `${name}-cluster`, cluster: { server: `https://${prefix}${name}.test` } })),
    users: names.map((name) => ({ name: `${name}-user`, user: { token: 'x' } })),
    contexts: names.map((name) => ({ name, context: { cluster: `${name}-cluster`, user: `${name}-user` } })),
    ...more,
  });

const summary = ({ contexts, current, failures }: KubeConfigs): unknown => ({
  contexts: contexts.map(({ id, cluster }) => `${id} ${cluster.server}`),
  current,
  failures: failures.map(({ message }) => message),
});

describe('kubeconfig', () => {
  let folder = '';
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gantry-kubeconfig-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const load = (files: readonly string[], extra: readonly string[] = []): Promise<KubeConfigs> =>
    loadKubeConfigs({ env: { KUBECONFIG: files.join(delimiter) }, extra });

  it('merges as kubectl does: the first of two entries with one name wins', async () => {
    const one = await file('one', config(['a', 'b'], { 'current-context': 'b' }));
    const two = await file('two', config(['b', 'c'], { 'current-context': 'c' }, 'other-'));
    assert.deepEqual(summary(await load([one, two])), {
      contexts: ['a https://a.test', 'b https://b.test', 'c https://other-c.test'],
      current: 'b',
      failures: [],
    });
  });

  it('names what is broken or missing, and uses the rest', async () => {
    const good = await file('good', config(['a']));
    const half = await file('half', '{"clusters": [');
    const list = await file('list', '- 1\n- 2\n');
    const absent = join(folder, 'absent');
    const empty = await file('empty', '');
    const { contexts, failures } = await load([absent, half, empty, list, good]);
    assert.deepEqual(
      contexts.map(({ id }) => id),
      ['a'],
    );
    assert.equal(failures[0]?.message, `${absent}, named as a kubeconfig, does not exist.`);
    assert.match(failures[1]?.message ?? '', new RegExp(`^${half} is not a kubeconfig: `));
    assert.match(failures[2]?.message ?? '', new RegExp(`^${list} is not a kubeconfig: `));
    assert.equal(failures.length, 3);
  });

  it('names a context whose cluster or user is missing', async () => {
    const broken = await file('broken', config(['a'], { clusters: [{ name: 'a-cluster' }] }));
    assert.deepEqual(summary(await load([broken])), {
      contexts: [],
      current: undefined,
      failures: [`Context a names the cluster a-cluster, which ${broken} does not hold.`],
    });
  });

  it('keeps added files apart: equal names in them are other contexts', async () => {
    const own = await file('own', config(['a'], { 'current-context': 'a' }));
    const added = await file('added', config(['a'], { 'current-context': 'a' }, 'local-'));
    assert.deepEqual(summary(await load([own], [added])), {
      contexts: ['a https://a.test', `${added}#a https://local-a.test`],
      current: 'a',
      failures: [],
    });
  });

  it('reads one file only when told so', async () => {
    const own = await file('own2', config(['a']));
    const only = await file('only', config(['b']));
    const found = await loadKubeConfigs({ env: { KUBECONFIG: own }, extra: [], only });
    assert.deepEqual(
      found.contexts.map(({ id }) => id),
      ['b'],
    );
  });

  it('is silent when a person has no kubeconfig', async () => {
    assert.deepEqual(summary(await loadKubeConfigs({ env: { HOME: join(folder, 'nobody') }, extra: [] })), {
      contexts: [],
      current: undefined,
      failures: [],
    });
  });

  it('resolves paths from the folder of the file, the token file included', async () => {
    const users = [{ name: 'a-user', user: { tokenFile: 'token', 'client-certificate': 'cert.pem' } }];
    const path = await file('paths', config(['a'], { users }));
    const user = (await load([path])).contexts[0]!.user!;
    assert.deepEqual([user.tokenFile, user.certFile], [join(folder, 'token'), join(folder, 'cert.pem')]);
  });
});
